"""Exact fractions as the decimal numbers that are printed, and sums of what is printed.

Every operation names its own decimal context, so that no setting of the running thread can change an amount.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache

SECONDS_AN_HOUR = 3600

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_SHOWN = Context(prec=28, rounding=ROUND_HALF_UP)


def decimal_of(number: Fraction) -> Decimal:
    """A number as a decimal: exact where it ends, else to 28 digits."""
    return _divided(number.numerator, number.denominator)


def amount_of(amount: Fraction, digits: int) -> Decimal:
    """An amount that is rounded already, with so many decimals."""
    return _quantized(amount.numerator, amount.denominator, digits)


@lru_cache(maxsize=10_000)
def _divided(above: int, below: int) -> Decimal:
    return _SHOWN.divide(Decimal(above), Decimal(below))


@lru_cache(maxsize=10_000)
def _quantized(above: int, below: int, digits: int) -> Decimal:
    exact = _EXACT.divide(Decimal(above), Decimal(below))
    return exact.quantize(Decimal(1).scaleb(-digits), context=_EXACT)


def total(amounts: Iterable[Decimal], minor_digits: int) -> Decimal:
    """The sum of printed amounts; 0.00 of none."""
    result = _zero(minor_digits)
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result


@lru_cache
def _zero(digits: int) -> Decimal:
    return Decimal(0).scaleb(-digits, _EXACT)
