"""Numbers, lengths and tables of a document as people write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

from webapp.pricing import text
from webapp.pricing.facts import DAY_SECONDS, ClockRange
from webapp.pricing.policy.document import NOT_PAID, Leaf, Lookup, Scope, Table
from webapp.pricing.text import clock, listed

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOUR, _MINUTE = 3600, 60
_PLACES = 10


def number(value: Leaf) -> str:
    """A number without needless zeros where it ends, else as a fraction: "1.5", "1/7"."""
    if isinstance(value, str):
        return "nothing" if value == NOT_PAID else value
    if value.denominator == 1:
        return str(value.numerator)
    if (value * 10**_PLACES).denominator == 1:
        return f"{(Decimal(value.numerator) / Decimal(value.denominator)).normalize():f}"
    return f"{value.numerator}/{value.denominator}"


def money(currency: str) -> Callable[[Leaf], str]:
    """Writes amounts: with two decimals at least."""

    def written(value: Leaf) -> str:
        shown = number(value)
        if isinstance(value, str) or "/" in shown:
            return shown if isinstance(value, str) else f"{shown} {currency}"
        whole, _, decimals = shown.partition(".")
        return f"{whole}.{decimals.ljust(2, '0')} {currency}"

    return written


def hours(value: Leaf) -> str:
    """Hours as a length: "1 h 30 min"."""
    return value if isinstance(value, str) else length(value * _HOUR)


def percent(value: Leaf) -> str:
    """A percentage."""
    return value if isinstance(value, str) else f"{number(value)} %"


def length(seconds: Fraction | int) -> str:
    """A length of time: "15 min", "1 h 30 min", "7 days"; one of no whole minutes in hours."""
    if seconds and seconds % DAY_SECONDS == 0 and seconds > DAY_SECONDS:
        return f"{number(Fraction(seconds) / DAY_SECONDS)} days"
    if seconds % _MINUTE:
        return f"{number(Fraction(seconds) / _HOUR)} h"
    return text.length(int(seconds))


def clock_ranges(ranges: Iterable[ClockRange]) -> str:
    """Times of day: "22:00 to 06:00"."""
    return listed(f"{clock(start)} to {clock(end)}" for start, end in ranges)


def weekdays(numbers: Iterable[int]) -> str:
    """Weekdays in their order."""
    return listed(WEEKDAYS[one - 1] for one in sorted(numbers))


def table(value: Lookup, leaf: Callable[[Leaf], str]) -> str:
    """A value, or its table in words: "50.00 GBP (weekday), 75.00 GBP (weekend)"."""
    return ", ".join(f"{leaf(one)} ({'; '.join(path)})" if path else leaf(one) for path, one in _cases(value, ()))


def _cases(value: Lookup, path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], Leaf]]:
    if not isinstance(value, Table):
        yield path, value
        return
    for key, inner in value.cases.items():
        yield from _cases(inner, (*path, _case(value.by, key)))
    if value.other is not None:
        yield from _cases(value.other, (*path, "anything else" if value.by != "date" else "before"))


def _case(by: str, key: str) -> str:
    if by in {"day type", "band", "template", "mode", "spell", "urgency"}:
        return key
    if by == "date":
        return f"from {key}"
    if key in {"true", "false"}:
        return by if key == "true" else f"not {by}"
    return f"{by} {key}"


def scope(where: Scope) -> str:
    """Where a step or a tier starts anew."""
    return {
        "rolling": f"{length(where.seconds)} from the first",
        "of duty": f"{length(where.seconds)} of the duty",
        "window": f"{where.days} days counted from {where.since}",
    }.get(where.kind, where.kind)
