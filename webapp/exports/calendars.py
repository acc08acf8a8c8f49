"""The calendars of a report: which dates were whose holidays, who says so, and what somebody corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from webapp.exports.dated import stretches
from webapp.pricing.engine.calendar import left_out_days
from webapp.pricing.engine.region_dates import NO_HOLIDAYS
from webapp.pricing.facts import CalendarChange, Holiday, Person
from webapp.pricing.report.lines import Period, Report

EVERYBODY = "everybody"
"""Where a day of the whole organisation was corrected."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A date of the period that is a holiday, or of which some hours are one."""

    day: date
    holiday: Holiday
    regions: list[str] = field(default_factory=list)
    """In order, those of engineers of the report on that date; "none" for those without one."""
    people: list[Person] = field(default_factory=list)
    """Whose own day it is."""


def calendar_days(report: Report) -> list[CalendarDay]:
    """Every holiday of the period that counts for an engineer of the report, in order."""
    found: dict[tuple[date, Holiday], CalendarDay] = {}

    def entry(day: date, holiday: Holiday) -> CalendarDay:
        return found.setdefault((day, holiday), CalendarDay(day, holiday))

    people = people_of(report)
    for region, uses in sorted(_uses(report, people).items()):
        for day, holiday in report.holidays.get(region, {}).items():
            if any(day in period and _counts(holiday, region, rule) for period, rule in uses):
                entry(day, holiday).regions.append(region)
    for person in people:
        for day, own in person.holidays:
            if own is not None and day in report.period:
                entry(day, own).people.append(person)
    return sorted(found.values(), key=lambda one: (one.day, not one.regions, one.holiday.name, one.holiday.source))


def calendar_changes(report: Report) -> list[CalendarChange]:
    """What was corrected on the dates of the period, for the report's regions and engineers alone, in order."""
    people = people_of(report)
    others = report.holidays.keys() - _uses(report, people).keys()
    of_period = [_of(people, one) for one in report.calendar_changes if one.day in report.period]
    found = [one for one in of_period if one is not None and one.where not in others]
    return sorted(found, key=lambda one: (one.day, one.where, one.name, one.what))


def _of(people: Iterable[Person], change: CalendarChange) -> CalendarChange | None:
    """A change without the engineers who are not in the report, whose names are nobody's to read there."""
    if not change.person_ids:
        return change
    own = [person for person in people if person.id in change.person_ids]
    names, ids = ", ".join(person.name for person in own), tuple(person.id for person in own)
    return replace(change, where=names, person_ids=ids) if own else None


def people_of(report: Report) -> list[Person]:
    """Every engineer of a report, priced or not, by name."""
    people = [statement.person for statement in report.statements] + [person for person, _ in report.not_priced]
    return sorted(people, key=lambda person: (person.name, person.id))


def _uses(report: Report, people: Iterable[Person]) -> dict[str, set[tuple[Period, str]]]:
    """By region, on which dates engineers have it, and by which rule of substitute days."""
    found: defaultdict[str, set[tuple[Period, str]]] = defaultdict(set)
    for person in people:
        for one in stretches(person, report.period, report.policy):
            region = one.policy.holiday_region if one.own_region is None else one.own_region
            found[region or NO_HOLIDAYS].add((Period(one.first, one.after), one.policy.substitute_days))
    return dict(found)


def _counts(holiday: Holiday, region: str, rule: str) -> bool:
    left_out = left_out_days(region, rule)
    return not ((left_out == "replaced" and holiday.replaced) or (left_out == "substitute" and holiday.substitute))
