"""The one place where amounts of a document are rounded, and where exact numbers are printed."""

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

PLACES = 10
"""Decimals of what does not end."""


def round_to(number: Fraction, step: Fraction, how: str) -> Fraction:
    """The nearest multiple of a step: "half up" and "up" go away from zero, "down" towards it."""
    numerator, denominator = number.as_integer_ratio()
    step_numerator, step_denominator = step.as_integer_ratio()
    below = denominator * step_numerator
    steps, rest = divmod(abs(numerator) * step_denominator, below)
    if not rest:
        return number
    up = {
        "up": True,
        "down": False,
        "half up": 2 * rest >= below,
        "half down": 2 * rest > below,
        "half even": 2 * rest > below or (2 * rest == below and steps % 2 == 1),
    }[how]
    size = Fraction((steps + up) * step_numerator, step_denominator)
    return size if numerator >= 0 else -size


def line_amount(exact: Fraction, step: Fraction | None, how: str) -> Fraction:
    """The amount of a pay line as it is printed: a third of an hour does not end, and lines must add up to totals."""
    return _line_amount(exact.as_integer_ratio(), None if step is None else step.as_integer_ratio(), how)


@lru_cache(maxsize=1 << 14)  # most lines pay one of a few amounts
def _line_amount(exact: tuple[int, int], step: tuple[int, int] | None, how: str) -> Fraction:
    return printed(Fraction(*exact) if step is None else round_to(Fraction(*exact), Fraction(*step), how))


def printed(number: Fraction) -> Fraction:
    """Exact where it ends, else to ten places."""
    return number if 10**PLACES % number.denominator == 0 else round_to(number, Fraction(1, 10**PLACES), "half even")


def plain(number: Fraction) -> str:
    """A number as text: exact where it ends, else to ten places."""
    rounded = printed(number)
    exact = Context(prec=60).divide(Decimal(rounded.numerator), Decimal(rounded.denominator))
    written = f"{exact:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def fixed(number: Fraction, step: Fraction | None) -> str:
    """An amount with the decimals of its rounding step: 47.50; never with fewer than it has."""
    written = plain(number)
    if step is None:
        return written
    digits = len(plain(step).partition(".")[2])
    whole, _, decimals = written.partition(".")
    return f"{whole}.{decimals.ljust(digits, '0')}" if digits else written


def added(numbers: Sequence[Fraction]) -> Fraction:
    """The exact sum; fractions are slow to add, and most lists have one member."""
    if len(numbers) == 1:
        return numbers[0]
    total = Fraction(0)
    for number in numbers:
        total += number
    return total
