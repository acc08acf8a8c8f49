"""A row for each engineer and local date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from webapp.exports.columns import Column, Role, columns_for, gives_time_off
from webapp.exports.document import ReportDocument
from webapp.exports.grid import Row, Sheet, Table, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.summary import title_row
from webapp.pricing.facts import Person
from webapp.pricing.report.lines import DayRow

NAME = "Detail"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HEADER_ROW = 3


class EngineerDay(NamedTuple):
    """One engineer's date."""

    person: Person
    day: DayRow


COLUMNS: tuple[Column[EngineerDay], ...] = (
    Column("Engineer", Look.TEXT, lambda row: row.person.name, 24),
    Column("PagerDuty id", Look.IDENTIFIER, lambda row: row.person.id, 12, Role.KEY),
    Column("Date", Look.DATE, lambda row: row.day.date, 11),
    Column("Weekday", Look.TEXT, lambda row: WEEKDAYS[row.day.date.weekday()], 11),
    Column("Day type", Look.TEXT, lambda row: row.day.day_type, 12),
    Column("Holiday", Look.TEXT, lambda row: row.day.day_name, 22),
    Column("Hours on call", Look.DURATION, lambda row: timedelta(seconds=row.day.on_call_seconds), 13, added=True),
    Column("Stipend", Look.MONEY, lambda row: row.day.stipend, 15, Role.STIPENDS, added=True),
    Column("Sessions", Look.WHOLE, lambda row: row.day.sessions, 9, added=True),
    Column("Callout fees", Look.MONEY, lambda row: row.day.fees, 15, Role.FEES, added=True),
    Column("Hours worked", Look.DURATION, lambda row: timedelta(seconds=row.day.worked_seconds), 11, added=True),
    Column("Hours billed", Look.DURATION, lambda row: timedelta(seconds=row.day.billed_seconds), 11, added=True),
    Column("Hourly pay", Look.MONEY, lambda row: row.day.hourly_pay, 15, Role.HOURLY_PAY, added=True),
    Column("Total", Look.MONEY, lambda row: row.day.total, 16, Role.TOTAL, added=True),
    Column(
        "Hours off in lieu", Look.HOURS, lambda row: row.day.time_off, 10, Role.TIME_OFF, added=True,
        when=gives_time_off,
    ),
    Column("Seconds on call", Look.WHOLE, lambda row: row.day.on_call_seconds, 15, added=True),
    Column("Seconds worked", Look.WHOLE, lambda row: row.day.worked_seconds, 13, added=True),
    Column("Seconds billed", Look.WHOLE, lambda row: row.day.billed_seconds, 13, Role.SECONDS_BILLED, added=True),
)  # fmt: skip


def entries(document: ReportDocument) -> list[EngineerDay]:
    """What the rows are about."""
    return [EngineerDay(statement.person, day) for statement in document.report.statements for day in statement.days]


def table(document: ReportDocument) -> Table[EngineerDay]:
    """A row for each engineer and date."""
    return Table(NAME, columns_for(document, COLUMNS), _HEADER_ROW, len(entries(document)))


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    where = table(document)
    return Sheet.of(where, _rows(document, where), fixed=3)


def _rows(document: ReportDocument, where: Table[EngineerDay]) -> Iterator[Row]:
    days = entries(document)
    yield title_row(document, "Day by day")
    yield sentence(
        "Dates are local dates of each engineer's pay zone (sheet Rates). Pay stands at the date it is booked on.",
        Tone.NOTE,
    )
    yield where.header()
    yield from where.rows(days)
    if not days:
        yield sentence("No time on call and no pay in this period.", Tone.NOTE)
    yield where.total("Total", document, days)
