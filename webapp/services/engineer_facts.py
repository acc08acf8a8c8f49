"""Values of an engineer that change with time: their names, how each is written, and how what was typed is read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from itertools import groupby
from zoneinfo import available_timezones

from webapp.pricing.policy.form import REGION_HINT, BusinessHours
from webapp.pricing.policy.phrases import WEEKDAYS
from webapp.services.calendars.regions import RegionError, check_region
from webapp.services.plain_text import text_problem

FIRST_DAY = date.min
"""A value since then was always in force."""
HOURLY_RATE, SALARY, DAILY_RATE, GRADE = "hourly rate", "salary", "daily rate", "grade"
HOLIDAY_REGION, TIME_ZONE, WORKING_HOURS = "holiday region", "time zone", "working hours"
LARGEST = Decimal(10_000_000)
LONGEST = 200
"""Characters of a value."""
_AMOUNT = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_HOURS = re.compile(r"(?P<days>.*\S)\s+(?P<start>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})")


class FactError(ValueError):
    """A value that cannot be read; the message says how it is written."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value from a date on; "": as the policy says."""

    since: date
    value: str
    saved_at: datetime | None = field(default=None, compare=False)
    saved_by: str | None = field(default=None, compare=False)
    """None: not saved yet; "": not known any more."""


Changes = tuple[Change, ...]
"""In the order of their dates."""


def day_words(day: date) -> str:
    """The day that a value begins on, in a sentence."""
    return "the first day" if day == FIRST_DAY else f"{day:%-d %B %Y}"


def value_on(changes: Iterable[Change], day: date) -> str | None:
    """What is in force on a day; None: nothing of one's own."""
    begun = [change.value for change in changes if change.since <= day]
    return (begun[-1] if begun else None) or None


def with_change(changes: Iterable[Change], change: Change) -> Changes:
    """The values with one more, in place of any of the same date."""
    kept = [old for old in changes if old.since != change.since]
    return tuple(sorted([*kept, change], key=lambda one: one.since))


def read_value(what: str, typed: str, *, hints: bool = True) -> str:
    """The value as it is kept; empty stays empty. Errors say what may be meant, unless without `hints`: it takes time.

    Raises:
        FactError: it is not written as such a value is.
    """
    written = " ".join(typed.split())
    if not written:
        return ""
    if problem := text_problem(written, LONGEST):
        raise FactError(problem)
    kind = _KINDS.get(what)
    return kind.read(written, hints=hints) if kind else written


def read_number(written: str) -> Decimal:
    """An amount from 0 with at most 4 decimals.

    Raises:
        FactError: anything else.
    """
    if not _AMOUNT.fullmatch(written):
        raise FactError(f"“{written[:40]}” is not an amount. Write it like 1234.50, with a point.")
    amount = Decimal(written)
    if not 0 <= amount <= LARGEST:
        raise FactError(f"An amount is from 0 to {LARGEST:,}.")
    if -int(amount.normalize().as_tuple().exponent) > 4:  # noqa: PLR2004  as many as the form's own rate may have
        raise FactError("At most 4 decimals.")
    return amount


def read_zone(written: str, *, hints: bool = True) -> str:
    """The time zone as it is called, however its capitals were typed.

    Raises:
        FactError: there is none of that name.
    """
    by_name = _zones()
    found = by_name.get(written.casefold())
    if found is None:
        near = difflib.get_close_matches(written.casefold(), by_name, n=1) if hints else []
        hint = f" Did you mean {by_name[near[0]]}?" if near else ""
        raise FactError(f"“{written}” is not a time zone, such as Europe/London.{hint}")
    return found


@cache
def _zones() -> dict[str, str]:
    """The names of all time zones, by how they read without capitals: looking for them takes time."""
    return {name.casefold(): name for name in available_timezones()}


def read_hours(written: str) -> BusinessHours:
    """Working hours from "Mon-Fri 09:00-17:30", "Mon, Wed 08:00-12:00" or "none 09:00-17:30".

    Raises:
        FactError: they are written otherwise, or end before they start.
    """
    found = _HOURS.fullmatch(written)
    wrong = FactError(f"“{written}” are not working hours. Write them like Mon-Fri 09:00-17:30.")
    if found is None:
        raise wrong
    try:
        start, end = (time.fromisoformat(found[name].rjust(5, "0")) for name in ("start", "end"))
        days = frozenset(_days(found["days"]))
    except ValueError:
        raise wrong from None
    if end <= start:
        raise FactError("Working hours must end after they start.")
    return BusinessHours(start, end, days)


def _days(written: str) -> Iterator[int]:
    """ISO weekdays of "Mon-Thu, Sat"."""
    if written.casefold() == "none":
        return
    for part in re.split(r"[,\s]+", written.strip()):
        first, _, last = part.title().partition("-")
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        if end < begin:
            raise ValueError(part)
        yield from range(begin + 1, end + 2)


def hours_text(hours: BusinessHours) -> str:
    """Working hours as they are kept and shown: "Mon-Fri 09:00-17:30"."""
    runs = [
        [day for _, day in run] for _, run in groupby(enumerate(sorted(hours.days)), key=lambda one: one[1] - one[0])
    ]
    days = [f"{WEEKDAYS[run[0] - 1]}-{WEEKDAYS[run[-1] - 1]}" if len(run) > 1 else WEEKDAYS[run[0] - 1] for run in runs]
    return f"{', '.join(days) or 'none'} {hours.start:%H:%M}-{hours.end:%H:%M}"


def _read_region(written: str, *, hints: bool) -> str:
    try:
        return check_region(written, hints=hints)
    except RegionError as error:
        raise FactError(str(error)) from error


@dataclass(frozen=True, slots=True)
class FactKind:
    """A value that every policy knows."""

    name: str
    hint: str
    """How it is written."""
    read: Callable[..., str]
    """What was typed as it is kept, or a FactError; with hints at what may be meant, or without."""
    heading: str = ""
    """What its column may be called, too, in a table that is imported."""
    is_number: bool = False


def _amount(name: str, hint: str, heading: str = "") -> FactKind:
    return FactKind(name, hint, lambda written, **_: str(read_number(written)), heading, is_number=True)


FACT_KINDS = (
    _amount(HOURLY_RATE, "Like 31.35, in the policy's currency.", "rate"),
    _amount(SALARY, "Like 52000, in the policy's currency, for the span that the policy divides it by."),
    _amount(DAILY_RATE, "Like 240.00, in the policy's currency."),
    FactKind(GRADE, "As the policy calls it.", lambda written, **_: written),
    FactKind(HOLIDAY_REGION, REGION_HINT, _read_region, "region"),
    FactKind(TIME_ZONE, "Like Europe/London.", read_zone, "zone"),
    FactKind(
        WORKING_HOURS,
        "Like Mon-Fri 09:00-17:30, or Mon, Wed 08:00-12:00.",
        lambda written, **_: hours_text(read_hours(written)),
        "hours",
    ),
)
"""In the order that people expect: rates first."""
_KINDS = {kind.name: kind for kind in FACT_KINDS}
KNOWN = tuple(_KINDS)
NUMBERS = frozenset(kind.name for kind in FACT_KINDS if kind.is_number)


def attributes_of(facts: Iterable[str]) -> list[str]:
    """The names that are not known to every policy, in order."""
    return sorted(set(facts) - set(KNOWN))


def known_first(facts: Mapping[str, Changes] | Iterable[str]) -> list[str]:
    """Names in the order that people expect: rates first, a policy's own attributes last."""
    names = set(facts)
    return [*(name for name in KNOWN if name in names), *attributes_of(names)]
