"""Holds the templates that ship: each is read, gives the figures of its cases, and has no rule that no case notices."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.figures import faults_of
from webapp.pricing.policy import parse
from webapp.pricing.policy.templates import template_names, template_text, template_titles

FOLDER = Path(__file__).parent


def cases_of(name: str) -> list[dict[str, Any]]:
    return list(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["cases"])


@pytest.mark.parametrize("name", template_names())
def test_a_template_gives_the_figures_of_its_cases(name: str) -> None:
    document = parse(template_text(name))
    faults = {case["name"]: faults_of(document, case) for case in cases_of(name)}
    assert {case: [] for case in faults} == faults


@pytest.mark.parametrize("name", template_names())
def test_each_rule_of_a_template_matters(name: str) -> None:
    document = parse(template_text(name))
    unnoticed = [
        rule.name
        for rule in document.rules
        if not any(faults_of(document.without(rule.name), case) for case in cases_of(name))
    ]
    assert unnoticed == []


def test_a_dozen_templates_ship_and_each_has_cases() -> None:
    assert len(template_names()) == 12
    assert sorted(file.stem for file in FOLDER.glob("*.json")) == list(template_names())


def test_titles_differ() -> None:
    titles = template_titles()
    assert list(titles) == list(template_names())
    assert len(set(titles.values())) == len(titles)


def test_an_unknown_template_is_named_with_those_that_exist() -> None:
    with pytest.raises(LookupError, match=r"no template 'weekly'\. There are: australian, "):
        template_text("weekly")
