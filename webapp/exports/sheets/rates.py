"""What was used to price each engineer: rate, zone, working hours, holiday region; amounts of the policy; calendars."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from webapp.exports.calendars import EVERYBODY, CalendarDay, calendar_changes, calendar_days, people_of
from webapp.exports.cells import Value, shown
from webapp.exports.dated import Stretch, stretches
from webapp.exports.document import ReportDocument
from webapp.exports.grid import BLANK, Column, Row, Sheet, Table, section, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.detail import WEEKDAYS
from webapp.exports.sheets.summary import title_row
from webapp.pricing.facts import DAY_SECONDS, CalendarChange, Person, WorkingHours
from webapp.pricing.policy.brief import VersionBrief
from webapp.pricing.text import clock

NAME = "Rates"
_HEADER_ROW = 3
_COLUMNS = (
    Column("Engineer", Look.TEXT, 24),
    Column("PagerDuty id", Look.IDENTIFIER, 13),
    Column("Payroll number", Look.IDENTIFIER, 16),
    Column("Hourly rate", Look.RATE, 13),
    Column("Rate from", Look.TEXT, 11),
    Column("Pay zone", Look.TEXT, 22),
    Column("Zone from", Look.TEXT, 11),
    Column("Working hours", Look.TEXT, 30),
    Column("Hours from", Look.TEXT, 11),
    Column("Holiday region", Look.TEXT, 14),
    Column("Region from", Look.TEXT, 12),
    Column("Other facts", Look.WRAPPED, 22),
    Column("Used from", Look.DATE, 11),
    Column("Used to", Look.DATE, 11),
)


def sheet(document: ReportDocument) -> Sheet:
    """The sheet; engineers who are not priced are in it, with what is missing left empty."""
    report = document.report
    people = people_of(report)
    entries = [(person, one) for person in people for one in stretches(person, report.period, report.policy)]
    where = Table(NAME, _COLUMNS, _HEADER_ROW, len(entries))
    widths = tuple(column.width for column in where.columns)
    return Sheet(NAME, widths, _rows(document, where, entries), f"B{where.first}", where, where.header_row)


def _rows(document: ReportDocument, where: Table, entries: list[tuple[Person, Stretch]]) -> Iterator[Row]:
    policy = document.report.policy
    yield title_row(document, "Rates and settings used")
    yield sentence(
        "What was used for each engineer, with a row from each date on which something changes; an empty cell is a "
        "fact that is missing.",
        Tone.NOTE,
    )
    yield where.header()
    for person, one in entries:
        yield Row(_entry(person, one), where.looks)
    period = document.report.period
    versions = [one for one in policy.by_version if one.since in policy.in_force(period.first, period.after)]
    for version in versions:
        yield BLANK
        yield section("Amounts of the policy" + (f" from {version.since}" if version.since else ""))
        yield from _policy_amounts(version)
    yield from _calendars(document)


def _calendars(document: ReportDocument) -> Iterator[Row]:
    """The holidays of the period, and below them what was corrected."""
    days, changes = calendar_days(document.report), calendar_changes(document.report)
    yield BLANK
    yield section("Calendars")
    if days:
        yield sentence("Dates of the period that are a holiday, all day or for some hours, in this report.", Tone.NOTE)
        yield _CALENDAR_HEADER
    else:
        yield sentence("No date of the period is a holiday for anybody in this report.", Tone.NOTE)
    for one in days:
        yield Row(_calendar_day(one), _CALENDAR_LOOKS)
    if changes:
        yield BLANK
        yield section("Corrected calendars")
        yield _CALENDAR_HEADER
    for change in changes:
        yield Row(_calendar_change(change), _CALENDAR_LOOKS)


_ALL = "all of the region"
_CALENDAR_LOOKS = (
    Look.WRAPPED, Look.DATE, Look.TEXT, Look.WRAPPED, Look.TEXT, Look.WRAPPED, Look.WRAPPED, Look.WRAPPED,
)  # fmt: skip
_CALENDAR_HEADER = Row(
    ("Engineers", "Date", "Hours", "Region", "Weekday", "Holiday", "What", "Who says so"), _CALENDAR_LOOKS, Tone.HEADING
)


def _calendar_day(one: CalendarDay) -> tuple[Value, ...]:
    who = ", ".join(person.name for person in one.people) or _ALL
    holiday = one.holiday
    hours, region = holiday.hours or "all day", ", ".join(one.regions) or None
    return who, one.day, hours, region, f"{one.day:%a}", holiday.name, "holiday", holiday.source or None


def _calendar_change(one: CalendarChange) -> tuple[Value, ...]:
    what = "taken out" if one.what.startswith("taken out") else "added"
    hours = one.what.removeprefix(what).strip() or "all day"
    of_people = one.person_ids or one.where == EVERYBODY
    who, region = (one.where, None) if of_people else (_ALL, one.where)
    return who, one.day, hours, region, f"{one.day:%a}", one.name, what, one.source or None


def _entry(person: Person, one: Stretch) -> tuple[Value, ...]:
    hours = one.own_hours or one.policy.business_hours
    rate = one.policy.hourly_rate if one.own_rate is None else one.own_rate
    region = one.policy.holiday_region if one.own_region is None else one.own_region
    return (
        person.name,
        person.id,
        person.payroll_number,
        None if rate is None else shown(rate),
        _origin(rate, one.own_rate),
        one.zone,
        one.zone_source if one.zone else None,
        _hours_words(hours),
        _origin(hours, one.own_hours),
        region,
        _origin(region, one.own_region),
        "; ".join(
            f"{name} {value:,}" if isinstance(value, Decimal) else f"{name} {value}" for name, value in one.others
        ),
        one.first,
        one.last,
    )


def _origin(used: object, own: object) -> str | None:
    if used is None:
        return None
    return "policy" if own is None else "engineer"


def _hours_words(hours: WorkingHours | None) -> str:
    if hours is None or not hours.days:
        return "none"
    days = ", ".join(WEEKDAYS[day - 1] for day in sorted(hours.days))
    return f"{days} {', '.join(f'{clock(start)}-{clock(end % DAY_SECONDS)}' for start, end in hours.hours)}"


def _policy_amounts(policy: VersionBrief) -> Iterator[Row]:
    looks = (Look.TEXT, Look.RATE, Look.TEXT)
    yield Row(("Rule", "Amount", "For"), looks, Tone.HEADING)
    for one in policy.amounts:
        yield Row((one.rule, shown(one.amount), one.of), looks)
    yield Row(("Hourly rate", policy.hourly_rate and shown(policy.hourly_rate), "whoever has none of their own"), looks)
