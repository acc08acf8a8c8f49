"""A row for each engineer and local date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from webapp.exports.cells import Value
from webapp.exports.document import ReportDocument
from webapp.exports.grid import Column, Row, Sheet, Table, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.summary import gives_time_off, title_row
from webapp.pricing.facts import Person
from webapp.pricing.report.lines import DayRow, Report

NAME = "Detail"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HEADER_ROW = 3
_COLUMNS = (
    Column("Engineer", Look.TEXT, 24),
    Column("PagerDuty id", Look.IDENTIFIER, 12),
    Column("Date", Look.DATE, 11),
    Column("Weekday", Look.TEXT, 11),
    Column("Day type", Look.TEXT, 12),
    Column("Holiday", Look.TEXT, 22),
    Column("Hours on call", Look.DURATION, 13),
    Column("Stipend", Look.MONEY, 15),
    Column("Sessions", Look.WHOLE, 9),
    Column("Callout fees", Look.MONEY, 15),
    Column("Hours worked", Look.DURATION, 11),
    Column("Hours billed", Look.DURATION, 11),
    Column("Hourly pay", Look.MONEY, 15),
    Column("Total", Look.MONEY, 16),
)
_TIME_OFF = Column("Hours off in lieu", Look.HOURS, 10)
_SECONDS = (
    Column("Seconds on call", Look.WHOLE, 15),
    Column("Seconds worked", Look.WHOLE, 13),
    Column("Seconds billed", Look.WHOLE, 13),
)


def table(document: ReportDocument) -> Table:
    """A row for each engineer and date."""
    columns = (*_COLUMNS, *[_TIME_OFF] * gives_time_off(document.report), *_SECONDS)
    return Table(NAME, columns, _HEADER_ROW, sum(len(statement.days) for statement in document.report.statements))


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    where = table(document)
    widths = tuple(column.width for column in where.columns)
    return Sheet(NAME, widths, _rows(document, where), f"D{where.first}", where, where.header_row)


def _rows(document: ReportDocument, where: Table) -> Iterator[Row]:
    report = document.report
    yield title_row(document, "Day by day")
    yield sentence(
        "Dates are local dates of each engineer's pay zone (sheet Rates). Pay stands at the date it is booked on.",
        Tone.NOTE,
    )
    yield where.header()
    for statement in report.statements:
        for day in statement.days:
            yield Row(_entry(statement.person, day, off=gives_time_off(report)), where.looks)
    if not where.count:
        yield sentence("No time on call and no pay in this period.", Tone.NOTE)
    yield where.total("Total", totals(report))


def totals(report: Report) -> dict[str, Value]:
    """The row of totals, by heading; amounts are the report's own."""
    days = [day for statement in report.statements for day in statement.days]
    on_call = sum(day.on_call_seconds for day in days)
    worked = sum(day.worked_seconds for day in days)
    billed = sum(day.billed_seconds for day in days)
    return {
        "Hours on call": timedelta(seconds=on_call),
        "Stipend": report.stipends,
        "Sessions": sum(day.sessions for day in days),
        "Callout fees": report.fees,
        "Hours worked": timedelta(seconds=worked),
        "Hours billed": timedelta(seconds=billed),
        "Hourly pay": report.hourly_pay,
        "Total": report.total,
        **({_TIME_OFF.heading: report.time_off} if gives_time_off(report) else {}),
        "Seconds on call": on_call,
        "Seconds worked": worked,
        "Seconds billed": billed,
    }


def _entry(person: Person, day: DayRow, *, off: bool) -> tuple[Value, ...]:
    return (
        person.name,
        person.id,
        day.date,
        WEEKDAYS[day.date.weekday()],
        day.day_type,
        day.day_name,
        timedelta(seconds=day.on_call_seconds),
        day.stipend,
        day.sessions,
        day.fees,
        timedelta(seconds=day.worked_seconds),
        timedelta(seconds=day.billed_seconds),
        day.hourly_pay,
        day.total,
        *[day.time_off] * off,
        day.on_call_seconds,
        day.worked_seconds,
        day.billed_seconds,
    )
