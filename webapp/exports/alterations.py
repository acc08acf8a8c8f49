"""Where a sheet is not as it was made: rows and columns, told apart by their digests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from webapp.exports.digests import SheetDigest

_BRACKETS = re.compile(r"\[[^\]]*\]")
"""Colours, conditions, signs of a currency, and hours that go on after 24."""
_SPACES = re.compile(r"[_*].")
_LITERALS = re.compile(r'"[^"]*"|\\.')
_SHOWS = re.compile(r"[0#?@]|General|[dmyhs]", re.IGNORECASE)
_SCALED = re.compile(r"%|[0#?],+(?![0#?,])|[1-9]")

RANGES_AT_MOST = 12
"""In one sentence."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """Something that is not as it was made."""

    sheet: str
    words: str
    """Where, such as "cell H12", "rows 4 and 7, columns H and N"."""

    def __str__(self) -> str:
        return f"{self.sheet}: {self.words}"


def locate(made_rows: Sequence[str], made_columns: Mapping[str, str], found: SheetDigest) -> str:
    """In words, where a sheet differs whose digests were once these."""
    rows = found.rows
    if len(rows) != len(made_rows):
        return _added_or_removed(made_rows, rows)
    changed = [number for number, (made, now) in enumerate(zip(made_rows, rows, strict=True), 1) if made != now]
    if Counter(made_rows) == Counter(rows):
        return f"{_named('row', _ranges(changed))} in another order; every single row is as it was made"
    columns = found.columns
    letters = [letter for letter in {**made_columns, **columns} if made_columns.get(letter) != columns.get(letter)]
    letters.sort(key=lambda letter: (len(letter), letter))
    if len(changed) == len(letters) == 1:
        return f"cell {letters[0]}{changed[0]}"
    return f"{_named('row', _ranges(changed))}, {_named('column', letters)}"


def shows_another_figure(number_format: str) -> bool:
    """Whether a number format makes a cell look as if it held another figure, or none.

    Such a format has digits of its own, multiplies by 100 or divides by 1,000, turns the sign, or shows nothing.
    """
    plain = _SPACES.sub("", _BRACKETS.sub("", number_format))
    if any(sign.isdigit() for literal in _LITERALS.findall(plain) for sign in literal):
        return True
    sections = _LITERALS.sub("", plain).split(";")
    if any(_SCALED.search(section) or not _SHOWS.search(section) for section in sections[:2]):
        return True
    return "-" in sections[0] and bool(re.search("[0#?]", sections[0]))


def _added_or_removed(made: Sequence[str], now: Sequence[str]) -> str:
    """What lies between the rows that are the same from above and those that are the same from below."""
    most = min(len(made), len(now))
    above = next((place for place in range(most) if made[place] != now[place]), most)
    most -= above
    below = next((place for place in range(most) if made[-1 - place] != now[-1 - place]), most)
    was, is_now = len(made) - above - below, len(now) - above - below
    if not is_now:
        return f"{was} row{'s' if was > 1 else ''} removed after row {above}"
    place = _named("row", _ranges(range(above + 1, above + is_now + 1)))
    return f"{place} added" if not was else f"{place} in place of {was} other{'s' if was > 1 else ''}"


def _ranges(numbers: Iterable[int]) -> list[str]:
    """Such as 4, 7-9, 12."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][-1] == number - 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    return ["-".join(map(str, ends)) for ends in found]


def _named(what: str, places: Sequence[str]) -> str:
    plural = "s" if len(places) > 1 or "-" in "".join(places) else ""
    told = [*places[:RANGES_AT_MOST]]
    if len(places) > RANGES_AT_MOST:
        told.append(f"{len(places) - RANGES_AT_MOST} more places")
    words = " and ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))
    return f"{what}{plural} {words}"
