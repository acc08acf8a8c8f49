"""Reads one table of a document or of facts field by field; notes every mistake instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import SequenceMatcher, get_close_matches
from fractions import Fraction
from typing import Any, TypeVar

from webapp.pricing.policy.errors import Mistake

_T = TypeVar("_T")
_D = TypeVar("_D")

WEEKDAYS = {name: number for number, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), start=1)}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?|\d+/\d+) ?(s|sec|min|h|hours?|days?|weeks?)")
_SECONDS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600, "hours": 3600, "day": 86_400, "days": 86_400}
_SECONDS |= {"week": 604_800, "weeks": 604_800}
_CLOCK = re.compile(r"(\d{2}):(\d{2})")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?)?")


class Wrong(ValueError):
    """A single value cannot be read; the message says why."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The question whether another word was meant, or nothing."""
    found = get_close_matches(word, list(known), n=1)
    return f' Did you mean "{found[0]}"?' if found else ""


def slip_of(word: str, known: Iterable[str]) -> str:
    """The known word that this one is a slip of the pen of, or ""; for words that may also be the user's own."""
    written = word.replace("_", " ")
    for one in known:
        alike = sum(block.size for block in SequenceMatcher(a=written, b=one).get_matching_blocks())
        if one != word and alike >= max(len(one), len(written)) - 1:
            return one
    return ""


def text(value: Any) -> str:
    """Text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("must be text")
    return value


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Wrong("must be true or false")
    return value


def whole(value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("must be a whole number")
    return value


def number(value: Any) -> Fraction:
    """A number as text: "31.35", "1/7"; whole numbers may stand bare."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    if not isinstance(value, str):
        raise Wrong('must be a number in quotes, such as "31.35"')
    if not _NUMBER.fullmatch(value.strip()):
        raise Wrong(f'"{value}" is not a number such as "31.35" or "1/7"')
    above, _, below = value.strip().partition("/")
    if below and not Fraction(below):
        raise Wrong("divides by zero")
    return Fraction(above) / (Fraction(below) if below else 1)


def length(value: Any) -> int:
    """A length of time in seconds: "15 min", "1 h 30 min"."""
    parts = _LENGTH.findall(value) if isinstance(value, str) else []
    if not parts or _LENGTH.sub("", value).strip():
        raise Wrong('must be a length of time in quotes, such as "15 min" or "11 h"')
    total = sum((Fraction(count) * _SECONDS[unit] for count, unit in parts), start=Fraction(0))
    if total.denominator != 1:
        raise Wrong("must be whole seconds")
    return int(total)


def is_length(value: Any) -> bool:
    """Whether a value is written as a length of time."""
    return isinstance(value, str) and bool(_LENGTH.match(value))


def clock(value: Any) -> int:
    """A time of day in seconds since midnight."""
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[2]) >= 60 or int(match[1]) * 60 + int(match[2]) > 1440:  # noqa: PLR2004  minutes
        raise Wrong('must be a time of day in quotes, such as "17:30"')
    return int(match[1]) * 3600 + int(match[2]) * 60


def clock_range(value: Any) -> tuple[int, int]:
    """A range of times of day: "22:00-06:00"."""
    if not isinstance(value, str) or value.count("-") != 1:
        raise Wrong('must be a time range in quotes, such as "22:00-06:00"')
    start, end = (clock(side.strip()) for side in value.split("-"))
    if start == end:
        raise Wrong("starts and ends at the same time")
    return start, end


def clock_ranges(value: Any) -> tuple[tuple[int, int], ...]:
    """One range or a list of them."""
    return tuple(clock_range(one) for one in (value if isinstance(value, list) else [value]))


def weekday(value: Any) -> int:
    """An ISO weekday of "Mon" to "Sun"."""
    if value not in WEEKDAYS:
        raise Wrong(f'"{value}" is not a weekday.{nearest(str(value)[:3].title(), WEEKDAYS)}')
    return WEEKDAYS[value]


