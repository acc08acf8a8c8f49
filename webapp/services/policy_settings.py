"""The stored shape of the simple form: amounts as strings, in JSON; and of working hours as one line of text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from webapp.pricing.policy.form import (
    USUAL_MINUTES,
    BusinessHours,
    EvidenceMode,
    Policy,
    Stipend,
    StipendDate,
    SubstituteDays,
)


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


def to_settings(policy: Policy) -> dict[str, Any]:
    """The policy as it is stored: amounts as strings, levels by their number."""
    return {
        "currency": policy.currency,
        "levels": {
            str(level): [str(stipend.weekday), str(stipend.weekend), str(stipend.bank_holiday)]
            for level, stipend in sorted(policy.levels.items())
        },
        "schedules_left_out": sorted(policy.schedules_left_out),
        "also_pay": sorted(policy.also_pay),
        "callout_fee": str(policy.callout_fee),
        "fee_for_each_callout": policy.fee_for_each_callout,
        "fees_a_day": policy.fees_a_day,
        "hourly_rate": None if policy.hourly_rate is None else str(policy.hourly_rate),
        "minimum_minutes": policy.minimum_minutes,
        "step_minutes": policy.step_minutes,
        "merge_minutes": policy.merge_minutes,
        "longest_spell_hours": policy.longest_spell_hours,
        "business_hours": hours_to_settings(policy.business_hours),
        "stipend_in_business_hours": policy.stipend_in_business_hours,
        "stipend_date": policy.stipend_date.value,
        "stipend_hours": str(policy.stipend_hours),
        "shortest_piece_hours": str(policy.shortest_piece_hours),
        "holiday_region": policy.holiday_region,
        "substitute_days": policy.substitute_days.value,
        "pay_zone": policy.pay_zone,
        "evidence": policy.evidence.value,
        "longest_lead_minutes": policy.longest_lead_minutes,
        "pause_grace_minutes": policy.pause_grace_minutes,
        "high_urgency_only": policy.high_urgency_only,
        "pay_not_on_call": policy.pay_not_on_call,
        "callouts_at_paid_levels_only": policy.callouts_at_paid_levels_only,
    }


def from_settings(stored: Mapping[str, Any]) -> Policy:
    """The policy from what is stored; exactly what `to_settings` was given."""
    same = (
        "fee_for_each_callout", "fees_a_day", "minimum_minutes", "step_minutes", "merge_minutes", "longest_spell_hours",
        "stipend_in_business_hours", "holiday_region", "pay_zone", "longest_lead_minutes", "high_urgency_only",
        "pay_not_on_call", "callouts_at_paid_levels_only",
    )  # fmt: skip
    rate = stored["hourly_rate"]
    business_hours = hours_from_settings(stored["business_hours"])
    if business_hours is None:
        raise ValueError("A stored policy has no business hours.")
    return Policy(
        currency=stored["currency"],
        minor_digits=minor_digits(stored["currency"]),
        levels={
            int(level): Stipend(*(Decimal(amount) for amount in amounts)) for level, amounts in stored["levels"].items()
        },
        schedules_left_out=frozenset(stored["schedules_left_out"]),
        also_pay=frozenset(stored.get("also_pay", ())),
        callout_fee=Decimal(stored["callout_fee"]),
        hourly_rate=None if rate is None else Decimal(rate),
        business_hours=business_hours,
        stipend_date=StipendDate(stored["stipend_date"]),
        stipend_hours=Decimal(stored["stipend_hours"]),
        shortest_piece_hours=Decimal(stored["shortest_piece_hours"]),
        substitute_days=SubstituteDays(stored["substitute_days"]),
        evidence=EvidenceMode(stored["evidence"]),
        pause_grace_minutes=stored.get("pause_grace_minutes", USUAL_MINUTES),
        **{name: stored[name] for name in same},
    )
