"""Engineers' own values as files: the table that is exported, and the text of a table that somebody brings."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

from openpyxl.utils import column_index_from_string, get_column_letter

from webapp.exports.cells import Written, normal_figure
from webapp.exports.engineers import AS_POLICY, FIRST_DAY_OF_FILES, NAME, Cell, EngineersTable
from webapp.exports.package import MEGABYTE, Limits, Package, Refused
from webapp.services.engineer_facts import FIRST_DAY, NUMBERS, known_first
from webapp.services.people import PaySettings
from webapp.services.people_table import (
    DAY,
    EVER,
    MOST_LINES,
    NAMES,
    PAYROLL_NUMBER,
    builtin,
    cell_of,
    heading_of,
    is_builtin,
    typed,
)

LARGEST_FILE = 2 * MEGABYTE
LARGEST_TABLE = 500_000
"""In bytes, as text: what the field of the page takes."""
MOST_COLUMNS = 100
_LIMITS = Limits(packed_bytes=LARGEST_FILE, unpacked_bytes=32 * MEGABYTE, kept_bytes=16 * MEGABYTE, seconds=10)
_DAY_ZERO, _DAY_ZERO_1904 = date(1899, 12, 30), date(1904, 1, 1)
_TOO_MANY_DIGITS = Decimal(10) ** 15
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class FileError(ValueError):
    """A file that is no table; the message says what to do."""


def engineers_table(people: Iterable[PaySettings], attributes: Iterable[str] = ()) -> EngineersTable:
    """Everybody's values, by name: the payroll number in an engineer's first line, each value in that of its day.

    Args:
        people: everybody with values; whoever has none is left out.
        attributes: what the policy asks: one that is named like a column of the import has its own, even if empty.
    """
    own = sorted((one for one in people if not one.is_empty), key=lambda one: (one.name.casefold(), one.user_id))
    names = known_first({what for one in own for what in one.facts} | set(filter(is_builtin, attributes)))
    lines = [line for person in own for line in _lines(person, names)]
    return EngineersTable(("engineer", "name", PAYROLL_NUMBER, *map(heading_of, names), DAY), tuple(lines))


def table_of_file(content: bytes) -> str:
    """The table in a CSV or XLSX file, as text to be read, shown and corrected.

    Raises:
        FileError: it is none, it is too large, or something in it would not be read as it looks.
    """
    if len(content) > LARGEST_FILE:
        raise FileError(f"The file is larger than {LARGEST_FILE // MEGABYTE} MB. Import it in parts.")
    if content.startswith(_OLD_EXCEL):
        raise FileError("This is a file of an old Excel, or one with a password. Save it as XLSX without a password.")
    text = _workbook_text(content) if content.startswith(_ZIP) else _decoded(content)
    check_size(text)
    return text


def check_size(table: str) -> None:
    """Whether a table is one that the page takes.

    Raises:
        FileError: it is too large.
    """
    if len(table.encode(errors="replace")) > LARGEST_TABLE:
        raise FileError(f"The table is larger than {LARGEST_TABLE // 1000} kB. Import it in parts.")


def _lines(person: PaySettings, names: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    number = cell_of(person.payroll_number)
    days = sorted({change.since for changes in person.facts.values() for change in changes})
    if not days:
        yield (person.user_id, person.name, number, *[""] * len(names), "")
    for day in days:
        begun = {what: one.value for what, changes in person.facts.items() for one in changes if one.since == day}
        values = [_cell(what, begun[what]) if what in begun else "" for what in names]
        yield (person.user_id, person.name, number, *values, EVER if day == FIRST_DAY else day)
        number = ""


def _cell(what: str, value: str) -> Cell:
    if not value:
        return AS_POLICY
    return Decimal(value) if what in NUMBERS else cell_of(value)


def _decoded(content: bytes) -> str:
    """UTF-8, or UTF-16 that says so: in any other encoding a name could change without a word."""
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise FileError(
            "The file is no CSV in UTF-8, so letters such as é or ß would be misread. In Excel save it as “CSV UTF-8”, "
            "or choose the XLSX file itself."
        )
    return text


def _workbook_text(content: bytes) -> str:
    """The one table of a workbook, line by line, so that a line has the number of its row."""
    try:
        package = Package(content, _LIMITS)
        sheet = _sheet(package)
        origin = _DAY_ZERO_1904 if package.counts_from_1904 else _DAY_ZERO
        columns: dict[int, str] = {}
        text, lines = StringIO(), 0
        writer = csv.writer(text, delimiter="\t", lineterminator="\n")
        written_rows = 0
        for number, cells in package.rows(sheet, to_keep=True, kinds=package.figure_kinds()):
            filled = {column_index_from_string(letter): cell for letter, cell in cells.items()}
            if not filled:
                continue
            if max(filled) > MOST_COLUMNS:
                raise FileError(f"The sheet has more than {MOST_COLUMNS} columns. Keep those of the table.")
            if lines > MOST_LINES:
                raise FileError(f"At most {MOST_LINES:,} lines at once.")
            texts = {
                place: _cell_text(cell, f"{get_column_letter(place)}{number}", columns.get(place, ""), origin)
                for place, cell in filled.items()
            }
            columns = columns or {place: builtin(text) for place, text in texts.items()}
            text.write("\n" * (number - written_rows - 1))
            writer.writerow([texts.get(place, "") for place in range(1, max(filled) + 1)])
            written_rows, lines = number, lines + 1
    except Refused as error:
        raise FileError(
            "The file is no workbook that can be read, or it is too large. Save it anew as XLSX."
        ) from error
    return text.getvalue()


def _sheet(package: Package) -> str:
    """The one sheet that can be seen and holds anything, or the one of them with the name of ours."""
    filled = [
        name
        for name in package.sheets
        if name not in package.hidden and any(cells for _, cells in package.rows(name, to_keep=True))
    ]
    if NAME in filled:
        return NAME
    if len(filled) > 1:
        raise FileError(f"The workbook has {len(filled)} sheets. Keep the one with the table, or name it {NAME}.")
    if not filled:
        hidden = " Sheets that are hidden are not read." if package.hidden else ""
        raise FileError(f"The workbook has no sheet with a table.{hidden}")
    return filled[0]


def _cell_text(cell: Written, place: str, column: str, origin: date) -> str:
    """What a cell says, as one would type it.

    Args:
        cell: its kind and text (see `Package.figure_kinds`).
        place: such as "B7".
        column: what the heading of its column means, as `builtin` tells it.
        origin: the day from which the workbook counts its days.

    Raises:
        FileError: it would be read otherwise than it looks.
    """
    if column == DAY and cell.kind not in {"t", "f", "?"}:
        return _day_text(cell, place, origin)
    match cell.kind:
        case "t":
            if len(cell.text.strip().splitlines()) > 1 and column not in {"", *NAMES}:
                raise FileError(f"The cell {place} has a line break. Write it on one line.")
            return typed(" ".join(cell.text.split()))
        case "d" | "e":
            raise FileError(f"The cell {place} holds a date or a time. Format it as text, and type it again.")
        case "f":
            raise FileError(f"The cell {place} holds a formula. Copy the column, and paste it as values only.")
        case "?":
            raise FileError(f"The cell {place} holds neither a text nor a figure. Type it again.")
    figure = _figure(cell.text, place)
    decimals = max(0, -int(figure.as_tuple().exponent))
    most = {"n": decimals, "w": 0}.get(cell.kind, -1)
    if column in NUMBERS and cell.kind.isdecimal():
        most = int(cell.kind)
    if decimals > most:
        raise FileError(
            f"The cell {place} does not show its figure as it is kept. Format it as text, and type what is to be read."
        )
    return f"{figure:f}"


def _day_text(cell: Written, place: str, origin: date) -> str:
    match cell.kind:
        case "d":
            return _day(cell.text, place, origin)
        case "e":
            raise FileError(f"The cell {place} does not show its whole day. Format it as text, like 2026-07-01.")
    raise FileError(f"The cell {place} holds a figure, no day. Format it as text, and write it like 2026-07-01.")


def _figure(text: str, place: str) -> Decimal:
    """The figure of a cell; a spreadsheet keeps no more than 15 digits of it."""
    try:
        figure = Decimal(normal_figure(text))
    except ArithmeticError:
        raise FileError(f"The cell {place} holds no figure. Type it again.") from None
    if abs(figure) >= _TOO_MANY_DIGITS:
        raise FileError(
            f"The cell {place} holds a figure of more than 15 digits, which a spreadsheet rounds. Format it as text, "
            "and type it again."
        )
    return figure


def _day(figure: str, place: str, origin: date) -> str:
    """The day of a cell. Before March 1900 programs do not agree on it."""
    wrong = FileError(f"The cell {place} holds no day. Format it as text, and write it like 2026-07-01.")
    try:
        days = Decimal(figure)
        day = origin + timedelta(days=int(days))
        if days != days.to_integral_value() or day < FIRST_DAY_OF_FILES:
            raise wrong
    except (ArithmeticError, OverflowError):
        raise wrong from None
    return day.isoformat()
