"""Why a minute is paid: values whose words are made by whoever prints them, with the names it knows."""

from __future__ import annotations

import ast
import inspect
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from tests.exactly import read_facts
from tests.pricing.engine.test_engine import TOP, WORK, facts
from webapp.pricing.engine import explain as engine_explain
from webapp.pricing.engine.explain import Explanation, explain
from webapp.pricing.policy import parse, reasons
from webapp.pricing.spans import second_of
from webapp.services import explanations

STAGES = ["when", "set", "grid", "group", "count", "shape", "tier", "price", "book"]
AT_WORK = second_of(datetime(2026, 7, 4, 0, 30, tzinfo=UTC))
HOURS = '[[rules]]\nname = "Hours"\npays = "on call"\n'
ASIDE = {"id": "d", "person": "ada", "start": "2026-07-03T18:00", "end": "2026-07-06T08:00", "rota": "P1"}
REFUSALS = {
    "by a condition": HOURS + 'when = { rota = "P2" }\nprice = "1"\n',
    "by a table of prices": HOURS + 'price = { by = "rota", P2 = "1" }\n',
    "by the best of the words of a day": HOURS
    + 'count = "days"\ngrid = { owner = "any touch", takes = "best last" }\nprice = { by = "rota", P2 = "1" }\n',
}
"""Rules that do not pay time of the rota P1, each for another cause that it is P1."""


def explained(rules: str, known: dict[str, Any]) -> Explanation:
    return explain(parse(TOP + rules), read_facts(known), "ada", AT_WORK)


def test_every_minute_can_be_explained() -> None:
    found = explained(WORK, facts())
    sentence = "Sat 4 Jul 01:12 to 02:03, 51 min, raised to 1 h, weekend: x 1.5 of 31.35: 47.03 GBP"
    assert [one.sentence for one in found.paid] == [sentence]
    assert list(found.paid[0].stages) == STAGES
    assert found.unpaid[0].sentence({}).endswith("(on call): no rule pays it")


@pytest.mark.parametrize("how", ["first match", "greatest"])
def test_a_choice_is_told_as_a_stage(how: str) -> None:
    choose = f'choose = {{{{ among = "work", how = "{how}", priority = {{0}} }}}}\n'
    flat = '[[rules]]\nname = "Flat"\npays = "callouts"\nprice = "1"\n'
    found = explained(WORK + choose.format(1) + flat + choose.format(2), facts())
    assert [one.line.rule for one in found.paid] == ["Work"]
    assert "choose" in found.paid[0].stages


def test_who_cannot_be_priced_is_explained_by_what_is_missing() -> None:
    found = explained(WORK, facts(people=[{"id": "ada", "name": "Ada Example"}]))
    assert (found.not_priced, found.paid) == ("no hourly rate", ())


def test_of_whom_nothing_is_known_there_is_nothing_to_explain() -> None:
    found = explained(WORK, facts(on_call=[], callouts=[]))
    assert (found.not_priced, found.paid, found.unpaid, found.pending) == ("", (), (), ())


@pytest.mark.parametrize("rules", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("name", ["Payments: primary", "rota P1, P2", "Bo's rota P1", "P2"])
def test_a_rota_that_is_a_reason_is_named_whatever_its_name_looks_like(rules: str, name: str) -> None:
    (line,) = explained(rules, facts(on_call=[ASIDE], callouts=[])).unpaid
    assert line.sentence({}).endswith("(on call): rota P1")
    assert line.sentence({"P1": name, "rota": "x", "Sat": "y"}).endswith(f"(on call): rota {name}")


def test_an_id_that_stands_in_other_words_is_not_named_there() -> None:
    rules = HOURS + 'when = { level = "1" }\nprice = "1"\n'
    (line,) = explained(rules, facts(on_call=[ASIDE | {"level": 2}], callouts=[])).unpaid
    assert line.sentence({"2": "Second", "level": "x", "P1": "y"}).endswith("(on call): level 2")


def test_facts_of_a_session_are_named_one_by_one() -> None:
    calls = [
        {"id": key, "person": "ada", "start": "2026-07-04T01:12", "end": "2026-07-04T02:03"} for key in ("a, b", "c")
    ]
    found = explained(WORK + 'group = { join = "overlapping" }\n', facts(callouts=calls))
    (note,) = found.paid[0].stages["group"]
    assert note.in_words({}) == "Sat 4 Jul 01:12 to 02:03, 51 min: a, b, c"
    names = {"a, b": "#7 Disk full: db1, db2", "c": "#8 c", "b": "nobody"}
    assert note.in_words(names) == "Sat 4 Jul 01:12 to 02:03, 51 min: #7 Disk full: db1, db2, #8 c"


def test_facts_of_one_name_are_named_once() -> None:
    duties = [ASIDE, ASIDE | {"id": "e", "start": "2026-07-06T08:00", "end": "2026-07-07T08:00"}]
    (note,) = explained(HOURS + 'price = "1"\n', facts(on_call=duties, callouts=[])).paid[0].stages["group"]
    assert note.in_words({"d": "Primary", "e": "Primary"}).endswith(": Primary")


@pytest.mark.parametrize("module", [engine_explain, explanations, reasons])
def test_no_sentence_is_taken_apart_again(module: ModuleType) -> None:
    names = {node.attr for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Attribute)}
    assert names.isdisjoint({"partition", "rpartition", "split", "rsplit", "removeprefix", "removesuffix"})
