"""What the engine refuses, and that it says what to change."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from webapp.pricing import FactsError, PolicyError
from webapp.pricing.facts import Incident
from webapp.pricing.facts_json import read_facts
from webapp.pricing.policy.form import BusinessHours, Policy, Stipend

START = datetime(2026, 10, 6, 18, tzinfo=UTC)
ADA = Person("A", "Ada", None, "Europe/London", holiday_region="none", hourly_rate=Decimal(30))
INCIDENT = Incident("Q1", 1, "t", "s", "high", START, START)
CALLOUT = Callout("A", INCIDENT, START, (Spell(START, START + timedelta(hours=1), "seen"),), on_call=True)
ROW = OnCall("A", START, START + timedelta(hours=12), 1, "S1", "Primary")
FACTS = Facts((ADA,), (ROW,), (CALLOUT,), START + timedelta(days=1))
POLICY = Policy(currency="GBP", levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))})
REVERSED = BusinessHours(time(17), time(9), frozenset({1}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"levels": {}}, "No level earns a stipend"),
        ({"levels": {0: Stipend(Decimal(1), Decimal(1), Decimal(1))}}, "Level 0 does not exist"),
        ({"levels": {1: Stipend(Decimal(1), Decimal(-1), Decimal(1))}}, "Level 1, weekend day: An amount is from 0"),
        ({"callout_fee": Decimal("NaN")}, "Callout fee: An amount is from 0"),
        ({"levels": {4: Stipend(Decimal(1), Decimal(1), Decimal(-1))}}, "Level 4, bank holiday: An amount is from 0"),
        ({"fees_a_day": 2}, "choose a fee for each callout"),
        ({"business_hours": REVERSED}, "must start before they end"),
    ],
)
def test_a_contradictory_policy_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        price(FACTS, replace(POLICY, **change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"people": (ADA, ADA)}, "listed twice"),
        ({"people": (replace(ADA, hourly_rate=Decimal(-1)),)}, "hourly rate of Ada"),
        ({"people": (replace(ADA, hourly_rate=Decimal("Infinity")),)}, "hourly rate of Ada"),
        ({"people": (replace(ADA, hourly_rate=Decimal("NaN")),)}, "hourly rate of Ada"),
        ({"on_call": (replace(ROW, person_id="Z"),)}, "unknown engineers: Z"),
        ({"on_call": (replace(ROW, end=START - timedelta(hours=1)),)}, "through Primary ends"),
        ({"callouts": (CALLOUT, CALLOUT)}, "Two callouts of A for incident Q1"),
        ({"callouts": (replace(CALLOUT, spells=()),)}, "has no spell"),
        ({"callouts": (replace(CALLOUT, spells=(Spell(START, START - timedelta(1), ""),)),)}, "ends before it starts"),
    ],
)
def test_contradictory_facts_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(FactsError, match=message):
        price(replace(FACTS, **change), POLICY)


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = replace(ROW, start=START.replace(tzinfo=None), end=(START + timedelta(hours=1)).replace(tzinfo=None))
    with pytest.raises(FactsError, match="no time zone"):
        price(replace(FACTS, on_call=(naive,), read_at=START.replace(tzinfo=None), callouts=()), POLICY)


def test_no_time_at_all_is_no_shift() -> None:
    priced = price(replace(FACTS, on_call=(replace(ROW, end=START),), callouts=()), POLICY)
    assert (priced.pay, priced.unpaid) == ((), ())


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ({"zone": []}, "is not a time zone"),
        ({"hourly_rate": [{"value": "5"}, {"value": "7"}]}, "has two values from the first day on"),
        (
            {"hourly_rate": [{"from": "2026-03-01", "value": "5"}, {"from": "2026-03-01", "value": "7"}]},
            "has two values from 2026-03-01 on",
        ),
    ],
)
def test_facts_in_json_that_say_nothing_or_two_things_are_refused(person: dict[str, Any], message: str) -> None:
    with pytest.raises(FactsError, match=message):
        read_facts({"people": [{"id": "ada", **person}]})
