"""What earlier reports should have paid, line by line: only in a workbook that carries adjustments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from webapp.exports.amendments import TIME_OFF, Adjustment
from webapp.exports.columns import Column, Role, columns_for
from webapp.exports.document import ReportDocument
from webapp.exports.grid import Row, Sheet, Table, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.summary import title_row

NAME = "Adjustments"
_FIRST_LINK_ROW = 3


def _money(figure: Callable[[Adjustment], Decimal]) -> Callable[[Adjustment], Decimal | None]:
    return lambda line: None if line.component == TIME_OFF else figure(line)


def _hours(figure: Callable[[Adjustment], Decimal]) -> Callable[[Adjustment], Decimal | None]:
    return lambda line: figure(line) if line.component == TIME_OFF else None


def _adjusts_hours(document: ReportDocument) -> bool:
    return any(line.component == TIME_OFF for line in document.adjustments)


COLUMNS: tuple[Column[Adjustment], ...] = (
    Column("Engineer", Look.TEXT, lambda line: line.payee.name, 24),
    Column("Payroll number", Look.IDENTIFIER, lambda line: line.payee.payroll_number, 15),
    Column("PagerDuty id", Look.IDENTIFIER, lambda line: line.payee.id, 12, Role.KEY),
    Column("Amends report", Look.IDENTIFIER, lambda line: line.report_id, 22),
    Column("Date", Look.DATE, lambda line: line.date, 11),
    Column("Component", Look.TEXT, lambda line: line.component, 12),
    Column("Rule", Look.WRAPPED, lambda line: line.rule, 32),
    Column("Paid so far", Look.MONEY, _money(lambda line: line.paid), 14, added=True),
    Column("Due", Look.MONEY, _money(lambda line: line.due), 14, added=True),
    Column("Adjustment", Look.MONEY, _money(lambda line: line.amount), 15, Role.ADJUSTMENTS, added=True),
    Column("Reason", Look.WRAPPED, lambda line: line.reason, 48),
    Column("Hours off so far", Look.HOURS, _hours(lambda line: line.paid), 10, when=_adjusts_hours),
    Column("Hours off due", Look.HOURS, _hours(lambda line: line.due), 10, when=_adjusts_hours),
    Column("Hours off adjusted", Look.HOURS, _hours(lambda line: line.amount), 10, added=True, when=_adjusts_hours),
)


def entries(document: ReportDocument) -> tuple[Adjustment, ...]:
    """What the rows are about."""
    return document.adjustments


def table(document: ReportDocument) -> Table[Adjustment]:
    """A row for each adjustment line."""
    header_row = _FIRST_LINK_ROW + len(document.amends)
    return Table(NAME, columns_for(document, COLUMNS), header_row, len(document.adjustments))


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    where = table(document)
    return Sheet.of(where, _rows(document, where))


def _rows(document: ReportDocument, where: Table[Adjustment]) -> Iterator[Row]:
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
    yield from where.rows(document.adjustments)
    yield where.total("Total", document, document.adjustments)
