"""The holidays that count: the package's, then what the organisation, a region and an engineer have of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

from webapp.pricing.engine.calendar import left_out_days
from webapp.pricing.facts import DAY_SECONDS, Holiday, OwnHolidays, clock_of
from webapp.pricing.policy.form import SubstituteDays
from webapp.pricing.text import clock
from webapp.services.calendars.corrections import (
    EVERYBODY,
    CalendarChanges,
    CalendarScope,
    CategorySwitch,
    Correction,
    Whose,
    switched,
)
from webapp.services.calendars.holidays import HALF_DAY, needs_hour, public_holidays
from webapp.services.calendars.regions import NO_HOLIDAYS

RuleOn = Callable[[date], str]
"""The policy's rule for substitute days on a day: "by country", "replace", "both" or "actual only"."""
RegionOn = Callable[[date], str | None]
"""An engineer's holiday region on a day."""


def usual_rule(_day: date) -> str:
    """The rule where no policy says another."""
    return SubstituteDays.BY_COUNTRY.value


def region_days(
    region: str, first_year: int, last_year: int, changes: CalendarChanges, rule_on: RuleOn = usual_rule
) -> Mapping[date, Holiday]:
    """The holidays of a region, corrected, in order; "none" has those of the organisation alone."""
    known = package_days(region, first_year, last_year, changes)
    deciding = changes.deciding(
        date(first_year, 1, 1), date(last_year + 1, 1, 1), [EVERYBODY, (CalendarScope.REGION, region)]
    )
    if not deciding:
        return known
    days: dict[date, Holiday | None] = dict(known)
    for (day, _, _), one in deciding.items():  # "organisation" stands before "region"
        days[day] = one.applied(below(one, days.get(day), region, rule_on(day)))
    return {day: holiday for day, holiday in sorted(days.items()) if holiday is not None}


def package_days(region: str, first_year: int, last_year: int, changes: CalendarChanges) -> Mapping[date, Holiday]:
    """The package's days of the categories that count: what is public is never cut by another category."""
    public = public_holidays(region, first_year, last_year)
    others = category_days(region, first_year, last_year, changes)
    if not others:
        return public
    return dict(sorted(({day: holiday for day, (holiday, _) in others.items()} | dict(public)).items()))


def category_days(
    region: str, first_year: int, last_year: int, changes: CalendarChanges
) -> dict[date, tuple[Holiday, CategorySwitch]]:
    """The days of categories beyond "public" that count, each with what switched it on."""
    found: dict[date, tuple[Holiday, CategorySwitch]] = {}
    for category, switches in changes.switches(region).items():
        days = public_holidays(region, first_year, last_year, (category,))
        mixed = HALF_DAY not in category and any(needs_hour(category, holiday) for holiday in days.values())
        for day, holiday in days.items():
            switch = switched(switches, day)
            if switch is None:
                continue
            start = holiday.start
            if not start and (not mixed or needs_hour(category, holiday)):
                start = clock_of(switch.start)
            before = found.get(day)
            if before is None or start < before[0].start:
                source = f"{holiday.source}; {switch.source}" if holiday.source else switch.source
                found[day] = replace(holiday, start=start, source=source), switch
    return found


def own_days(
    user_id: str,
    region_on: RegionOn,
    calendars: Mapping[str, Mapping[date, Holiday]],
    changes: CalendarChanges,
    first_year: int,
    last_year: int,
    rule_on: RuleOn = usual_rule,
) -> OwnHolidays:
    """Where an engineer's calendar differs from that of their region; None: no holiday for them."""
    found: dict[date, Holiday | None] = {}
    first, after = date(first_year, 1, 1), date(last_year + 1, 1, 1)
    for (day, _, _), one in changes.deciding(first, after, [(CalendarScope.ENGINEER, user_id)]).items():
        region = region_on(day) or NO_HOLIDAYS
        regional = calendars.get(region, {}).get(day)
        own = one.applied(below(one, regional, region, rule_on(day)))
        if own != regional or own is None:
            found[day] = own
    return tuple(sorted(found.items()))


def below(one: Correction, holiday: Holiday | None, region: str, rule: str) -> Holiday | None:
    """What hours are added to: a day that does not count, because another stands for it, takes none of them away."""
    if holiday is None or one.start is None or not one.adds:
        return holiday
    return holiday if not holiday.kind or holiday.kind != left_out_days(region, rule) else None


def whose_of(regions: Iterable[str], engineers: Iterable[str]) -> frozenset[Whose]:
    """The calendars that decide for these regions and engineers."""
    return frozenset(
        [
            EVERYBODY,
            *((CalendarScope.REGION, region) for region in regions),
            *((CalendarScope.ENGINEER, user_id) for user_id in engineers),
        ]
    )


def hours_words(holiday: Holiday) -> str:
    """When on its date it is one."""
    if holiday.is_whole:
        return "the whole day"
    parts = (
        f"from {clock(holiday.start)}" if holiday.start else "",
        f"until {clock(holiday.end)}" if holiday.end < DAY_SECONDS else "",
    )
    return " ".join(filter(None, parts))
