"""The holidays of one engineer, by the holiday region that is in force on each local date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise

from webapp.pricing.engine.calendar import ONE_DAY, left_out_days
from webapp.pricing.facts import Dated, Facts, Holiday, OwnHolidays, Person
from webapp.pricing.policy.document import Document
from webapp.pricing.policy.lookup import Missing

NO_HOLIDAYS = "none"
Span = tuple[date, date, str | None]
"""Dates from the first up to, not including, the second, with their region."""


def regions_of(person: Person, version: Document) -> Dated[str]:
    """By local date: an engineer's own region, else the policy's; from the first date on, and no two alike in a row."""
    own, policys = person.holiday_region, version.holiday_region
    if own is None or (len(own.since) == 1 and own.since[0] == date.min):  # nearly everybody
        return Dated((date.min,), (policys if own is None else own.values[0] or policys,))
    begun: list[tuple[date, str | None]] = [(date.min, policys)]
    for since, value in zip(own.since, own.values, strict=True):
        region = value or policys
        if since == begun[-1][0]:
            begun[-1] = (since, region)
        else:
            begun.append((since, region))
    apart = [begun[0], *(one for before, one in pairwise(begun) if before[1] != one[1])]
    return Dated(tuple(since for since, _ in apart), tuple(region for _, region in apart))


def spans(regions: Dated[str]) -> Iterator[Span]:
    """Each region with the dates on which it is in force."""
    yield from zip(regions.since, [*regions.since[1:], date.max], regions.values, strict=True)


def why_unknown(person: Person, version: Document, facts: Facts, region: str | None, day: date) -> str:
    """Why a region leaves open which dates are holidays, or ""; nothing is open where the policy asks for none.

    A policy that asks for holidays only because business hours rest on them takes nobody's region for no holidays.
    """
    by_type = any(one.holidays or one.eves for one in version.day_types)
    if region is None:
        return str(Missing.on(day, "holiday region", person.holiday_region)) if by_type else ""
    if region == NO_HOLIDAYS or region in facts.holidays or not (by_type or _business_hours_ask(person, version)):
        return ""
    return facts.without_calendar.get(region, f"no public holidays known for {region}")


def _business_hours_ask(person: Person, version: Document) -> bool:
    """Whether there are business hours, which holidays are free of."""
    has_some = version.business_hours is not None or person.working_hours is not None
    return has_some and version.no_business_on is None and not version.business_on_holidays


def holidays_of(
    person: Person, version: Document, facts: Facts, regions: Dated[str]
) -> tuple[Mapping[date, Holiday], Mapping[date, Holiday]]:
    """The holidays that count, and those that the date before each is the eve of: by the region of that date.

    Where it is open which dates are holidays, they are those of the next region that is known, else of the one before.
    """
    parts = list(_known(person, version, facts, regions))
    if len(parts) == 1:
        found = counted_holidays(facts, parts[0][2] or NO_HOLIDAYS, version.substitute_days, person.holidays)
        return found, found
    holidays, following = (
        {
            day: holiday
            for since, after, region in parts
            for day, holiday in counted_holidays(facts, region or NO_HOLIDAYS, version.substitute_days).items()
            if since <= day - before < after
        }
        for before in (timedelta(), ONE_DAY)
    )
    return _corrected(holidays, person.holidays), _corrected(following, person.holidays)


def _known(person: Person, version: Document, facts: Facts, regions: Dated[str]) -> Iterator[Span]:
    parts = list(spans(regions))
    usable = [not why_unknown(person, version, facts, region, since) for since, _, region in parts]
    for index, (since, after, region) in enumerate(parts):
        order = [*range(index, len(parts)), *range(index - 1, -1, -1)]
        yield since, after, next((parts[other][2] for other in order if usable[other]), region)


def counted_holidays(facts: Facts, region: str, rule: str, own: OwnHolidays = ()) -> dict[date, Holiday]:
    """The public holidays of a region that count, as an engineer's own days correct them."""
    left_out = left_out_days(region, rule)
    holidays = facts.holidays.get(region, {})
    counted = {day: one for day, one in holidays.items() if left_out is None or one.kind != left_out}
    return _corrected(counted, own)


def _corrected(holidays: dict[date, Holiday], own: OwnHolidays) -> dict[date, Holiday]:
    for day, one_own in own:
        holidays.pop(day, None)
        if one_own:
            holidays[day] = one_own
    return holidays
