"""What was saved about calendars since a report took it in, where it touches a date that decides about its pay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from webapp.exports.cells import clean
from webapp.exports.document import MissingChange
from webapp.pd.result import Records
from webapp.services.calendars.corrections import CalendarChanges, CalendarScope, CategorySwitch, Correction
from webapp.services.calendars.effective import category_days, whose_of
from webapp.services.inputs import ReportInputs

ONE_DAY = timedelta(days=1)
"""Around the dates that decide: the day before a holiday may be its eve, and work of one date may end on the next."""


def calendar_changes(inputs: ReportInputs, records: Records, updated: ReportInputs) -> Iterator[MissingChange]:
    """Days added, taken out or changed for everybody, or for a region or an engineer of the report; categories, too."""
    old, new = inputs.calendars, updated.calendars
    if old == new:
        return
    first, after = inputs.reach.first - ONE_DAY, inputs.reach.after + ONE_DAY
    regions = inputs.regions | updated.regions
    wanted = whose_of(regions, records.users)
    before, now = old.deciding(first, after, wanted), new.deciding(first, after, wanted)
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            yield _day_change(records, key[0], before.get(key), now.get(key), new)
    for region in sorted(regions):
        yield from _category_changes(region, old, new, first, after)


def _day_change(
    records: Records, day: date, before: Correction | None, now: Correction | None, new: CalendarChanges
) -> MissingChange:
    one = now or before
    if one is None:
        raise ValueError("Nothing differs.")
    person_id = one.whom if one.scope is CalendarScope.ENGINEER else None
    where = clean(records.users[one.whom].name) if person_id else one.where
    words = f"calendar of {where}: {day:%-d %B %Y} {one.name} {one.what}"
    if now is not None:
        return _change(f"{words} ({one.reason})", "saved", one.saved_by, one.saved_at, person_id)
    by, at = _removal(one, new)
    return _change(f"{words}: no longer so", "removed", by, at, person_id)


def _category_changes(
    region: str, old: CalendarChanges, new: CalendarChanges, first: date, after: date
) -> Iterator[MissingChange]:
    before, now = (category_days(region, first.year, after.year, changes) for changes in (old, new))
    told = set()
    for day in sorted(before.keys() | now.keys()):
        was, switch = before.get(day), now.get(day)
        if not first <= day < after or was == switch:
            continue
        holiday, decisive = switch or was or (None, None)
        if holiday is None or decisive is None:
            continue
        begun = [one for one in new.switches(region).get(decisive.category, ()) if one.since <= day]
        decisive = begun[-1] if begun else decisive
        if (decisive.category, decisive.id) in told:
            continue
        told.add((decisive.category, decisive.id))
        words = f"calendar of {region}: {day:%-d %B %Y} {holiday.name}, category “{decisive.category}”"
        if begun:
            state = "counts" if decisive.counts else "no longer counts"
            words += f" {state} from {decisive.since:%-d %B %Y} on ({decisive.reason})"
            yield _change(words, "saved", decisive.saved_by, decisive.saved_at)
        else:
            yield _change(f"{words} no longer counts", "removed", *_removal(decisive, new))


def _removal(one: Correction | CategorySwitch, new: CalendarChanges) -> tuple[str, datetime | None]:
    """Who removed an entry, and when, as far as that is known."""
    found = next((old for old in new.removed if old.id == one.id and type(old) is type(one)), None)
    return (found.removed_by, found.removed_at) if found else ("", None)


def _change(words: str, verb: str, by: str, at: datetime | None, person_id: str | None = None) -> MissingChange:
    when = f" on {at.astimezone(UTC):%-d %B %Y, %H:%M} UTC" if at else ""
    return MissingChange(f"{words}, {verb} by {by}{when}" if by else words, person_id, at)
