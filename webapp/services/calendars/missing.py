"""What was saved about calendars since a report took it in, where it touches a date that decides about its pay."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta

from webapp.exports.cells import clean
from webapp.exports.document import MissingChange
from webapp.pd.result import Records
from webapp.pricing.report.lines import Period
from webapp.services.calendars.concerned import CATEGORY, touched
from webapp.services.calendars.corrections import CalendarChanges, CalendarScope, CategorySwitch, Correction
from webapp.services.calendars.effective import category_days
from webapp.services.facts import dates_read
from webapp.services.inputs import ReportInputs, corrected_days

ONE_DAY = timedelta(days=1)
"""Around the dates that decide: the day before a holiday may be its eve, and work of one date may end on the next."""


def calendar_changes(inputs: ReportInputs, records: Records, updated: ReportInputs) -> list[MissingChange]:
    """What gives another day, on a date of the report or beside it, to some engineer of the report."""
    first, after = _near(inputs)
    return [change for _, change in _changes(inputs, records, updated, first, after)]


def far_calendar_changes(inputs: ReportInputs, records: Records, updated: ReportInputs) -> list[MissingChange]:
    """The same of the other dates that were read: few rules look so far, so only a pricing knows whether they pay."""
    near, (first, after) = Period(*_near(inputs)), dates_read(records)
    return [change for day, change in _changes(inputs, records, updated, first, after) if day not in near]


def _near(inputs: ReportInputs) -> tuple[date, date]:
    return inputs.reach.first - ONE_DAY, inputs.reach.after + ONE_DAY


def _changes(
    inputs: ReportInputs, records: Records, updated: ReportInputs, first: date, after: date
) -> Iterator[tuple[date, MissingChange]]:
    old, new = inputs.calendars, updated.calendars
    if old == new:
        return
    was, one = (corrected_days(updated, records, changes, first, after) for changes in (old, new))
    entries = touched(was, one)
    before, now = old.deciding(first, after), new.deciding(first, after)
    for key in sorted(before.keys() | now.keys()):
        day, *whose = key
        if (day, tuple(whose)) in entries and before.get(key) != now.get(key):
            yield day, _day_change(records, day, before.get(key), now.get(key), new)
    for region in sorted({whom for _, (scope, whom) in entries if scope == CATEGORY}):
        days = {day for day, entry in entries if entry == (CATEGORY, region)}
        yield from _category_changes(region, old, new, days)


def _day_change(
    records: Records, day: date, before: Correction | None, now: Correction | None, new: CalendarChanges
) -> MissingChange:
    one = now or before
    if one is None:
        raise ValueError("Nothing differs.")
    person_id = one.whom if one.scope is CalendarScope.ENGINEER else None
    where = clean(records.users[one.whom].name) if person_id else one.where
    words = f"Calendar of {where}: {day:%-d %B %Y} {one.name} {one.what}"
    if now is not None:
        return _change(f"{words} ({one.reason})", "saved", one.saved_by, one.saved_at, person_id)
    by, at = _removal(one, new)
    return _change(f"{words}: this no longer counts", "removed", by, at, person_id)


def _category_changes(
    region: str, old: CalendarChanges, new: CalendarChanges, days: Collection[date]
) -> Iterator[tuple[date, MissingChange]]:
    years = min(days).year, max(days).year
    before, now = (category_days(region, *years, changes) for changes in (old, new))
    told = set()
    for day in sorted(days):
        was, switch = before.get(day), now.get(day)
        if was == switch:
            continue
        holiday, decisive = switch or was or (None, None)
        if holiday is None or decisive is None:
            continue
        begun = [one for one in new.switches(region).get(decisive.category, ()) if one.since <= day]
        decisive = begun[-1] if begun else decisive
        if (decisive.category, decisive.id) in told:
            continue
        told.add((decisive.category, decisive.id))
        words = f"Calendar of {region}: {day:%-d %B %Y} {holiday.name}, category “{decisive.category}”"
        if begun:
            state = "counts" if decisive.counts else "no longer counts"
            words += f" {state} from {decisive.since:%-d %B %Y} on ({decisive.reason})"
            yield day, _change(words, "saved", decisive.saved_by, decisive.saved_at)
        else:
            yield day, _change(f"{words} no longer counts", "removed", *_removal(decisive, new))


def _removal(one: Correction | CategorySwitch, new: CalendarChanges) -> tuple[str, datetime | None]:
    """Who removed an entry, and when, as far as that is known."""
    found = next((old for old in new.removed if old.id == one.id and type(old) is type(one)), None)
    return (found.removed_by, found.removed_at) if found else ("", None)


def _change(words: str, verb: str, by: str, at: datetime | None, person_id: str | None = None) -> MissingChange:
    when = f" on {at.astimezone(UTC):%-d %B %Y, %H:%M} UTC" if at else ""
    return MissingChange(f"{words}, {verb} by {by}{when}" if by else words, person_id, at)
