"""A spreadsheet file that somebody brings: opened in memory, within bounds, and trusted in nothing."""

from __future__ import annotations

import posixpath
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from types import MappingProxyType
from typing import Any
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from webapp.exports.rows import Cells, Unreadable, new_parser, read_rows, read_texts

MEGABYTE = 1024 * 1024
_AT_ONCE = 64 * 1024
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_STYLES, _TEXTS = "xl/styles.xml", "xl/sharedStrings.xml"
_MONEY = r'(?:\[\$[^\]\d]*(?:-[0-9A-Fa-f]+)?\]|"[$€£¥]"|[$€£¥])'
_AMOUNT = re.compile(rf"(?:{_MONEY}(?: |\\ )?)?(?:#,##)?0(?:\.(?P<decimals>0*#*))?(?:(?: |\\ )?{_MONEY})?(?:_.)*")
_LOCAL_DATES = frozenset(map(str, (*range(27, 37), *range(50, 59))))
"""Formats that programs of East Asia know by number: dates and times."""


class Refused(Exception):
    """The file is not taken; its text says why, and what to do, in a sentence or two."""


NO_WORKBOOK = (
    "This is no workbook of CalloutPay, or it is damaged. Choose the XLSX file as it was downloaded, or as a "
    "spreadsheet program saved it."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is taken; a workbook of 3,000 engineers stays below."""

    packed_bytes: int = 32 * MEGABYTE
    unpacked_bytes: int = 384 * MEGABYTE
    """Of all that is read of it."""
    kept_bytes: int = 64 * MEGABYTE
    """Of a part whose texts are kept."""
    parts: int = 200
    seconds: float = 60


LIMITS = Limits()


class Package:
    """The parts of the archive and the sheets of the workbook.

    Raises:
        Refused: from any of its methods, where the file is too large or no workbook.
    """

    def __init__(self, content: bytes, limits: Limits = LIMITS, clock: Callable[[], float] = time.monotonic) -> None:
        if len(content) > limits.packed_bytes:
            raise Refused(
                f"This file is larger than {limits.packed_bytes // MEGABYTE} MB, which no workbook of ours is."
            )
        self._limits = limits
        self._clock = clock
        self._left_bytes = limits.unpacked_bytes
        self._ends = clock() + limits.seconds
        with _only_refusing():
            self._archive = ZipFile(BytesIO(content))
            self.names = tuple(self._archive.namelist())
        if len(self.names) > limits.parts or len(set(self.names)) < len(self.names):
            raise Refused(NO_WORKBOOK)
        self.counts_from_1904 = False
        """Whether its dates mean others than ours do."""
        self.hidden: set[str] = set()
        """The sheets that nobody sees who opens it."""
        self._paths = self._read_paths()
        self._shared: list[str] | None = None

    @property
    def sheets(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(self._paths)

    def path(self, sheet: str) -> str:
        """The part of the archive that a sheet is."""
        return self._paths[sheet]

    def digests(self) -> dict[str, str]:
        """SHA-256 of each part, by its name."""
        return {name: self._digest(name) for name in self.names}

    def rows(
        self, sheet: str, *, to_keep: bool = False, kinds: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[tuple[int, Cells]]:
        """The rows of a sheet that are there, by number; fewer are taken of one that is to be kept in memory.

        Figures are told apart by the `kinds` of their styles (see `figure_kinds`).
        """
        kept = self._limits.kept_bytes
        with _only_refusing():
            if self._shared is None:
                self._shared = read_texts(self._pieces(_TEXTS, kept)) if _TEXTS in self.names else []
            yield from read_rows(self._pieces(self._paths[sheet], kept if to_keep else None), self._shared, kinds)

    def number_formats(self) -> tuple[str, ...]:
        """How cells show their figures, each format once; of those that programs know by number, the percentages."""
        codes, used = self._styles()
        codes = {"9": "0%", "10": "0.00%"} | codes
        return tuple(dict.fromkeys(codes[number] for number in used if number in codes))

    def figure_kinds(self) -> dict[str, str]:
        """How styles show a figure, where that is not just as it is kept.

        "d" as a date with day, month and year; "e" as any other date or a time; "w" as a whole number; "2" as an amount
        with so many decimals; "m" in a way by which it may be taken for another figure.
        """
        codes, used = self._styles()
        known = {str(number): code for number, code in BUILTIN_FORMATS.items()} | codes
        kinds = {
            str(style): "d" if number in _LOCAL_DATES else _figure_kind(known.get(number, "?"))
            for style, number in enumerate(used)
        }
        return {style: kind for style, kind in kinds.items() if kind != "n"}

    def _styles(self) -> tuple[dict[str, str], list[str]]:
        """The number formats that the file defines, by their numbers; and the number that each style uses."""
        codes: dict[str, str] = {}
        used: list[str] = []
        inside = False

        def start(name: str, attributes: dict[str, Any]) -> None:
            nonlocal inside
            if name == "numFmt":
                codes[attributes["numFmtId"]] = attributes["formatCode"]
            elif name == "cellXfs":
                inside = True
            elif name == "xf" and inside:
                used.append(attributes.get("numFmtId", "0"))

        def end(name: str) -> None:
            nonlocal inside
            inside &= name != "cellXfs"

        with _only_refusing():
            if _STYLES in self.names:
                self._parse(_STYLES, start, end)
        return codes, used

    def _parse(self, part: str, start: Callable[..., None], end: Callable[..., None] | None = None) -> None:
        parser = new_parser()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        for piece in self._pieces(part):
            parser.Parse(piece)
        parser.Parse(b"", True)  # noqa: FBT003  expat's own signature

    def _digest(self, name: str) -> str:
        digest = sha256()
        with _only_refusing():
            for piece in self._pieces(name):
                digest.update(piece)
        return digest.hexdigest()

    def _pieces(self, name: str, most: int | None = None) -> Iterator[bytes]:
        left = self._limits.unpacked_bytes if most is None else most
        with self._archive.open(name) as stream:
            while piece := stream.read(_AT_ONCE):
                left -= len(piece)
                self._left_bytes -= len(piece)
                if min(left, self._left_bytes) < 0:
                    raise _too_large("Unpacked, this file", self._limits.unpacked_bytes)
                if self._clock() > self._ends:
                    raise Refused(f"This file could not be read within {self._limits.seconds:.0f} seconds.")
                yield piece

    def _read_paths(self) -> dict[str, str]:
        """Where each sheet is, by its name."""
        if not {_WORKBOOK, _RELATIONS} <= set(self.names):
            raise Refused(NO_WORKBOOK)
        named: dict[str, str] = {}
        targets: dict[str, str] = {}

        def start(name: str, attributes: dict[str, Any]) -> None:
            if name == "sheet":
                named[attributes["name"]] = attributes["r:id"]
                if attributes.get("state", "visible") != "visible":
                    self.hidden.add(attributes["name"])
            elif name == "Relationship":
                targets[attributes["Id"]] = attributes["Target"]
            elif name == "workbookPr":
                self.counts_from_1904 |= attributes.get("date1904", "0") not in {"0", "false"}

        with _only_refusing():
            self._parse(_WORKBOOK, start)
            self._parse(_RELATIONS, start)
            paths = {name: posixpath.join("/xl", targets[key])[1:] for name, key in named.items()}
        if not set(paths.values()) <= set(self.names):
            raise Refused(NO_WORKBOOK)
        return paths


def _figure_kind(code: str) -> str:
    """How a number format shows a figure that is not below zero: see `figure_kinds`."""
    if code in {"General", "@"}:
        return "n"
    if code == "0":
        return "w"
    if is_date_format(code):
        letters = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", code).lower()
        return "d" if all(letter in letters for letter in "dmy") else "e"
    positive, *others = code.split(";")
    shown = _AMOUNT.fullmatch(positive)
    return str(len(shown["decimals"] or "")) if shown and len(others) <= 1 else "m"


def _too_large(what: str, most_bytes: int) -> Refused:
    return Refused(f"{what} is larger than {most_bytes // MEGABYTE} MB, which no workbook of ours is.")


@contextmanager
def _only_refusing() -> Iterator[None]:
    """What the libraries say of a file that is none: encrypted, cut, packed strangely, no XML, without a part."""
    try:
        yield
    except (
        Unreadable, ExpatError, BadZipFile, zlib.error, EOFError, OSError,
        LookupError, ValueError, RuntimeError, NotImplementedError,
    ) as error:  # fmt: skip
        raise Refused(NO_WORKBOOK) from error
