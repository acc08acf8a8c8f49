"""What was used to price each engineer: rate, zone, working hours, holiday region; and the amounts of the policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeAlias, TypeVar

from webapp.exports.cells import Value, shown
from webapp.exports.document import ReportDocument
from webapp.exports.grid import BLANK, Column, Row, Sheet, Table, section, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.detail import WEEKDAYS
from webapp.exports.sheets.summary import title_row
from webapp.pricing.brief import PolicyBrief
from webapp.pricing.facts import BusinessHours, Person
from webapp.pricing.lines import Period

NAME = "Rates"
_HEADER_ROW = 3
_T = TypeVar("_T")
_Stretch: TypeAlias = tuple[Person, date, date]
_RATE, _REGION, _ZONE = "hourly rate", "holiday region", "time zone"
_COLUMNS = (
    Column("Engineer", Look.TEXT, 24),
    Column("PagerDuty id", Look.TEXT, 13),
    Column("Payroll number", Look.TEXT, 16),
    Column("Hourly rate", Look.RATE, 13),
    Column("Rate from", Look.TEXT, 11),
    Column("Pay zone", Look.TEXT, 22),
    Column("Zone from", Look.TEXT, 11),
    Column("Working hours", Look.TEXT, 30),
    Column("Hours from", Look.TEXT, 11),
    Column("Holiday region", Look.TEXT, 14),
    Column("Region from", Look.TEXT, 12),
    Column("Used from", Look.DATE, 11),
    Column("Used to", Look.DATE, 11),
)


def sheet(document: ReportDocument) -> Sheet:
    """The sheet; engineers who are not priced are in it, with what is missing left empty."""
    people = sorted(document.people().values(), key=lambda person: (person.name, person.id))
    period = document.report.period
    used = [stretch for person in people for stretch in _stretches(person, period)]
    where = Table(NAME, _COLUMNS, _HEADER_ROW, len(used))
    widths = tuple(column.width for column in where.columns)
    return Sheet(NAME, widths, _rows(document, where, used), f"B{where.first}", where, where.header_row)


def _rows(document: ReportDocument, where: Table, used: list[_Stretch]) -> Iterator[Row]:
    policy = document.report.policy
    yield title_row(document, "Rates and settings used")
    yield sentence(
        "What was used for each engineer, a row for each stretch of the period between two changes; an empty cell is a "
        "fact that is missing.",
        Tone.NOTE,
    )
    yield where.header()
    for person, first, last in used:
        yield Row((*_entry(person, policy), first, last), where.looks)
    yield BLANK
    others = [row for person in {one.id: one for one, _, _ in used}.values() for row in _other_values(person)]
    if others:
        yield section("Other values of engineers")
        looks = (Look.TEXT, Look.TEXT, Look.TEXT, Look.TEXT, Look.TEXT)
        yield Row(("Engineer", "PagerDuty id", "What", "Value", "Since"), looks, Tone.HEADING)
        for row in others:
            yield Row(row, looks)
        yield BLANK
    yield section("Amounts of the policy")
    yield from _policy_amounts(policy)


def _stretches(person: Person, period: Period) -> Iterator[_Stretch]:
    """The person as in force on each stretch of the period between two changes, with its first and last date."""
    dated = (person.numbers.get(_RATE, ()), person.words.get(_REGION, ()), person.words.get(_ZONE, ()), person.hours)
    days = sorted({period.first, *(day for changes in dated for day, _ in changes if day in period)})
    for first, after in zip(days, [*days[1:], period.after], strict=True):
        yield _as_of(person, first), first, after - timedelta(days=1)


def _as_of(person: Person, day: date) -> Person:
    """The person with what is in force on a day where it is dated."""
    zone = person.zone if person.zone_source == "policy" else _on(person.words.get(_ZONE), day, person.zone)
    return replace(
        person,
        hourly_rate=_on(person.numbers.get(_RATE), day, person.hourly_rate),
        holiday_region=_on(person.words.get(_REGION), day, person.holiday_region),
        zone=zone,
        business_hours=_on(person.hours, day, person.business_hours),
    )


def _on(changes: Sequence[tuple[date, _T | None]] | None, day: date, undated: _T | None) -> _T | None:
    if not changes:
        return undated
    return next((value for since, value in reversed(changes) if since <= day), None)


def _other_values(person: Person) -> Iterator[tuple[Value, ...]]:
    """Salaries, grades and what else the policy may ask for, each with the date it holds from."""
    named = {**person.words, **person.numbers}
    for what in sorted(set(named) - {_RATE, _REGION, _ZONE}):
        for since, value in named[what]:
            told = "as the policy says" if value is None else str(value)
            yield person.name, person.id, what, told, "the first day" if since == date.min else since.isoformat()


def _entry(person: Person, policy: PolicyBrief) -> tuple[Value, ...]:
    hours = person.business_hours or policy.business_hours
    rate = policy.hourly_rate if person.hourly_rate is None else person.hourly_rate
    region = policy.holiday_region if person.holiday_region is None else person.holiday_region
    return (
        person.name,
        person.id,
        person.payroll_number,
        None if rate is None else shown(rate),
        _origin(rate, person.hourly_rate),
        person.zone,
        person.zone_source if person.zone else None,
        _hours_words(hours),
        _origin(hours, person.business_hours),
        region,
        _origin(region, person.holiday_region),
    )


def _origin(used: object, own: object) -> str | None:
    if used is None:
        return None
    return "policy" if own is None else "engineer"


def _hours_words(hours: BusinessHours | None) -> str:
    if hours is None or not hours.days:
        return "none"
    days = ", ".join(WEEKDAYS[day - 1] for day in sorted(hours.days))
    return f"{days} {hours.start:%H:%M}-{hours.end:%H:%M}"


def _policy_amounts(policy: PolicyBrief) -> Iterator[Row]:
    looks = (Look.TEXT, Look.RATE, Look.TEXT)
    yield Row(("Rule", "Amount", "For"), looks, Tone.HEADING)
    for one in policy.amounts:
        yield Row((one.rule, shown(one.amount), one.of), looks)
    yield Row(("Hourly rate", policy.hourly_rate and shown(policy.hourly_rate), "whoever has none of their own"), looks)
