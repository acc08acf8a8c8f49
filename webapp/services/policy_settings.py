"""The stored shape of the simple form: amounts as strings, in JSON; and of working hours as one line of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from webapp.pricing.policy.form import WHOLE_FIELDS, BusinessHours, Policy, Stipend
from webapp.pricing.policy.form_fields import FormField


def minor_digits(currency: str) -> int:
    """The number of decimals of a currency."""
    return get_currency_precision(currency)


def hours_to_settings(hours: BusinessHours | None) -> dict[str, Any] | None:
    """Business hours as they are stored."""
    if hours is None:
        return None
    return {"start": f"{hours.start:%H:%M}", "end": f"{hours.end:%H:%M}", "days": sorted(hours.days)}


def hours_from_settings(stored: Mapping[str, Any] | None) -> BusinessHours | None:
    """Business hours from what is stored."""
    if stored is None:
        return None
    return BusinessHours(
        time.fromisoformat(stored["start"]), time.fromisoformat(stored["end"]), frozenset(stored["days"])
    )


def stored_fields(fields: Iterable[FormField], rules: object) -> dict[str, Any]:
    """Some fields as they are stored."""
    return {one.name: one.stored(getattr(rules, one.name)) for one in fields}


def read_fields(fields: Iterable[FormField], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What `stored_fields` was given, by name; a newer field is missing where it has its default."""
    return {one.name: one.read(stored[one.name]) for one in fields if not one.is_newer or one.name in stored}


def to_settings(policy: Policy) -> dict[str, Any]:
    """The policy as it is stored: amounts as strings, levels by their number."""
    return {
        **stored_fields(WHOLE_FIELDS, policy),
        "levels": {
            str(level): [str(stipend.weekday), str(stipend.weekend), str(stipend.bank_holiday)]
            for level, stipend in sorted(policy.levels.items())
        },
        "business_hours": hours_to_settings(policy.business_hours),
    }


def from_settings(stored: Mapping[str, Any]) -> Policy:
    """The policy from what is stored; exactly what `to_settings` was given."""
    business_hours = hours_from_settings(stored["business_hours"])
    if business_hours is None:
        raise ValueError("A stored policy has no business hours.")
    return Policy(
        **read_fields(WHOLE_FIELDS, stored),
        minor_digits=minor_digits(stored["currency"]),
        levels={
            int(level): Stipend(*(Decimal(amount) for amount in amounts)) for level, amounts in stored["levels"].items()
        },
        business_hours=business_hours,
    )
