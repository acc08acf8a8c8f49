"""Policies that nobody had in mind when the language was made: written from docs/policies alone, priced by hand."""

import json
from pathlib import Path

import pytest

from tests.corpus.figures import faults_of
from tests.corpus.test_schemas import FACTS, mistakes_of
from webapp.pricing.policy import parse

BEYOND = Path(__file__).parent / "beyond"
POLICIES = sorted(file.stem for file in BEYOND.glob("*.toml"))


@pytest.mark.parametrize("name", POLICIES)
def test_policy_gives_the_figures_of_the_hand(name: str) -> None:
    document = parse((BEYOND / f"{name}.toml").read_text(encoding="utf-8"))
    cases = json.loads((BEYOND / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    assert [fault for case in cases for fault in mistakes_of(FACTS, case["facts"])] == []
    assert {case["name"]: faults_of(document, case) for case in cases} == {case["name"]: [] for case in cases}
    idle = [
        rule.name for rule in document.rules if not any(faults_of(document.without(rule.name), case) for case in cases)
    ]
    assert idle == []
