"""A part of PagerDuty that may not be read: a refusal that names it, and a report without it only by choice."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from webapp.commands.refusals import Status
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault
from webapp.settings import Settings

Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
OCTOBER = {"scope": "team", "team": "PTZXTCN", "period": "month", "month": "2026-10"}
HTMX = {"HX-Request": "true"}

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def refused(connected: FlaskClient, ask: Ask, pagerduty: Running) -> str:
    """The path of a report whose log entries PagerDuty hides."""
    pagerduty.state.faults.add(Fault(status=403, path="/log_entries", times=None))
    return ask(connected, **OCTOBER).headers["Location"]


def test_a_hidden_part_is_a_refusal_that_names_it_and_whose_rights_were_used(
    connected: FlaskClient, refused: str
) -> None:
    page = connected.get(refused)
    assert page.status_code == 502
    assert "<h1>Part of PagerDuty cannot be read</h1>" in page.text
    assert "The report was not made" in page.text
    assert "Not readable: log entries." in page.text
    assert "Without the log entries nobody is known to have acknowledged anything." in page.text
    assert "with the rights of account API key" in page.text


def test_a_refusal_asks_pagerduty_nothing_until_somebody_decides(
    connected: FlaskClient, refused: str, pagerduty: Running
) -> None:
    connected.get(refused)
    asked = len(pagerduty.state.requests)
    assert "Part of PagerDuty cannot be read" in connected.get(refused).text
    assert connected.get(refused, headers=HTMX).headers["HX-Redirect"] == refused
    assert len(pagerduty.state.requests) == asked


@pytest.mark.parametrize("action", ["price", "workbook", "rates", "policy"])
def test_there_is_no_report_before_somebody_decides(connected: FlaskClient, refused: str, action: str) -> None:
    page = connected.get(refused)
    answer = connected.post(f"{refused}/{action}", data={"csrf_token": connected.token, **_settings()})
    assert (answer.status_code, answer.headers.get("Location")) == (303, refused), page.text


def test_by_choice_the_report_is_made_without_and_says_so_everywhere(
    connected: FlaskClient, refused: str, fill_in: FillIn
) -> None:
    form = fill_in(connected.get(refused), "/without")
    assert form["part"] == ["log entries"]
    page = connected.post(f"{refused}/without", data=form, follow_redirects=True)
    words = (
        "PARTIAL: made without the log entries, which PagerDuty did not let this connection read. Pay may be missing."
    )
    assert words in page.text
    assert page.text.index(words) < page.text.index("Pay by engineer")
    file = connected.post(f"{refused}/workbook", data=fill_in(page, "/workbook"))
    book = load_workbook(BytesIO(file.data))
    assert book["Summary"]["A3"].value == words
    assert book["Checks"]["A1"].value.endswith("(PARTIAL)")


def test_the_choice_is_about_the_part_that_was_named(
    connected: FlaskClient, refused: str, fill_in: FillIn, pagerduty: Running
) -> None:
    form = fill_in(connected.get(refused), "/without")
    pagerduty.state.faults.add(Fault(status=402, path="/oncalls", times=None))
    page = connected.post(f"{refused}/without", data=form, follow_redirects=True)
    assert "Not readable: shifts." in page.text
    assert 'name="part" value="log entries"' not in page.text
    page = connected.post(f"{refused}/without", data=fill_in(page, "/without"), follow_redirects=True)
    assert "PARTIAL: made without the" in page.text
    assert "shifts" in page.text.partition("PARTIAL: made without the")[2].partition(",")[0]


def test_without_the_engineers_there_is_no_report_to_choose(
    connected: FlaskClient, ask: Ask, pagerduty: Running
) -> None:
    path = ask(connected, **OCTOBER).headers["Location"]
    pagerduty.state.faults.add(Fault(status=403, path="/users", times=None))
    page = connected.get(path)
    assert page.status_code == 502
    assert "Reading the engineers failed." in page.text
    assert "Make it without" not in page.text


def test_with_the_rights_given_trying_again_makes_the_whole_report(
    connected: FlaskClient, refused: str, pagerduty: Running
) -> None:
    connected.get(refused)
    pagerduty.state.faults.clear()
    page = connected.post(f"{refused}/without", data={"csrf_token": connected.token}, follow_redirects=True)
    assert "Pay by engineer" in page.text
    assert "PARTIAL" not in page.text


def test_it_can_be_cancelled(connected: FlaskClient, refused: str, fill_in: FillIn) -> None:
    form = fill_in(connected.get(refused), "/forget")
    assert connected.post(f"{refused}/forget", data=form).status_code == 303
    assert connected.get(refused).status_code == 410


def test_the_address_of_the_choice_leads_back_to_the_report(connected: FlaskClient, refused: str) -> None:
    assert connected.get(f"{refused}/without").headers["Location"] == refused


# The command line

RUN = (
    "report",
    "--account",
    "ada@example.com",
    "--scope",
    "organisation",
    "--month",
    "2026-10",
    "--without-not-priced",
    "--out",
)


@pytest.mark.usefixtures("connected")
def test_the_command_refuses_a_partial_report_and_names_the_part(
    app: Flask, pagerduty: Running, tmp_path: Path
) -> None:
    pagerduty.state.faults.add(Fault(status=403, path="/log_entries", times=None))
    answer = app.test_cli_runner().invoke(args=[*RUN, str(tmp_path)])
    assert answer.exit_code == Status.PART_HIDDEN
    assert "log entries" in answer.output
    assert "Or add --partial to make it without that." in answer.output
    assert list(tmp_path.glob("*.xlsx")) == []


@pytest.mark.usefixtures("connected")
def test_the_command_makes_it_with_partial_and_says_so(app: Flask, pagerduty: Running, tmp_path: Path) -> None:
    pagerduty.state.faults.add(Fault(status=403, path="/log_entries", times=None))
    answer = app.test_cli_runner().invoke(args=[*RUN, str(tmp_path), "--partial"])
    assert answer.exit_code == 0, answer.output
    assert "PARTIAL: made without the log entries" in answer.output
    (file,) = tmp_path.glob("*.xlsx")
    assert str(load_workbook(file)["Summary"]["A3"].value).startswith("PARTIAL")


@pytest.mark.usefixtures("connected")
def test_with_partial_a_whole_report_is_whole(app: Flask, tmp_path: Path) -> None:
    answer = app.test_cli_runner().invoke(args=[*RUN, str(tmp_path), "--partial"])
    assert answer.exit_code == 0, answer.output
    assert "PARTIAL" not in answer.output


def _settings() -> dict[str, Any]:
    """The least that a form of pay settings needs."""
    return {
        "currency": "GBP", "callout_fee": "45", "level1_weekday": "20", "level1_weekend": "35",
        "level1_bank_holiday": "50", "minimum_minutes": "60", "step_minutes": "15", "merge_minutes": "0",
        "longest_spell_hours": "12", "business_start": "09:00", "business_end": "17:30", "holiday_region": "GB-ENG",
        "stipend_hours": "6", "shortest_piece_hours": "6", "stipend_date": "end of date",
        "substitute_days": "by country", "pay_zone": "", "evidence": "acknowledged",
        "longest_lead_minutes": "15", "hourly_rate": "31.35",
    }  # fmt: skip
