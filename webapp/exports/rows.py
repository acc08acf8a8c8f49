"""What the cells of a sheet hold, row by row, whichever spreadsheet program wrote it; never whole in memory.

Why not openpyxl: it needs longer to read a large organisation's file than making one may take in all, and it trusts
what it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from xml.parsers.expat import ParserCreate, XMLParserType

from openpyxl.formula.translate import Translator

from webapp.exports.cells import Written

MOST_ROWS = 1_048_576
LONGEST_TEXT = 40_000
"""Of a cell, in characters: somewhat more than any program allows."""
LONGEST_SHARED_FORMULA = 1_000
"""Ours are shorter; what is longer is not worked out for each of its cells."""

_OF_TEXT = frozenset({"t", "v", "is"})
_LETTERS = re.compile("[A-Z]{1,3}")
_TEXT_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")

Cells = dict[str, Written]
"""The cells of a row by their column's letter; empty ones are left out."""


class Unreadable(Exception):
    """No sheet that a spreadsheet program would write."""


def read_rows(
    pieces: Iterable[bytes], shared: Sequence[str] = (), kinds: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[int, Cells]]:
    """The rows of a sheet that are there, by number.

    Args:
        pieces: the bytes of its part of the archive.
        shared: the texts that its cells name by number.
        kinds: of figures whose style shows them as something else, by the style's number; "n" is any other's.

    Raises:
        Unreadable: it is no sheet. An ExpatError, where it is not even XML.
    """
    reader = _Rows(shared, kinds)
    for piece in pieces:
        reader.parser.Parse(piece)
        yield from reader.take_rows()
    reader.parser.Parse(b"", True)  # noqa: FBT003  expat's own signature
    yield from reader.take_rows()


def read_texts(pieces: Iterable[bytes]) -> list[str]:
    """The texts that the cells of all sheets share."""
    reader = _Texts()
    for piece in pieces:
        reader.parser.Parse(piece)
    reader.parser.Parse(b"", True)  # noqa: FBT003  expat's own signature
    return reader.done


def new_parser() -> XMLParserType:
    """Expat, for files of strangers: without document types, so that no text can multiply itself."""
    parser = ParserCreate()
    parser.buffer_text = True  # one text, one call
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def unescaped(text: str) -> str:
    """A text as it is meant: spreadsheet programs write some characters as _x0041_."""
    return _TEXT_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class _Collector:
    """Collects the texts of some elements while expat parses."""

    def __init__(self) -> None:
        self.parser = new_parser()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end
        self._pieces: list[str] = []
        self._length = 0
        self._aside = 0
        """Inside of how many elements that say how a text is pronounced."""

    def start(self, name: str, _: dict[str, str]) -> None:
        if name == "rPh":
            self._aside += 1
        elif name in {"t", "v", "f"} and not self._aside:
            self.parser.CharacterDataHandler = self._collect

    def end(self, name: str) -> None:
        self.parser.CharacterDataHandler = None
        if name == "rPh":
            self._aside -= 1

    def take_text(self) -> str:
        """What was collected since."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._length = 0
        return text

    def _collect(self, piece: str) -> None:
        self._length += len(piece)
        if self._length > LONGEST_TEXT:
            raise Unreadable("It has a text that is longer than a cell can hold.")
        self._pieces.append(piece)


class _Texts(_Collector):
    """The part in which programs keep each text once."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            self.done.append(unescaped(self.take_text()))


class _Rows(_Collector):
    """A sheet."""

    def __init__(self, shared: Sequence[str], kinds: Mapping[str, str]) -> None:
        super().__init__()
        self._shared = shared
        self._kinds = kinds
        self._done: list[tuple[int, Cells]] = []
        self._number = 0
        self._row: Cells = {}
        self._letter, self._kind = "", ""
        self._figure = "n"
        self._formula: str | None = None
        self._group: str | None = None
        self._masters: dict[str, tuple[str, str]] = {}

    def take_rows(self) -> list[tuple[int, Cells]]:
        """The rows completed since."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._letter = _place(attributes).rstrip("0123456789")
            self._kind = attributes.get("t", "n")
            self._figure = self._kinds.get(attributes.get("s", "0"), "n") if self._kinds else "n"
            self._formula = None
            return
        super().start(name, attributes)
        if name == "f":
            self._group = attributes.get("si") if attributes.get("t") == "shared" else None
        elif name == "row":
            self._number = int(_place(attributes))
            if not 0 < self._number <= MOST_ROWS:
                raise Unreadable(f"It has a row {self._number}.")
            self._row = {}

    def end(self, name: str) -> None:
        if name == "c":
            if cell := self._cell():
                if not _LETTERS.fullmatch(self._letter):
                    raise Unreadable(f"It has a column {self._letter!r}.")
                self._row[self._letter] = cell
            return
        self.parser.CharacterDataHandler = None
        if name in _OF_TEXT:
            return
        super().end(name)
        if name == "f":
            self._formula = self._whole_formula(self.take_text())
        elif name == "row":
            self._done.append((self._number, self._row))

    def _cell(self) -> Written | None:
        text = self.take_text() if self._pieces else ""
        if self._formula is not None:
            return Written("f", text, self._formula)
        match self._kind:
            case "n":
                kind = self._figure
            case "s":
                kind, text = "t", self._shared[int(text)]
            case "inlineStr" | "str":
                kind, text = "t", unescaped(text)
            case other:  # a truth value, an error, a date in words: nothing that we write
                kind, text = "?", f"{other} {text}"
        return Written(kind, text) if text else None

    def _whole_formula(self, text: str) -> str:
        """The cell's formula; of those that a program wrote once for many cells, as it reads in this one."""
        place = f"{self._letter}{self._number}"
        if self._group is not None:
            if text:
                self._masters[self._group] = (text[:LONGEST_SHARED_FORMULA], place)
            elif self._group in self._masters:
                formula, origin = self._masters[self._group]
                text = Translator(f"={formula}", origin=origin).translate_formula(place)[1:]
        return text.replace(" ", "").replace("'", "")


def _place(attributes: dict[str, str]) -> str:
    """Where a row or cell stands: every program that we know says it, though it need not."""
    if "r" not in attributes:
        raise Unreadable("Its rows and cells do not say where they stand.")
    return attributes["r"]


def _refuse_doctype(*_: object) -> None:
    raise Unreadable("It declares a document type, which no spreadsheet program does.")
