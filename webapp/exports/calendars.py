"""The calendars of a report: which dates were whose holidays, who says so, and what somebody corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from webapp.exports.dated import stretches
from webapp.pricing.document.calendar import left_out_days
from webapp.pricing.facts import CalendarChange, Holiday, Person
from webapp.pricing.lines import Period, Report


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
        for day, own in person.holidays.items():
            if own is not None and day in report.period:
                entry(day, own).people.append(person)
    return sorted(found.values(), key=lambda one: (one.day, not one.regions, one.holiday.name, one.holiday.source))


def calendar_changes(report: Report) -> list[CalendarChange]:
    """What was corrected on the dates of the period, for engineers of the report or their regions, in order."""
    people = people_of(report)
    ids, others = {person.id for person in people}, report.holidays.keys() - _uses(report, people).keys()
    found = [
        one
        for one in report.calendar_changes
        if one.day in report.period and (ids & set(one.person_ids) if one.person_ids else one.where not in others)
    ]
    return sorted(found, key=lambda one: (one.day, one.where, one.name, one.what))


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
            if region is not None:
                found[region].add((Period(one.first, one.after), one.policy.substitute_days))
    return dict(found)


def _counts(holiday: Holiday, region: str, rule: str) -> bool:
    left_out = left_out_days(region, rule)
    return not ((left_out == "replaced" and holiday.replaced) or (left_out == "substitute" and holiday.substitute))
