"""An independent, minute-by-minute reference of the form's pay agrees with the engine, and with the worked cases."""

from dataclasses import MISSING, fields, replace
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from tests.pricing.agreement import Tally, disagreements, paid
from tests.pricing.random_months import random_month
from tests.pricing.reference import pay_of
from tests.pricing.test_cases import facts_of, policy_of, read_cases
from webapp.pricing.policy.form import BusinessHours, Policy, Stipend, StipendDate, SubstituteDays

ON_THE_PAGE_ONLY = {"also_pay", "currency", "evidence", "longest_lead_minutes", "pause_grace_minutes", "pay_zone"}
"""Settings that pricing does not read: they decide before it who worked when, or say how amounts are printed."""
OTHER = {
    "levels": {4: Stipend(Decimal(1), Decimal(1), Decimal(1))},
    "callout_fee": Decimal("7.77"),
    "hourly_rate": Decimal("7.77"),
    "holiday_region": "none",
    "fee_for_each_callout": True,
    "fees_a_day": 1,
    "stipend_date": StipendDate.END_OF_DATE,
    "substitute_days": SubstituteDays.ACTUAL_ONLY,
    "business_hours": BusinessHours(time(8), time(16), frozenset({1, 3, 5})),
    "schedules_left_out": frozenset({"Primary"}),
    "minor_digits": 1,
}
"""Where the setting's default would not do as another value."""
SLOW_MONTHS = 300


@pytest.mark.parametrize("case", list(read_cases()))
def test_worked_case(case: dict[str, Any]) -> None:
    facts, policy = facts_of(case), policy_of(case.get("policy", {}))
    for expected in case["expect"]:
        person = next(one for one in facts.people if one.id == expected["who"])
        pay = pay_of(person, facts, policy)
        assert pay.not_priced == expected.get("not_priced", "")
        if "total" in expected and "first" not in expected:
            assert pay.total == Decimal(expected["total"])


@pytest.mark.parametrize("number", range(8))
def test_engine_and_reference_agree(number: int) -> None:
    assert list(disagreements(number)) == []


@pytest.mark.slow
def test_engine_and_reference_agree_on_many_months(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    faults = [fault for number in range(SLOW_MONTHS) for fault in disagreements(number, tally)]
    with capsys.disabled():
        print(f"\nindependent reference: {SLOW_MONTHS} random months, dates paid: {tally.dates}")  # noqa: T201
    assert faults == []
    assert min(tally.dates.values()) > SLOW_MONTHS


SETTINGS = [one for one in fields(Policy) if one.name not in ON_THE_PAGE_ONLY]


@pytest.mark.slow
@pytest.mark.parametrize("setting", [one.name for one in SETTINGS])
def test_every_setting_is_felt_in_some_month(setting: str) -> None:
    default = next(one.default for one in SETTINGS if one.name == setting)
    other = OTHER.get(setting, default)
    assert other is not MISSING
    assert any(is_felt(setting, other, number) for number in range(SLOW_MONTHS))


def is_felt(setting: str, other: object, number: int) -> bool:
    """Whether the reference pays another amount with another setting."""
    facts, policy = random_month(number)
    changes: dict[str, Any] = {setting: other}
    if setting == "fees_a_day":
        policy = replace(policy, fee_for_each_callout=True, fees_a_day=None)
    changed = replace(policy, **changes)
    return any(pay_of(person, facts, policy) != pay_of(person, facts, changed) for person in facts.people)


CORRECTIONS = {
    "hours of a date": lambda one: one is None or one.start is one.end is None,
    "a day taken out": lambda one: one is not None,
    "a day added": lambda one: one is None,
}
"""What of engineers' own days is left without each."""


@pytest.mark.slow
@pytest.mark.parametrize("correction", CORRECTIONS)
def test_corrected_calendars_are_felt_in_some_month(correction: str) -> None:
    def changes_pay(number: int) -> bool:
        facts, policy = random_month(number)
        without = [
            replace(one, holidays={day: own for day, own in one.holidays.items() if CORRECTIONS[correction](own)})
            for one in facts.people
        ]
        return any(
            pay_of(one, facts, policy) != pay_of(other, facts, policy)
            for one, other in zip(facts.people, without, strict=True)
        )

    assert any(map(changes_pay, range(SLOW_MONTHS)))


def test_both_ways_are_compared() -> None:
    facts, policy = random_month(0)
    assert paid("form", facts, policy) == paid("document", facts, policy) != {}
