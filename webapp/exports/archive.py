"""From sheets to bytes: openpyxl writes the workbook, its styles and each sheet's frame; the rows are streamed by us.

Why not openpyxl alone: it keeps an object a cell (ten times the memory that a large organisation may take), writes no
values of formulas, and writes each sheet to a temporary file, where incident titles must never lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from itertools import repeat
from math import ceil
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from webapp.exports.cells import Value, content_xml, written
from webapp.exports.digests import SheetDigest
from webapp.exports.grid import Row, Sheet
from webapp.exports.looks import Look, StyleBook, Tone

_LINE_POINTS = 14
_TALLEST_POINTS = 409  # of a row, says the format
_LETTERS_AT_ONCE = 1 << 18
_MOST_KNOWN = 1 << 12  # texts
_LONGEST_KNOWN = 256
"""Letters of a text that is remembered: a long one stands once, such as the pieces of the sheet Fingerprint."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What a file holds so far, told by digests."""

    sheets: dict[str, SheetDigest] = field(default_factory=dict)
    """By the sheet's name."""
    parts: dict[str, str] = field(default_factory=dict)
    """Of the parts of the archive, by name: 64 hexadecimal digits each."""


class _Archive(ZipFile):
    """A zip archive that knows no clock: every entry is dated 1980-01-01, the first date a zip can hold."""

    def __init__(self, target: BytesIO, parts: dict[str, str]) -> None:
        super().__init__(target, "w", ZIP_DEFLATED)
        self._parts = parts

    def writestr(self, zinfo_or_arcname: ZipInfo | str, data: Any, *_: Any, **__: Any) -> None:
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        self.write_pieces(name, [data.encode() if isinstance(data, str) else data])

    def write_pieces(self, name: str, pieces: Iterable[bytes]) -> None:
        """A part that is never whole in memory."""
        digest = sha256()
        with self.open(_entry(name), "w") as out:
            for piece in pieces:
                digest.update(piece)
                out.write(piece)
        self._parts[name] = digest.hexdigest()


class _Frame(WorksheetWriter):
    """A sheet without its rows, written to memory."""

    def write_dimensions(self) -> None:
        """Say nothing of the sheet's size: the rows are not here, and a wrong size would hide them from readers."""


