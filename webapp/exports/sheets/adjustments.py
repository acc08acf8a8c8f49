"""What earlier reports should have paid, line by line: only in a workbook that carries adjustments."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from webapp.exports.amendments import TIME_OFF, Adjustment
from webapp.exports.cells import Value
from webapp.exports.document import ReportDocument
from webapp.exports.grid import Column, Row, Sheet, Table, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.summary import title_row

NAME = "Adjustments"
_FIRST_LINK_ROW = 3
_COLUMNS = (
    Column("Engineer", Look.TEXT, 24),
    Column("Payroll number", Look.IDENTIFIER, 15),
    Column("PagerDuty id", Look.IDENTIFIER, 12),
    Column("Amends report", Look.IDENTIFIER, 22),
    Column("Date", Look.DATE, 11),
    Column("Component", Look.TEXT, 12),
    Column("Rule", Look.WRAPPED, 32),
    Column("Paid so far", Look.MONEY, 14),
    Column("Due", Look.MONEY, 14),
    Column("Adjustment", Look.MONEY, 15),
    Column("Reason", Look.WRAPPED, 48),
)
_HOURS_OFF = (
    Column("Hours off so far", Look.HOURS, 10),
    Column("Hours off due", Look.HOURS, 10),
    Column("Hours off adjusted", Look.HOURS, 10),
)


def table(document: ReportDocument) -> Table:
    """A row for each adjustment line."""
    columns = (*_COLUMNS, *_HOURS_OFF * _has_hours(document))
    return Table(NAME, columns, _FIRST_LINK_ROW + len(document.amends), len(document.adjustments))


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    where = table(document)
    widths = tuple(column.width for column in where.columns)
    return Sheet(NAME, widths, _rows(document, where), f"B{where.first}", where, where.header_row)


def totals(document: ReportDocument) -> dict[str, Value]:
    """The row of totals, by heading."""
    money = [one for one in document.adjustments if one.component != TIME_OFF]
    off: dict[str, Value] = {"Hours off adjusted": document.adjusted_time_off} if _has_hours(document) else {}
    return {
        "Paid so far": sum((one.paid for one in money), Decimal(0)),
        "Due": sum((one.due for one in money), Decimal(0)),
        "Adjustment": document.adjusted,
        **off,
    }


def _has_hours(document: ReportDocument) -> bool:
    return any(one.component == TIME_OFF for one in document.adjustments)


def _rows(document: ReportDocument, where: Table) -> Iterator[Row]:
    yield title_row(document, "Adjustments of earlier reports")
    yield sentence(
        "What earlier reports should have paid, paid or taken back with this one. To compare such a report once more, "
        "upload this workbook with it.",
        Tone.NOTE,
    )
    for link in document.amends:
        before = f", after {link.previous}" if link.previous else ""
        yield sentence(f"Amends report {link.report_id} ({link.title}) as number {link.number}{before}.")
    yield where.header()
    for one in document.adjustments:
        yield Row(_entry(one)[: len(where.columns)], where.looks)
    yield where.total("Total", totals(document))


def _entry(one: Adjustment) -> tuple[Value, ...]:
    figures = (one.paid, one.due, one.amount)
    money, hours = ((None,) * 3, figures) if one.component == TIME_OFF else (figures, (None,) * 3)
    return (
        one.payee.name,
        one.payee.payroll_number,
        one.payee.id,
        one.report_id,
        one.date,
        one.component,
        one.rule,
        *money,
        one.reason,
        *hours,
    )
