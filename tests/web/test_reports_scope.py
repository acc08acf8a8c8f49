"""Who is in a team's report: the members of today, and by choice those on its schedules and policies who are not."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from webapp.sandbox import Running
from webapp.services.reporting import Draft
from webapp.settings import Settings

Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def draft_of(app: Flask) -> Draft:
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    draft: Draft = kept.draft
    return draft


def read_on(client: FlaskClient, answer: TestResponse) -> TestResponse:
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"])
    while 'id="reading"' in page.text:
        page = client.get(answer.headers["Location"])
    return page


def offered(page: TestResponse) -> dict[str, str]:
    """Ids and names of those who are offered beside the members."""
    return dict(re.findall(r'name="also" value="(\w+)"(?: checked)?> ([^<]+)</label>', page.text))


def test_a_teams_report_says_of_which_day_its_members_are(connected: FlaskClient, preview: Ask) -> None:
    told = "The team&#39;s members are those of 21 November 2026, when PagerDuty was read: it keeps no history"
    assert told in preview(connected).text
    assert told not in preview(connected, scope="organisation").text


def test_who_is_on_a_teams_schedules_without_being_a_member_is_offered_and_named(
    connected: FlaskClient, preview: Ask, app: Flask
) -> None:
    page = preview(connected)
    others = offered(page)
    draft = draft_of(app)
    assert draft.records
    assert others
    assert set(others).isdisjoint(draft.records.users)
    assert f"no members and not in this report: {', '.join(others.values())}." in page.text
    assert set(others).isdisjoint(person.id for person in draft.people())


def test_whoever_is_ticked_is_read_and_paid_with_the_team(
    connected: FlaskClient, preview: Ask, app: Flask, fill_in: FillIn
) -> None:
    page = preview(connected)
    set_id, total = re.findall(r"/reports/([\w-]{22})", page.text)[0], draft_of(app).report.total
    everybody = offered(page)
    user_id, name = next(iter(everybody.items()))
    answer = connected.post(f"/reports/{set_id}/also", data=fill_in(page, "/also", also=[user_id]))
    page = read_on(connected, answer)
    assert f"Also in this report by choice, without being members: {name}." in page.text
    assert f'value="{user_id}" checked>' in page.text
    draft = draft_of(app)
    assert draft.records
    assert user_id in draft.records.users
    assert draft.report.total >= total
    assert offered(page) == everybody
    again = connected.post(f"/reports/{draft_id(app)}/also", data=fill_in(page, "/also", also=None))
    assert "Also in this report by choice" not in read_on(connected, again).text
    assert draft_of(app).report.total == total


def draft_id(app: Flask) -> str:
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    return str(kept.id)


def test_nobody_but_those_offered_can_be_added(
    connected: FlaskClient, preview: Ask, app: Flask, fill_in: FillIn, pagerduty: Running
) -> None:
    page = preview(connected)
    asked = len(pagerduty.state.requests)
    path = f"/reports/{draft_id(app)}"
    answer = connected.post(f"{path}/also", data=fill_in(page, "/also", also=["PNOBODY"]))
    assert answer.headers["Location"] == path
    assert len(pagerduty.state.requests) == asked
    assert connected.get(f"{path}/also").headers["Location"] == path


def test_settings_that_are_tried_out_stay_when_somebody_is_added(
    connected: FlaskClient, preview: Ask, app: Flask, fill_in: FillIn
) -> None:
    page = preview(connected, callout_fee="99")
    someone = next(iter(offered(page)))
    answer = connected.post(f"/reports/{draft_id(app)}/also", data=fill_in(page, "/also", also=[someone]))
    page = read_on(connected, answer)
    assert re.search(r'<input[^>]* name="callout_fee"[^>]* value="99"', page.text)


def test_the_workbook_says_who_is_in_the_scope(
    connected: FlaskClient, preview: Ask, app: Flask, fill_in: FillIn
) -> None:
    page = preview(connected)
    others = offered(page)
    file = connected.post(f"/reports/{draft_id(app)}/workbook", data=fill_in(page, "/workbook"))
    summary = load_workbook(BytesIO(file.data))["Summary"]
    notes = [str(row[0]) for row in summary.iter_rows(max_row=8, values_only=True)]
    assert any(note.startswith("The team's members are those of 21 November 2026") for note in notes)
    assert any(", ".join(others.values()) in note for note in notes)


def test_an_organisation_has_nobody_to_offer(connected: FlaskClient, preview: Ask) -> None:
    page = preview(connected, scope="organisation")
    assert offered(page) == {}
    assert 'id="also"' not in page.text


RUN = ("report", "--account", "ada@example.com", "--month", "2026-10", "--without-not-priced")


@pytest.mark.usefixtures("connected")
def test_the_command_names_who_is_not_in_a_teams_report_and_includes_whoever_is_named(
    app: Flask, tmp_path: Path
) -> None:
    team = (*RUN, "--scope", "team", "--team", "Payments", "--out", str(tmp_path))
    answer = app.test_cli_runner().invoke(args=team)
    assert answer.exit_code == 0, answer.output
    assert "no members and not in this report: Grace Oyelaran, Jonas Reuter." in answer.output
    (tmp_path / "2026-10_payments_oncall-pay.xlsx").unlink()
    answer = app.test_cli_runner().invoke(args=[*team, "--also", "Jonas Reuter"])
    assert "Also in this report by choice, without being members: Jonas Reuter." in answer.output
    assert "no members and not in this report: Grace Oyelaran." in answer.output


@pytest.mark.usefixtures("connected")
def test_only_a_team_can_have_others(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=[*RUN, "--scope", "organisation", "--also", "Jonas Reuter"])
    assert answer.exit_code == 2
    assert "--also goes with --scope team, not with --scope organisation." in answer.output
