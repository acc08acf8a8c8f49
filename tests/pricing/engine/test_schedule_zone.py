"""Time on call by its schedule's own clock, and rows that no rule may pay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exactly import as_json, price, read_facts
from webapp.pricing.policy import parse

DAYS = (
    'name = "Z"\ncurrency = "GBP"\nrounding = "half up"\npay_zone = "schedule"\n\n[[rules]]\nname = "standby"\n'
    'pays = "on call"\nset = {{ {set} }}\ngrid = {{ owner = "any touch" }}\ncount = "{unit}"\nprice = "1.00"\n'
)
NZ, UK = "Pacific/Auckland", "Europe/London"


def row(start: str, end: str, zone: str = "", **more: Any) -> dict[str, Any]:
    return {"person": "ada", "start": f"{start}Z", "end": f"{end}Z", "rota": zone or "own", **more} | (
        {"zone": zone} if zone else {}
    )


def paid(*rows: dict[str, Any], unit: str = "days", set_: str = "") -> dict[str, Any]:
    return by(DAYS.format(unit=unit, set=set_), *rows)


def by(text: str, *rows: dict[str, Any]) -> dict[str, Any]:
    facts = {"people": [{"id": "ada", "zone": UK}], "on_call": list(rows)}
    report = as_json(price(parse(text), read_facts(facts)))
    (statement,) = report["statements"]
    found: dict[str, Any] = statement
    return found


def dates(statement: dict[str, Any]) -> list[str]:
    return [line["booked"] for line in statement["lines"]]


def test_each_duty_has_the_dates_of_its_own_schedule() -> None:
    one = row("2026-07-03T13:00", "2026-07-03T14:00", NZ)
    other = row("2026-07-03T18:00", "2026-07-03T20:00", UK)
    assert dates(paid(one, other)) == ["2026-07-03", "2026-07-04"]


def test_a_schedule_without_a_zone_has_the_engineers() -> None:
    assert dates(paid(row("2026-07-03T13:00", "2026-07-03T14:00"))) == ["2026-07-03"]


def test_time_that_is_held_through_both_is_paid_once() -> None:
    rows = (row("2026-07-03T13:00", "2026-07-03T18:00", NZ), row("2026-07-03T15:00", "2026-07-03T20:00", UK))
    assert paid(*rows, unit="hours")["total"] == "7.00"


def test_pieces_of_two_zones_are_no_duty_together_and_those_of_one_are() -> None:
    rows = (
        row("2026-07-03T13:00", "2026-07-03T14:00", NZ),
        row("2026-07-03T14:00", "2026-07-03T15:00", UK),
        row("2026-07-03T15:00", "2026-07-03T16:00", NZ),
    )
    assert paid(*rows, unit="duties", set_='join_gap = "2 h"')["total"] == "2.00"


@pytest.mark.parametrize("zone", [NZ, UK])
def test_unpaid_time_is_dated_by_its_schedule_too(zone: str) -> None:
    rows = (
        row("2026-07-02T10:00", "2026-07-02T11:00", UK, unpaid="set down"),
        row("2026-07-03T13:00", "2026-07-03T14:00", zone, unpaid="set down"),
    )
    statement = paid(*rows)
    assert dates(statement) == []
    assert {"set down"} == {line["reason"] for line in statement["unpaid"]}
    assert {NZ: "2026-07-04", UK: "2026-07-03"}[zone] == statement["unpaid"][-1]["date"]


def test_time_that_no_rule_may_pay_is_paid_where_it_is_held_otherwise() -> None:
    rows = (
        row("2026-07-03T10:00", "2026-07-03T12:00", UK, unpaid="set down"),
        row("2026-07-03T11:00", "2026-07-03T13:00", UK),
    )
    statement = paid(*rows, unit="hours")
    assert (statement["total"], sum(line["seconds"] for line in statement["unpaid"])) == ("2.00", 3600)


@pytest.mark.parametrize(
    ("count", "day"),
    [
        ('"days"', "2026-07-03"),
        ('{ unit = "days", once = true }', "2026-07-03"),
        ('{ unit = "weeks", part = "whole" }', "2026-06-29"),
        ('{ unit = "months", part = "whole" }', "2026-07-01"),
    ],
)
def test_a_date_week_or_month_of_two_zones_is_earned_once(count: str, day: str) -> None:
    text = DAYS.format(unit="", set="").replace('count = ""', f"count = {count}")
    rows = (
        row("2026-07-02T13:00", "2026-07-02T18:00", NZ),
        row("2026-07-03T08:00", "2026-07-03T13:00", UK),
        row("2026-07-03T15:00", "2026-07-03T20:00", "Europe/Berlin"),
    )
    statement = by(text, *rows)
    assert [(line["booked"], line["amount"], line["seconds"]) for line in statement["lines"]] == [(day, "1.00", 54_000)]


def test_a_threshold_of_a_date_is_of_its_time_in_all_zones() -> None:
    text = DAYS.format(unit="", set="").replace('count = ""', 'count = { unit = "days", at_least = "6 h" }')
    rows = (row("2026-07-02T13:00", "2026-07-02T17:00", NZ), row("2026-07-03T08:00", "2026-07-03T10:00", UK))
    assert [by(text, *rows[:number])["total"] for number in (1, 2)] == ["0.00", "1.00"]


def test_a_template_of_two_zones_is_earned_once_a_date() -> None:
    text = DAYS.format(unit="templates", set="").replace(
        "[[rules]]", '[[templates]]\nname = "night"\nfrom = "Fri 20:00"\nto = "Sat 06:00"\n\n[[rules]]', 1
    )
    rows = (row("2026-07-03T08:00", "2026-07-03T18:00", NZ), row("2026-07-03T19:00", "2026-07-04T05:00", UK))
    statement = by(text, *rows)
    assert [line["booked"] for line in statement["lines"]] == ["2026-07-03"]
    assert {line["reason"] for line in statement["unpaid"]} == {"fits no template"}
