"""The one place where amounts are rounded, and the one place where money and time are divided.

Every operation names its own decimal context, so that no setting of the running thread can change an amount.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

SECONDS_AN_HOUR = 3600

# Enough digits that the quotient of a half is told from its neighbours: a divisor of 3,600 repeats after few of them.
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_SHOWN = Context(prec=28, rounding=ROUND_HALF_UP)


def rounded(amount: Decimal, minor_digits: int) -> Decimal:
    """The amount in whole minor units, halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits), context=_EXACT)


def times(count: int, amount: Decimal, minor_digits: int) -> Decimal:
    """So many times an amount, rounded once."""
    return rounded(_EXACT.multiply(Decimal(count), amount), minor_digits)


def hourly(seconds: int, rate: Decimal, minor_digits: int) -> Decimal:
    """Pay of so many seconds at a rate per hour, rounded once."""
    product = _EXACT.multiply(Decimal(seconds), rate)
    return rounded(_EXACT.divide(product, Decimal(SECONDS_AN_HOUR)), minor_digits)


def hours(seconds: int) -> Decimal:
    """Seconds as hours, to 28 digits."""
    return _SHOWN.divide(Decimal(seconds), Decimal(SECONDS_AN_HOUR))


def total(amounts: Iterable[Decimal], minor_digits: int) -> Decimal:
    """The sum of printed amounts; 0.00 of none."""
    result = rounded(Decimal(0), minor_digits)
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result
