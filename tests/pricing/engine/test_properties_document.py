"""What must hold for every policy document and all facts, and how many policies keep what may be given up.

Every variant of every stage is drawn and held to every law, on a machine of every time zone.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.exactly import as_json, price, read_facts
from tests.pricing.engine.laws import ALWAYS, UNLESS_DECLARED
from tests.pricing.engine.policies import ZONES, facts, policies
from tests.pricing.engine.variants import SMOOTH, VARIANTS
from webapp.pricing.policy import parse, parse_table

FEW = settings(database=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=int(os.environ.get("LAW_EXAMPLES", "200")), phases=[Phase.generate])
"""No shrinking: this run counts. Set LAW_EXAMPLES for a longer one."""
ROUNDS, OFTEN = 8, 1
"""So many such runs at most, until each variant was drawn so often."""
Policy = tuple[dict[str, Any], set[str]]
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
from tests.exactly import as_json, price, read_facts
from webapp.pricing.policy import parse
from webapp.pricing.policy.templates import template_names, template_text
for name in template_names():
    document = parse(template_text(name))
    for case in json.loads(Path("tests/corpus/templates", name + ".json").read_text(encoding="utf-8"))["cases"]:
        sys.stdout.write(json.dumps(as_json(price(document, read_facts(case["facts"])))) + "\\n")
"""


@contextmanager
def machine_in(zone: str) -> Iterator[None]:
    """A machine whose own time zone is this one."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        del os.environ["TZ"]
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


@FEW
@given(policies(), facts(people=2), st.sampled_from(ZONES))
def test_every_policy_keeps_what_none_may_give_up(policy: Policy, table: dict[str, Any], zone: str) -> None:
    document = parse_table(policy[0])
    with machine_in(zone):
        wrong = {law.__name__: list(law(document, table)) for law in ALWAYS}
    assert {name: [] for name in wrong} == wrong


@pytest.mark.parametrize("how_many", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"])
def test_a_policy_without_a_cliff_never_pays_less_for_more(how_many: settings) -> None:
    @how_many
    @given(policies(only=SMOOTH), facts(late=False))
    def look(policy: Policy, table: dict[str, Any]) -> None:
        document = parse_table(policy[0])
        assert [fault for law in UNLESS_DECLARED for fault in law(document, table)] == []

    look()


def test_a_cliff_is_seen_by_the_law_that_it_breaks() -> None:
    duty = {"person": "ada", "start": "2026-03-06T18:00", "end": "2026-03-07T06:00"}
    work = {"person": "ada", "spells": [{"start": "2026-03-06T20:00", "end": "2026-03-06T21:00"}]}
    table = {"zone": "Europe/London", "people": [{"id": "ada"}], "on_call": [duty], "callouts": [work]}
    short = CLOCKS.format(clock="elapsed") + 'when = { duty_under = "13 h" }\n'
    quick = CLOCKS.format(clock="elapsed").replace('"on call"', '"hours in callouts"')
    quick += 'when = { lasts_under = "1 h 10 min" }\n'
    found = [list(law(parse(one), table)) for law, one in zip(UNLESS_DECLARED, (short, quick), strict=True)]
    assert found == [["more duty, less pay"], ["more work, less pay"]]


@pytest.mark.slow
def test_every_variant_is_drawn_and_held_to_every_law(capsys: pytest.CaptureFixture[str]) -> None:
    laws = (*ALWAYS, *UNLESS_DECLARED)
    drawn: Counter[str] = Counter()
    broken = []
    seen = paid = 0

    @MANY
    @given(policies(), facts(people=2), st.sampled_from(ZONES))
    def look(policy: Policy, table: dict[str, Any], zone: str) -> None:
        nonlocal seen, paid
        document = parse_table(policy[0])
        drawn.update(policy[1])
        seen += 1
        with machine_in(zone):
            paid += bool(price(document, read_facts(table)).pay)
            broken.extend((law, faults, policy[0], table) for law in laws if (faults := list(law(document, table))))

    for number in range(ROUNDS):
        seed(number)(look)()
        if all(drawn[variant] >= OFTEN for variant in VARIANTS):
            break
    losses = Counter(law for law, *_ in broken)
    with capsys.disabled():
        shares = ", ".join(f"{law.__name__} {1 - losses[law] / seen:.1%}" for law in laws)
        rarest = min(drawn[variant] for variant in VARIANTS)
        sys.stdout.write(
            f"\n{seen} policies, of which {paid} paid something; each of {len(VARIANTS)} variants drawn at least "
            f"{rarest} times\npolicies that kept: {shares}\n"
        )
    assert [one for one in broken if one[0] in ALWAYS] == []
    assert [variant for variant in sorted(VARIANTS) if drawn[variant] < OFTEN] == []


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


@FEW
@given(policies(), facts(people=2), st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_the_time_zone_of_the_machine_does_not_matter(
    policy: Policy, table: dict[str, Any], one: str, other: str
) -> None:
    answers = []
    for zone in (one, other):
        with machine_in(zone):
            answers.append(as_json(price(parse_table(policy[0]), read_facts(table))))
    assert answers[0] == answers[1]


@pytest.mark.slow
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


@FEW
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
