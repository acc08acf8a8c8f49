"""A report whose rules pay no callout: it says that incidents were not read, and how they can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from webapp.pricing.policy.form import Policy
from webapp.sandbox import Running
from webapp.services import policies
from webapp.settings import Settings

FillIn = Callable[..., dict[str, list[str]]]
Preview = Callable[..., TestResponse]
SENTENCE = "Incidents were not read: no rule pays them."
ADA = "PUX1Y5K"

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def free(app: Flask, policy: Policy) -> Policy:
    """The saved policy pays stipends alone."""
    rules = replace(policy, callout_fee=Decimal(0), hourly_rate=Decimal(0))
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, rules, "ada@example.com")
    return rules


@pytest.fixture
def shown(free: Policy, connected: FlaskClient, preview: Preview) -> TestResponse:
    """Its report on the team Payments, October 2026."""
    assert not free.callout_fee
    page = preview(connected)
    assert page.status_code == 200
    return page


def paths(pagerduty: Running) -> set[str]:
    return {one.path for one in pagerduty.state.requests if "incident" in one.path or "log_entries" in one.path}


def test_page_and_files_say_so(
    shown: TestResponse, connected: FlaskClient, pagerduty: Running, fill_in: FillIn
) -> None:
    assert paths(pagerduty) == set()
    assert SENTENCE in shown.text
    assert "Record work" not in shown.text
    assert "Who was it?" not in shown.text
    workbook = connected.post(f"{shown.request.path}/workbook", data=fill_in(shown, "/workbook", without="yes"))
    sheets = load_workbook(BytesIO(workbook.data))
    for name in ("Summary", "Callouts", "Checks"):
        assert SENTENCE in {cell.value for row in sheets[name] for cell in row}, name
    payroll = connected.get(f"{shown.request.path}/payroll")
    told = connected.post(f"{shown.request.path}/report.json", data=fill_in(payroll, "/report.json", without="yes"))
    assert told.json["read"]["incidents"] is False


def test_an_edit_that_pays_callouts_offers_to_read_them(
    shown: TestResponse, connected: FlaskClient, pagerduty: Running, fill_in: FillIn
) -> None:
    path = shown.request.path
    typed = fill_in(shown, "/price", callout_fee="45")
    refused = connected.post(f"{path}/price", data=typed)
    assert refused.status_code == 422
    assert "These settings pay callouts, or count them, so the incidents must be read from PagerDuty." in refused.text
    assert 'value="45"' in refused.text
    again = connected.post(f"{path}/again", data=typed)
    page = connected.get(again.headers["Location"])
    while 'id="reading"' in page.text:
        page = connected.get(again.headers["Location"])
    assert SENTENCE not in page.text
    assert "/incidents" in paths(pagerduty)
    back = connected.post(f"{page.request.path}/saved", data=fill_in(page, "/price"))
    assert SENTENCE not in connected.get(back.headers["Location"]).text  # what is read stays


def test_back_to_a_saved_policy_that_pays_callouts_reads_them(
    app: Flask, connected: FlaskClient, saved: Policy, preview: Preview, fill_in: FillIn, pagerduty: Running
) -> None:
    assert saved.callout_fee
    del app
    page = preview(connected, callout_fee="0", hourly_rate="0")
    assert SENTENCE in page.text
    back = connected.post(f"{page.request.path}/saved", data=fill_in(page, "/price"))
    page = connected.get(back.headers["Location"])
    while 'id="reading"' in page.text:
        page = connected.get(back.headers["Location"])
    assert SENTENCE not in page.text
    assert "/incidents" in paths(pagerduty)


@pytest.mark.parametrize("place", ["work/QANY", "work?number=1", "callouts/QANY/PANY", "acts/RANY"])
def test_pages_about_an_incident_say_why_there_is_none(shown: TestResponse, connected: FlaskClient, place: str) -> None:
    answer = connected.get(f"{shown.request.path}/{place}", follow_redirects=True)
    assert "Incidents were not read for this report: no rule pays them. To decide about one" in answer.text


def test_an_hourly_rate_of_ones_own_offers_to_read(
    shown: TestResponse, connected: FlaskClient, pagerduty: Running, fill_in: FillIn
) -> None:
    path = f"{shown.request.path}/rates"
    page = connected.get(path)
    person = page.text.partition('-hourly_rate"')[0].rpartition('"')[2]
    typed = fill_in(page, "/rates", **{f"{person}-hourly_rate": "40", "try": "yes", "earlier": "yes"})
    refused = connected.post(path, data=typed)
    assert refused.status_code == 422
    assert "so the incidents must be read" in refused.text
    assert 'value="40"' in refused.text
    again = fill_in(refused, "/rates", again="yes", earlier="yes")
    answer = connected.post(path, data=again)
    assert answer.status_code == 303
    page = connected.get(answer.headers["Location"])
    while 'id="reading"' in page.text:
        page = connected.get(answer.headers["Location"])
    assert SENTENCE not in page.text
    assert "/incidents" in paths(pagerduty)
    assert "unsaved settings" in page.text


def test_the_command_says_so(
    app: Flask, free: Policy, connected: FlaskClient, tmp_path: str, pagerduty: Running
) -> None:
    assert connected
    assert not free.callout_fee
    words = ["report", "--account", "ada@example.com", "--scope", "team", "--team", "Payments", "--month", "2026-10"]
    answer = app.test_cli_runner().invoke(args=[*words, "--without-not-priced", "--out", f"{tmp_path}/a.xlsx"])
    assert answer.exit_code == 0, answer.output
    assert SENTENCE in answer.stderr
    assert paths(pagerduty) == set()
