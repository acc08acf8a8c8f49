"""Engineers' own values as a table: what is exported can be imported again, and changes nothing then."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from io import StringIO

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from webapp.exports.archive import Traces, archive_bytes
from webapp.exports.cells import Value, csv_text
from webapp.exports.columns import Column
from webapp.exports.grid import Row, Sheet, Table
from webapp.exports.looks import Look, StyleBook, Tone
from webapp.exports.xlsx import set_up

NAME = "Engineers"
AS_POLICY = "-"
"""A value that is the policy's from then on."""

FIRST_DAY_OF_FILES = date(1900, 3, 1)
"""Of days before it spreadsheet programs show different ones, or none: they are written as text."""

Cell = str | Decimal | date


@dataclass(frozen=True, slots=True)
class EngineersTable:
    """A heading line, and a line for each engineer and day on which one of their values begins."""

    headings: tuple[str, ...]
    lines: tuple[tuple[Cell, ...], ...]


def engineers_csv(table: EngineersTable) -> bytes:
    """The table as CSV, with the mark by which Excel knows UTF-8. No text in it is a formula."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(_csv_field, table.headings))
    writer.writerows([_csv_field(cell) for cell in line] for line in table.lines)
    return text.getvalue().encode("utf-8-sig")


def engineers_xlsx(table: EngineersTable) -> bytes:
    """The table as a workbook of one sheet. Identifiers are text, and stay so in lines that are added below."""
    columns = tuple(_column(table, place) for place in range(len(table.headings)))
    where = Table(NAME, columns, 1, len(table.lines))
    sheet = Sheet.of(where, _rows(table, where))
    workbook = Workbook()
    styles = StyleBook(workbook, "EUR", 2)  # there is no money in it: an amount is in the currency of the policy
    styles.number(Look.IDENTIFIER, Tone.HEADING)
    for look in (Look.IDENTIFIER, Look.QUANTITY, Look.DATE):
        styles.number(look, Tone.ENTRY)
    workbook.remove(workbook.worksheets[0])
    worksheet = workbook.create_sheet(NAME)
    set_up(worksheet, sheet)
    for place in range(len(columns)):
        dimension = worksheet.column_dimensions[get_column_letter(place + 1)]
        dimension.number_format = "@"
        dimension.style_id  # noqa: B018  openpyxl counts a style when it is asked for: before the styles are written
    return archive_bytes(workbook, [sheet], styles, Traces())


def _rows(table: EngineersTable, where: Table[tuple[Cell, ...]]) -> Iterator[Row]:
    yield where.header()
    for row in where.rows(table.lines):
        yield replace(row, looks=[_look(value) for value in row.values])


def _column(table: EngineersTable, place: int) -> Column[tuple[Cell, ...]]:
    texts = (table.headings[place], *(str(line[place]) for line in table.lines))
    width = min(40, max(10, *map(len, texts)) + 2)
    return Column(table.headings[place], Look.IDENTIFIER, lambda line: _value(line[place]), width)


def _value(cell: Cell) -> Value:
    if isinstance(cell, date) and cell < FIRST_DAY_OF_FILES:
        return cell.isoformat()
    return cell if cell != "" else None


def _look(value: Value) -> Look:
    if isinstance(value, Decimal):
        return Look.QUANTITY
    return Look.DATE if isinstance(value, date) else Look.IDENTIFIER


def _csv_field(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, date):
        return cell.isoformat()
    if cell == AS_POLICY:
        return cell
    # An apostrophe of its own before what would be calculated must not be taken for the one that guards it.
    return (
        f"'{csv_text(cell)}" if cell.startswith("'") and csv_text(cell.lstrip("'")).startswith("'") else csv_text(cell)
    )
