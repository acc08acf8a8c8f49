"""A report by any policy document adds up, and says what the engine says; templates always, the corpus at leisure."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.exactly import Answer
from tests.exactly import price as price_document
from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from tests.spoken_facts import told as told_facts
from webapp.exports.reckoning import own_difference
from webapp.pricing import PolicyError, select
from webapp.pricing.facts import Decision, Incident
from webapp.pricing.policy import Document, parse
from webapp.pricing.policy.document import Component
from webapp.pricing.policy.form import BusinessHours
from webapp.pricing.report.amounts import money_of, time_off_of
from webapp.pricing.report.lines import Period, Report

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "webapp/pricing/policy/templates").glob("*.toml"))
CORPUS = sorted((ROOT / "tests/corpus").glob("*/policy.toml"))
BASE = datetime(2026, 10, 18, tzinfo=UTC)
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
BOTH = Period(date(2026, 10, 1), date(2026, 12, 1))
HOURS = BusinessHours(time(9), time(17), frozenset({1, 2, 3, 4, 5}))


def at(minute: int) -> datetime:
    return BASE + timedelta(minutes=minute)


def people(document: Document) -> tuple[Person, ...]:
    """Three engineers who have every number and the grade, contract and so on that the policy asks of them."""
    numbers, words = {"hourly rate", "salary", "daily rate"}, {}
    for rule in (rule for version in (document, *document.later) for rule in version.rules):
        numbers |= {rule.price.of, *(step.of for step in rule.shape)} - {""}
        words |= {by: min(asked) for by, asked in {**rule.when.person, **rule.when.person_not}.items()}
    always = date.min
    return tuple(
        Person(
            who,
            who,
            None,
            zone,
            holiday_region="none",
            business_hours=HOURS,
            numbers={name: ((always, Decimal("31.35")),) for name in numbers},
            words={"grade": ((always, "A"),), **{by: ((always, word),) for by, word in words.items()}},
        )
        for who, zone in (("A", "Europe/London"), ("B", "America/New_York"), ("C", "Australia/Lord_Howe"))
    )


def facts(document: Document, seed: int) -> Facts:
    """Three weeks of shifts and callouts, over a clock change and the end of a month."""
    draw = random.Random(seed)  # noqa: S311  repeatable, and nothing secret
    rows, callouts = [], []
    for number in range(12):
        start = draw.randrange(0, 21 * 1440, 60)
        length = draw.choice([120, 720, 900, 1440, 4000, 10080])
        rows.append(OnCall(draw.choice("ABC"), at(start), at(start + length), draw.choice([1, 1, 2]), "S1", "Primary"))
        spells = sorted(draw.randrange(0, 21 * 1440) for _ in range(draw.choice([1, 1, 2])))
        made = tuple(Spell(at(one), at(one + draw.choice([0, 10, 50, 90, 500])), "seen") for one in spells)
        incident = Incident(f"Q{number}", number, "t", "s", draw.choice(["high", "low"]), made[0].start, None)
        attested = {name: draw.choice(["true", "false"]) for name in document.attested}
        callouts.append(
            Callout(
                draw.choice("ABC"),
                incident,
                None,
                made,
                on_call=True,
                levels=frozenset({1}),
                schedule_ids=frozenset({"S1"}),
                attested=attested,
            )
        )
    return Facts(people(document), tuple(rows), tuple(callouts), at(35 * 1440))


def differences(report: Report, answer: Answer) -> Iterator[object]:
    """Everything that does not add up; money and time off apart."""
    money = sum((line.amount for line in answer.pay if line.as_ == "money"), Fraction(0))
    hours = sum((line.amount for line in answer.pay if line.as_ == "time off"), Fraction(0))
    yield Fraction(report.total) - money
    yield Fraction(report.time_off) - hours
    for one in report.statements:
        yield own_difference(one, report.policy.minor_digits)
        duty = sum(time_off_of(line, report.policy) for line in one.lines if line.component is Component.STIPEND)
        yield one.time_off - duty - sum(row.time_off for row in one.callouts)
        yield one.time_off - sum(day.time_off for day in one.days)


def disagreements(path: Path, seed: int) -> list[object]:
    document = parse(path.read_text(encoding="utf-8"))
    told = facts(document, seed)
    try:
        priced = price(told, document)
    except PolicyError as error:  # amounts that are not rounded cannot be paid
        assert "does not round" in str(error)  # noqa: PT017  what else it raises is a failure
        return []
    answer = price_document(document, told_facts(told))
    whole = select(priced, BOTH)
    parts = [select(priced, month) for month in (OCTOBER, NOVEMBER)]
    found = list(differences(whole, answer))
    found += [own_difference(one, whole.policy.minor_digits) for part in parts for one in part.statements]
    found += [whole.total - sum(part.total for part in parts), whole.time_off - sum(part.time_off for part in parts)]
    return [one for one in found if one]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_report_by_a_template_adds_up(path: Path) -> None:
    assert disagreements(path, seed=1) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", [*CORPUS, *TEMPLATES], ids=lambda path: f"{path.parent.name} {path.stem}")
def test_a_report_by_any_published_policy_adds_up(path: Path) -> None:
    assert [disagreements(path, seed) for seed in range(4)] == [[]] * 4


VERSIONS = """
name = "Weekly"
currency = "GBP"
rounding = "half up"
[[rules]]
name = "Duty"
pays = "on call"
count = "days"
price = "10"
[[rules]]
name = "Time back"
pays = "hours in callouts"
shape = [{ minimum = "1 h" }]
price = { of = "hourly rate" }
book = { as = "time off" }
[[versions]]
effective = "2026-11-01"
rules = [{ name = "Duty", pays = "on call", count = "days", price = "20" }]
"""


def test_a_report_across_a_change_names_both_versions_and_pays_each_its_own() -> None:
    document = parse(VERSIONS)
    priced = price(facts(document, 3), document)
    assert [select(priced, period).versions for period in (OCTOBER, NOVEMBER, BOTH)] == [
        ("",), ("2026-11-01",), ("", "2026-11-01"),
    ]  # fmt: skip
    rates = {(line.version, line.booked >= NOVEMBER.first, line.rate) for line in priced.pay if line.rule == "Duty"}
    assert rates == {("", False, Decimal(10)), ("2026-11-01", True, Decimal(20))}


def test_time_off_stands_beside_money() -> None:
    document = parse(VERSIONS)
    report = select(price(facts(document, 3), document), BOTH)
    assert report.policy.time_off_digits == 2
    off = [line for one in report.statements for line in one.lines if line.rule == "Time back"]
    assert off
    assert {money_of(line, report.policy.minor_digits) for line in off} == {Decimal(0)}
    assert report.time_off == sum(time_off_of(line, report.policy) for line in off)
    assert report.total == report.stipends


@pytest.mark.parametrize("name", ["stipend-fee-hourly", "hourly-by-band"])
def test_a_manager_can_refuse_a_callout_whatever_the_policy_says(name: str) -> None:
    document = parse((ROOT / f"webapp/pricing/policy/templates/{name}.toml").read_text(encoding="utf-8"))
    told = facts(document, 1)
    refused = Decision(pay=False, reason="test alarm", decided_by="Max", decided_at=BASE)
    report = select(
        price(replace(told, callouts=tuple(replace(one, decision=refused) for one in told.callouts)), document), BOTH
    )
    rows = [row for one in report.statements for row in one.callouts]
    assert {row.reason for row in rows} == {"manager decided not to pay: test alarm"}
    assert report.fees + report.hourly_pay == 0
