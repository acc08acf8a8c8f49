"""The choices of the stages: the page explains each, a variant tries each, and each is put into words."""

from pathlib import Path
from typing import Any

import pytest

from tests.pricing.engine.test_variants import cases
from webapp.pricing.policy import choices, parse_table
from webapp.pricing.policy.document import Rule
from webapp.pricing.policy.words_rule import rule_in_words

FIELDS = (Path(__file__).parents[3] / "docs" / "policies" / "fields.md").read_text(encoding="utf-8")
PLACES = {
    "PAYS": "pays",
    "ROTAS": "set.rotas",
    "REMOVED": "set.remove",
    "FREE_EACH": "set.free_first_each",
    "SPELLS": "set.spells",
    "OWNERS": "grid.owner",
    "TAKES": "grid.takes",
    "JOINS": "group.join",
    "SINCE": "group.from_",
    "MEASURES": "group.measure",
    "PARTS": "count.part",
    "WEEKS_FROM": "count.week_from",
    "CLOCKS": "count.clock",
    "ROUND_STEPS": "shape.how",
    "ENDS": "shape.at",
    "TIERS": "tier.by",
    "CHOOSES": "choose.how",
    "BOOKED_AS": "book.as_",
    "BOOKED_ON": "book.on",
    "ROUNDINGS": "price.round_how",
}
"""Where each table's choices stand in a rule."""
TRIED_ELSEWHERE = {"PAYS", "ROUNDINGS"}  # by the test of any document
CHOICES = [(name, word) for name in PLACES for word in getattr(choices, name)]


def values(rule: Rule, place: str) -> list[Any]:
    """What a rule says there; of a list of steps, what each of them does."""
    found: list[Any] = [rule]
    for key in place.split("."):
        found = [getattr(one, key) for one in found if one is not None]
        found = [inner for one in found for inner in (one if isinstance(one, tuple | frozenset) else (one,))]
    return found


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    """Every rule of every variant."""
    plain = {"pay_zone": "Europe/London", "rounding": "half up"}
    return [rule for _, _, policy in cases() for rule in parse_table(plain | policy).rules]


def test_every_table_has_its_place() -> None:
    assert {name for name in vars(choices) if name.isupper()} - {"OF_DUTY"} == set(PLACES)


@pytest.mark.parametrize(("name", "word"), CHOICES)
def test_every_choice_is_documented_tried_and_put_into_words(name: str, word: str, rules: list[Rule]) -> None:
    assert f'"{word}"' in FIELDS
    using = [rule for rule in rules if word in values(rule, PLACES[name])]
    assert using or name in TRIED_ELSEWHERE
    table = getattr(choices, name)
    begins = table[word].partition("{")[0] if isinstance(table, dict) else ""
    assert not using or [rule for rule in using if begins in rule_in_words(rule, "GBP")]
