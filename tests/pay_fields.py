"""Values for every field of the pay settings, made from its row of the table: a new row is tested by being there."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

from webapp.pricing.policy.form import LEVELS, Policy, Stipend, StipendDate, field_values
from webapp.pricing.policy.form_fields import (
    Amount,
    Choice,
    Clock,
    Currency,
    FormField,
    Hours,
    Names,
    Text,
    Tick,
    Weekdays,
    Whole,
)

POLICY = Policy(
    currency="GBP",
    levels={level: Stipend(Decimal(20), Decimal("35.5"), Decimal(50)) for level in LEVELS},
    callout_fee=Decimal(45),
)


def base_of(row: FormField) -> Policy:
    """A policy in which another value of the field makes a difference."""
    match row.name:
        case "stipend_hours":
            return replace(POLICY, stipend_date=StipendDate.AT_LEAST)
        case "fees_a_day":
            return replace(POLICY, fee_for_each_callout=True)
    return POLICY


def other_values(row: FormField) -> list[Any]:
    """Values that the field may have, and `base_of` has not: two, but where there is only one."""
    value = field_values(POLICY)[row.name]
    match row:
        case Whole():
            return [row.high, row.low + 1]
        case Tick():
            return [not value]
        case Choice():
            return [one for one in row.labels if one is not value][:2]
        case Text() if row.listed:
            return {"countries": ["GB-SCT", "none"], "zones": ["Europe/Paris", "Europe/Berlin"]}[row.listed]
    return _OTHERS[type(row)]


_OTHERS: dict[type[FormField], list[Any]] = {
    Hours: [Decimal("7.5"), Decimal(3)],
    Amount: [Decimal("12.34"), Decimal(11)],
    Currency: ["EUR", "USD"],
    Weekdays: [frozenset({1, 7}), frozenset({2})],
    Clock: [time(10, 30), time(11)],
    Names: [frozenset({"S1", "S2"}), frozenset({"S3"})],
}


def outside(row: FormField) -> list[Any]:
    """Values just out of bounds, of the kinds that have any."""
    match row:
        case Whole():
            return [row.low - 1, row.high + 1]
        case Amount():
            return [Decimal("-0.01"), row.high + Decimal("0.01")]
    return []


def as_typed(value: Any) -> list[str]:
    """A value as a browser sends it."""
    match value:
        case None | False:
            return []
        case True:
            return ["y"]
        case frozenset():
            return [str(one) for one in sorted(value)]
        case time():
            return [f"{value:%H:%M}"]
    return [str(value)]
