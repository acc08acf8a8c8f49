"""Why a date, a callout or any minute is paid as it is: in place, and on a page of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.pd.reader import Records
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

Preview = Callable[..., TestResponse]
HTMX = {"HX-Request": "true"}
ADA = "PUZXTCN"

pytestmark = pytest.mark.usefixtures("saved")


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture(scope="module")
def read_once() -> list[Records]:
    """What was read for the first test, for the others."""
    return []


@pytest.fixture
def path(app: Flask, connected: FlaskClient, ask: Preview, read_once: list[Records]) -> str:
    """Where the report of the team Payments for October answers why Ada is paid so."""
    where = ask(connected, scope="team", team="PTZXTCN", period="month", month="2026-10").headers["Location"]
    draft = working_set(app).draft
    for records in read_once:
        draft.end_reading(records)
    while draft.records is None:
        connected.get(where)
    read_once[:] = [draft.records]
    return f"{where}/why/{ADA}"


def working_set(app: Flask) -> WorkingSet:
    (only,) = app.extensions["calloutpay"].working_sets._sets.values()
    found: WorkingSet = only
    return found


def test_every_date_says_why_with_the_amounts_that_the_statement_shows(
    app: Flask, connected: FlaskClient, path: str
) -> None:
    (ada,) = [one for one in working_set(app).draft.report.statements if one.person.id == ADA]
    paid = [day for day in ada.days if day.total]
    assert paid
    for day in paid:
        page = connected.get(f"{path}?day={day.date}").text
        amounts = [Decimal(found) for found in re.findall(r": ([\d.]+) GBP</p>", page)]
        assert sum(amounts) == day.total


def test_a_sentence_opens_to_its_stages(app: Flask, connected: FlaskClient, path: str) -> None:
    (ada,) = [one for one in working_set(app).draft.report.statements if one.person.id == ADA]
    row = next(row for row in ada.callouts if row.hourly_pay)
    page = connected.get(f"{path}?day={row.date}").text
    assert "Step by step" in page
    assert "What is one piece of work?" in page
    assert f"incident #{row.incident.number}" in page


def test_any_minute_of_the_period_has_an_answer(connected: FlaskClient, path: str) -> None:
    shown = {connected.get(f"{path}?at=2026-10-{day:02}T13:00").text for day in range(1, 8)}
    assert any("inside business hours" in page for page in shown)
    far = connected.get(f"{path}?at=2020-01-01T00:00").text
    assert "neither on call nor called out" in far


def test_the_statement_leads_to_it_in_place(connected: FlaskClient, path: str) -> None:
    report = path.partition("/why/")[0]
    opened = connected.get(f"{report}?open={ADA}", headers=HTMX).text
    links = re.findall(rf'hx-get="({re.escape(path)}[^"]*)" hx-target="#why-{ADA}"', opened)
    assert len(links) > 20
    answer = connected.get(links[0].replace("&amp;", "&"), headers=HTMX)
    assert answer.text.lstrip().startswith('<section class="card why"')
    assert connected.get(path).status_code == 200


def test_what_is_no_date_is_refused_and_who_is_not_in_the_report_not_found(connected: FlaskClient, path: str) -> None:
    assert connected.get(f"{path}?at=yesterday").status_code == 422
    assert connected.get(path.replace(ADA, "PNOBODY")).status_code == 404
