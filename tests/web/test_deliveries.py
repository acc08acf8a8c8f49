"""The table of files: each by page and by command line, with the same bytes, confirmations and words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from webapp.commands.refusals import Status
from webapp.exports import ReportDocument
from webapp.exports.document import MissingChange
from webapp.pricing.policy.form import Policy
from webapp.services import documents, people, policies
from webapp.services.confirmations import CONFIRMATIONS, GAPS, NOT_PRICED, OUTDATED
from webapp.services.deliveries import FORMATS, Format
from webapp.services.engineer_facts import HOURLY_RATE
from webapp.services.people import PaySettings
from webapp.settings import Settings

ADA = "PUZXTCN"
DOCS = Path(__file__).parents[2] / "docs" / "commands.md"
PAYMENTS = ("--scope", "team", "--team", "Payments", "--month", "2026-10")

Client = Any
Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
Write = Callable[..., tuple[int, str]]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def path(connected: Client, preview: Ask, app: Flask, saved: Policy) -> str:
    """A report in which Ada alone is priced, without payroll number and codes."""
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, replace(saved, hourly_rate=None), "ada@example.com")
        rate = PaySettings(user_id=ADA, name="Ada Lindqvist", email=None).changed(HOURLY_RATE, "40.00")
        people.save_pay_settings(session, "lanternworks", [rate], "ada@example.com")
    return preview(connected).request.path


@pytest.fixture
def write(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Call `flask report` in a folder of its own; its status, and all that it says."""
    (tmp_path / "files").mkdir()
    monkeypatch.chdir(tmp_path / "files")

    def invoke(*words: str) -> tuple[int, str]:
        words = ("report", "--account", "ada@example.com", *PAYMENTS, *words)
        answer = app.test_cli_runner().invoke(args=list(words))
        return answer.exit_code, answer.output

    return invoke


def form_of(wanted: Format, path: str) -> tuple[str, str]:
    """The page with its button, and where the form is sent."""
    if wanted.is_personal:
        return f"{path}?open={ADA}", f"/{wanted.name}/{ADA}"
    return f"{path}/payroll" if wanted.is_for_payroll else path, f"/{wanted.name}"


@pytest.mark.slow
@pytest.mark.parametrize("wanted", FORMATS.values(), ids=FORMATS)
def test_page_and_command_line_ask_the_same_and_give_the_same_bytes(
    connected: Client, path: str, write: Write, fill_in: FillIn, wanted: Format
) -> None:
    page, action = form_of(wanted, path)
    words = ("--format", wanted.name, *(("--engineer", ADA) if wanted.is_personal else ()))
    typed = fill_in(connected.get(page), action)
    for asked in wanted.asks:
        refused, (status, said) = connected.post(f"{path}{action}", data=typed), write(*words)
        assert (refused.status_code, status) == (422, {NOT_PRICED: Status.NOT_PRICED, GAPS: Status.GAPS}[asked])
        problem = re.search(r'<div class="notice bad"[^>]*>.*?Not downloaded: (.*?)\. ', refused.text, re.DOTALL)
        assert problem is not None
        assert f"Error: No file was made: {problem[1]}: " in said
        assert f", or add {asked.option}." in said
        assert not list(Path().iterdir())
        box = re.search(rf'name="{asked.name}" value="([^"]*)"> (.*?)</label>', refused.text)
        assert box is not None
        assert f", or tick “{box[2]}”." in refused.text
        typed[asked.name] = [box[1]]
        words = (*words, asked.option)

    answer, (status, said) = connected.post(f"{path}{action}", data=typed), write(*words)

    assert (answer.status_code, status) == (200, 0), said
    (file,) = Path().iterdir()
    assert answer.headers["Content-Disposition"] == f"attachment; filename={file.name}"
    assert (answer.mimetype, file.suffix) == (wanted.media_type, f".{wanted.suffix}")
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert answer.data == file.read_bytes()
    assert connected.post(f"{path}{action}", data={**typed, "csrf_token": "another"}).status_code == 400


@pytest.mark.slow
@pytest.mark.usefixtures("path")
def test_the_command_line_waits_for_what_was_saved_in_the_same_moment_too(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = documents.document

    def late(*of: Any) -> ReportDocument:
        return replace(make(*of), missing=(MissingChange("a rate"),))

    monkeypatch.setattr(documents, "document", late)
    words = ("--format", "report.json")
    status, said = write(*words)
    assert (status, said.partition(": 1 ")[2]) == (
        1,
        f"change was saved since this report was priced: a rate. Run the command again, or add {OUTDATED.option}.\n",
    )
    assert write(*words, OUTDATED.option)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engineer", "status", "sentence"),
    [
        ("Callum MacRae", Status.NOT_PRICED, "No file was made. Callum MacRae is not priced: no hourly rate."),
        ("Elif Demirkan", Status.NOTHING, "No file was made. Elif Demirkan is not in the report."),
    ],
)
def test_there_is_no_statement_of_who_has_none(
    path: str, write: Write, engineer: str, status: Status, sentence: str
) -> None:
    assert path
    found, said = write("--format", "statement", "--engineer", engineer)
    assert (found, sentence in said) == (status, True), said
    assert not list(Path().iterdir())


def test_every_format_and_every_option_to_agree_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8").partition("\n### report\n")[2].partition("\n### ")[0]
    row = re.search(r"^\| `--format` \|.*$", text, re.MULTILINE)
    assert row is not None
    assert [f"`{name}`" for name in FORMATS if f"`{name}`" not in row[0]] == []
    assert [asked.option for asked in CONFIRMATIONS if f"\n| `{asked.option}` |" not in text] == []
    assert {asked for wanted in FORMATS.values() for asked in wanted.asks} | {OUTDATED} == set(CONFIRMATIONS)
