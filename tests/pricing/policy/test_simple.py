"""The form as a document: a report says what the engine says, for every worked case and for random forms."""

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exactly import as_json
from tests.exactly import price as price_document
from tests.pricing.reference import DayType
from tests.spoken_facts import Callout, Facts, Person, told
from tests.spoken_facts import price as price_form
from webapp.pricing import select as select_form
from webapp.pricing.facts import CompanyDay, Decision, Holiday, Span
from webapp.pricing.policy import parse
from webapp.pricing.policy.form import (
    BusinessHours,
    EvidenceMode,
    Policy,
    Stipend,
    StipendDate,
    SubstituteDays,
)
from webapp.pricing.policy.form_document import as_document
from webapp.pricing.policy.words import in_words

TESTS = Path(__file__).parent.parent


def load(name: str) -> ModuleType:
    """A neighbouring test module; tests are no package."""
    key = f"form_{name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, TESTS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[key] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[key])
    return sys.modules[key]


CASES = load("test_cases")
PROPERTIES = load("test_properties")
Pay = dict[tuple[str, date, str], Fraction]


def sums(lines: Iterable[tuple[str, date, str, Fraction]]) -> Pay:
    """Amounts by engineer, booking date and component; what is nothing left out."""
    found: Pay = {}
    for who, day, component, amount in lines:
        found[who, day, component] = found.get((who, day, component), Fraction(0)) + amount
    return {key: amount for key, amount in found.items() if amount}


def agree(facts: Facts, policy: Policy) -> None:
    """Same amounts per engineer, date and component, same totals, same engineers not priced."""
    form = price_form(facts, policy)
    priced = price_document(parse(as_document(policy)), told(facts))
    assert priced.priced.not_priced == form.not_priced
    expected = sums((one.person, one.booked, one.component, one.amount) for one in form.pay)
    assert sums((one.person, one.booked, one.component, one.amount) for one in priced.pay) == expected
    report = select_form(form, CASES.EVER)
    found = as_json(priced)
    totals = {one["person"]: Decimal(one["total"]) for one in found["statements"]}
    for statement in report.statements:
        assert totals[statement.person.id] == statement.total
        assert Decimal(str(totals[statement.person.id])).as_tuple().exponent == -policy.minor_digits
    assert Decimal(found["total"]) == report.total


@pytest.mark.parametrize("case", list(CASES.read_cases()))
def test_every_worked_case_is_priced_alike(case: dict[str, Any]) -> None:
    agree(CASES.facts_of(case), CASES.policy_of(case.get("policy", {})))


FORMER = [time(6), time(9), time(10)]
LATTER = [time(12), time(17, 30), time(22)]
random_hours = st.builds(
    BusinessHours,
    st.sampled_from(FORMER),
    st.sampled_from(LATTER),
    st.sampled_from([frozenset({1, 2, 3, 4, 5}), frozenset({7, 1, 2, 3, 4}), frozenset(range(1, 8)), frozenset()]),
)
amounts = st.sampled_from([Decimal(0), Decimal(20), Decimal("35.5"), Decimal("50.125")])
levels = st.dictionaries(st.integers(1, 3), st.builds(Stipend, amounts, amounts, amounts), min_size=1)


@st.composite
def forms(draw: st.DrawFn) -> Policy:
    """Every setting of the form that pricing reads."""
    each = draw(st.booleans())
    return Policy(
        currency="GBP",
        minor_digits=draw(st.sampled_from([2, 0])),
        levels=draw(levels),
        schedules_left_out=draw(st.sampled_from([frozenset(), frozenset({"S2"})])),
        callout_fee=draw(amounts),
        fee_for_each_callout=each,
        fees_a_day=draw(st.sampled_from([None, 1, 2])) if each else None,
        hourly_rate=draw(st.sampled_from([None, Decimal("31.35"), Decimal(0)])),
        minimum_minutes=draw(st.sampled_from([0, 60, 180])),
        step_minutes=draw(st.sampled_from([1, 7, 15, 60])),
        merge_minutes=draw(st.sampled_from([0, 30, 600])),
        longest_spell_hours=draw(st.sampled_from([1, 12, 30])),
        business_hours=draw(random_hours),
        stipend_in_business_hours=draw(st.booleans()),
        stipend_date=draw(st.sampled_from(StipendDate)),
        stipend_hours=draw(st.sampled_from([Decimal(0), Decimal("2.5"), Decimal(6)])),
        shortest_piece_hours=draw(st.sampled_from([Decimal(0), Decimal("1.5"), Decimal(6)])),
        holiday_region=draw(st.sampled_from([None, "none", "GB-ENG", "IE"])),
        substitute_days=draw(st.sampled_from(SubstituteDays)),
        evidence=draw(st.sampled_from(EvidenceMode)),
        high_urgency_only=draw(st.booleans()),
        pay_not_on_call=draw(st.booleans()),
        callouts_at_paid_levels_only=draw(st.booleans()),
    )


