"""A report whose policy is a text: the same live preview, saving, and the way from the form to the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import update
from werkzeug.test import TestResponse

from webapp.models import Account
from webapp.pricing.policy.form import Policy
from webapp.pricing.report.lines import CalloutRow
from webapp.sandbox import Running
from webapp.services import accounts, policies
from webapp.services.policies import PolicyText, SavedPolicy
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

Preview = Callable[..., TestResponse]
ADA = "PUZXTCN"
HTMX = {"HX-Request": "true"}
FLAT = (
    'name = "Flat"\ncurrency = "GBP"\npay_zone = "Europe/London"\nrounding = "half up"\n\n[[rules]]\nname = "Stipend"\n'
    'pays = "on call"\nwhen = { level = 1 }\ncount = "days"\nprice = "50.00"\n'
)
READ = {"evidence": "acknowledged", "longest_lead_minutes": "15", "begins": "ever", "effective": "", "note": ""}

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def keep(app: Flask) -> Callable[..., SavedPolicy]:
    """Save a version."""

    def put(rules: Policy | PolicyText, effective: date | None = None) -> SavedPolicy:
        with app.extensions["calloutpay"].database.session() as session:
            return policies.save_policy(session, rules, "ada@example.com", effective=effective)

    return put


def total(page: TestResponse) -> Decimal:
    found = re.search(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", page.text)
    assert found, page.text
    return Decimal(found[1].replace(",", ""))


def label(page: TestResponse) -> str:
    found = re.search(r"By ([^.]+)\. PagerDuty read at", page.text)
    assert found
    return found[1]


def working_set(app: Flask) -> WorkingSet:
    (only,) = app.extensions["calloutpay"].working_sets._sets.values()
    found: WorkingSet = only
    return found


def send(app: Flask, client: FlaskClient, action: str, text: str, **more: object) -> TestResponse:
    path = f"/reports/{working_set(app).id}/{action}"
    data = {"csrf_token": client.token, **READ, "text": text}
    headers = more.pop("headers", None)
    return client.post(path, data=data | more, headers=headers, follow_redirects=True)


def test_a_report_is_priced_by_a_text(
    app: Flask, connected: FlaskClient, keep: Callable[..., SavedPolicy], preview: Preview
) -> None:
    keep(PolicyText(FLAT))
    generator = connected.get("/reports").text
    assert "Paid by what was in force then" in generator
    assert 'name="callout_fee"' not in generator
    page = preview(connected)
    report = working_set(app).draft.report
    assert label(page) == "Flat version 1"
    assert total(page) == report.total == 50 * sum(sum(one.stipend_days.values()) for one in report.statements) > 0
    assert str(escape(FLAT)) in page.text


def test_the_preview_follows_the_text_without_asking_pagerduty(
    app: Flask, connected: FlaskClient, keep: Callable[..., SavedPolicy], preview: Preview, pagerduty: Running
) -> None:
    keep(PolicyText(FLAT))
    before = total(preview(connected))
    pagerduty.state.requests.clear()
    answer = send(app, connected, "price", FLAT.replace("50.00", "100.00"), headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="preview"')
    assert (total(answer), label(answer)) == (2 * before, "unsaved settings")
    assert pagerduty.state.requests == []
    back = send(app, connected, "saved", "")
    assert (total(back), label(back)) == (before, "Flat version 1")


def test_a_mistake_stands_where_the_preview_was_and_the_text_is_kept(
    app: Flask, connected: FlaskClient, keep: Callable[..., SavedPolicy], preview: Preview
) -> None:
    keep(PolicyText(FLAT))
    before = total(preview(connected))
    wrong = FLAT.replace('"on call"', '"on cal"')
    answer = send(app, connected, "price", wrong, headers=HTMX)
    assert answer.status_code == 422
    assert "<strong>Line 8</strong>" in answer.text
    assert "Did you mean &#34;on call&#34;?" in answer.text
    page = send(app, connected, "price", wrong)
    assert page.status_code == 422
    assert str(escape(wrong)) in page.text
    assert total(page) == before


def test_the_form_goes_on_as_a_text_with_the_same_pay(
    app: Flask, connected: FlaskClient, saved: Policy, preview: Preview, fill_in: Callable[..., dict[str, list[str]]]
) -> None:
    assert saved
    page = preview(connected)
    path = f"/reports/{working_set(app).id}/text"
    text = connected.post(path, data=fill_in(page, "/price"), follow_redirects=True)
    assert total(text) == total(page)
    assert label(text) == "unsaved settings"
    assert "<textarea" in text.text
    back = send(app, connected, "saved", "")
    assert "<textarea" not in back.text


def test_a_text_is_saved_from_the_report(app: Flask, connected: FlaskClient, saved: Policy, preview: Preview) -> None:
    assert saved
    preview(connected)
    page = send(app, connected, "policy", FLAT, begins="date", effective="2026-10-01", note="flat from October")
    assert "Saved: Flat version 2. In force from 1 October 2026 on." in page.text
    assert label(page) == "Flat version 2"
    assert "flat from October" in connected.get("/policies").text
    september = preview(connected, month="2026-09")
    assert label(september) == "Standard policy version 1"


def test_a_report_across_a_change_shows_both_versions(
    app: Flask, connected: FlaskClient, keep: Callable[..., SavedPolicy], preview: Preview
) -> None:
    keep(PolicyText(FLAT))
    low = total(preview(connected))
    keep(PolicyText(FLAT.replace("50.00", "100.00")), date(2026, 10, 16))
    app.extensions["calloutpay"].working_sets._sets.clear()
    page = preview(connected)
    assert low < total(page) < 2 * low
    assert label(page) == "Flat versions 1 and 2"
    assert "From 16 October 2026, Flat version 2:" in page.text
    days = [
        (line.booked.day >= 16, line.rate) for one in working_set(app).draft.report.statements for line in one.lines
    ]
    assert set(days) == {(False, Decimal(50)), (True, Decimal(100))}


def test_an_earlier_month_keeps_the_version_that_was_in_force(
    app: Flask, connected: FlaskClient, saved: Policy, keep: Callable[..., SavedPolicy], preview: Preview
) -> None:
    keep(saved)
    keep(PolicyText(FLAT), date(2026, 11, 1))
    page = preview(connected)
    assert label(page) == "Standard policy version 1"
    assert "Stipend for one date on call" in page.text
    assert working_set(app).draft.policy == saved


def test_a_month_without_a_policy_is_refused_before_anything_is_read(
    connected: FlaskClient, keep: Callable[..., SavedPolicy], ask: Preview
) -> None:
    keep(PolicyText(FLAT), date(2026, 10, 16))
    answer = ask(connected, scope="organisation", period="month", month="2026-10")
    assert answer.status_code == 422
    assert "No pay policy is in force on 2026-10-01." in answer.text


def test_the_editor_tries_a_text_on_the_report_that_is_open(
    app: Flask, connected: FlaskClient, keep: Callable[..., SavedPolicy], preview: Preview
) -> None:
    keep(PolicyText(FLAT))
    assert "Try it on the report" not in connected.get("/policies/edit").text
    before = total(preview(connected))
    editor = connected.get("/policies/edit").text
    assert "Try it on the report “On-call pay, Payments, October 2026”" in editor
    assert f'formaction="/reports/{working_set(app).id}/price"' in editor
    page = send(app, connected, "price", FLAT.replace("50.00", "100.00"), started_from="Flat version 1")
    assert (total(page), label(page)) == (2 * before, "unsaved settings")


# Decisions


BY_JUDGEMENT = (
    'name = "Calls"\ncurrency = "GBP"\npay_zone = "Europe/London"\nrounding = "half up"\n\n'
    '[attested]\nwoken = "false"\n\n[[rules]]\nname = "Call"\npays = "callouts"\ngroup = "each"\n'
    'price = { by = ["mode", "woken"], remote = { true = "100.00", false = "10.00" }, "on site" = "1000.00" }\n'
)


@pytest.fixture
def callout(
    app: Flask, connected: FlaskClient, keep: Callable[..., SavedPolicy], preview: Preview
) -> Callable[[], tuple[str, CalloutRow]]:
    """The page of a callout that a policy with judgements pays, and what it is paid at the moment."""
    keep(PolicyText(BY_JUDGEMENT))
    preview(connected)

    def now() -> tuple[str, CalloutRow]:
        draft = working_set(app).draft
        rows = [row for one in draft.report.statements for row in one.callouts if row.payable or row.callout.decision]
        row = min(rows, key=lambda row: row.incident.number)
        return f"/reports/{working_set(app).id}/callouts/{row.incident.id}/{row.person_id}", row

    return now


def test_what_the_policy_asks_to_judge_is_said_of_a_callout_and_priced(
    connected: FlaskClient, callout: Callable[[], tuple[str, CalloutRow]]
) -> None:
    path, row = callout()
    page = connected.get(path)
    assert row.fee == 10
    assert ">Woken</label>" in page.text
    assert "as usual: no" in page.text
    assert "as usual: remote" in page.text
    assert "Pay it</label>" not in page.text
    assert "Do not pay it</label>" in page.text
    typed = {"decision": "rule", "reason": "rang at 3", "attested_0": "true"}
    shown = connected.post(path, data={"csrf_token": connected.token, **typed}, follow_redirects=True)
    assert "woken: true: rang at 3 (ada@example.com)" in shown.text
    assert callout()[1].fee == 100
    connected.post(path, data={"csrf_token": connected.token, **typed, "attested_1": "on site"})
    assert callout()[1].fee == 1000
    assert 'selected value="on site"' in connected.get(path).text
    connected.post(path, data={"csrf_token": connected.token, "decision": "rule", "attested_0": "", "attested_1": ""})
    assert (callout()[1].fee, callout()[1].callout.decision) == (10, None)


def test_a_judgement_needs_a_reason(connected: FlaskClient, callout: Callable[[], tuple[str, CalloutRow]]) -> None:
    path, _ = callout()
    answer = connected.send(path, decision="rule", attested_0="true")
    assert answer.status_code == 422
    assert "Write the reason" in answer.text
    assert connected.send(path, decision="rule", attested_0="perhaps", reason="x").status_code == 422


def test_a_callout_is_not_paid_whatever_the_text_says(
    connected: FlaskClient, callout: Callable[[], tuple[str, CalloutRow]]
) -> None:
    path, _ = callout()
    connected.send(path, decision="no", reason="a test")
    row = callout()[1]
    assert (row.fee, row.payable, row.reason) == (0, False, "manager decided not to pay: a test")


# Roles


def test_a_viewer_is_shown_nothing_that_decides_about_pay(
    app: Flask, connected: FlaskClient, saved: Policy, preview: Preview
) -> None:
    assert saved
    with app.extensions["calloutpay"].database.session() as session:
        session.execute(update(Account).values(role="viewer"))
        session.commit()
    page = preview(connected, scope="engineer", engineer="Ada Lindqvist", team=None)
    assert "Update preview" in page.text
    for leads_nowhere in ("Save as the policy", "Go on as text", "/rates", ">decide<"):
        assert leads_nowhere not in page.text
    assert "/why/" in page.text
    assert connected.get(f"/reports/{working_set(app).id}/why/{ADA}?day=2026-10-03").status_code == 200


@pytest.mark.parametrize("role", ["viewer", "engineer"])
def test_whoever_does_not_decide_about_pay_saves_nothing(app: Flask, role: str) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        accounts.add_account(session, f"{role}@example.com", "correct horse battery", role)
    client = app.test_client()
    client.log_in(f"{role}@example.com", "correct horse battery")
    client.get("/account")
    assert client.post("/reports/x/policy", data={"csrf_token": client.token}).status_code == 403
