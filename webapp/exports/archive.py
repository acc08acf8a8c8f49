"""From sheets to bytes: openpyxl writes the workbook, its styles and each sheet's frame; the rows are streamed by us.

Why not openpyxl alone: it keeps an object a cell (ten times the memory that a large organisation may take), writes no
values of formulas, and writes each sheet to a temporary file, where incident titles must never lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import repeat
from math import ceil
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from webapp.exports.cells import cell_xml
from webapp.exports.grid import Row, Sheet
from webapp.exports.looks import Look, StyleBook, Tone

_LINE_POINTS = 14
_TALLEST_POINTS = 409  # of a row, says the format
_ROWS_AT_ONCE = 200


class _Archive(ZipFile):
    """A zip archive that knows no clock: every entry is dated 1980-01-01, the first date a zip can hold."""

    def writestr(self, zinfo_or_arcname: ZipInfo | str, data: Any, *_: Any, **__: Any) -> None:
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        super().writestr(_entry(name), data)


class _Frame(WorksheetWriter):
    """A sheet without its rows, written to memory."""

    def write_dimensions(self) -> None:
        """Say nothing of the sheet's size: the rows are not here, and a wrong size would hide them from readers."""


class _Writer(ExcelWriter):
    """openpyxl's writer, but for the way of a sheet."""

    def __init__(self, workbook: Workbook, archive: ZipFile, sheets: Sequence[Sheet], styles: StyleBook) -> None:
        super().__init__(workbook, archive)
        self._zip = archive
        self._sheets = {sheet.name: sheet for sheet in sheets}
        self._styles = styles

    def write_worksheet(self, ws: Worksheet) -> None:
        """Write frame, rows, frame; the second frame knows the merged cells that the rows brought."""
        ws._drawing = None  # type: ignore[attr-defined]  # noqa: SLF001  openpyxl asks for it afterwards
        before, _ = _frame(ws)
        with self._zip.open(_entry(ws.path[1:]), "w") as out:
            out.write(before)
            self._write_rows(out, ws)
            out.write(_frame(ws)[1])
        ws._rels = []  # type: ignore[attr-defined]  # noqa: SLF001  same: a sheet of ours has none
        self.manifest.append(ws)

    def _write_rows(self, out: IO[bytes], ws: Worksheet) -> None:
        sheet = self._sheets[ws.title]
        letters = [get_column_letter(number + 1) for number in range(len(sheet.widths))]
        parts: list[str] = []
        for number, row in enumerate(sheet.rows, 1):
            if row.merged:
                ws.merged_cells.add(CellRange(f"A{number}:{letters[-1]}{number}"))
            parts.append(self._row_xml(number, row, letters, sheet))
            if len(parts) == _ROWS_AT_ONCE:
                out.write("".join(parts).encode())
                parts.clear()
        out.write("".join(parts).encode())

    def _row_xml(self, number: int, row: Row, letters: list[str], sheet: Sheet) -> str:
        tones: Iterator[Tone] | Sequence[Tone] = repeat(row.tone) if isinstance(row.tone, Tone) else row.tone
        style = self._styles.number
        cells = [
            cell_xml(f"{letter}{number}", style(look, tone), value)
            for letter, value, look, tone in zip(letters, row.values, row.looks, tones, strict=False)
        ]
        height = row.height or _height(row, sheet.widths)
        tall = f' ht="{height}" customHeight="1"' if height else ""
        return f'<row r="{number}"{tall}>{"".join(cells)}</row>'


def archive_bytes(workbook: Workbook, sheets: Sequence[Sheet], styles: StyleBook) -> bytes:
    """The file of a workbook whose worksheets are prepared and empty, with the rows of the sheets."""
    target = BytesIO()
    _Writer(workbook, _Archive(target, "w", ZIP_DEFLATED), sheets, styles).save()
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
