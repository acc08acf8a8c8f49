"""Every policy of the corpus can say in words what it does."""

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.corpus.run import CORPUS, all_rules
from webapp.pricing.policy import DocumentError, parse, parse_table
from webapp.pricing.policy.words import in_words

HEAD = 'name = "x"\ncurrency = "GBP"\nrounding = "half up"\n[[rules]]\nname = "Rule"\n'


def words_of(rule: str) -> str:
    return in_words(parse(HEAD + rule))[-1]


@pytest.mark.parametrize("name", sorted(file.parent.name for file in CORPUS.glob("*/policy.toml")))
def test_each_rule_is_said(name: str) -> None:
    document = parse((CORPUS / name / "policy.toml").read_text(encoding="utf-8"))
    items = in_words(document)
    assert [rule.name for rule in all_rules(document) if not any(item.startswith(rule.name) for item in items)] == []
    assert [one.why for one in document.left_out if not any(item.endswith(one.why) for item in items)] == []


def without_one_field(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The document without one field of a rule, for each field and field of a field."""
    for number, rule in enumerate(table.get("rules", [])):
        if "says" in rule:
            continue  # it speaks for itself
        for key, value in rule.items():
            for inner in [None, *(value if isinstance(value, dict) else [])]:
                copy = deepcopy(table)
                shorter = copy["rules"][number] if inner is None else copy["rules"][number][key]
                del shorter[key if inner is None else inner]
                yield f"{rule['name']}: {key} {inner or ''}", copy


@pytest.mark.parametrize("name", sorted(file.parent.name for file in CORPUS.glob("*/policy.toml")))
def test_every_choice_that_is_written_is_said(name: str) -> None:
    table = tomllib.loads((CORPUS / name / "policy.toml").read_text(encoding="utf-8"))
    said = in_words(parse_table(table))
    silent = []
    for field, shorter in without_one_field(table):
        try:
            other = parse_table(shorter)
        except DocumentError:
            continue  # the field is needed
        if " source" not in field and other != parse_table(table) and in_words(other) == said:
            silent.append(field)
    assert silent == []


def test_a_table_is_read_out_case_by_case() -> None:
    words = words_of('pays = "on call"\ncount = "days"\nprice = { by = "day type", weekday = "50", other = "75.5" }')
    assert words.endswith("Each day is worth 50.00 GBP (weekday), 75.50 GBP (anything else).")


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        ('when = { level = 2, mode = "on site" }', "when level is 2 and mode is on site."),
        ('set = { free_first = "30 min" }', "The first 30 min of each callout is not paid."),
        ('group = { join = "window", window = "2 h" }', "start within 2 h of the first start are one session."),
        ('shape = [{ minimum = "1 h 30 min" }]', "Raise each session to at least 1 h 30 min."),
        ('shape = [{ round = "up", to = "15 min", beyond = "1 h" }]', "Round what is beyond 1 h of each session up"),
        ('shape = [{ cap = "8 h", each = "8 h" }]', "Each 8 h from the first counts for at most 8 h."),
        ('book = { as = { by = "lieu", true = "time off", false = "money" } }', "given as time off (lieu), money (not"),
    ],
)
def test_each_stage_is_said(stage: str, sentence: str) -> None:
    words = words_of(f'pays = "hours in callouts"\n{stage}\nprice = {{ of = "hourly rate", percent = "150" }}')
    assert sentence in words
    assert "Each hour is worth 150 % of the hourly rate." in words
