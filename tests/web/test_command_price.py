"""`flask --app wsgi price`: files in, JSON or words out, every mistake at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp.commands.price import price_command

POLICY = """\
name = "Standby"
currency = "GBP"
rounding = "half up"

[[rules]]
name = "Hours"
pays = "on call"
price = "2.50"
"""
FACTS = {
    "zone": "Europe/London",
    "people": [{"id": "ada", "name": "Ada Example"}],
    "on_call": [{"id": "d1", "person": "ada", "start": "2026-07-03T18:00", "end": "2026-07-04T08:00"}],
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "facts.json").write_text(json.dumps(FACTS), encoding="utf-8")
    return tmp_path


def run(folder: Path, *more: str, facts: bool = True) -> Result:
    names = [str(folder / "policy.toml"), *([str(folder / "facts.json")] if facts else []), *more]
    return CliRunner().invoke(price_command, names)


def test_it_prints_the_report_as_json(files: Path) -> None:
    answer = run(files)
    assert answer.exit_code == 0
    report = json.loads(answer.stdout)
    assert (report["currency"], report["total"]) == ("GBP", "35.00")


def test_it_says_the_policy_in_numbered_words(files: Path) -> None:
    answer = run(files, "--words", facts=False)
    assert answer.exit_code == 0
    lines = answer.stdout.splitlines()
    assert [line.partition(".")[0] for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
    assert "Each hour is worth 2.50 GBP." in lines[-1]


def test_it_explains_nothing_of_an_engineer_whom_the_facts_do_not_name(files: Path) -> None:
    answer = run(files, "--explain", "adda", "2026-07-04T01:30")
    assert answer.exit_code == 2
    assert 'The facts have no engineer "adda". Did you mean "ada"?' in answer.output


def test_it_explains_one_minute(files: Path) -> None:
    answer = run(files, "--explain", "ada", "2026-07-04T01:30")
    assert answer.exit_code == 0
    assert "Hours" in answer.stdout


def test_it_names_every_mistake_of_the_policy_with_its_line(files: Path) -> None:
    (files / "policy.toml").write_text(
        POLICY.replace("half up", "half upp").replace("on call", "on cal"), encoding="utf-8"
    )
    answer = run(files)
    assert answer.exit_code == 1
    assert "Line 3, rounding: " in answer.stderr
    assert "Line 7, rules[0].pays: " in answer.stderr


def test_it_names_every_mistake_of_the_facts_with_its_place(files: Path) -> None:
    wrong = {**FACTS, "on_call": [{"person": "bob", "start": "x", "end": "2026-07-04T08:00"}]}
    (files / "facts.json").write_text(json.dumps(wrong), encoding="utf-8")
    answer = run(files)
    assert answer.exit_code == 1
    assert "on_call[0].person: " in answer.stderr
    assert "on_call[0].start: " in answer.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b'{"people": [}', "Line 1: "), (b"[]", "must be one JSON object"), (b"\xff", "is not UTF-8 text")],
)
def test_it_says_what_is_wrong_with_a_file(files: Path, content: bytes, sentence: str) -> None:
    (files / "facts.json").write_bytes(content)
    answer = run(files)
    assert answer.exit_code == 1
    assert sentence in answer.stderr


@pytest.mark.parametrize(
    ("more", "sentence"),
    [((), "FACTS is missing"), (("--explain", "ada", "noon"), "is not a time")],
)
def test_it_says_how_it_is_to_be_called(files: Path, more: tuple[str, ...], sentence: str) -> None:
    answer = run(files, *more, facts=bool(more))
    assert answer.exit_code == 2
    assert sentence in answer.stderr
