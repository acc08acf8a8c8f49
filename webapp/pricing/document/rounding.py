"""The one place where amounts of a document are rounded, and where exact numbers are printed."""

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction


def round_to(number: Fraction, step: Fraction, how: str) -> Fraction:
    """The nearest multiple of a step: "half up" and "up" go away from zero, "down" towards it."""
    above, below = abs(number.numerator) * step.denominator, number.denominator * step.numerator
    steps, rest = divmod(above, below)
    up = {
        "up": rest > 0,
        "down": False,
        "half up": 2 * rest >= below,
        "half down": 2 * rest > below,
        "half even": 2 * rest > below or (2 * rest == below and steps % 2 == 1),
    }[how]
    if not rest:
        return number
    size = (steps + up) * step
    return size if number >= 0 else -size


def line_amount(exact: Fraction, step: Fraction | None, how: str) -> Fraction:
    """The amount of a pay line as it is printed: a third of an hour does not end, and lines must add up to totals."""
    return printed(exact if step is None else round_to(exact, step, how))


def printed(number: Fraction) -> Fraction:
    """Exact where it ends, else to ten places."""
    return round_to(number, Fraction(1, 10**10), "half even")


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
