"""The line of every mistake in a policy's text."""

from __future__ import annotations

import pytest

from webapp.pricing.policy import Mistake
from webapp.services.locate import locate, read_policy

POLICY = '''\
name = "Standby"     # [not a header]
currency = "GBP"
rounding = "half up"
left_out = [
  { sentence = "a", why = "b" },
]

[[day_types]]
name = "weekday"

[bands]
night = "22:00-06:00"

[[rules]]
name = "Stipend"
pays = "on call"
says = """
[[rules]]
price = "not this one"
"""
price = "50.00"

[[rules]]
name = "Work"
pays = "hours in callouts"
when = { day_type = "weekday", band = "night" }

[[rules.shape]]
minimum = "1 h"

[[rules.shape]]
round = "up"
to = "15 min"

[rules.price]
of = "hourly rate"
times."by" = "day type"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("currency", 2),
        ("left_out[0].why", 4),
        ("day_types[0].name", 9),
        ("bands.night", 12),
        ("rules[0]", 14),
        ("rules[0].price", 21),
        ("rules[1].name", 24),
        ("rules[1].when.day_type", 26),
        ("rules[1].shape[0].minimum", 29),
        ("rules[1].shape[1].to", 33),
        ("rules[1].shape[1].each", 31),
        ("rules[1].price.of", 36),
        ("rules[1].price.times.by", 37),
        ("rules[7].name", 1),
    ],
)
def test_a_path_has_its_line(path: str, line: int) -> None:
    (found,) = locate(POLICY, [Mistake(path, "is wrong.")])
    assert found.line == line


def test_every_mistake_is_told_in_the_order_of_the_lines() -> None:
    source = 'name = "x"\ncurrency = "GBP"\nrounding = "half up"\n[[rules]]\nname = "a"\npays = "on cal"\nprice = 3.5\n'
    document, mistakes = read_policy(source)
    assert document is None
    assert [mistake.line for mistake in mistakes] == [6, 7]
    assert str(mistakes[0]).startswith("Line 6, rules[0].pays: ")
    assert 'Did you mean "on call"?' in str(mistakes[0])


@pytest.mark.parametrize(("source", "line"), [('name = "x"\ncurrency = GBP\n', 2), ('name = "x"\nlist = [1,\n', 2)])
def test_a_syntax_error_has_its_line(source: str, line: int) -> None:
    document, (mistake,) = read_policy(source)
    assert document is None
    assert (mistake.line, mistake.path) == (line, "")
    assert str(mistake).startswith(f"Line {line}: ")
    assert "(at" not in str(mistake)


def test_a_policy_without_mistakes_is_read() -> None:
    document, mistakes = read_policy(POLICY.replace('times."by" = "day type"\n', ""))
    assert mistakes == []
    assert document is not None
    assert document.name == "Standby"


@pytest.mark.parametrize("value", ["[" * 5000, "9" * 5000])
def test_a_text_that_python_cannot_hold_is_a_mistake_like_others(value: str) -> None:
    document, (mistake,) = read_policy(f"name = {value}")
    assert document is None
    assert mistake.line == 1
