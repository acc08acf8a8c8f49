"""What was used to price each engineer: rate, zone, working hours, holiday region; and the amounts of the policy."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from webapp.exports.cells import Value, shown
from webapp.exports.dated import Stretch, stretches
from webapp.exports.document import ReportDocument
from webapp.exports.grid import BLANK, Column, Row, Sheet, Table, section, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.detail import WEEKDAYS
from webapp.exports.sheets.summary import title_row
from webapp.pricing.brief import VersionBrief
from webapp.pricing.facts import BusinessHours, Person

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
    people = sorted(document.people().values(), key=lambda person: (person.name, person.id))
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


def _hours_words(hours: BusinessHours | None) -> str:
    if hours is None or not hours.days:
        return "none"
    days = ", ".join(WEEKDAYS[day - 1] for day in sorted(hours.days))
    return f"{days} {hours.start:%H:%M}-{hours.end:%H:%M}"


def _policy_amounts(policy: VersionBrief) -> Iterator[Row]:
    looks = (Look.TEXT, Look.RATE, Look.TEXT)
    yield Row(("Rule", "Amount", "For"), looks, Tone.HEADING)
    for one in policy.amounts:
        yield Row((one.rule, shown(one.amount), one.of), looks)
    yield Row(("Hourly rate", policy.hourly_rate and shown(policy.hourly_rate), "whoever has none of their own"), looks)
