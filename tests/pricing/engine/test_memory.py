"""Whatever two rules ask of each other: what is kept of them, and what a report does not ask for, changes no line."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.pricing.engine.policies import facts, policies
from tests.pricing.engine.variants import BOTH, ON_CALL, PRICE, VARIANTS, WORK
from webapp.pricing.engine.calendars import Calendars
from webapp.pricing.engine.engine import price_each
from webapp.pricing.engine.ledger import ON_CALL as ON_CALL_LEDGER
from webapp.pricing.engine.lines import OtherLine, Outcome, PayLine
from webapp.pricing.engine.memory import Work, measure
from webapp.pricing.engine.needed import Needed
from webapp.pricing.facts import Facts
from webapp.pricing.facts_json import read_facts
from webapp.pricing.policy import Document, DocumentError, parse_table
from webapp.pricing.spans import BEGINNING, second_of

QUICK = settings(database=None, suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)
LONG = settings(QUICK, max_examples=1_500, phases=[Phase.generate, Phase.shrink])
HOW_MANY = pytest.mark.parametrize("how_many", [QUICK, pytest.param(LONG, marks=pytest.mark.slow)], ids=["few", "many"])
EASTERNMOST = timedelta(hours=15)
Policy = tuple[dict[str, Any], set[str]]


def plain(outcome: Outcome) -> tuple[object, ...]:
    """All that it says; a session by what it is and not by its number."""
    pay = [(replace(line, session=None), _session(line, outcome)) for line in outcome.pay]
    sessions = [*outcome.sessions.values()]
    return pay, outcome.unpaid, outcome.pending, outcome.missing, sessions, outcome.left, outcome.held


def _session(line: PayLine, outcome: Outcome) -> object:
    return None if line.session is None else outcome.sessions[line.session]


@st.composite
def edits(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A policy, and the same with other prices: of a table, that pays some of the time only; or any others."""
    policy, _ = draw(policies(only=VARIANTS - {"choose: add"}))
    edited = [policy]
    is_table = draw(st.booleans())
    for _ in range(4):
        edited.append(deepcopy(edited[-1]))
        rule = edited[-1]["rules"][0] if is_table else draw(st.sampled_from(edited[-1]["rules"]))
        side = ON_CALL if rule["pays"] == "on call" else WORK
        rule["price"] = draw(st.sampled_from([fields for who, _, fields in PRICE if who in {BOTH, side}]))
        if is_table:
            words = {"day type": "weekday"} if side == ON_CALL else {"urgency": "low"}
            ((by, word),) = words.items()
            amounts = st.sampled_from(["5", "none"])
            rule["price"] = {"amount": {"by": by, word: draw(amounts), "other": draw(amounts)}}
        for step in rule.get("shape", []):
            if "minimum_pay" in step:
                step["minimum_pay"] = draw(st.sampled_from(["20.00", "45.00"]))
    return edited


def read(tables: list[dict[str, Any]]) -> Iterator[Document]:
    """Those that are policies: not every price goes with every rule."""
    for number, table in enumerate(tables):
        try:
            yield parse_table(table)
        except DocumentError:
            assert number  # the first is drawn as one


@HOW_MANY
def test_edits_of_prices_come_to_the_same_with_a_memory(how_many: settings) -> None:
    @how_many
    @given(edits(), facts(people=1))
    def look(tables: list[dict[str, Any]], table: dict[str, Any]) -> None:
        told = read_facts(table)
        documents = [*read(tables)]
        first = documents[0]
        calendars, work, before = Calendars(told, document=first), Work(own=1 << 30), measure(first)
        for document in documents:
            if measure(document) != before:
                calendars, work, before = Calendars(told, document=document), Work(own=1 << 30), measure(document)
            kept = price_each(document, told, calendars, ledgers=(ON_CALL_LEDGER,), work=work)
            anew = price_each(document, told, calendars, ledgers=(ON_CALL_LEDGER,))
            assert [*map(plain, kept)] == [*map(plain, anew)]

    look()


@HOW_MANY
def test_what_is_asked_for_is_the_same_whatever_lies_before(how_many: settings) -> None:
    @how_many
    @given(policies(), facts(people=2), st.integers(0, 12))
    def look(policy: Policy, table: dict[str, Any], days: int) -> None:
        document, told = parse_table(policy[0]), read_facts(table)
        begins = min([row.time[0] for row in told.on_call]) // 86_400
        day = date(1970, 1, 1) + timedelta(days=begins + days)
        everything, asked = (asked_from(document, told, day, everything=one) for one in (True, False))
        assert [*asked] == [*everything]

    look()


def asked_from(document: Document, told: Facts, day: date, *, everything: bool) -> Iterator[object]:
    """What is booked on a date, or after it; `everything` before is made, too."""
    needed = Needed(day, day + timedelta(days=5))
    since = BEGINNING if everything else second_of(datetime.combine(day, time.min, UTC) - EASTERNMOST)
    calendars = Calendars(told, needed, document)
    for one in price_each(document, told, calendars, ledgers=(ON_CALL_LEDGER,), since=since):
        pay = [(replace(line, session=None), _session(line, one)) for line in one.pay if line.booked >= day]
        others: list[list[OtherLine]] = [
            [line for line in lines if line.date >= day] for lines in (one.unpaid, one.pending)
        ]
        yield one.missing, pay, others
