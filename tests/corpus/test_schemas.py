"""The published JSON Schemas of facts and reports: every case of the corpus is valid by them."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.corpus.run import CORPUS, read_json
from tests.exactly import as_json, price, read_facts
from webapp.pricing.policy import parse

DOCS = CORPUS.parents[1] / "docs" / "policies"
FACTS = Draft202012Validator(read_json(DOCS / "facts.schema.json"))
REPORT = Draft202012Validator(read_json(DOCS / "report.schema.json"))
POLICIES = sorted(file.parent.name for file in CORPUS.glob("*/cases.json"))


def mistakes_of(validator: Draft202012Validator, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@pytest.mark.parametrize("name", POLICIES)
def test_facts_and_reports_of_the_corpus_are_as_the_schemas_say(name: str) -> None:
    document = parse((CORPUS / name / "policy.toml").read_text(encoding="utf-8"))
    for case in read_json(CORPUS / name / "cases.json")["cases"]:
        assert mistakes_of(FACTS, case["facts"]) == []
        report = json.loads(json.dumps(as_json(price(document, read_facts(case["facts"])))))
        assert mistakes_of(REPORT, report) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": []},
        {"people": [{"id": "ada"}], "oncall": []},
        {"people": [{"id": "ada", "hourly_rate": 31.35}]},
        {"people": [{"id": "ada"}], "callouts": [{"person": "ada"}]},
        {"people": [{"id": "ada"}], "holidays": {"GB": {"2026-12-24": {"from": "14:00"}}}},
        {"people": [{"id": "ada"}], "holidays": {"GB": {"2026-12-24": None}}},
        {"people": [{"id": "ada", "holidays": {"24 December": None}}]},
    ],
)
def test_the_schema_of_facts_refuses(wrong: dict[str, Any]) -> None:
    assert mistakes_of(FACTS, wrong) != []
