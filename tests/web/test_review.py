"""Sign-off and links: bound to exactly what was seen, and telling later what differs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from webapp.models import Account, SeenReport
from webapp.pricing.policy.form import Policy
from webapp.sandbox import Running
from webapp.services import policies
from webapp.services.people import HOURLY_RATE, PaySettings
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

pytestmark = pytest.mark.slow

Preview = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
EMAIL = "ada@example.com"
ADA, CARYS = "PUZXTCN", "PUZVMPA"


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def kept(connected: FlaskClient, saved: Policy, preview: Preview, app: Flask) -> WorkingSet:
    """The report of the team Payments for October."""
    assert saved
    preview(connected)
    return newest(app)


def newest(app: Flask) -> WorkingSet:
    found: WorkingSet = list(app.extensions["calloutpay"].working_sets._sets.values())[-1]
    return found


def rows(app: Flask) -> list[SeenReport]:
    with app.extensions["calloutpay"].database.session() as session:
        return list(session.scalars(select(SeenReport).order_by(SeenReport.seen_at)))


def mark(client: FlaskClient, kept: WorkingSet) -> TestResponse:
    return client.send(f"/reports/{kept.id}/review", page=f"/reports/{kept.id}/review")


def link_of(client: FlaskClient, kept: WorkingSet) -> str:
    page = client.send(f"/reports/{kept.id}/link", page=f"/reports/{kept.id}/review")
    found = re.search(r'<input id="link" value="http://127.0.0.1:8000([^"]+)" readonly>', page.text)
    assert found
    return found[1].replace("&amp;", "&")


def open_link(client: FlaskClient, path: str) -> TestResponse:
    answer = client.send(path.partition("?")[0], page=path)
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"])
    while 'id="reading"' in page.text:
        page = client.get(answer.headers["Location"])
    return page


# Reviews


def test_a_review_names_who_and_when_on_the_page(connected: FlaskClient, kept: WorkingSet) -> None:
    assert "Nobody has marked exactly this report as reviewed." in connected.get(f"/reports/{kept.id}/review").text
    assert mark(connected, kept).status_code == 303
    told = f"by {EMAIL} at 21 Nov 2026, 10:00 UTC"
    assert told in connected.get(f"/reports/{kept.id}").text
    assert f"{EMAIL}, 21 Nov 2026, 10:00 UTC" in connected.get(f"/reports/{kept.id}/review").text


def test_a_second_click_is_no_second_review(connected: FlaskClient, kept: WorkingSet, app: Flask) -> None:
    mark(connected, kept)
    connected.post(f"/reports/{kept.id}/review", data={"csrf_token": connected.token})
    assert len(rows(app)) == 1


def test_a_review_ends_with_the_first_change_and_says_who_differs(connected: FlaskClient, kept: WorkingSet) -> None:
    mark(connected, kept)
    ada = PaySettings(user_id=ADA, name="Ada Lindqvist", email=None).changed(HOURLY_RATE, "99.00")
    kept.draft.change(own={ADA: ada})
    assert f"by {EMAIL} at" not in connected.get(f"/reports/{kept.id}").text
    page = connected.get(f"/reports/{kept.id}/review")
    assert "Not the same as reviewed by ada@example.com at 21 Nov 2026, 10:00 UTC." in page.text
    assert "the policy: it was “Standard policy version 1”" in page.text
    assert "the pay, or the reasons, of Ada Lindqvist</li>" in page.text
    kept.draft.change(own={})
    assert f"by {EMAIL} at" in connected.get(f"/reports/{kept.id}").text


def test_a_review_can_be_withdrawn_by_whoever_gave_it(connected: FlaskClient, kept: WorkingSet, app: Flask) -> None:
    mark(connected, kept)
    connected.send(f"/reports/{kept.id}/review/withdraw", page=f"/reports/{kept.id}/review")
    assert rows(app) == []


def test_another_period_or_scope_is_not_reviewed(
    connected: FlaskClient, kept: WorkingSet, preview: Preview, app: Flask
) -> None:
    mark(connected, kept)
    for other in ({"month": "2026-09"}, {"team": "PTZTG1X"}, {"scope": "organisation"}):
        assert (
            'badge good"><span class="badge-icon" aria-hidden="true">✓</span>reviewed'
            not in preview(connected, **other).text
        )
    assert len(app.extensions["calloutpay"].working_sets) == 4


def test_what_is_kept_holds_no_amount_and_no_name(connected: FlaskClient, kept: WorkingSet, app: Flask) -> None:
    mark(connected, kept)
    (row,) = rows(app)
    told = {column.name: getattr(row, column.name) for column in SeenReport.__table__.columns}
    assert told.pop("engineers").keys() == {one.person.id for one in kept.draft.report.statements}
    assert (told["scope_id"], told["policy_label"], told["seen_by"]) == ("PTZXTCN", "Standard policy version 1", EMAIL)
    text = repr(told)
    for statement in kept.draft.report.statements:
        assert statement.person.name not in text
        assert str(statement.total) not in text


# Links


def test_a_link_finds_the_same_report_again(connected: FlaskClient, kept: WorkingSet, app: Flask) -> None:
    path = link_of(connected, kept)
    assert "scope=team" in path
    assert "month=2026-10" in path
    assert "policy=Standard+policy+version+1" in path
    assert f"digest={rows(app)[0].digest[:16]}" in path
    page = connected.get(path)
    assert f"{EMAIL}, 21 Nov 2026, 10:00 UTC" in page.text
    shown = open_link(connected, path)
    assert "The same as seen by ada@example.com at 21 Nov 2026, 10:00 UTC." in shown.text


def test_a_link_says_who_differs_when_pagerduty_says_something_else(
    connected: FlaskClient, kept: WorkingSet, pagerduty: Running
) -> None:
    path = link_of(connected, kept)
    at = datetime(2026, 10, 17, 2, tzinfo=UTC)
    pagerduty.state.world.add_incident(at, at.replace(hour=3), CARYS)
    shown = open_link(connected, path)
    assert "Not the same as seen by ada@example.com" in shown.text
    assert "the pay, or the reasons, of Carys Pembrooke</li>" in shown.text


def test_a_link_says_that_the_policy_is_another_one(
    connected: FlaskClient, kept: WorkingSet, app: Flask, saved: Policy
) -> None:
    path = link_of(connected, kept)
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, replace(saved, callout_fee=Decimal(1)), EMAIL)
    shown = open_link(connected, path)
    assert "the policy: it was “Standard policy version 1”" in shown.text


def test_a_link_with_engineers_by_choice_finds_the_same(
    connected: FlaskClient, saved: Policy, preview: Preview, app: Flask, fill_in: FillIn
) -> None:
    assert saved
    page = preview(connected)
    (other, *_) = re.findall(r'name="also" value="(\w+)"', page.text)
    answer = connected.post(f"/reports/{newest(app).id}/also", data=fill_in(page, "/also", also=[other]))
    connected.get(answer.headers["Location"])
    shown = open_link(connected, link_of(connected, newest(app)))
    assert "The same as seen by" in shown.text


def test_a_link_needs_a_login_and_the_same_pagerduty_account(
    connected: FlaskClient, kept: WorkingSet, app: Flask, pagerduty: Running
) -> None:
    path = link_of(connected, kept)
    stranger = app.test_client().get(path)
    assert (stranger.status_code, stranger.headers["Location"][:12]) == (303, "/login?next=")
    connected.send("/connection/key", page="/connection", api_key=pagerduty.credentials.eu.read_only)
    answer = connected.send(path.partition("?")[0], page=path)
    assert answer.status_code == 422
    assert "you are connected to lanternworks-eu (EU)" in answer.text


def test_an_unknown_link_is_no_page(connected: FlaskClient) -> None:
    assert connected.get("/reports/seen/nothing").status_code == 404
    connected.get("/reports")
    assert connected.post("/reports/seen/nothing", data={"csrf_token": connected.token}).status_code == 404


def test_without_a_policy_a_link_leads_to_the_generator(
    connected: FlaskClient, kept: WorkingSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = link_of(connected, kept)
    monkeypatch.setattr(policies, "current_policy", lambda *_: None)
    assert connected.send(path.partition("?")[0], page=path).headers["Location"] == "/reports"


# HR


def test_a_viewer_downloads_and_compares_and_decides_nothing(
    connected: FlaskClient, kept: WorkingSet, app: Flask, preview: Preview, add_account: Callable[..., FlaskClient],
    pagerduty: Running,
) -> None:  # fmt: skip
    viewer = add_account(app, "hr@example.com", "viewer")
    with app.extensions["calloutpay"].database.session() as session:
        account_id = session.scalars(select(Account.id).where(Account.email == "hr@example.com")).one()
    connections = app.extensions["calloutpay"].connections
    connections.connect_by_key(account_id, pagerduty.credentials.us.read_only)
    preview(viewer)
    own = newest(app)
    review = viewer.get(f"/reports/{own.id}/review")
    assert "Managers review reports." in review.text
    assert "Mark as reviewed" not in review.text
    page = viewer.get(f"/reports/{own.id}/payroll")
    assert "Codes and columns" not in page.text
    assert viewer.send(f"/reports/{own.id}/payroll.csv", page=f"/reports/{own.id}", incomplete="yes").status_code == 200
    assert viewer.get("/compare").status_code == 200
    for path in ("/payroll", f"/reports/{own.id}/comparison"):
        assert viewer.get(path).status_code in {403, 404}
    for path in (f"/reports/{own.id}/review", f"/reports/{own.id}/comparison", "/compare/drop", "/payroll"):
        assert viewer.post(path, data={"csrf_token": viewer.token}).status_code == 403
    assert rows(app) == []
    assert "The same as seen by" in open_link(viewer, link_of(connected, kept)).text
