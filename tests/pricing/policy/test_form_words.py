"""Every field of a policy changes what the policy says in words."""

from dataclasses import fields, replace
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from webapp.pricing import in_words
from webapp.pricing.policy.form import BusinessHours, EvidenceMode, Policy, Stipend, StipendDate, SubstituteDays

POLICY = Policy(currency="GBP", levels={1: Stipend(Decimal(20), Decimal("35.5"), Decimal(50))}, callout_fee=Decimal(45))
CHANGES: dict[str, Any] = {
    "currency": "EUR",
    "minor_digits": 3,
    "levels": {2: Stipend(Decimal(1), Decimal(2), Decimal(3))},
    "schedules_left_out": frozenset({"S1"}),
    "also_pay": frozenset({"S3"}),
    "callout_fee": Decimal(0),
    "fee_for_each_callout": True,
    "fees_a_day": 2,
    "hourly_rate": Decimal("31.35"),
    "minimum_minutes": 0,
    "step_minutes": 1,
    "merge_minutes": 30,
    "longest_spell_hours": 4,
    "business_hours": BusinessHours(time(8), time(16), frozenset({1})),
    "stipend_in_business_hours": True,
    "stipend_date": StipendDate.MAJORITY,
    "stipend_hours": Decimal("7.5"),
    "shortest_piece_hours": Decimal(0),
    "holiday_region": "GB-SCT",
    "substitute_days": SubstituteDays.ACTUAL_ONLY,
    "pay_zone": "Europe/Paris",
    "evidence": EvidenceMode.RESOLVED,
    "longest_lead_minutes": 5,
    "pause_grace_minutes": 5,
    "high_urgency_only": True,
    "pay_not_on_call": True,
    "callouts_at_paid_levels_only": True,
}


@pytest.mark.parametrize("field", [field.name for field in fields(Policy)])
def test_every_field_is_said(field: str) -> None:
    base = POLICY
    if field == "stipend_hours":
        base = replace(base, stipend_date=StipendDate.AT_LEAST)
    if field == "fees_a_day":
        base = replace(base, fee_for_each_callout=True)
    assert in_words(base, {}) != in_words(replace(base, **{field: CHANGES[field]}), {})


@pytest.mark.parametrize("field", [StipendDate, SubstituteDays, EvidenceMode], ids=lambda field: field.__name__)
def test_every_choice_has_its_own_words(field: Any) -> None:
    name = {StipendDate: "stipend_date", SubstituteDays: "substitute_days", EvidenceMode: "evidence"}[field]
    said = [tuple(in_words(replace(POLICY, **{name: choice}), {})) for choice in field]
    assert len(said) == len(set(said))


def test_words_are_plain_sentences_with_amounts_and_names() -> None:
    said = in_words(replace(POLICY, schedules_left_out=frozenset({"S1", "S2"})), {"S1": "Shadow", "S2": "Archive"})
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in said)
    assert any("20.00 GBP on a weekday, 35.50 GBP on a weekend day" in sentence for sentence in said)
    assert any("Archive and Shadow" in sentence for sentence in said)
