"""The instance's policy: what is stored is what was saved, and each change is a version."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import clock
from webapp.models import Database, PolicyVersion
from webapp.pricing.facts import BusinessHours
from webapp.pricing.policy import EvidenceMode, Policy, Stipend, StipendDate, SubstituteDays
from webapp.services.policies import current_policy, from_settings, minor_digits, policy_label, save_policy, to_settings

amounts = some.decimals(0, 1_000_000, places=2)
minutes = some.builds(time, some.integers(0, 23), some.integers(0, 59))
policies = some.sampled_from(["GBP", "EUR", "JPY", "KWD"]).flatmap(
    lambda currency: some.builds(
        Policy,
        currency=some.just(currency),
        minor_digits=some.just(minor_digits(currency)),
        levels=some.dictionaries(some.integers(1, 3), some.builds(Stipend, amounts, amounts, amounts)),
        schedules_left_out=some.frozensets(some.from_regex(r"P[A-Z0-9]{6}", fullmatch=True), max_size=3),
        callout_fee=amounts,
        fee_for_each_callout=some.booleans(),
        fees_a_day=some.none() | some.integers(1, 99),
        hourly_rate=some.none() | some.decimals(0, 1_000_000, places=4),
        minimum_minutes=some.integers(0, 1440),
        business_hours=some.builds(BusinessHours, minutes, minutes, some.frozensets(some.integers(1, 7))),
        stipend_in_business_hours=some.booleans(),
        stipend_date=some.sampled_from(StipendDate),
        stipend_hours=some.decimals(0, 24, places=2),
        shortest_piece_hours=some.decimals(0, 24, places=2),
        holiday_region=some.none() | some.sampled_from(["GB-ENG", "none"]),
        substitute_days=some.sampled_from(SubstituteDays),
        pay_zone=some.none() | some.just("Europe/London"),
        evidence=some.sampled_from(EvidenceMode),
        high_urgency_only=some.booleans(),
        pay_not_on_call=some.booleans(),
        callouts_at_paid_levels_only=some.booleans(),
    )
)


@given(policies)
def test_a_policy_comes_back_from_the_database_as_it_was(policy: Policy) -> None:
    assert from_settings(json.loads(json.dumps(to_settings(policy)))) == policy


def test_every_change_is_the_next_version_and_an_equal_policy_is_none(session: Session, policy: Policy) -> None:
    assert current_policy(session) is None
    assert policy_label(session, policy) == "unsaved settings"
    first = save_policy(session, policy, "ada@example.com")
    again = save_policy(session, replace(policy, callout_fee=Decimal("45.00")), "eva@example.com")
    dearer = replace(policy, callout_fee=Decimal(50))
    second = save_policy(session, dearer, "eva@example.com")
    assert [first.version, again.version, second.version] == [1, 1, 2]
    assert current_policy(session) == second
    assert second.saved_by == "eva@example.com"
    assert policy_label(session, dearer) == "Standard policy version 2"
    assert policy_label(session, policy) == "unsaved settings"


def test_two_who_save_in_the_same_moment_make_two_versions(
    database: Database, session: Session, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    dearer = replace(policy, callout_fee=Decimal(50))
    present, saves = clock.now, iter([dearer])

    def now() -> datetime:
        for other in saves:  # once, while the first save is under way
            with database.session() as theirs:
                save_policy(theirs, other, "eva@example.com")
        return present()

    monkeypatch.setattr(clock, "now", now)
    assert save_policy(session, policy, "ada@example.com").version == 2
    assert [row.saved_by for row in session.scalars(select(PolicyVersion).order_by(PolicyVersion.version))] == [
        "eva@example.com",
        "ada@example.com",
    ]
