"""Holds the corpus: every policy is expressed, and the runner would notice if it were not."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.run import (
    CORPUS,
    Finding,
    account_for_examples,
    examine,
    read_json,
    run_cases,
    summary,
    unnamed_sentences,
)
from webapp.pricing.policy import parse

YARDSTICK = read_json(CORPUS / "yardstick.json")
STANDBY = """
name = "Two rules"
currency = "USD"
pay_zone = "America/New_York"
rounding = "half up"
[[rules]]
name = "Standby"
pays = "on call"
source = ["rules.availability[0]"]
price = "2.00"
"""
CASE: dict[str, Any] = {
    "name": "ten hours",
    "example": 0,
    "facts": {
        "zone": "America/New_York",
        "people": [{"id": "ada"}],
        "on_call": [{"id": "d1", "person": "ada", "start": "2026-07-07T18:00", "end": "2026-07-08T04:00"}],
    },
    "expect": {"ada": {"total": "20"}},
}


@pytest.mark.parametrize("name", YARDSTICK)
def test_policy_is_expressed(name: str) -> None:
    assert examine(name, YARDSTICK[name]).faults == []


def test_every_folder_is_a_policy_of_the_yardstick() -> None:
    folders = {file.parent.name for file in CORPUS.glob("*/policy.toml")} - {"templates"}
    assert sorted(folders - YARDSTICK.keys()) == []


def test_the_last_line_counts_policies_and_examples() -> None:
    known = {"one": {"examples": ["published", "derived"]}, "two": {"examples": ["adjudicated", "published-config"]}}
    findings = [Finding("one", passed={0, 1}), Finding("two", faults=["not encoded"])]
    expected = "policies expressed: 1 of 2; oracle examples passed: 1 of 2; derived examples agreed: 1 of 1"
    assert expected == summary(known, findings)


def test_a_sentence_that_no_rule_names_is_a_fault() -> None:
    faults = list(unnamed_sentences(parse(STANDBY), ["availability[0]", "activation[0]"]))
    assert faults == ["no rule expresses the sentence activation[0]"]


def test_a_sentence_that_does_not_exist_is_a_fault() -> None:
    faults = list(unnamed_sentences(parse(STANDBY), []))
    assert faults == ["there is no sentence availability[0]"]


def test_an_example_with_another_figure_is_not_passed() -> None:
    finding, wrong = Finding("x"), deepcopy(CASE)
    wrong["expect"]["ada"]["total"] = "21"
    run_cases(parse(STANDBY), [CASE, wrong], finding)
    assert (set(), ["case 'ten hours': ada: total is 20.00, not 21"]) == (finding.passed, finding.faults)


def test_a_rule_that_no_case_notices_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = (
        STANDBY.partition("[[rules]]")[2].replace('"Standby"', '"Idle"').replace("price", "when = { level = 9 }\nprice")
    )
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "policy.toml").write_text(f"{STANDBY}[[rules]]{second}", encoding="utf-8")
    (tmp_path / "x" / "cases.json").write_text(f'{{"cases": [{json.dumps(CASE)}]}}', encoding="utf-8")
    monkeypatch.setattr("tests.corpus.run.CORPUS", tmp_path)
    finding = examine("x", {"sentences": ["availability[0]"], "examples": ["derived"]})
    assert finding.faults == ["no case fails without the rule 'Idle'"]


def test_an_example_that_is_neither_run_nor_explained_is_a_fault() -> None:
    finding = Finding("x")
    account_for_examples(
        {"cases": [CASE], "no_pay_figure": [{"example": 1, "why": "a rota"}]}, ["derived"] * 3, finding
    )
    assert finding.faults == ["example 2 (derived) is neither a case nor explained"]
    assert finding.notes == ["example 1 (derived) is no figure of pay: a rota"]
