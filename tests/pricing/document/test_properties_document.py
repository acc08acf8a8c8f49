"""What must hold for every policy document and all facts, and how many policies keep what may be given up."""

import json
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.pricing.document.laws import ALWAYS, UNLESS_DECLARED
from tests.pricing.document.policies import SMOOTH, VARIANTS, facts, policies
from webapp.pricing.document import parse, parse_table, price, read_facts

CALM = settings(database=None, suppress_health_check=list(HealthCheck))
CLOCKS = """
name = "Standby by the hour"
currency = "GBP"
pay_zone = "Europe/London"
rounding = "half up"

[[rules]]
name = "Standby"
pays = "on call"
count = {{ unit = "hours", clock = "{clock}" }}
price = "1.00"
"""
SCRIPT = """
import json, sys
from pathlib import Path
from webapp.pricing.document import as_json, parse, price, read_facts
from webapp.pricing.document.templates import template_names, template_text
for name in template_names():
    document = parse(template_text(name))
    for case in json.loads(Path("tests/corpus/templates", name + ".json").read_text(encoding="utf-8"))["cases"]:
        sys.stdout.write(json.dumps(as_json(price(document, read_facts(case["facts"])))) + "\\n")
"""


@CALM
@given(policies(), facts(people=2))
def test_every_policy_keeps_what_none_may_give_up(
    policy: tuple[dict[str, Any], set[str]], table: dict[str, Any]
) -> None:
    document = parse_table(policy[0])
    wrong = {law.__name__: list(law(document, table)) for law in ALWAYS}
    assert {name: [] for name in wrong} == wrong


@CALM
@given(policies(only=SMOOTH), facts())
def test_a_policy_without_a_cliff_never_pays_less_for_more(
    policy: tuple[dict[str, Any], set[str]], table: dict[str, Any]
) -> None:
    document = parse_table(policy[0])
    assert [fault for law in UNLESS_DECLARED for fault in law(document, table)] == []


def test_share_of_policies_that_keep_each_property(capsys: pytest.CaptureFixture[str]) -> None:
    laws = (*ALWAYS, *UNLESS_DECLARED)
    seen, broken = [], []

    @seed(1)
    @settings(CALM, max_examples=CALM.max_examples // 2)
    @given(policies(), facts(people=2))
    def look(policy: tuple[dict[str, Any], set[str]], table: dict[str, Any]) -> None:
        document = parse_table(policy[0])
        seen.append(document)
        broken.extend((law, faults, policy[0], table) for law in laws if (faults := list(law(document, table))))

    look()
    losses = Counter(law for law, *_ in broken)
    with capsys.disabled():
        shares = (f"{law.__name__} {len(seen) - losses[law]}/{len(seen)}" for law in laws)
        sys.stdout.write(f"\npolicies that kept: {', '.join(shares)}\n")
    assert [one for one in broken if one[0] in ALWAYS] == []


@pytest.mark.slow
def test_every_variant_of_every_stage_is_drawn() -> None:
    drawn: set[str] = set()

    @seed(1)
    @settings(CALM, max_examples=1000, phases=[*CALM.phases][:3])
    @given(policies())
    def draw(policy: tuple[dict[str, Any], set[str]]) -> None:
        parse_table(policy[0])
        drawn.update(policy[1])

    draw()
    assert sorted(VARIANTS - drawn) == []


@pytest.mark.parametrize(
    ("clock", "spring", "autumn"), [("elapsed", 13, 15), ("wall clock", 14, 14), ("nominal", 12, 12)]
)
def test_each_way_to_count_over_a_clock_change_gives_its_number(clock: str, spring: int, autumn: int) -> None:
    nights = {"2026-03-28T18:00": "2026-03-29T08:00", "2026-10-24T18:00": "2026-10-25T08:00"}
    rows = [{"person": "ada", "start": start, "end": end, "nominal": "12 h"} for start, end in nights.items()]
    table = {"zone": "Europe/London", "people": [{"id": "ada"}], "on_call": rows}
    lines = price(parse(CLOCKS.format(clock=clock)), read_facts(table)).pay
    months = {month: sum(line.quantity for line in lines if line.booked.month == month) for month in (3, 10)}
    assert {3: Fraction(spring), 10: Fraction(autumn)} == months


def test_the_machine_does_not_matter() -> None:
    answers = {
        subprocess.run(  # noqa: S603  our own script
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": hash_seed, "LC_ALL": "C"},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for zone, hash_seed in (("UTC", "0"), ("Pacific/Auckland", "1"), ("America/New_York", "2"))
    }
    assert len(answers) == 1
    assert json.loads(answers.pop().splitlines()[0])["statements"]


@CALM
@given(st.data())
def test_facts_in_another_order_change_nothing(data: st.DataObject) -> None:
    document = parse_table(data.draw(policies())[0])
    table = data.draw(facts())
    again = {**table, "on_call": data.draw(st.permutations(table["on_call"]))}
    again["on_call"] = [{**row, "id": str(table["on_call"].index(row))} for row in again["on_call"]]
    before, after = (
        [(line.rule, line.booked, line.amount) for line in price(document, read_facts(one)).pay]
        for one in (table, again)
    )
    assert sorted(before) == sorted(after)
