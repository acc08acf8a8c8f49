"""A sheet's cells as they are written, row by row, without a spreadsheet program's ideas of them.

Why not openpyxl: it needs longer to read a large organisation's file than such a file may take in all.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers.expat import ParserCreate
from zipfile import ZipFile

_AT_ONCE = 1 << 18


def read_rows(archive: ZipFile, path: str) -> Iterator[dict[str, str]]:
    """Each row's written texts and figures by column letter; for the app's own sheets, which it has just made."""
    done: list[dict[str, str]] = []
    row: dict[str, str] = {}
    letter = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, letter
        if name == "c":
            letter = attributes["r"].rstrip("0123456789")
        elif name == "row":
            row = {}
            done.append(row)
        elif name == "sheetData":
            parser.CharacterDataHandler = text

    def text(value: str) -> None:
        row[letter] = row.get(letter, "") + value

    def end(name: str) -> None:
        if name == "sheetData":
            parser.CharacterDataHandler = None

    parser = ParserCreate()
    parser.buffer_text = True  # one text, one call
    parser.StartElementHandler, parser.EndElementHandler = start, end
    with archive.open(path) as stream:
        while piece := stream.read(_AT_ONCE):
            parser.Parse(piece)
            yield from done[:-1]  # the last one may still be open
            del done[:-1]
    parser.Parse(b"", True)  # noqa: FBT003  expat's own signature
    yield from done
