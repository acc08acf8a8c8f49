"""Every unit of COUNT, from its row in the table to the last place that prints it: a new row is tested by this walk."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from tests.exactly import price, read_facts
from tests.pricing.engine.test_variants import FACTS
from tests.pricing.engine.variants import COUNT
from tests.pricing.policy.test_parse import TOP, mistakes
from tests.pricing.test_any_document import BOTH, facts
from tests.spoken_facts import told
from webapp.exports.report_json import _line
from webapp.pricing import price as price_report
from webapp.pricing import select
from webapp.pricing.engine.explain import explain
from webapp.pricing.engine.stages.count import COUNTERS
from webapp.pricing.policy import Document, parse
from webapp.pricing.policy.document import CountStage
from webapp.pricing.policy.units import UNITS, CountUnit
from webapp.pricing.policy.words import in_words

FIELDS = Path(__file__).parents[3] / "docs" / "policies" / "fields.md"
TEMPLATE = '[[templates]]\nname = "night"\nfrom = "18:00"\nto = "08:00"\nof = "6 h"\n'
VALUES = {
    "at_least": '"30 min"',
    "reach": '"24:00"',
    "part": '"whole"',
    "block": '"4 h"',
    "first_block": '"2 h"',
    "week_from": '"shift"',
    "templates": '"night"',
    "clock": '"nominal"',
    "more_than": '"1/2"',
    "once": "true",
}
EACH_UNIT = pytest.mark.parametrize("unit", UNITS.values(), ids=lambda unit: unit.name)


def policy(unit: CountUnit, *also: str) -> str:
    """A rule that counts in the unit, parts of it as whole ones."""
    asked = dict.fromkeys((*also, *(one for one in ("part", "block") if one in unit.fields)))
    count = ", ".join([f'unit = "{unit.name}"', *(f"{one} = {VALUES[one]}" for one in asked)])
    pays = "on call" if unit.of_time else "callouts"
    return f'{TOP}{TEMPLATE}[[rules]]\nname = "One"\npays = "{pays}"\nprice = "2"\ncount = {{ {count} }}\n'


def document(unit: CountUnit) -> Document:
    return parse(policy(unit))


def test_every_unit_has_a_counter_a_variant_and_its_name_in_the_documentation() -> None:
    (row,) = re.findall(r"^\| `unit` \| (.+?) \|", FIELDS.read_text(encoding="utf-8"), re.MULTILINE)
    documented = re.findall(r'"(\w+)"', row)
    varied = {written["unit"] for _, _, written in COUNT}
    assert list(UNITS) == documented
    assert set(VALUES) == {one.name for one in fields(CountStage)} - {"unit"}
    assert set(UNITS) == set(COUNTERS) == varied


@EACH_UNIT
def test_facts_are_known_of_all_that_a_unit_is_paid_by(unit: CountUnit) -> None:
    assert unit.scope in {"day", "week", "month", "year"}


@EACH_UNIT
def test_a_unit_is_said_in_words(unit: CountUnit) -> None:
    assert f"Each {unit.worth} is worth 2.00 GBP." in in_words(document(unit))[-1]


@EACH_UNIT
def test_a_unit_is_priced_and_explained(unit: CountUnit) -> None:
    known = read_facts(FACTS)
    line = price(document(unit), known).pay[0]
    (paid,) = explain(document(unit), known, "ada", line.spans[0][0]).paid
    assert (line.unit, line.amount) == (unit.name, 2 * line.quantity)
    wanted = "2 an hour" if unit.name == "hours" else f", 1 {unit.printed}, "
    assert wanted in paid.sentence


@EACH_UNIT
def test_a_unit_is_printed_on_the_lines_of_a_report(unit: CountUnit) -> None:
    report = select(price_report(told(facts(document(unit), 7)), document(unit)), BOTH)
    lines = [_line(line, report.policy) for one in report.statements for line in one.lines]
    assert {line["unit"] for line in lines} == {unit.printed}


@EACH_UNIT
def test_a_unit_takes_its_own_fields_and_refuses_those_of_others(unit: CountUnit) -> None:
    for field in VALUES:
        if field in unit.fields:
            parse(policy(unit, field))
        else:
            (path,) = mistakes(policy(unit, field))
            assert path == f"rules[0].count.{field}"


@pytest.mark.parametrize("unit", [unit for unit in UNITS.values() if not unit.of_time], ids=lambda unit: unit.name)
def test_time_on_call_is_refused_in_units_that_it_has_not(unit: CountUnit) -> None:
    written = policy(unit).replace('pays = "callouts"', 'pays = "on call"')
    assert list(mistakes(written)) == ["rules[0].count.unit"]