class _Writer(ExcelWriter):
    """openpyxl's writer, but for the way of a sheet."""

    def __init__(
        self, workbook: Workbook, target: BytesIO, sheets: Sequence[Sheet], styles: StyleBook, traces: Traces
    ) -> None:
        self._zip = _Archive(target, traces.parts)
        super().__init__(workbook, self._zip)
        self._sheets = {sheet.name: sheet for sheet in sheets}
        self._styles = styles
        self._traces = traces
        self._known: dict[str | None, tuple[str, str]] = {}

    def write_data(self) -> None:
        """Write the parts in openpyxl's order, but the last sheet after everything: it tells of the others."""
        super().write_data()
        self._write_sheet(self.workbook.worksheets[-1])

    def write_worksheet(self, ws: Worksheet) -> None:
        """Write a sheet; the last one is only announced."""
        ws._drawing = None  # type: ignore[attr-defined]  # noqa: SLF001  openpyxl asks for it afterwards
        ws._rels = []  # type: ignore[attr-defined]  # noqa: SLF001  same: a sheet of ours has none
        if ws is not self.workbook.worksheets[-1]:
            self._write_sheet(ws)
        self.manifest.append(ws)

    def _write_sheet(self, ws: Worksheet) -> None:
        self._zip.write_pieces(ws.path[1:], self._pieces(ws))

    def _pieces(self, ws: Worksheet) -> Iterator[bytes]:
        """Frame, rows, frame; the second frame knows the merged cells that the rows brought."""
        before, _ = _frame(ws)
        yield before
        yield from self._rows(ws)
        yield _frame(ws)[1]

    def _rows(self, ws: Worksheet) -> Iterator[bytes]:
        sheet = self._sheets[ws.title]
        letters = [get_column_letter(number + 1) for number in range(max(len(sheet.widths), sheet.columns))]
        last = letters[len(sheet.widths) - 1]
        digest = self._traces.sheets[ws.title] = SheetDigest()
        parts: list[str] = []
        length = 0
        for number, row in enumerate(sheet.rows, 1):
            if row.merged:
                ws.merged_cells.add(CellRange(f"A{number}:{last}{number}"))
            parts.append(self._row_xml(number, row, letters, sheet, digest))
            length += len(parts[-1])
            if length > _LETTERS_AT_ONCE:
                yield "".join(parts).encode()
                parts.clear()
                length = 0
        yield "".join(parts).encode()

    def _row_xml(self, number: int, row: Row, letters: list[str], sheet: Sheet, digest: SheetDigest) -> str:
        tones: Iterator[Tone] | Sequence[Tone] = repeat(row.tone) if isinstance(row.tone, Tone) else row.tone
        style = self._styles.number
        marks: list[tuple[str, str]] = []
        xml: list[str] = []
        for letter, value, look, tone in zip(letters, row.values, row.looks, tones, strict=False):
            mark, content = self._content(value)
            if mark:
                marks.append((letter, mark))
            xml.append(f'<c r="{letter}{number}" s="{style(look, tone)}"{content}')
        digest.add(number, marks)
        height = row.height or _height(row, sheet.widths)
        tall = f' ht="{height}" customHeight="1"' if height else ""
        return f'<row r="{number}"{tall}>{"".join(xml)}</row>'

    def _content(self, value: Value) -> tuple[str, str]:
        """The mark of a value's cell, and its XML but for place and style; texts and empty cells stand many times."""
        if not (value is None or (isinstance(value, str) and len(value) <= _LONGEST_KNOWN)):
            return _mark_and_content(value)
        known = self._known
        if value not in known:
            if len(known) == _MOST_KNOWN:
                known.clear()
            known[value] = _mark_and_content(value)
        return known[value]


def _mark_and_content(value: Value) -> tuple[str, str]:
    cell = written(value)
    return cell.mark, content_xml(cell)


def archive_bytes(workbook: Workbook, sheets: Sequence[Sheet], styles: StyleBook, traces: Traces) -> bytes:
    """The file of a workbook whose worksheets are prepared and empty, with the rows of the sheets.

    `traces` grows while it is written; the rows of the last sheet are asked for when all else is there, and may tell
    of it. Whatever they look like, the looks must be in `styles` before.
    """
    target = BytesIO()
    _Writer(workbook, target, sheets, styles, traces).save()
    return target.getvalue()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _frame(ws: Worksheet) -> tuple[bytes, bytes]:
    """What stands before the rows and after them."""
    out = BytesIO()
    _Frame(ws, out).write()
    before, _, after = out.getvalue().partition(b"<sheetData></sheetData>")
    return before + b"<sheetData>", b"</sheetData>" + after


def _height(row: Row, widths: tuple[int, ...]) -> int | None:
    """What wrapped text needs, in points: not every program measures it, and a line holds about a width's letters."""
    if row.merged:
        widths = (sum(widths),)
    if row.tone is Tone.HEADING:
        lines = (_lines(str(value), width) for value, width in zip(row.values, widths, strict=False))
        return max(2, *lines) * _LINE_POINTS + 4
    if Look.WRAPPED not in row.looks:
        return None
    wrapped = zip(row.values, row.looks, widths, strict=False)
    lines = (_lines(value, width) for value, look, width in wrapped if look is Look.WRAPPED and isinstance(value, str))
    return min(max(lines, default=1) * _LINE_POINTS, _TALLEST_POINTS)


def _lines(text: str, width: int) -> int:
    return max(1, ceil(len(text) * 1.1 / width))
