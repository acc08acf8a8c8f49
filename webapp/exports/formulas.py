"""Every formula that a workbook can hold. They name cells through tables of ours, never through what was read."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from webapp.exports.cells import Formula
from webapp.exports.columns import Column, Role
from webapp.exports.grid import Table
from webapp.exports.looks import Look

_HOUR_SECONDS = 3600
_DAY_SECONDS = 86_400


def sum_for(table: Table[Any], role: Role, key: str) -> str:
    """What a column adds up to for the engineer whose id stands in the cell `key`: right in any order of rows."""
    return f"SUMIFS({table.range(table.of(role))},{table.range(table.of(Role.KEY))},{key})"


def difference(left: str, right: str, digits: int) -> Formula:
    """Left less right, rounded as the amounts are: a spreadsheet adds in binary."""
    return Formula(f"ROUND({left}-{right},{digits})", 0)


def seconds_of(days: str) -> str:
    """A length of time in seconds, whole again."""
    return f"ROUND(({days})*{_DAY_SECONDS},0)"


def total_down(table: Table[Any], column: Column[Any], digits: int) -> Formula:
    """The printed total of a column less the sum of its entries."""
    printed, entries = table.total_cell(column), f"SUM({table.range(column)})"
    if column.look is Look.DURATION:
        return difference(seconds_of(printed), seconds_of(entries), 0)
    return difference(printed, entries, digits)


def rows_across(table: Table[Any], parts: Iterable[Role], whole: Role, digits: int) -> Formula:
    """How far the parts of all rows miss their totals, each row by itself."""
    added = "+".join(table.range(table.of(part)) for part in parts)
    return Formula(f"SUMPRODUCT(ABS(ROUND({added}-{table.range(table.of(whole))},{digits})))", 0)


def each_engineer(left: Table[Any], right: Table[Any], role: Role, digits: int) -> Formula:
    """How far a column of one sheet misses another's sums for the same engineers, each engineer by itself."""
    sums = f"SUMIF({right.range(right.of(Role.KEY))},{left.range(left.of(Role.KEY))},{right.range(right.of(role))})"
    return Formula(f"SUMPRODUCT(ABS(ROUND({sums}-{left.range(left.of(role))},{digits})))", 0)


def hours_times_rate(seconds: str, rate: str, digits: int, amount: Decimal) -> Formula:
    """Hourly pay again, from whole seconds; `amount` is what it must give."""
    return Formula(f"ROUND({seconds}*{rate}/{_HOUR_SECONDS},{digits})", amount)


def quantity_times_rate(quantity: str, rate: str, digits: int, amount: Decimal) -> Formula:
    """A stipend or fee again; `amount` is what it must give."""
    return Formula(f"ROUND({quantity}*{rate},{digits})", amount)


def sum_of_absolutes(ranges: tuple[str, ...]) -> Formula:
    """One figure over all differences, in which a plus never hides a minus."""
    return Formula("+".join(f"SUMPRODUCT(ABS({cells}))" for cells in ranges), 0)


def hourly_amount(seconds: int, rate: Decimal, digits: int) -> Decimal:
    """What `hours_times_rate` gives, in Python."""
    return (seconds * rate / _HOUR_SECONDS).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
