"""What a sheet holds, told by digests: of each row, of each column, and of the whole.

A digest is of what the cells hold (`Written.mark`), not of how a program writes or shows it: a sheet that another
program saved unaltered has the same digests. The digests of rows and columns are short, because they only say where
something differs; that it differs, the whole one says.
"""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

SHORT_BYTES = 6
"""Of a row's or a column's digest; written with the 64 letters of base 64, four for three bytes."""
_LETTERS_AT_ONCE = 1 << 18
_EMPTY = sha256().digest()


class Seal:
    """One digest of many rows of texts, whatever is in them."""

    def __init__(self) -> None:
        self._sum = sha256()

    def add(self, texts: Iterable[str]) -> None:
        """A row."""
        for text in texts:
            content = _bytes(text)
            self._sum.update(b"%d:" % len(content))
            self._sum.update(content)

    def hexdigest(self) -> str:
        """64 hexadecimal digits."""
        return self._sum.hexdigest()


class SheetDigest:
    """Taken row by row, while a sheet is written or read."""

    def __init__(self) -> None:
        self._rows: list[bytes] = []
        self._columns: defaultdict[str, Any] = defaultdict(sha256)
        self._pending: defaultdict[str, list[str]] = defaultdict(list)
        self._waiting = 0

    def add(self, number: int, cells: Iterable[tuple[str, str]]) -> None:
        """A row by its number, from 1 on and ascending: the letter and mark of every cell that is not empty."""
        marks = []
        for letter, mark in cells:
            # With its length in front no text can pass for two cells.
            marks.append(f"{letter}{len(mark)}:{mark}")
            self._pending[letter].append(f"{number} {mark}\n")
        if not marks:
            return  # empty rows count only where one that is not empty follows
        self._rows += [_EMPTY] * (number - 1 - len(self._rows))
        self._rows.append(sha256(_bytes("".join(marks))).digest())
        self._waiting += sum(map(len, marks))
        if self._waiting > _LETTERS_AT_ONCE:
            self._flush()

    @property
    def whole(self) -> str:
        """64 hexadecimal digits."""
        return sha256(b"".join(self._rows)).hexdigest()

    @property
    def rows(self) -> list[str]:
        """Short digests, from the first row to the last that is not empty."""
        return [_short(row) for row in self._rows]

    @property
    def columns(self) -> dict[str, str]:
        """Short digests by the column's letter; empty columns have none."""
        self._flush()
        return {letter: _short(column.digest()) for letter, column in self._columns.items()}

    def _flush(self) -> None:
        for letter, marks in self._pending.items():
            self._columns[letter].update(_bytes("".join(marks)))
        self._pending.clear()
        self._waiting = 0


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # a foreign file may hold half a character


def _short(digest: bytes) -> str:
    return b64encode(digest[:SHORT_BYTES]).decode()