def week_moment(value: Any) -> tuple[int, int]:
    """A weekday and a time of day: "Fri 17:30", "Mon"."""
    day, _, time = text(value).partition(" ")
    return weekday(day), clock(time) if time else 0


def day(value: Any) -> date:
    """A date, in quotes or as TOML writes it."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(text(value))
    except ValueError as error:
        raise Wrong(f'"{value}" is not a date such as "2026-12-25"') from error


def yearly(value: Any) -> str:
    """A date, or month and day of every year, as written."""
    if isinstance(value, date):
        return value.isoformat()
    written = text(value)
    day(f"2000-{written}" if len(written) == len("12-25") else written)
    return written


def listed(read: Callable[[Any], _T]) -> Callable[[Any], tuple[_T, ...]]:
    """One value or a list of them."""
    return lambda value: tuple(read(one) for one in (value if isinstance(value, list) else [value]))


def word(value: Any) -> str:
    """A word to compare facts with: text, true, false or a whole number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else text(value)


class Reader:
    """One table, its path, and the mistakes found so far; `done` refuses what nobody asked for."""

    def __init__(self, table: Any, path: str, mistakes: list[Mistake]) -> None:
        self.path = path
        self.mistakes = mistakes
        self.asked: list[str] = []
        self.table: Mapping[str, Any] = {}
        if isinstance(table, Mapping):
            self.table = table
        else:
            self.wrong("", "must be a table: fields in braces, such as { field = ... }.")

    def at(self, key: str) -> str:
        """The path of a field."""
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def wrong(self, key: str, why: str) -> None:
        """Notes a mistake."""
        self.mistakes.append(Mistake(self.at(key), why))

    def has(self, key: str) -> bool:
        """Whether the field is written."""
        self.asked.append(key)
        return key in self.table

    def get(self, key: str, read: Callable[[Any], _T], default: _D) -> _T | _D:
        """The field as `read` understands it, or the default."""
        if not self.has(key):
            return default
        try:
            return read(self.table[key])
        except Wrong as error:
            self.wrong(key, f"{error}.".replace("..", ".").replace("?.", "?"))
            return default

    def need(self, key: str, read: Callable[[Any], _T], default: _D) -> _T | _D:
        """A field that must be written."""
        if not self.has(key):
            self.wrong(key, "is required.")
            return default
        return self.get(key, read, default)

    def choice(self, key: str, choices: Iterable[str], default: str) -> str:
        """One word of a closed set."""
        return self.get(key, one_of(choices), default)

    def child(self, key: str) -> Reader:
        """A table inside."""
        self.asked.append(key)
        return Reader(self.table.get(key, {}), self.at(key), self.mistakes)

    def children(self, key: str) -> list[Reader]:
        """A list of tables inside."""
        self.asked.append(key)
        value = self.table.get(key, [])
        if not isinstance(value, list):
            self.wrong(key, "must be a list of tables: [{ ... }], or a part of its own under [[ ]].")
            return []
        return [Reader(one, f"{self.at(key)}[{index}]", self.mistakes) for index, one in enumerate(value)]

    def done(self, elsewhere: Mapping[str, str] | None = None) -> None:
        """Refuses fields that nobody asked for; `elsewhere` says where such a field does belong."""
        known = list(dict.fromkeys(self.asked))
        for key in self.table:
            if key in known:
                continue
            hint = nearest(key, known) or f" Known here: {', '.join(known)}."
            if elsewhere and key in elsewhere:
                hint = f" It belongs into `{elsewhere[key]}`."
            self.wrong(key, f"is not a field here.{hint}" if elsewhere else f"is not a field.{hint}")


def one_of(choices: Iterable[str]) -> Callable[[Any], str]:
    """Reads one word of a closed set."""
    known = list(choices)

    def read(value: Any) -> str:
        if value not in known:
            names = ", ".join(f'"{one}"' for one in known)
            raise Wrong(f'"{value}" is not one of {names}.{nearest(str(value), known)}')
        return str(value)

    return read
