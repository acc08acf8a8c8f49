"""What corrections change for the engineers of a report: which day counts for each of them, and by which entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.pricing.facts import DAY_SECONDS, CalendarChange, Holiday
from webapp.pricing.text import clock
from webapp.services.calendars.corrections import EVERYBODY, CalendarChanges, CalendarScope, Correction, Whose
from webapp.services.calendars.effective import RegionOn, RuleOn, below, category_days, usual_rule
from webapp.services.calendars.holidays import public_holidays
from webapp.services.calendars.regions import NO_HOLIDAYS, is_usable

Entry = tuple[str, str]
"""A scope and whom it is for; or `CATEGORY` and the region."""
CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a date is for an engineer, beside what the package alone says of it."""

    region: str
    package: Holiday | None
    holiday: Holiday | None
    entries: tuple[Entry, ...]
    """Those that changed something on the way, the least specific first."""

    @property
    def differs(self) -> bool:
        """Whether anything is left of what they changed."""
        return shape(self.holiday) != shape(self.package)

    @property
    def printed(self) -> tuple[Entry, ...]:
        """The entries that explain what it is; where one undid the others, that one alone."""
        return self.entries if self.differs else self.entries[-1:]


Outcomes = Mapping[tuple[date, str], Outcome]
"""By date and PagerDuty user id; what no entry touches is not in it."""


def shape(holiday: Holiday | None) -> tuple[object, ...]:
    """What decides of a holiday, and is printed with the pay: not who says so, nor why."""
    if holiday is None:
        return ()
    clocks = (holiday.start, holiday.end)
    hours = (None if one in {0, DAY_SECONDS} else f"{timedelta(seconds=one)}".zfill(8) for one in clocks)  # 09:00:00
    return holiday.name, *hours, holiday.substitute, holiday.replaced


def outcomes(
    changes: CalendarChanges, engineers: Mapping[str, RegionOn], first: date, after: date, rule_on: RuleOn = usual_rule
) -> Outcomes:
    """For each engineer and date, from `first` up to `after`, that an entry or a category touches.

    `engineers`: the holiday region of each on a day, by PagerDuty user id.
    """
    found: dict[tuple[date, str], Outcome] = {}
    entries: dict[date, dict[Whose, Correction]] = defaultdict(dict)
    for (day, scope, whom), one in changes.deciding(first, after).items():
        entries[day][scope, whom] = one
    regions = {one.region for one in changes.categories if is_usable(one.region)}
    switched = {region: category_days(region, first.year, after.year, changes) for region in regions}
    days = entries.keys() | {day for known in switched.values() for day in known if first <= day < after}
    for day in sorted(days):
        known: dict[str, Outcome] = {}
        own_only = all(scope is CalendarScope.ENGINEER for scope, _ in entries[day]) and not any(
            day in days_of for days_of in switched.values()
        )
        concerned = (whom for _, whom in entries[day]) if own_only else engineers
        for user_id in concerned:
            if user_id not in engineers:
                continue
            region = engineers[user_id](day) or NO_HOLIDAYS
            if region not in known and is_usable(region):
                package = public_holidays(region, first.year, after.year).get(day)
                start = Outcome(region, package, package, ())
                category = switched.get(region, {}).get(day)
                if category and package is None:
                    start = Outcome(region, None, category[0], ((CATEGORY, region),))
                of_region = [(whose, entries[day].get(whose)) for whose in (EVERYBODY, (CalendarScope.REGION, region))]
                known[region] = _applied(start, of_region, rule_on(day))
            if region in known:
                own = (CalendarScope.ENGINEER, user_id)
                made = known[region]
                if own in entries[day]:
                    made = _applied(made, [(own, entries[day][own])], rule_on(day))
                if made.entries:
                    found[day, user_id] = made
    return found


def _applied(outcome: Outcome, entries: list[tuple[Whose, Correction | None]], rule: str) -> Outcome:
    holiday, done = outcome.holiday, list(outcome.entries)
    for whose, one in entries:
        if one is not None:
            made = one.applied(below(one, holiday, outcome.region, rule))
            done += [whose] if shape(made) != shape(holiday) else []
            holiday = made
    return Outcome(outcome.region, outcome.package, holiday, tuple(done))


def touched(before: Outcomes, now: Outcomes) -> frozenset[tuple[date, Entry]]:
    """The entries, by date, whose day became another one for some engineer: everybody's, a region's or their own."""
    found: set[tuple[date, Entry]] = set()
    for day, user_id in before.keys() | now.keys():
        was, one = before.get((day, user_id)), now.get((day, user_id))
        known = one or was
        if known is None:
            continue
        if shape(was.holiday if was else known.package) != shape(one.holiday if one else known.package):
            region = known.region
            found |= {
                (day, EVERYBODY),
                (day, (CalendarScope.REGION, region)),
                (day, (CATEGORY, region)),
                (day, (CalendarScope.ENGINEER, user_id)),
            }
    return frozenset(found)


def calendar_changes(
    changes: CalendarChanges, found: Outcomes, engineers: Mapping[str, str], first: date, after: date
) -> tuple[CalendarChange, ...]:
    """What was corrected on the dates of a report and counts for somebody in it (names by user id)."""
    deciding = changes.deciding(first, after)
    entries = {(day, entry) for (day, _), outcome in found.items() if first <= day < after for entry in outcome.printed}
    rows: list[CalendarChange] = []
    own: dict[tuple[date, str, str, str], list[str]] = defaultdict(list)
    for day, (scope, whom) in entries:
        if scope == CATEGORY:
            holiday = category_days(whom, day.year, day.year, changes)[day][0]
            rows.append(CalendarChange(day, holiday.name, _added(holiday), whom, holiday.source))
            continue
        one = deciding[day, CalendarScope(scope), whom]
        if one.scope is CalendarScope.ENGINEER:
            own[day, one.name, one.what, one.source].append(whom)
        else:
            rows.append(CalendarChange(day, one.name, one.what, one.where, one.source))
    for (day, name, what, source), user_ids in own.items():
        named = sorted((engineers.get(user_id, user_id), user_id) for user_id in user_ids)
        where, ids = ", ".join(name for name, _ in named), tuple(user_id for _, user_id in named)
        rows.append(CalendarChange(day, name, what, where, source, ids))
    return tuple(sorted(rows, key=lambda row: (row.day, row.where, row.name, row.what, row.source)))


def _added(holiday: Holiday) -> str:
    return f"added from {clock(holiday.start)}" if holiday.start else "added"
