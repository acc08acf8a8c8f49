"""A document is read whole: every mistake at once, by path, with the nearest right word."""

import pytest

from webapp.pricing.policy import DocumentError, parse

TOP = 'name = "Test"\ncurrency = "GBP"\nrounding = "half up"\n'
RULE = '[[rules]]\nname = "Stipend"\npays = "on call"\nprice = "1"\n'


def mistakes(source: str) -> dict[str, str]:
    with pytest.raises(DocumentError) as caught:
        parse(source)
    return {mistake.path: mistake.text for mistake in caught.value.mistakes}


def test_a_simple_policy_is_ten_lines() -> None:
    document = parse(TOP + RULE)
    assert [(rule.name, rule.count.unit) for rule in document.rules] == [("Stipend", "hours")]


def test_every_mistake_is_told_at_once() -> None:
    source = (
        'name = "Test"\ncurrency = "pounds"\nday_typs = 3\n'
        '[[rules]]\nname = "Stipend"\npays = "oncall"\nprice = 1.5\ncount = "day"\n'
        'when = { day_type = "wekday", level = 1 }\n'
    )
    found = mistakes(source)
    assert {"currency", "rounding", "day_typs", "rules[0].pays", "rules[0].price.amount", "rules[0].count.unit",
            "rules[0].when.day_type"} == set(found)  # fmt: skip
    assert 'Did you mean "on call"?' in found["rules[0].pays"]
    assert 'Did you mean "weekday"?' in found["rules[0].when.day_type"]
    assert 'Did you mean "day_types"?' in found["day_typs"]
    assert "never guessed" in found["rounding"]


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        (RULE + RULE, "rules[1].name"),
        ('[bands]\nnight = "22:00-06:00"\nearly = "05:00-07:00"\n' + RULE, "bands.early"),
        ('[[day_types]]\nname = "weekend"\nweekdays = ["Sat"]\n' + RULE, "day_types"),
        (RULE + 'shape = [{ minimum = "3 h" }, { cap = "2 h" }]\n', "rules[0].shape"),
        (RULE + 'set = { remove_paid_by = "Work" }\n', "rules[0].set.remove_paid_by"),
        (RULE + 'set = { remove_paid_by = "Stipend" }\n', "rules[0]"),
        (RULE.replace('"1"', '{ by = "day type", weekdays = "1" }'), "rules[0].price.amount.weekdays"),
        (RULE.replace('"1"', '{ by = "day_type", weekday = "1" }'), "rules[0].price.amount.by"),
        (RULE.replace('"1"', '{ of = "hourly_rate" }'), "rules[0].price.of"),
        (RULE.replace('"1"', '{ of = "salary", at_least = "2", at_most = "1" }'), "rules[0].price.at_least"),
        (RULE + 'when = { duty_at_least = "12 h", duty_under = "8 h" }\n', "rules[0].when"),
        (RULE + 'tier = { by = "position", limits = ["2 h", "1 h"] }\n', "rules[0].tier.limits"),
        (RULE + 'count = { unit = "blocks" }\n', "rules[0].count.block"),
        (RULE + 'group = { join = "window" }\n', "rules[0].group.window"),
        (RULE + '[[versions]]\nrounding = "up"\n', "versions[0].effective"),
        (RULE + '[[versions]]\neffective = "2027-01-01"\ncurrency = "EUR"\n', "versions[0].currency"),
        (RULE + 'component = "hourly pay"\n', "rules[0].component"),
        (RULE + '[[versions]]\neffective = "2027-01-01"\nwithout = ["Stipnd"]\n', "versions[0].without"),
        ("", "rules"),
    ],
)
def test_what_cannot_be_followed_is_refused(rest: str, path: str) -> None:
    assert path in mistakes(TOP + rest)


def test_rules_of_one_choice_have_different_priorities() -> None:
    choose = 'choose = { among = "pay", how = "first match", priority = 1 }\n'
    source = TOP + RULE + choose + RULE.replace("Stipend", "Other") + choose
    assert mistakes(source) == {"rules[1].choose.priority": 'is also the priority of "Stipend".'}


def test_rules_that_wait_for_each_other_are_refused() -> None:
    source = (
        TOP + RULE + 'set = { remove_paid_by = "Other" }\n'
        + RULE.replace("Stipend", "Other") + 'set = { only_paid_by = "Stipend" }\n'
    )  # fmt: skip
    assert set(mistakes(source)) == {"rules[0]", "rules[1]"}


CALLS = '[[rules]]\nname = "Calls"\npays = "callouts"\nprice = "50.00"\n'


