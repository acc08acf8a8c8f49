"""Every field of the pay settings, by the table: typed, refused, stored, merged. Its words and its page: see there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.pay_fields import POLICY, as_typed, base_of, other_values, outside
from webapp.blueprints.reports.policy_form import PolicyForm, conflict_words, form_values
from webapp.pricing.check import check_policy
from webapp.pricing.errors import PolicyError
from webapp.pricing.policy.form import EVIDENCE_FIELDS, FIELDS, Policy, SubstituteDays, field_values, policy_of
from webapp.pricing.policy.form_fields import FormField, Names
from webapp.services.policies import PolicyText, SavedPolicy
from webapp.services.policy_merge import Conflict, conflicts
from webapp.services.policy_settings import from_settings, to_settings

every_field = pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.name)
SAVED = SavedPolicy(2, "Standard policy", POLICY, None, "", datetime(2026, 11, 1, tzinfo=UTC), "bo@example.com")


@pytest.fixture(autouse=True, scope="module")
def request_context() -> Iterator[None]:
    """Without which flask-wtf makes no form."""
    app = Flask(__name__)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context():
        yield


def typed(policy: Policy, **changed: list[str]) -> PolicyForm:
    """The form as a browser sends it."""
    sent = {name: as_typed(value) for name, value in field_values(policy).items()} | changed
    form = PolicyForm(MultiDict({"begins": ["ever"], **sent}))
    form.validate()
    return form


def changed(row: FormField) -> Policy:
    return policy_of(field_values(base_of(row)) | {row.name: other_values(row)[0]})


def test_the_table_has_every_value_of_a_policy_once() -> None:
    names = [row.name for row in FIELDS]
    assert sorted(names) == sorted({*field_values(POLICY)} - {"minor_digits"})
    assert {one.name for one in fields(PolicyText)} == {"text", *(row.name for row in EVIDENCE_FIELDS)}


@every_field
def test_what_is_typed_is_the_policys_value(row: FormField) -> None:
    form = typed(base_of(row), **{row.name: as_typed(other_values(row)[0])})
    assert form.errors == {}
    assert form.policy() == changed(row)


@every_field
def test_a_fresh_form_shows_the_policy(row: FormField) -> None:
    shown = PolicyForm(data=form_values(changed(row)))
    assert row.read(shown[row.name].data) == other_values(row)[0]


@every_field
def test_what_it_may_not_be_is_refused_by_its_label(row: FormField) -> None:
    for value in outside(row):
        assert row.name in typed(base_of(row), **{row.name: as_typed(value)}).errors
        with pytest.raises(PolicyError, match=f"^{row.label.replace('(', '.').replace(')', '.')}: "):
            check_policy(policy_of(field_values(base_of(row)) | {row.name: value}))


@every_field
def test_it_is_stored_and_read_back(row: FormField) -> None:
    policy = changed(row)
    assert from_settings(json.loads(json.dumps(to_settings(policy)))) == policy


@pytest.mark.parametrize("row", [row for row in FIELDS if row.is_newer], ids=lambda row: row.name)
def test_a_policy_saved_before_there_was_the_field_means_its_default(row: FormField) -> None:
    stored = to_settings(changed(row))
    del stored[row.name]
    assert from_settings(stored) == POLICY


def test_a_stored_policy_without_a_field_of_old_is_not_read() -> None:
    stored = to_settings(POLICY)
    del stored["merge_minutes"]
    with pytest.raises(KeyError):
        from_settings(stored)


CONFLICTING = [row for row in FIELDS if len(other_values(row)) > 1 and row.name != "currency"]


@pytest.mark.parametrize("row", CONFLICTING, ids=lambda row: row.name)
def test_what_one_tries_out_stays_where_another_saves_otherwise_and_is_said(row: FormField) -> None:
    tried, now = (policy_of(field_values(base_of(row)) | {row.name: value}) for value in other_values(row))
    found = conflicts(tried, base_of(row), now)
    if isinstance(row, Names):  # a box each
        assert found == ()
        return
    assert found == (Conflict(row.name, *other_values(row)),)
    label = "Business hours to" if row.name == "business_end" else row.label
    assert conflict_words(found[0], replace(SAVED, rules=now)).startswith(f"{label}: you typed ")


def test_choices_in_conflict_are_said_by_their_labels() -> None:
    found = Conflict("substitute_days", SubstituteDays.BOTH, SubstituteDays.REPLACE)
    assert conflict_words(found, SAVED) == (
        "A bank holiday on a weekend: you typed “both days count”; version 2 says “the substitute day replaces the "
        "actual day”."
    )
