"""Reading PagerDuty in slices: progress, waiting, going on, failing; and the end of what was read."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from tests.web.conftest import PASSWORD, Patience
from webapp.exports.reread import reread
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault
from webapp.services import accounts, reporting
from webapp.services.working_sets import WorkingSet, WorkingSets
from webapp.settings import Settings

Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
HTMX = {"HX-Request": "true"}
OCTOBER = {"scope": "team", "team": "PTZXTCN", "period": "month", "month": "2026-10"}

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def asked(connected: FlaskClient, ask: Ask) -> str:
    """A report that was asked for and is not read yet: its path."""
    return ask(connected, **OCTOBER).headers["Location"]


@pytest.fixture
def tiny_slices(app: Flask) -> None:
    """One question to PagerDuty for each slice."""
    object.__setattr__(app.extensions["calloutpay"].settings, "read_slice_seconds", 0)


def working_sets(app: Flask) -> WorkingSets:
    found: WorkingSets = app.extensions["calloutpay"].working_sets
    return found


def questions(page: TestResponse) -> int:
    found = re.search(r"([\d,]+)(?: of about [\d,]+)? questions asked", page.text)
    return int(found[1].replace(",", "")) if found else 0


def only(app: Flask) -> WorkingSet:
    (kept,) = working_sets(app)._sets.values()
    found: WorkingSet = kept
    return found


# In slices


@pytest.mark.usefixtures("tiny_slices")
def test_reading_goes_on_slice_by_slice_and_shows_how_far_it_is(
    connected: FlaskClient, asked: str, pagerduty: Running
) -> None:
    pagerduty.state.requests.clear()
    page = connected.get(asked)
    assert "<h1>Reading PagerDuty</h1>" in page.text
    seen = []
    while 'id="reading"' in page.text:
        seen.append(questions(page))
        page = connected.get(asked)
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert "Pay by engineer" in page.text
    assert len(pagerduty.state.requests) - seen[-1] in {0, 1}  # no question was asked twice


@pytest.mark.usefixtures("tiny_slices")
def test_progress_is_questions_asked_of_questions_expected(connected: FlaskClient, asked: str) -> None:
    page, shares = connected.get(asked), []
    while found := re.search(r'<progress [^>]*max="(\d+)" value="(\d+)">', page.text):
        expected, done = map(int, found.groups())
        assert 0 < done <= expected
        shares.append(done / expected)
        page = connected.get(asked)
    assert len(shares) > 5
    assert shares[-1] > 0.5
    assert "Pay by engineer" in page.text


@pytest.mark.usefixtures("tiny_slices")
def test_with_javascript_the_progress_asks_for_the_next_slice_itself(connected: FlaskClient, asked: str) -> None:
    page = connected.get(asked)
    assert f'hx-get="{asked}"' in page.text
    fragment = connected.get(asked, headers=HTMX)
    assert fragment.text.lstrip().startswith('<section class="card" id="reading"')
    while 'id="reading"' in fragment.text:
        fragment = connected.get(asked, headers=HTMX)
    assert fragment.headers["HX-Redirect"] == asked


@pytest.mark.usefixtures("tiny_slices")
def test_without_javascript_the_page_refreshes_itself_and_has_a_link(connected: FlaskClient, asked: str) -> None:
    page = connected.get(asked).text
    assert '<noscript><meta http-equiv="refresh" content="1"></noscript>' in page
    assert re.search(rf'<a [^>]*href="{asked}">Go on reading</a>', page)


@pytest.mark.usefixtures("tiny_slices")
@pytest.mark.parametrize("action", ["price", "policy", "workbook", "rates"])
def test_what_needs_a_whole_report_leads_to_the_reading(connected: FlaskClient, asked: str, action: str) -> None:
    connected.get(asked)
    answer = connected.post(f"{asked}/{action}", data={"csrf_token": connected.token, **_settings()})
    assert (answer.status_code, answer.headers.get("Location", asked)) in {(303, asked), (422, asked)}


def test_two_tabs_do_not_read_at_once(connected: FlaskClient, asked: str, app: Flask) -> None:
    with only(app).turn:
        page = connected.get(asked)
    assert "Another tab is reading this report already." in page.text
    assert "delay:2s" in page.text
    assert "Pay by engineer" in connected.get(asked).text


def test_a_second_click_on_preview_goes_on_with_the_same_reading(
    connected: FlaskClient, asked: str, ask: Ask, app: Flask
) -> None:
    assert ask(connected, **OCTOBER).headers["Location"] == asked
    assert len(working_sets(app)) == 1


@pytest.mark.parametrize("other", [{"month": "2026-09"}, {"scope": "organisation"}, {"callout_fee": "99"}])
def test_another_question_is_another_report(
    connected: FlaskClient, asked: str, ask: Ask, app: Flask, other: dict[str, str]
) -> None:
    assert ask(connected, **(OCTOBER | other)).headers["Location"] != asked
    assert len(working_sets(app)) == 2


def test_preview_after_the_report_is_read_reads_anew(connected: FlaskClient, asked: str, ask: Ask) -> None:
    assert "Pay by engineer" in connected.get(asked).text
    assert ask(connected, **OCTOBER).headers["Location"] != asked


@pytest.mark.usefixtures("tiny_slices")
def test_two_people_who_read_the_same_at_once_both_get_it(
    connected: FlaskClient, asked: str, ask: Ask, app: Flask, pagerduty: Running
) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        accounts.add_account(session, "bo@example.com", PASSWORD)
    other: Any = app.test_client()
    other.log_in("bo@example.com", PASSWORD)
    other.send("/connection/key", page="/connection", api_key=pagerduty.credentials.us.read_only)
    others = ask(other, **OCTOBER).headers["Location"]
    pages = [connected.get(asked), other.get(others)]
    while any('id="reading"' in page.text for page in pages):
        pages = [connected.get(asked), other.get(others)]
    one, two = (kept.draft.report for kept in working_sets(app)._sets.values())
    assert ["Pay by engineer" in page.text for page in pages] == [True, True]
    assert one == two


def test_reports_of_one_credential_wait_for_the_rate_limit_together(
    connected: FlaskClient, asked: str, ask: Ask, pagerduty: Running, patience: Patience
) -> None:
    another = ask(connected, **(OCTOBER | {"month": "2026-09"})).headers["Location"]
    pagerduty.state.faults.add(Fault(status=429, path="/incidents", reset_seconds=17))
    connected.get(asked)
    sent = len(pagerduty.state.requests)
    assert "PagerDuty asks us to wait 17 seconds" in connected.get(another).text
    assert len(pagerduty.state.requests) == sent
    patience.pass_by(17)
    assert ["Pay by engineer" in connected.get(path).text for path in (asked, another)] == [True, True]


def test_at_most_half_of_the_threads_read(connected: FlaskClient, asked: str, app: Flask) -> None:
    places = [working_sets(app).reading() for _ in range(4)]
    assert [place.__enter__() for place in places] == [True] * 4
    page = connected.get(asked)
    assert "Other reports are being read. This one waits its turn." in page.text
    for place in places:
        place.__exit__(None, None, None)
    assert "Pay by engineer" in connected.get(asked).text


# What goes wrong


def test_a_rate_limit_is_waited_for_and_then_reading_goes_on(
    connected: FlaskClient, asked: str, pagerduty: Running, patience: Patience
) -> None:
    pagerduty.state.faults.add(Fault(status=429, path="/incidents", reset_seconds=17))
    page = connected.get(asked)
    assert page.status_code == 200
    assert "PagerDuty asks us to wait 17 seconds" in page.text
    assert 'hx-trigger="load delay:17s, every 47s"' in page.text
    assert '<meta http-equiv="refresh" content="17">' in page.text
    patience.pass_by(17)
    assert "Pay by engineer" in connected.get(asked).text


def test_a_second_click_does_not_shorten_the_wait(
    connected: FlaskClient, asked: str, pagerduty: Running, patience: Patience
) -> None:
    pagerduty.state.faults.add(Fault(status=429, path="/incidents", reset_seconds=17))
    connected.get(asked)
    sent = len(pagerduty.state.requests)
    patience.pass_by(5)
    page = connected.get(asked)
    assert "PagerDuty asks us to wait 12 seconds" in page.text
    assert len(pagerduty.state.requests) == sent


def test_an_outage_stops_and_trying_again_goes_on(connected: FlaskClient, asked: str, pagerduty: Running) -> None:
    pagerduty.state.faults.add(Fault(status=503, path="/log_entries", times=None, body="html"))
    page = connected.get(asked)
    pagerduty.state.faults.clear()
    assert page.status_code == 502
    assert "PagerDuty did not answer properly. Nothing is lost" in page.text
    assert re.search(rf'<a [^>]*href="{asked}">Try again</a>', page.text)
    assert "hx-trigger" not in page.text.partition('id="reading"')[2]
    assert "Pay by engineer" in connected.get(asked).text


def test_a_key_revoked_while_reading_leads_to_reconnecting(
    connected: FlaskClient, asked: str, pagerduty: Running
) -> None:
    pagerduty.state.revoked.add(("us", "account"))
    page = connected.get(asked)
    assert page.status_code == 409
    assert "no longer accepts this API key" in page.text
    assert "refused by PagerDuty" in connected.get("/connection").text


# The end of the reading


@pytest.mark.usefixtures("tiny_slices")
def test_cancel_ends_the_reading_and_keeps_the_question(
    connected: FlaskClient, asked: str, app: Flask, fill_in: FillIn, pagerduty: Running
) -> None:
    page = connected.get(asked)
    assert ">Cancel</button>" in page.text
    answer = connected.post(f"{asked}/forget", data=fill_in(page, "/forget"))
    path, _, query = answer.headers["Location"].partition("?")
    assert (path, dict(parse_qsl(query))) == ("/reports", OCTOBER)
    assert len(working_sets(app)) == 0
    sent = len(pagerduty.state.requests)
    assert connected.get(asked).status_code == 410
    assert len(pagerduty.state.requests) == sent


def test_a_report_that_is_cancelled_while_pagerduty_answers_is_not_shown(
    connected: FlaskClient, asked: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_slice = reporting.read_slice

    def cancelled(*given: Any) -> bool:
        working_sets(app).forget(only(app).id)
        return read_slice(*given)

    monkeypatch.setattr(reporting, "read_slice", cancelled)
    assert connected.get(asked).status_code == 410


@pytest.mark.usefixtures("tiny_slices")
def test_after_a_restart_the_page_offers_to_start_again_with_the_same_question(
    connected: FlaskClient, asked: str, make_app: Callable[..., Flask], fill_in: FillIn
) -> None:
    connected.get(asked)
    restarted: Any = make_app().test_client()
    cookie = connected.get_cookie("calloutpay")
    assert cookie
    restarted.set_cookie("calloutpay", cookie.value)
    page = restarted.get(asked)
    assert page.status_code == 410
    assert "CalloutPay was restarted" in page.text
    again = re.search(r'href="(/reports\?[^"]+)">Start again with the same scope and period', page.text)
    assert again
    form = restarted.get(html.unescape(again[1]))
    typed = fill_in(form, "/reports")
    assert re.search(r'<input checked[^>]* name="scope"[^>]* value="team"', form.text)
    assert re.search(r'<input checked[^>]* name="period"[^>]* value="month"', form.text)
    assert (typed["team"], typed["month"]) == (["PTZXTCN"], ["2026-10"])
    fragment = restarted.get(asked, headers=HTMX)
    assert (fragment.status_code, "Start again" in fragment.text) == (410, True)


def test_the_session_remembers_the_last_questions_only(connected: FlaskClient, ask: Ask, app: Flask) -> None:
    months = [f"2026-0{month}" for month in range(1, 8)]
    paths = [ask(connected, **(OCTOBER | {"month": month})).headers["Location"] for month in months]
    for kept in list(working_sets(app)._sets):
        working_sets(app).forget(kept)
    assert ["Start again" in connected.get(path).text for path in paths] == [False, False, *[True] * 5]


# The end of what was read


def test_the_file_is_the_report_and_the_report_stays(
    connected: FlaskClient, preview: Ask, app: Flask, fill_in: FillIn
) -> None:
    page = preview(connected)
    report, set_id = only(app).draft.report, only(app).id
    answer = connected.post(f"/reports/{set_id}/workbook", data=fill_in(page, "/workbook"))
    assert answer.headers["Content-Disposition"] == "attachment; filename=2026-10_payments_oncall-pay.xlsx"
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert answer.headers["Cache-Control"] == "no-store"
    totals = reread(answer.data)
    assert totals.printed["Summary"].total == report.total
    assert {key: one.total for key, one in totals.summary.items()} == {
        statement.person.id: statement.total for statement in report.statements
    }
    sheets = load_workbook(BytesIO(answer.data)).sheetnames
    assert sheets == ["Summary", "Detail", "Callouts", "Rates", "Policy", "Checks", "Fingerprint"]
    again = connected.get(f"/reports/{set_id}")
    assert "Still in memory until 10:15 UTC, longer if you use it." in again.text
    assert connected.post(f"/reports/{set_id}/workbook", data=fill_in(again, "/workbook")).data == answer.data


def test_by_a_setting_the_file_ends_the_report_and_the_page_says_so_before(
    connected: FlaskClient, preview: Ask, app: Flask, fill_in: FillIn
) -> None:
    object.__setattr__(app.extensions["calloutpay"].settings, "forget_on_delivery", True)
    page, path = preview(connected), f"/reports/{only(app).id}"
    assert "When you download the workbook, this report is forgotten." in page.text
    assert connected.post(f"{path}/workbook", data=fill_in(page, "/workbook")).status_code == 200
    assert len(working_sets(app)) == 0
    assert connected.get(path).status_code == 410


def test_forget_now_ends_it(connected: FlaskClient, preview: Ask, app: Flask, fill_in: FillIn) -> None:
    page, path = preview(connected), f"/reports/{only(app).id}"
    answer = connected.post(f"{path}/forget", data=fill_in(page, "/forget"), follow_redirects=True)
    assert "Forgotten: what was read from PagerDuty" in answer.text
    assert connected.get(path).status_code == 410


def test_age_ends_it_and_the_page_says_what_to_do(
    connected: FlaskClient, preview: Ask, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert preview(connected).status_code == 200
    kept = only(app)
    monkeypatch.setattr(kept, "used_at", kept.used_at - 15 * 60 - 1)
    page = connected.get(f"/reports/{kept.id}")
    assert page.status_code == 410
    assert "This report is no longer in memory" in page.text
    assert "To the report generator" in page.text
    fragment = connected.post(f"/reports/{kept.id}/price", data={"csrf_token": connected.token}, headers=HTMX)
    assert fragment.status_code == 410
    assert fragment.text.lstrip().startswith('<div id="preview"')


def test_disconnecting_ends_it(connected: FlaskClient, preview: Ask, app: Flask) -> None:
    preview(connected)
    connected.send("/connection/disconnect", page="/connection/disconnect")
    assert len(working_sets(app)) == 0


def test_logging_out_ends_it(connected: FlaskClient, preview: Ask, app: Flask) -> None:
    preview(connected)
    connected.post("/logout", data={"csrf_token": connected.token})
    assert len(working_sets(app)) == 0


def test_another_login_session_cannot_see_it(connected: FlaskClient, preview: Ask, app: Flask) -> None:
    preview(connected)
    path = f"/reports/{only(app).id}"
    elsewhere: Any = app.test_client()
    elsewhere.log_in()
    assert elsewhere.get(path).status_code == 410
    elsewhere.get("/reports")
    for action in ("price", "workbook", "forget", "policy", "again", "rates"):
        answer = elsewhere.post(f"{path}/{action}", data={"csrf_token": elsewhere.token})
        assert answer.status_code == 410
    assert connected.get(path).status_code == 200


def _settings() -> dict[str, str]:
    """The least that a form of pay settings needs."""
    return {
        "currency": "GBP", "callout_fee": "45", "level1_weekday": "20", "level1_weekend": "35",
        "level1_bank_holiday": "50", "minimum_minutes": "60", "step_minutes": "15", "merge_minutes": "0",
        "longest_spell_hours": "12", "business_start": "09:00", "business_end": "17:30", "holiday_region": "GB-ENG",
        "stipend_hours": "6", "shortest_piece_hours": "6", "stipend_date": "end of date",
        "substitute_days": "by country", "pay_zone": "", "evidence": "acknowledged",
        "longest_lead_minutes": "15", "hourly_rate": "31.35",
    }  # fmt: skip
