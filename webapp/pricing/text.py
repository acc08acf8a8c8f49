"""Lists, lengths and times of day in words."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from webapp.pricing.rounding import plain

_HOUR, _MINUTE = 3600, 60


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words as a list: "a, b and c"; "none" of none."""
    *others, final = list(words) or ["none"]
    return f"{', '.join(others)} {last} {final}" if others else final


def length(seconds: int) -> str:
    """A length of time: "1 h 30 min", "20 s"."""
    hours, rest = divmod(seconds, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest)
    return " ".join(parts) or "0 min"


def short_length(seconds: int) -> str:
    """A length in one unit where that is short, as reasons have it: "6 h", "1.5 h", "45 min", "90 s"."""
    if seconds % _MINUTE:
        return f"{seconds} s"
    hours = Fraction(seconds, _HOUR)
    is_short = hours.denominator in {1, 2, 4, 5, 10, 20} and not 0 < hours < 1
    return f"{plain(hours)} h" if is_short else length(seconds)


def clock(seconds: int) -> str:
    """A time of day by its seconds, which are shown where there are any: "09:00", "24:00", "09:00:30"."""
    minutes, rest = divmod(seconds, _MINUTE)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


def hours(seconds: int) -> str:
    """A length as h:mm, with :ss only where there are seconds: 90 minutes are 1:30."""
    minutes, rest = divmod(abs(seconds), _MINUTE)
    sign = "-" if seconds < 0 else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")
