"""Every value of a rule that may be a table: none of them escapes a check, a renaming or a reading of what is asked."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from tests.pricing.policy.test_parse import mistakes
from webapp.pricing.policy import parse
from webapp.pricing.policy.document import BookStage, PriceStage, ShapeStep
from webapp.pricing.policy.lookup import LOOKED_UP
from webapp.pricing.policy.named import words_named
from webapp.pricing.policy.rotas import with_rotas
from webapp.services.policy_asks import attributes

FIELDS = Path(__file__).parents[3] / "docs" / "policies" / "fields.md"
POLICY = 'name = "Test"\ncurrency = "GBP"\nrounding = "half up"\n[[rules]]\nname = "Work"\npays = "hours in callouts"\n'
_OF_RATE = ("default", "base_at_least", "base_at_most", "percent", "times", "divided_by", "at_least", "at_most")
PLACES = {
    "price.amount": "price = { amount = TABLE }",
    **{f"price.{one}": f'price = {{ of = "hourly rate", {one} = TABLE }}' for one in (*_OF_RATE, "supplement")},
    "price.times[1]": 'price = { of = "hourly rate", times = ["2", TABLE] }',
    "shape[0].cap": 'price = "1"\nshape = [{ cap = TABLE }]',
    "shape[0].to": 'price = "1"\nshape = [{ round = "up", to = TABLE }]',
    "shape[1].minimum_pay": 'price = "1"\nshape = [{ cap = "8 h" }, { minimum_pay = TABLE }]',
    "shape[0].cap_pay.percent": 'price = "1"\nshape = [{ cap_pay = { percent = TABLE, of = "salary" } }]',
    "book.as": 'price = { of = "hourly rate" }\nbook = { as = TABLE }',
}
"""By path: the fields of a rule whose value is a table of these entries."""


def rule(path: str, by: str, *keys: str) -> str:
    value = "money" if path == "book.as" else "1"
    entries = ", ".join([f'by = "{by}"', *(f'{key} = "{value}"' for key in keys)])
    return f"{POLICY}{PLACES[path].replace('TABLE', f'{{ {entries} }}')}\n"


def test_every_place_is_known_here() -> None:
    typed = {
        (stage, one.name)
        for stage in (PriceStage, ShapeStep, BookStage)
        for one in fields(stage)
        if "Lookup" in str(one.type)
    }
    named = {(PriceStage, path.split(".")[1]) for path in PLACES if path.startswith("price.") and "[" not in path}
    assert typed == named | {(ShapeStep, "value"), (BookStage, "as_")}


@pytest.mark.parametrize("path", PLACES)
def test_a_table_with_a_misspelt_word_is_refused_wherever_it_stands(path: str) -> None:
    found = mistakes(rule(path, "day type", "weekday", "wekend", "other"))
    assert found == {f"rules[0].{path}.wekend": 'is not a day type. Did you mean "weekend"?'}


@pytest.mark.parametrize("path", PLACES)
def test_a_table_that_looks_up_a_misspelt_word_is_refused_wherever_it_stands(path: str) -> None:
    found = mistakes(rule(path, "day_type", "weekday", "weekend"))
    assert found == {f"rules[0].{path}.by": '"day_type" is not a word to look up. Did you mean "day type"?'}


@pytest.mark.parametrize("path", PLACES)
def test_a_table_that_forgets_a_day_type_is_refused_wherever_it_stands(path: str) -> None:
    (where,) = mistakes(rule(path, "day type", "weekday"))
    assert where == f"rules[0].{path}"


@pytest.mark.parametrize("path", PLACES)
def test_a_rota_is_named_and_renamed_wherever_it_stands(path: str) -> None:
    document = parse(rule(path, "rota", "Primary", "Secondary"))
    renamed = with_rotas(document, {"Primary": "PSCHED1"})
    assert list(words_named(document.rules[0], "rota")) == ["Primary", "Secondary"]
    assert set(words_named(renamed.rules[0], "rota")) == {"PSCHED1", "Secondary"}


@pytest.mark.parametrize("path", PLACES)
def test_an_attribute_that_a_table_looks_up_is_asked_of_people_wherever_it_stands(path: str) -> None:
    document = parse(rule(path, "contract", "casual", "other"))
    assert document.rules[0].looks_up == {"contract"}
    assert attributes(document) == ("contract",)


def test_every_word_of_the_language_is_in_the_documentation() -> None:
    section = FIELDS.read_text(encoding="utf-8").split("| `by` | is |")[1].split("\n\n")[0]
    assert set(re.findall(r'`"([a-z ]+)"`', section)) == LOOKED_UP.keys()


def test_a_table_inside_another_is_checked_and_renamed_too() -> None:
    inside = '{ by = "contract", casual = { by = "rota", Primary = "1" }, other = { by = "day_type", other = "2" } }'
    found = mistakes(f"{POLICY}price = {inside}\n")
    assert list(found) == ["rules[0].price.amount.by"]
    document = with_rotas(parse(f"{POLICY}price = {inside.replace('day_type', 'rota')}\n"), {"Primary": "PSCHED1"})
    assert list(words_named(document.rules[0], "rota")) == ["PSCHED1"]
    assert document.rules[0].looks_up == {"contract", "rota"}
