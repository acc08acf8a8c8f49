"""Rows, tables and sheets as plain values, before they become a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from webapp.exports.cells import Value
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
class Column:
    """One column of a table."""

    heading: str
    look: Look
    width: int = 12
    """In characters."""


@dataclass(frozen=True, slots=True)
class Table:
    """Where a table stands: formulas and the reader find their cells by it, so that no address is written by hand."""

    sheet: str
    columns: tuple[Column, ...]
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

    def index(self, heading: str) -> int:
        """The place of a column, from 0."""
        return next(number for number, column in enumerate(self.columns) if column.heading == heading)

    def letter(self, heading: str) -> str:
        """The letter of a column."""
        return get_column_letter(self.index(heading) + 1)

    def range(self, heading: str) -> str:
        """A column's entries, as a formula of any sheet names them."""
        letter = self.letter(heading)
        return f"{self.sheet}!${letter}${self.first}:${letter}${self.last}"

    def cell(self, heading: str, row: int) -> str:
        """One cell, as a formula of any sheet names it."""
        return f"{self.sheet}!${self.letter(heading)}${row}"

    @property
    def looks(self) -> tuple[Look, ...]:
        """The looks of a row of it."""
        return tuple(column.look for column in self.columns)

    def header(self) -> Row:
        """The row of headings."""
        return Row([column.heading for column in self.columns], self.looks, Tone.HEADING)

    def total(self, label: str, totals: dict[str, Value]) -> Row:
        """The row of totals: a label in the first column, values by heading."""
        values = [totals.get(column.heading) for column in self.columns]
        values[0] = label
        return Row(values, self.looks, Tone.TOTAL, height=18)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows from the first on, and how it is read and printed."""

    name: str
    widths: tuple[int, ...]
    rows: Iterable[Row]
    frozen: str | None = None
    """The first cell that scrolls, such as "B10"."""
    filtered: Table | None = None
    repeated_row: int | None = None
    """The row printed on top of each page."""
    zero_range: str | None = None
    """Cells that must be 0: anything else is marked."""
    hidden: bool = False
    columns: int = 0
    """Columns that its rows may take, where that is more than there are widths."""


def sentence(text: str, tone: Tone = Tone.VALUE) -> Row:
    """A row that is one sentence across the sheet."""
    return Row([text], [Look.WRAPPED], tone, merged=True)


def section(text: str) -> Row:
    """The title of a part of a sheet."""
    return Row([text], [Look.TEXT], Tone.SECTION, height=26)


BLANK = Row([], [])
