"""Kinds of fields of the pay settings: how a value of each is stored as JSON and read again, and what it may be.

`read` takes what is stored, and what a form holds once it is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

LARGEST_AMOUNT = Decimal(1_000_000)
LONGEST_DAY = Decimal(24)
"""Hours."""


class Group(StrEnum):
    """Where on the page a field stands; the fields of a group stand in the order of their table."""

    AMOUNTS = "amounts"
    STIPENDS = "stipends"
    CALENDAR = "calendar"
    DATES = "dates"
    SESSIONS = "sessions"
    FEES = "fees"
    EVIDENCE = "evidence"
    """How PagerDuty is read: settings of a policy that is a text, too."""
    TICKS = "ticks"
    SCHEDULES = "schedules"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field."""

    name: str
    label: str
    group: Group
    _: KW_ONLY
    hint: str = ""
    is_newer: bool = False
    """Missing in policies saved before there was the field: they mean its default."""

    def stored(self, value: Any) -> Any:
        """A value as JSON."""
        return value

    def read(self, value: Any) -> Any:
        """What `stored` was given."""
        return value

    def problem(self, value: Any) -> str:  # noqa: ARG002  of most kinds, any
        """What is wrong with a value that is not empty; "": nothing."""
        return ""


class Tick(FormField):
    """Yes or no."""


class Clock(FormField):
    """A time of day; `hint` is an example."""


@dataclass(frozen=True, slots=True)
class Text(FormField):
    """A name, or None."""

    _: KW_ONLY
    listed: str = ""
    """The id of the list on the page that names are proposed from."""

    def read(self, value: Any) -> Any:
        """None where it is empty."""
        return value or None


class Currency(Text):
    """A code such as "GBP"."""


class Names(FormField):
    """Several names; none of them is empty."""

    def stored(self, value: Any) -> Any:
        """In order."""
        return sorted(value)

    def read(self, value: Any) -> Any:
        """A set."""
        return frozenset(value or ())


class Weekdays(Names):
    """ISO numbers of days."""

    def read(self, value: Any) -> Any:
        """A set of numbers."""
        return frozenset(map(int, value or ()))


@dataclass(frozen=True, slots=True)
class Amount(FormField):
    """Money, or None."""

    _: KW_ONLY
    decimals: int = 2
    high: Decimal = LARGEST_AMOUNT
    bounds: str = f"An amount is from 0 to {LARGEST_AMOUNT:,}."

    def stored(self, value: Any) -> Any:
        """As text: JSON has no decimals."""
        return None if value is None else str(value)

    def read(self, value: Any) -> Any:
        """A Decimal, or None."""
        return None if value is None else Decimal(value)

    def problem(self, value: Any) -> str:
        """Not from 0 to the largest."""
        return "" if value.is_finite() and 0 <= value <= self.high else self.bounds


@dataclass(frozen=True, slots=True)
class Hours(Amount):
    """A length within a day."""

    _: KW_ONLY
    high: Decimal = LONGEST_DAY
    bounds: str = f"Hours from 0 to {LONGEST_DAY}."


@dataclass(frozen=True, slots=True)
class Whole(FormField):
    """A whole number from `low` to `high`, or None where it may be empty."""

    low: int
    high: int
    _: KW_ONLY
    may_be_empty: bool = False

    @property
    def bounds(self) -> str:
        """What it may be."""
        return f"A whole number from {self.low} to {self.high}{', or empty' if self.may_be_empty else ''}."

    def problem(self, value: Any) -> str:
        """Out of bounds."""
        return "" if self.low <= value <= self.high else self.bounds


@dataclass(frozen=True, slots=True)
class Choice(FormField):
    """One of an enumeration, each by its label."""

    labels: Mapping[Any, str]

    def stored(self, value: Any) -> Any:
        """By its value."""
        return value.value

    def read(self, value: Any) -> Any:
        """Of the enumeration."""
        return type(next(iter(self.labels)))(value)
