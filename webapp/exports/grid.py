"""Rows, tables and sheets as plain values, before they become a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from openpyxl.utils import get_column_letter

from webapp.exports.cells import Value
from webapp.exports.columns import Column, Entry, Role
from webapp.exports.document import ReportDocument
from webapp.exports.looks import Look, Tone


@dataclass(frozen=True, slots=True)
class Row:
    """Values from column A on, each with its look; None leaves a cell without value."""

    values: Sequence[Value]
    looks: Sequence[Look]
    tone: Tone | Sequence[Tone] = Tone.ENTRY
    height: int | None = None
    """In points; None: what its longest text needs."""
    merged: bool = False
    """The first value's cell takes the width of the sheet: for sentences."""


@dataclass(frozen=True, slots=True)
class Table(Generic[Entry]):
    """Where a table stands: formulas find their cells by it, so that no address is written by hand."""

    sheet: str
    columns: tuple[Column[Entry], ...]
    header_row: int
    count: int
    """Rows of entries; the row below them is the total row, where there is one."""

    @property
    def first(self) -> int:
        """The first row of entries."""
        return self.header_row + 1

    @property
    def last(self) -> int:
        """The last row of entries; of an empty table the (empty) first one, so that a range stays a range."""
        return self.header_row + max(self.count, 1)

    @property
    def total_row(self) -> int:
        """The row of totals."""
        return self.last + 1

    def of(self, role: Role) -> Column[Entry]:
        """The column of a role that the table has."""
        return next(column for column in self.columns if column.role is role)

    def letter(self, column: Column[Entry]) -> str:
        """The letter of a column."""
        return get_column_letter(self.columns.index(column) + 1)

    def range(self, column: Column[Entry], last: Column[Entry] | None = None) -> str:
        """The entries of a column, or of all up to another one, as a formula of any sheet names them."""
        return f"{self.sheet}!${self.letter(column)}${self.first}:${self.letter(last or column)}${self.last}"

    def cell(self, role: Role, row: int) -> str:
        """A cell, as a formula of its own sheet names it."""
        return f"${self.letter(self.of(role))}{row}"

    def total_cell(self, column: Column[Entry]) -> str:
        """A column's printed total, as a formula of any sheet names it."""
        return f"{self.sheet}!${self.letter(column)}${self.total_row}"

    def header(self) -> Row:
        """The row of headings."""
        return header(self.columns)

    def rows(self, entries: Iterable[Entry]) -> Iterator[Row]:
        """A row for each entry."""
        return rows(self.columns, entries)

    def total(self, label: str, document: ReportDocument, entries: Sequence[Entry]) -> Row:
        """The row of totals, with a label in the first column."""
        values = [column.total(document, entries) if column.added else None for column in self.columns]
        values[0] = label
        return Row(values, [column.look for column in self.columns], Tone.TOTAL, height=18)


def header(columns: Sequence[Column[Any]]) -> Row:
    """The row of headings."""
    return Row([column.heading for column in columns], [column.look for column in columns], Tone.HEADING)


def rows(columns: Sequence[Column[Entry]], entries: Iterable[Entry]) -> Iterator[Row]:
    """A row for each entry."""
    values, looks = [column.value for column in columns], [column.look for column in columns]
    for entry in entries:
        yield Row([value(entry) for value in values], looks)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows from the first on, and how it is read and printed."""

    name: str
    widths: tuple[int, ...]
    rows: Iterable[Row]
    frozen: str | None = None
    """The first cell that scrolls, such as "B10"."""
    filtered: Table[Any] | None = None
    repeated_row: int | None = None
    """The row printed on top of each page."""
    zero_range: str | None = None
    """Cells that must be 0: anything else is marked."""
    hidden: bool = False
    columns: int = 0
    """Columns that its rows may take, where that is more than there are widths."""

    @classmethod
    def of(cls, table: Table[Any], rows: Iterable[Row], fixed: int = 1) -> Sheet:
        """A sheet of one table, whose first columns, as many as are `fixed`, and headings do not scroll."""
        widths = tuple(column.width for column in table.columns)
        frozen = f"{get_column_letter(fixed + 1)}{table.first}"
        return cls(table.sheet, widths, rows, frozen, table, table.header_row)


def sentence(text: str, tone: Tone = Tone.VALUE) -> Row:
    """A row that is one sentence across the sheet."""
    return Row([text], [Look.WRAPPED], tone, merged=True)


def section(text: str) -> Row:
    """The title of a part of a sheet."""
    return Row([text], [Look.TEXT], Tone.SECTION, height=26)


BLANK = Row([], [])