@pytest.mark.parametrize(
    ("rule", "path", "written"),
    [
        (CALLS + 'shape = [{ minimum = "2 h" }]\n', "rules[0].shape[0].minimum", "sessions are counted"),
        (
            CALLS + 'shape = [{ cap = { by = "mode", remote = "2 h" } }]\n',
            "rules[0].shape[0].cap",
            "sessions are counted",
        ),
        (
            RULE + 'count = "days"\nshape = [{ round = "up", to = "12 h" }]\n',
            "rules[0].shape[0].to",
            "days are counted",
        ),
        (
            RULE + 'count = "days"\ntier = { by = "cumulative", limits = ["7 days"] }\n',
            "rules[0].tier.limits",
            "days are",
        ),
        (CALLS + 'tier = { by = "ordinal", limits = ["2 h"] }\n', "rules[0].tier.limits", "ordinals are counted"),
        (RULE.replace('"1"', '"8 h"'), "rules[0].price.amount", 'book = { as = "time off" }'),
        (CALLS + 'shape = [{ minimum_pay = "2 h" }]\n', "rules[0].shape[0].minimum_pay", "the rule pays money"),
    ],
)
def test_a_length_of_time_is_not_taken_for_a_number_of_something_else(rule: str, path: str, written: str) -> None:
    found = mistakes(TOP + rule)
    assert list(found) == [path]
    assert "is a length of time" in found[path]
    assert written in found[path]


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (CALLS + 'minimum = "2"\n', "rules[0].minimum", "It belongs into `shape`."),
        (CALLS + 'tmes = "2"\n', "rules[0].tmes", "Known here: pays, count, book, name,"),
        (RULE.replace('"1"', '{ weekday = "50", weekend = "75" }'), "rules[0].price", 'by = "day type"'),
        (RULE + 'when = "weekend"\n', "rules[0].when", "fields in braces"),
        (CALLS + 'shape = { minimum = "2" }\n', "rules[0].shape", "[{ ... }]"),
    ],
)
def test_a_frequent_slip_is_told_what_to_write(rule: str, path: str, text: str) -> None:
    assert text in mistakes(TOP + rule)[path]


DAYS = RULE + 'count = "days"\n'


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        (RULE + 'when = { mode = "remote" }\n', "when.mode"),
        (CALLS + "when = { called_out = true }\n", "when.called_out"),
        (CALLS + 'set = { join_gap = "1 h" }\n', "set.join_gap"),
        (CALLS + 'set = { remove = ["worked"] }\n', "set.remove"),
        (RULE + 'set = { free_first_each = "day" }\n', "set.free_first_each"),
        (RULE + 'grid = { takes = "best last" }\n', "grid.takes"),
        (RULE + 'group = "each"\n', "group"),
        (CALLS + 'group = { join = "each", gap = "1 h" }\n', "group.gap"),
        (CALLS + 'group = { window = "1 h" }\n', "group.window"),
        (CALLS + 'group = { join = "day", block = "1 h" }\n', "group.block"),
        (CALLS + 'count = { unit = "callouts", at_least = "10 min" }\n', "count.at_least"),
        (RULE + 'count = { reach = "24:00" }\n', "count.reach"),
        (RULE + 'count = { part = "prorated" }\n', "count.part"),
        (DAYS.replace('"days"', '{ unit = "days", block = "8 h" }'), "count.block"),
        (DAYS.replace('"days"', '{ unit = "days", clock = "nominal" }'), "count.clock"),
        (DAYS + 'tier = { by = "ordinal", limits = ["1"] }\n', "tier"),
        (CALLS.replace('"50.00"', '{ amount = "1", default = "2" }'), "price.default"),
        (RULE + 'choose = { among = "a", how = "first match", priority = 1, each = "day" }\n', "choose.each"),
        (RULE + 'shape = [{ cap = "8 h", first_of = "day" }]\n', "shape[0].first_of"),
        (RULE + 'shape = [{ minimum_pay = "8", first_of = "day" }]\n', "shape[0].first_of"),
        (RULE + 'shape = [{ minimum = "8 h", beyond = "1 h" }]\n', "shape[0].beyond"),
    ],
)
def test_a_field_that_would_change_nothing_is_refused(rule: str, path: str) -> None:
    found = mistakes(TOP + rule)
    assert list(found) == [f"rules[0].{path}"]
    assert found[f"rules[0].{path}"].endswith("it would change nothing here.")


def test_what_is_idle_is_told_once_the_rest_is_right() -> None:
    assert list(mistakes(TOP + RULE + 'count = { unit = "dys", part = "prorated" }\n')) == ["rules[0].count.unit"]


def test_a_length_of_time_off_is_an_amount() -> None:
    parse(TOP + RULE.replace('"1"', '"8 h"') + 'book = { as = { by = "lieu", true = "time off", false = "money" } }\n')
