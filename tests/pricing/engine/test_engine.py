"""Whole policies priced: what no stage shows alone."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.exactly import as_json, price, read_facts, select
from webapp.pricing.policy import DocumentError, parse

TOP = 'name = "Test"\ncurrency = "GBP"\npay_zone = "Europe/London"\nrounding = "half up"\n'
STIPEND = (
    '[[rules]]\nname = "Stipend"\npays = "on call"\ncount = "days"\n'
    'price = { by = "day type", weekday = "50", weekend = "75" }\n'
)
WORK = (
    '[[rules]]\nname = "Work"\npays = "hours in callouts"\nshape = [{ minimum = "1 h" }]\n'
    'price = { of = "hourly rate", times = "1.5" }\n'
)


def facts(**more: Any) -> dict[str, Any]:
    person = {"id": "ada", "name": "Ada Example", "hourly_rate": "31.35"}
    duty = {"id": "d", "person": "ada", "start": "2026-07-03T18:00", "end": "2026-07-06T08:00"}
    work = {"id": "c", "person": "ada", "start": "2026-07-04T01:12", "end": "2026-07-04T02:03"}
    return {"zone": "Europe/London", "people": [person], "on_call": [duty], "callouts": [work]} | more


def report(source: str, known: dict[str, Any]) -> dict[str, Any]:
    return as_json(price(parse(TOP + source), read_facts(known)))


def statement(source: str, known: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = report(source, known)["statements"][0]
    return found


def test_a_minimum_is_raised_and_a_line_is_rounded_once() -> None:
    line = statement(WORK, facts())["lines"][0]
    assert tuple(line[key] for key in ("quantity", "rate", "amount", "seconds", "raised_seconds")) == (
        "1",
        "47.025",
        "47.03",
        3060,
        540,
    )


def test_an_engineer_without_a_needed_rate_is_not_priced_and_never_zero() -> None:
    known = facts(people=[{"id": "ada", "name": "Ada Example"}])
    found = report(STIPEND + WORK, known)
    assert found["not_priced"] == [{"person": "ada", "name": "Ada Example", "reason": "no hourly rate"}]
    assert found["statements"] == []


def test_hours_that_nobody_knows_are_not_taken_away() -> None:
    rule = STIPEND + 'set = { remove = "ordinary hours" }\n'
    assert report(rule, facts())["not_priced"][0]["reason"] == "no working hours"
    assert statement('business_hours = "09:00-17:00"\n' + rule, facts())["total"] == "200.00"


@pytest.mark.parametrize(("to", "times"), [('to = "none"', "1/7"), ('time_to = "20 min"', "1")])
def test_amounts_that_do_not_end_add_up_as_printed(to: str, times: str) -> None:
    work = [{"person": "ada", "start": f"2026-07-0{day}T01:00", "end": f"2026-07-0{day}T01:20"} for day in (4, 5, 6)]
    source = WORK.replace('shape = [{ minimum = "1 h" }]\n', "").replace("1.5", times)
    source += 'book = { as = { by = "lieu", true = "time off", false = "money" } }\n'
    top = TOP.replace('"half up"', f'{{ money = "half up", {to} }}')
    found = as_json(
        price(parse(f"{top}[attested]\nlieu = {str('time' in to).lower()}\n{source}"), read_facts(facts(callouts=work)))
    )
    key = "time_off" if "time" in to else "total"
    printed = sum(Fraction(line["amount"]) for line in found["statements"][0]["lines"])
    assert Fraction(found[key]) == printed
    assert [check["difference"] for check in found["checks"]] == ["0", "0"]


def test_unpaid_time_has_its_reason() -> None:
    found = statement(WORK, facts())["unpaid"]
    assert {(line["of"], line["reason"]) for line in found} == {("on call", "no rule pays it")}
    assert sum(line["seconds"] for line in found) == 62 * 3600


def test_what_lies_after_the_reading_is_pending() -> None:
    known = facts(read_at="2026-07-05T12:00")
    found = statement(STIPEND, known)
    assert found["total"] == "125.00"
    assert {line["reason"] for line in found["pending"]} == {"not yet worked"}


def test_an_open_callout_is_pending() -> None:
    known = facts(callouts=[{"id": "c", "person": "ada", "start": "2026-07-04T01:12"}])
    assert [line["reason"] for line in statement(WORK, known)["pending"]] == ["still open"]


def test_each_day_is_paid_by_the_version_in_force() -> None:
    later = '[[versions]]\neffective = "2026-07-05"\n' + STIPEND.replace("[[rules]]", "[[versions.rules]]").replace(
        "75", "90"
    )
    lines = statement(STIPEND + later, facts())["lines"]
    assert [(line["booked"], line["version"], line["amount"]) for line in lines] == [
        ("2026-07-03", "", "50.00"),
        ("2026-07-04", "", "75.00"),
        ("2026-07-05", "2026-07-05", "90.00"),
    ]


def test_a_dated_rate_is_looked_up_on_the_day() -> None:
    rates = [{"value": "30"}, {"from": "2026-07-04", "value": "40"}]
    known = facts(people=[{"id": "ada", "hourly_rate": rates}])
    assert statement(WORK, known)["total"] == "60.00"


def test_adjacent_periods_add_up() -> None:
    priced = price(parse(TOP + STIPEND), read_facts(facts()))
    halves = [select(priced, None, date(2026, 7, 3)), select(priced, date(2026, 7, 4), None)]
    assert [as_json(half)["total"] for half in halves] == ["50.00", "150.00"]


def test_first_match_takes_the_time_and_the_rest_goes_on() -> None:
    first = (
        '[[templates]]\nname = "weekend"\nfrom = "Fri 18:00"\nto = "Sun 00:00"\n'
        '[[rules]]\nname = "Weekend"\npays = "on call"\ncount = "templates"\nprice = "100"\n'
        'choose = { among = "pay", how = "first match", priority = 1 }\n'
    )
    rest = STIPEND + 'choose = { among = "pay", how = "first match", priority = 2 }\n'
    lines = statement(first + rest, facts())["lines"]
    assert [(line["rule"], line["amount"]) for line in lines] == [("Weekend", "100.00"), ("Stipend", "75.00")]


def test_the_greatest_of_two_rules_is_paid() -> None:
    choose = 'choose = {{ among = "work", how = "greatest", priority = {0} }}\n'
    flat = '[[rules]]\nname = "Flat"\npays = "callouts"\nprice = "{0}"\n'
    for fee, winner in (("20", "Work"), ("60", "Flat")):
        lines = statement(WORK + choose.format(1) + flat.format(fee) + choose.format(2), facts())["lines"]
        assert [line["rule"] for line in lines] == [winner]


def test_a_guarantee_is_taken_out_of_the_time_on_call() -> None:
    rule = '[[rules]]\nname = "Standby"\npays = "on call"\nset = { remove_paid_by = "Work" }\nprice = "1"\n'
    assert statement(WORK + rule, facts())["total"] == "108.03"


def test_a_price_of_none_leaves_the_time_unpaid_with_the_reason() -> None:
    rule = STIPEND.replace('weekend = "75"', 'weekend = "none"')
    found = statement(rule, facts(callouts=[]))
    assert found["total"] == "50.00"
    assert {line["reason"] for line in found["unpaid"]} == {"not paid by this rule"}


def test_a_price_that_says_nothing_of_a_day_type_is_refused() -> None:
    rule = STIPEND.replace(', weekend = "75"', "")
    with pytest.raises(DocumentError, match=r'rules\[0\].price.amount: says nothing of the day type "weekend"'):
        statement(rule, facts(callouts=[]))
    asked = rule.replace('count = "days"', 'count = "days"\nwhen = { day_type = "weekday" }')
    assert statement(asked, facts(callouts=[]))["total"] == "50.00"


def test_a_minimum_without_an_entry_raises_nothing() -> None:
    rule = (
        WORK.replace('"1 h"', '{ by = "mode", "on site" = "3 h" }')
        + 'group = { join = "window", window = "minimum" }\n'
    )
    assert statement(rule, facts())["lines"][0]["quantity"] == "0.85"


def test_time_off_stands_apart_from_money() -> None:
    rule = WORK + 'book = { as = { by = "lieu", true = "time off", false = "money" } }\n[attested]\nlieu = true\n'
    found = statement(rule, facts())
    assert (found["total"], found["time_off"]) == ("0.00", "1.50")


def test_the_length_of_a_session_that_is_counted_once_is_its_time() -> None:
    work = [
        {"person": "ada", "start": f"2026-07-04T{start}", "end": f"2026-07-04T{end}"}
        for start, end in (("01:00", "01:20"), ("04:00", "05:30"), ("10:00", "14:30"))
    ]
    rule = (
        '[[rules]]\nname = "Call"\npays = "callouts"\ntier = { by = "length", limits = ["30 min", "2 h"] }\n'
        'price = { by = "tier", 1 = "20", 2 = "50", 3 = "100" }\n'
    )
    lines = statement(rule, facts(callouts=work))["lines"]
    assert [(line["tier"], line["amount"]) for line in lines] == [("1", "20.00"), ("2", "50.00"), ("3", "100.00")]


def test_the_length_of_a_day_on_call_is_the_time_held() -> None:
    rule = STIPEND.partition("price")[0] + (
        'grid = { owner = "any touch" }\ntier = { by = "length", each = "day", limits = ["8 h"] }\n'
        'price = { by = "tier", 1 = "30", 2 = "60" }\n'
    )
    lines = statement(rule, facts(callouts=[]))["lines"]
    assert [line["amount"] for line in lines] == ["30.00", "60.00", "60.00", "30.00"]


def test_what_is_rounded_up_stands_at_the_last_piece() -> None:
    rule = (
        '[bands]\nnight = "00:00-06:00"\n[[rules]]\nname = "Work"\npays = "hours in callouts"\n'
        'shape = [{ round = "up", to = "30 min" }]\n'
        'price = { of = "hourly rate", times = { by = "band", night = "2", other = "1" } }\n'
    )
    known = facts(callouts=[{"person": "ada", "start": "2026-07-03T23:30", "end": "2026-07-04T00:50"}])
    lines = statement(rule, known)["lines"]
    assert [(line["band"], line["quantity"]) for line in lines] == [("other", "0.5"), ("night", "1")]


@pytest.mark.parametrize(("each", "hours"), [("callout", "2"), ("session", "2.25")])
def test_the_first_minutes_are_free_of_each_callout_or_of_the_session(each: str, hours: str) -> None:
    rule = (
        '[[rules]]\nname = "Work"\npays = "hours in callouts"\n'
        f'set = {{ free_first = "15 min", free_first_each = "{each}" }}\n'
        'group = { join = "window", window = "2 h" }\nprice = "1"\n'
    )
    times = (("01:00", "01:30"), ("02:00", "04:00"))
    work = [{"person": "ada", "start": f"2026-07-04T{start}", "end": f"2026-07-04T{end}"} for start, end in times]
    found = statement(rule, facts(callouts=work))
    assert [line["quantity"] for line in found["lines"]] == [hours]
    assert {one["reason"] for one in found["unpaid"] if one["of"] == "callout"} == {"free of charge at the start"}


@pytest.mark.parametrize("each", ["callout", "session", "day"])
def test_work_that_ends_within_the_free_minutes_is_not_raised_to_a_minimum(each: str) -> None:
    rule = WORK + f'set = {{ free_first = "15 min", free_first_each = "{each}" }}\n'
    for end in ("01:00", "01:10"):
        known = facts(callouts=[{"person": "ada", "start": "2026-07-04T01:00", "end": f"2026-07-04T{end}"}])
        assert statement(rule, known)["lines"] == []


def test_more_than_half_of_a_day_is_asked_of_the_day_itself() -> None:
    duty = {"person": "ada", "start": "2026-07-06T20:00", "end": "2026-07-07T10:00"}
    rule = STIPEND.replace('"days"', '{ unit = "days", more_than = "1/2" }')
    assert statement(rule, facts(on_call=[duty], callouts=[]))["lines"] == []


def test_hours_before_a_change_of_version_count_towards_its_tiers_and_caps_in_money_begin_anew() -> None:
    rule = (
        '[[rules]]\nname = "Duty"\npays = "on call"\ncount = "hours"\n'
        'tier = { by = "cumulative", each = "month", limits = ["10 h"] }\n'
        'price = { by = "tier", 1 = "1", 2 = "2" }\nshape = [{ cap_pay = "30", each = "month" }]\n'
    )
    later = f'[[versions]]\neffective = "2026-07-05"\n{rule.replace("[[rules]]", "[[versions.rules]]")}'
    lines = statement(rule + later, facts(callouts=[]))["lines"]
    assert {(line["version"], line["tier"]) for line in lines} == {("", "1"), ("", "2"), ("2026-07-05", "2")}
    sums = {
        version: sum(Fraction(line["amount"]) for line in lines if line["version"] == version)
        for version in ("", "2026-07-05")
    }
    assert sums == {"": 30, "2026-07-05": 30}


SNOOZED = {
    "id": "c",
    "person": "ada",
    "spells": [
        {"start": "2026-07-04T01:30", "end": "2026-07-04T01:40"},
        {"start": "2026-07-04T08:40", "end": "2026-07-04T08:50"},
    ],
}


@pytest.mark.parametrize(
    ("spells", "counted", "times"),
    [
        ("together", "callouts", ["2026-07-04 1"]),
        ("together", "sessions", ["2026-07-04 1"]),
        ("apart", "callouts", ["2026-07-04 1"]),
        ("apart", "sessions", ["2026-07-04 1", "2026-07-04 1"]),
    ],
)
def test_a_fee_for_each_callout_is_paid_once_however_many_spells_it_has(
    spells: str, counted: str, times: list[str]
) -> None:
    fee = (
        f'[[rules]]\nname = "Fee"\npays = "callouts"\ncount = "{counted}"\nprice = "45"\n'
        f'set = {{ spells = "{spells}" }}\n'
    )
    found = statement(fee, facts(callouts=[SNOOZED]))
    assert [f"{line['booked']} {line['quantity']}" for line in found["lines"]] == times


@pytest.mark.parametrize(("spells", "hours"), [("together", ["1"]), ("apart", ["1", "1"])])
def test_spells_apart_are_each_raised_to_the_minimum(spells: str, hours: list[str]) -> None:
    found = statement(WORK + f'set = {{ spells = "{spells}" }}\n', facts(callouts=[SNOOZED]))
    assert [line["quantity"] for line in found["lines"]] == hours


def test_a_fee_for_each_callout_stands_at_its_first_spell_that_is_paid() -> None:
    fee = (
        'business_hours = "01:00-02:00"\n[[rules]]\nname = "Fee"\npays = "callouts"\ncount = "callouts"\nprice = "45"\n'
        'when = { starts_in_ordinary = false }\nset = { spells = "apart" }\n'
    )
    business = SNOOZED | {"spells": [{"start": "2026-07-03T01:30", "end": "2026-07-03T01:40"}, *SNOOZED["spells"][1:]]}
    found = statement(fee, facts(callouts=[business]))
    assert [line["spans"][0][0] for line in found["lines"]] == ["2026-07-04T07:40:00Z"]


def test_a_spell_whose_callout_has_its_fee_says_so() -> None:
    fee = '[[rules]]\nname = "Fee"\npays = "callouts"\ncount = "callouts"\nprice = "45"\nset = { spells = "apart" }\n'
    found = statement(fee, facts(callouts=[SNOOZED]))
    assert [one["reason"] for one in found["unpaid"] if one["of"] == "callout"] == ["callout paid at its first spell"]