@st.composite
def people(draw: st.DrawFn, who: str) -> Person:
    return Person(
        who,
        who,
        None,
        draw(st.sampled_from(["Europe/London", "Asia/Tokyo", None])),
        holiday_region=draw(st.sampled_from([None, "GB-ENG", "IE"])),
        hourly_rate=draw(st.sampled_from([None, Decimal("31.35"), Decimal("17.77")])),
        business_hours=draw(st.none() | random_hours),
    )


def decided(draw: st.DrawFn, one: Callout) -> Callout:
    """The callout with other levels and rotas, and perhaps with a manager's decision."""
    held = draw(st.sampled_from([(), ("S1",), ("S2",), ("S1", "S2")]))
    one = replace(one, levels=frozenset(draw(st.sets(st.integers(1, 3)))), schedule_ids=frozenset(held))
    how = draw(st.sampled_from(["none", "none", "none", "pay", "not", "correct"]))
    if how == "none":
        return one
    start, times = one.spells[0].start, []
    for _ in range(draw(st.integers(1, 3)) if how == "correct" else 0):
        end = start + timedelta(minutes=draw(st.sampled_from([0, 45, 1500])))
        times.append(Span(start, end))
        start = end + timedelta(minutes=draw(st.sampled_from([0, 20, 300])))
    return replace(one, decision=Decision(how != "not", "why", "Max", datetime(2026, 12, 1), tuple(times)))  # noqa: DTZ001


@st.composite
def form_facts(draw: st.DrawFn) -> Facts:
    made: Facts = draw(PROPERTIES.facts())
    callouts = []
    for one in made.callouts:
        spells = tuple(replace(spell, end=None) if draw(st.integers(0, 9)) == 0 else spell for spell in one.spells)
        callouts.append(decided(draw, replace(one, spells=spells)))
    days = [date(2026, 10, 23) + timedelta(days=number) for number in range(11)]
    holidays = st.builds(Holiday, st.just("Day"), substitute=st.booleans(), replaced=st.just(value=False))
    replaced = st.builds(Holiday, st.just("Day"), replaced=st.booleans())
    kinds = st.builds(CompanyDay, st.sampled_from(DayType), st.just("ours"))
    of_region = st.dictionaries(st.sampled_from(days), holidays | replaced, max_size=4)
    return replace(
        made,
        people=(draw(people("A")), draw(people("B"))),
        callouts=tuple(callouts),
        holidays={"GB-ENG": draw(of_region), "IE": draw(of_region)},
        company_days=draw(st.dictionaries(st.sampled_from(days), kinds, max_size=2)),
    )


@settings(suppress_health_check=list(HealthCheck))
@given(form_facts(), forms())
def test_random_forms_are_priced_alike(facts: Facts, policy: Policy) -> None:
    agree(facts, policy)


def test_a_document_of_the_form_can_be_read_by_a_manager() -> None:
    text = as_document(replace(CASES.STANDARD, schedules_left_out=frozenset({'a "quoted" \\ one'})), 'On "call"')
    assert parse(text).name == 'On "call"'
    words = "\n".join(in_words(parse(text)))
    assert 'the rota is not a "quoted"' in words
    assert "Minutes that hourly pay bills are not billed again." in words
    assert "(without one, 31.35 GBP)" in words
