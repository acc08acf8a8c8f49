"""What the report page says of the reading itself: where PagerDuty contradicts itself, and whose rights were used."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import update
from werkzeug.test import TestResponse

from webapp.exports.sheets.findings import DIFFERENCES, SOURCES
from webapp.models import Connection
from webapp.pd.crosscheck import DutyDifference
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
NOON = datetime(2026, 10, 6, 12, tzinfo=UTC)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def only(app: Flask) -> WorkingSet:
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    found: WorkingSet = kept
    return found


def contradict(app: Flask, *found: DutyDifference) -> str:
    """Let the two answers of PagerDuty have differed; the report's path."""
    kept = only(app)
    assert kept.draft.records
    kept.draft.end_reading(replace(kept.draft.records, differences=found))
    return f"/reports/{kept.id}"


SWAPPED = DutyDifference("PS1", "Payments primary", NOON, NOON + timedelta(hours=5), ("Ada Lindqvist",), ())


def test_where_pagerduty_contradicts_itself_the_page_shows_both_answers(
    connected: FlaskClient, preview: Ask, app: Flask
) -> None:
    preview(connected)
    page = connected.get(contradict(app, SWAPPED))
    assert re.search(r"</span>1 difference</span>\s+PagerDuty contradicts itself about who was on call", page.text)
    row = re.search(r"<tr><th scope=\"row\">Payments primary</th>(.*?)</tr>", page.text)
    assert row
    assert re.findall(r"<td>(.*?)</td>", row[1]) == [
        "Tue 6 Oct, 12:00:00 to 17:00:00 UTC",
        "Ada Lindqvist",
        "nobody",
    ]
    assert "about who was on call for 5.0 hours on: Payments primary." in page.text


def test_the_workbook_has_the_contradictions_and_the_proof_of_the_reading(
    connected: FlaskClient, preview: Ask, app: Flask, fill_in: FillIn
) -> None:
    preview(connected)
    path = contradict(app, SWAPPED)
    tallies = {tally.part: tally for tally in only(app).draft.records.tallies}  # type: ignore[union-attr]  # is read
    file = connected.post(f"{path}/workbook", data=fill_in(connected.get(path), "/workbook"))
    rows = [
        tuple(value for value in row if value is not None)
        for row in load_workbook(BytesIO(file.data))["Checks"].iter_rows(values_only=True)
    ]
    at = rows.index(tuple(column.heading for column in DIFFERENCES))
    assert (rows[at + 1][0], *rows[at + 1][-2:]) == ("Payments primary", "Ada Lindqvist", "nobody")
    printed = {row[0]: row for row in rows[rows.index(tuple(column.heading for column in SOURCES)) + 1 :] if row}
    assert printed.keys() == tallies.keys()
    assert {"engineers", "schedules", "shifts", "incidents", "log entries"} <= printed.keys()
    for part, tally in tallies.items():
        figures = (tally.calls, tally.windows, tally.pages, tally.records, tally.duplicates)
        assert printed[part][1:6] == figures
        assert printed[part][6:9] == (tally.rereads, tally.retries, tally.waits)


def test_contradictions_outside_the_period_are_of_other_reports(
    connected: FlaskClient, preview: Ask, app: Flask
) -> None:
    preview(connected)
    september = replace(SWAPPED, start=NOON - timedelta(days=20), end=NOON - timedelta(days=19))
    assert "contradicts itself" not in connected.get(contradict(app, september)).text


def test_where_both_answers_agree_nothing_is_said(connected: FlaskClient, preview: Ask) -> None:
    assert "contradicts itself" not in preview(connected).text


def test_schedules_on_no_escalation_policy_are_named(connected: FlaskClient, preview: Ask) -> None:
    assert "On no escalation policy, so nobody is paged through" in preview(connected).text


@pytest.mark.parametrize(("role", "is_warned"), [("owner", False), ("admin", False), ("limited_user", True)])
def test_the_rights_of_a_person_who_is_no_admin_are_a_warning(
    logged_in: FlaskClient, preview: Ask, app: Flask, pagerduty: Running, role: str, *, is_warned: bool
) -> None:
    logged_in.send("/connection/key", page="/connection", api_key=pagerduty.credentials.us.user)
    with app.extensions["calloutpay"].database.session() as session:
        session.execute(update(Connection).values(user_role=role))
        session.commit()
    page = preview(logged_in)
    assert "with the rights of" in page.text
    assert ("who is not an admin there. PagerDuty leaves out" in page.text) is is_warned


def test_rows_of_on_calls_without_an_engineer_are_a_warning_on_page_and_in_the_workbook(
    connected: FlaskClient, preview: Ask, pagerduty: Running, fill_in: FillIn
) -> None:
    pagerduty.state.faults.add(Fault("vacant", path="*/oncalls", query="2026-10", records=2, times=None))
    page = preview(connected)
    sentence = re.search(r"PagerDuty&#39;s list of on-calls has \d+ rows? without an engineer, on: [^.]+\.", page.text)
    assert sentence
    file = connected.post(f"{page.request.path}/workbook", data=fill_in(page, "/workbook"))
    printed = [row[0] for row in load_workbook(BytesIO(file.data))["Summary"].iter_rows(values_only=True)]
    said = sentence[0].replace("&#39;", "'")
    assert [text for text in printed if text and str(text).startswith(said)]
