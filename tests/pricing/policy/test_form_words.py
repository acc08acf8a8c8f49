"""Every field of a policy changes what the policy says in words."""

from dataclasses import replace
from typing import Any

import pytest

from tests.pay_fields import POLICY, base_of, other_values
from webapp.pricing import in_words
from webapp.pricing.policy.form import FIELDS, EvidenceMode, StipendDate, SubstituteDays, field_values, policy_of
from webapp.pricing.policy.form_fields import FormField


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.name)
def test_every_field_is_said(row: FormField) -> None:
    values = field_values(base_of(row))
    assert in_words(policy_of(values), {}) != in_words(policy_of(values | {row.name: other_values(row)[0]}), {})


def test_the_decimals_of_the_currency_are_said() -> None:
    assert "to 3 decimals" in in_words(replace(POLICY, minor_digits=3), {})[-1]


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
