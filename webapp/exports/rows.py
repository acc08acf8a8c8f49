"""What the cells of a sheet hold, row by row, whichever spreadsheet program wrote it; never whole in memory.

Why not openpyxl: it needs longer to read a large organisation's file than making one may take in all, and it trusts
what it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.parsers.expat import ParserCreate

from openpyxl.formula.translate import Translator

from webapp.exports.cells import Written

MOST_ROWS = 1_048_576
_TEXT_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


class Unreadable(Exception):
    """No sheet that a spreadsheet program would write."""


Cells = dict[str, Written]
"""The cells of a row by their column's letter; empty ones are left out."""


def read_rows(pieces: Iterable[bytes], shared: Sequence[str] = ()) -> Iterator[tuple[int, Cells]]:
    """The rows of a sheet that are there, by number.

    Args:
        pieces: the bytes of its part of the archive.
        shared: the texts that its cells name by number.

    Raises:
        Unreadable: it is no sheet. An ExpatError, where it is not even XML.
    """
    reader = _Rows(shared)
    for piece in pieces:
        reader.parser.Parse(piece)
        yield from reader.take()
    reader.parser.Parse(b"", True)  # noqa: FBT003  expat's own signature
    yield from reader.take()


def read_texts(pieces: Iterable[bytes]) -> list[str]:
    """The texts that the cells of all sheets share."""
    texts: list[str] = []
    text: list[str] = []
    reader = _Parser()

    def start(name: str, _: Any) -> None:
        if name == "si":
            text.clear()
        elif name == "t":
            reader.collect(text)
        elif name == "rPh":
            reader.aside += 1

    def end(name: str) -> None:
        reader.stop()
        if name == "si":
            texts.append(unescaped("".join(text)))
        elif name == "rPh":
            reader.aside -= 1

    reader.parser.StartElementHandler, reader.parser.EndElementHandler = start, end
    for piece in pieces:
        reader.parser.Parse(piece)
    reader.parser.Parse(b"", True)  # noqa: FBT003  expat's own signature
    return texts


def unescaped(text: str) -> str:
    """A text as it is meant: spreadsheet programs write some characters as _x0041_."""
    if "_x" not in text:
        return text
    return _TEXT_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


class _Parser:
    """Expat, for files of strangers: without document types, so that no text can multiply itself."""

    def __init__(self) -> None:
        self.aside = 0
        """Inside of how many elements that say how a text is pronounced."""
        self.parser = ParserCreate()
        self.parser.buffer_text = True  # one text, one call
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def collect(self, into: list[str]) -> None:
        if not self.aside:
            self.parser.CharacterDataHandler = into.append

    def stop(self) -> None:
        self.parser.CharacterDataHandler = None


def _refuse_doctype(*_: object) -> None:
    raise Unreadable("It declares a document type, which no spreadsheet program does.")


class _Rows(_Parser):
    """Collects rows while expat parses."""

    def __init__(self, shared: Sequence[str]) -> None:
        super().__init__()
        self._shared = shared
        self._done: list[tuple[int, Cells]] = []
        self._number = 0
        self._row: Cells = {}
        self._letter, self._kind = "", ""
        self._text: list[str] = []
        self._formula: list[str] = []
        self._has_formula = False
        self._group: str | None = None
        self._masters: dict[str, tuple[str, str]] = {}
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end

    def take(self) -> list[tuple[int, Cells]]:
        """The rows completed since."""
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._letter = _place(attributes).rstrip("0123456789")
            self._kind = attributes.get("t", "n")
            self._text.clear()
            self._formula.clear()
            self._has_formula = False
        elif name in {"v", "t"}:
            self.collect(self._text)
        elif name == "f":
            self._has_formula = True
            self._group = attributes.get("si") if attributes.get("t") == "shared" else None
            self.collect(self._formula)
        elif name == "row":
            self._number = int(_place(attributes))
            if not 0 < self._number <= MOST_ROWS:
                raise Unreadable(f"It has a row {self._number}.")
            self._row = {}
        elif name == "rPh":
            self.aside += 1

    def _end(self, name: str) -> None:
        self.stop()
        if name == "c":
            if cell := self._cell():
                self._row[self._letter] = cell
        elif name == "row":
            self._done.append((self._number, self._row))
        elif name == "rPh":
            self.aside -= 1

    def _cell(self) -> Written | None:
        text = "".join(self._text)
        if self._has_formula:
            return Written("f", text, self._whole_formula())
        match self._kind:
            case "n":
                kind = "n"
            case "s":
                kind, text = "t", self._shared[int(text)]
            case "inlineStr" | "str":
                kind, text = "t", unescaped(text)
            case other:  # a truth value, an error, a date in words: nothing that we write
                kind = other
        return Written(kind, text) if text else None

    def _whole_formula(self) -> str:
        """The cell's formula; of those that a program wrote once for many cells, as it reads in this one."""
        text, place = "".join(self._formula), f"{self._letter}{self._number}"
        if self._group is not None:
            if text:
                self._masters[self._group] = (text, place)
            elif self._group in self._masters:
                formula, origin = self._masters[self._group]
                text = Translator(f"={formula}", origin=origin).translate_formula(place)[1:]
        return text.replace(" ", "").replace("'", "")


def _place(attributes: dict[str, str]) -> str:
    """Where a row or cell stands: every program that we know says it, though it need not."""
    if "r" not in attributes:
        raise Unreadable("Its rows and cells do not say where they stand.")
    return attributes["r"]
