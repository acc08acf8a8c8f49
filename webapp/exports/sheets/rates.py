"""What was used to price each engineer: rate, zone, working hours, holiday region; amounts of the policy; calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from webapp.exports.calendars import EVERYBODY, CalendarDay, calendar_changes, calendar_days, people_of
from webapp.exports.cells import shown
from webapp.exports.columns import Column, Role, columns_for
from webapp.exports.dated import Stretch, stretches
from webapp.exports.document import ReportDocument
from webapp.exports.grid import BLANK, Row, Sheet, Table, header, rows, section, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.detail import WEEKDAYS
from webapp.exports.sheets.summary import title_row
from webapp.pricing.facts import DAY_SECONDS, CalendarChange, Person, WorkingHours
from webapp.pricing.policy.brief import PolicyAmount, VersionBrief
from webapp.pricing.text import clock

NAME = "Rates"
_HEADER_ROW = 3


class EngineerStretch(NamedTuple):
    """An engineer on dates on which nothing of theirs changes."""

    person: Person
    own: Stretch

    @property
    def rate(self) -> Decimal | None:
        """Their hourly rate, or else the policy's."""
        return self.own.policy.hourly_rate if self.own.own_rate is None else self.own.own_rate

    @property
    def hours(self) -> WorkingHours | None:
        """Their working hours, or else the policy's."""
        return self.own.own_hours or self.own.policy.business_hours

    @property
    def region(self) -> str | None:
        """Their holiday region, or else the policy's."""
        return self.own.policy.holiday_region if self.own.own_region is None else self.own.own_region


class CalendarEntry(NamedTuple):
    """A holiday of the period, or a correction of one."""

    who: str
    day: date
    hours: str
    region: str | None
    name: str
    what: str
    source: str


COLUMNS: tuple[Column[EngineerStretch], ...] = (
    Column("Engineer", Look.TEXT, lambda row: row.person.name, 24),
    Column("PagerDuty id", Look.IDENTIFIER, lambda row: row.person.id, 13, Role.KEY),
    Column("Payroll number", Look.IDENTIFIER, lambda row: row.person.payroll_number, 16),
    Column("Hourly rate", Look.RATE, lambda row: None if row.rate is None else shown(row.rate), 13),
    Column("Rate from", Look.TEXT, lambda row: _origin(row.rate, row.own.own_rate), 11),
    Column("Pay zone", Look.TEXT, lambda row: row.own.zone, 22),
    Column("Zone from", Look.TEXT, lambda row: row.own.zone_source if row.own.zone else None, 11),
    Column("Working hours", Look.TEXT, lambda row: _hours_words(row.hours), 30),
    Column("Hours from", Look.TEXT, lambda row: _origin(row.hours, row.own.own_hours), 11),
    Column("Holiday region", Look.TEXT, lambda row: row.region, 14),
    Column("Region from", Look.TEXT, lambda row: _origin(row.region, row.own.own_region), 12),
    Column("Other facts", Look.WRAPPED, lambda row: _other_facts(row.own), 22),
    Column("Used from", Look.DATE, lambda row: row.own.first, 11),
    Column("Used to", Look.DATE, lambda row: row.own.last, 11),
)
AMOUNTS: tuple[Column[PolicyAmount], ...] = (
    Column("Rule", Look.TEXT, lambda line: line.rule),
    Column("Amount", Look.RATE, lambda line: shown(line.amount)),
    Column("For", Look.TEXT, lambda line: line.of),
)
CALENDARS: tuple[Column[CalendarEntry], ...] = (
    Column("Engineers", Look.WRAPPED, lambda entry: entry.who),
    Column("Date", Look.DATE, lambda entry: entry.day),
    Column("Hours", Look.TEXT, lambda entry: entry.hours),
    Column("Region", Look.WRAPPED, lambda entry: entry.region),
    Column("Weekday", Look.TEXT, lambda entry: f"{entry.day:%a}"),
    Column("Holiday", Look.WRAPPED, lambda entry: entry.name),
    Column("What", Look.WRAPPED, lambda entry: entry.what),
    Column("Who says so", Look.WRAPPED, lambda entry: entry.source),
)
_ALL = "all of the region"


def entries(document: ReportDocument) -> list[EngineerStretch]:
    """What the rows are about; engineers who are not priced are in it, with what is missing left empty."""
    report = document.report
    return [
        EngineerStretch(person, one)
        for person in people_of(report)
        for one in stretches(person, report.period, report.policy)
    ]


def table(document: ReportDocument) -> Table[EngineerStretch]:
    """A row for each engineer, and for each date within the period on which anything of theirs changes."""
    return Table(NAME, columns_for(document, COLUMNS), _HEADER_ROW, len(entries(document)))


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    where = table(document)
    return Sheet.of(where, _rows(document, where))


def _rows(document: ReportDocument, where: Table[EngineerStretch]) -> Iterator[Row]:
    policy = document.report.policy
    yield title_row(document, "Rates and settings used")
    yield sentence(
        "What was used for each engineer, with a row from each date on which something changes; an empty cell is a "
        "fact that is missing.",
        Tone.NOTE,
    )
    yield where.header()
    yield from where.rows(entries(document))
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
        yield header(CALENDARS)
        yield from rows(CALENDARS, map(_calendar_day, days))
    else:
        yield sentence("No date of the period is a holiday for anybody in this report.", Tone.NOTE)
    if changes:
        yield BLANK
        yield section("Corrected calendars")
        yield header(CALENDARS)
        yield from rows(CALENDARS, map(_calendar_change, changes))


def _calendar_day(one: CalendarDay) -> CalendarEntry:
    who = ", ".join(person.name for person in one.people) or _ALL
    hours, region = one.holiday.hours or "all day", ", ".join(one.regions) or None
    return CalendarEntry(who, one.day, hours, region, one.holiday.name, "holiday", one.holiday.source)


def _calendar_change(one: CalendarChange) -> CalendarEntry:
    what = "taken out" if one.what.startswith("taken out") else "added"
    hours = one.what.removeprefix(what).strip() or "all day"
    of_people = one.person_ids or one.where == EVERYBODY
    who, region = (one.where, None) if of_people else (_ALL, one.where)
    return CalendarEntry(who, one.day, hours, region, one.name, what, one.source)


def _other_facts(own: Stretch) -> str:
    return "; ".join(
        f"{name} {value:,}" if isinstance(value, Decimal) else f"{name} {value}" for name, value in own.others
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
    yield header(AMOUNTS)
    yield from rows(AMOUNTS, policy.amounts)
    rate = policy.hourly_rate and shown(policy.hourly_rate)
    yield Row(("Hourly rate", rate, "whoever has none of their own"), [column.look for column in AMOUNTS])
