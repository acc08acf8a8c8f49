"""The organisation's time zone: where it is set, and that every "today" and "last month" goes by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.pricing.policy.form import Policy
from webapp.services import organisation, people, policies
from webapp.services.engineer_facts import FIRST_DAY, HOURLY_RATE, Change
from webapp.services.people import PaySettings
from webapp.settings import Settings

Ask = Callable[..., TestResponse]

PAGE = "/admin/organisation"
EMAIL = "ada@example.com"
BERLIN = ("Europe/Berlin", datetime(2026, 10, 31, 23, 30, tzinfo=UTC))
"""00:30 on 1 November."""
AUCKLAND = ("Pacific/Auckland", datetime(2026, 10, 31, 20, 0, tzinfo=UTC))
"""09:00 on 1 November."""
HONOLULU = ("Pacific/Honolulu", datetime(2026, 12, 1, 9, 30, tzinfo=UTC))
"""23:30 on 30 November."""
THE_FIRST = [BERLIN, AUCKLAND, HONOLULU]
"""Everywhere the last month is October, and this month November."""


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def at(app: Flask, present: Any) -> Callable[[tuple[str, datetime]], None]:
    """Set the organisation's zone, and the time."""

    def put(moment: tuple[str, datetime]) -> None:
        zone, present.at = moment
        with app.extensions["calloutpay"].database.session() as session:
            organisation.save(session, zone, EMAIL)

    return put


# The page


def test_until_somebody_sets_a_zone_it_is_utc_and_the_page_says_so(logged_in: FlaskClient) -> None:
    page = logged_in.get(PAGE).text
    assert "not set yet" in page
    assert "<dt>Time zone</dt><dd>UTC</dd>" in page
    assert "<dt>Last month</dt><dd>October 2026</dd>" in page


def test_an_admin_sets_the_zone(logged_in: FlaskClient) -> None:
    assert logged_in.send(PAGE, time_zone=" europe/berlin ").status_code == 303
    page = logged_in.get(PAGE).text
    assert "Saved: days and months begin by the clock of Europe/Berlin." in page
    assert "by ada@example.com" in page
    assert "<dt>Now</dt><dd>21 Nov 2026, 11:00 CET</dd>" in page
    assert 'value="Europe/Berlin"' in page
    assert logged_in.send(PAGE, time_zone="Pacific/Auckland").status_code == 303
    assert "<dd>Pacific/Auckland</dd>" in logged_in.get(PAGE).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("Europe/Berlim", "Did you mean Europe/Berlin?"), ("", "Write a time zone"), ("<b>", "is not a time zone")],
)
def test_what_is_no_zone_is_refused_and_stays_in_the_field(logged_in: FlaskClient, typed: str, sentence: str) -> None:
    answer = logged_in.send(PAGE, time_zone=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "not set yet" in logged_in.get(PAGE).text


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_only_admins_see_and_change_it(app: Flask, add_account: Callable[..., FlaskClient], role: str) -> None:
    client = add_account(app, f"{role}@example.com", role)
    assert client.get(PAGE).status_code == 403
    client.get("/account")
    assert client.post(PAGE, data={"csrf_token": client.token, "time_zone": "Europe/Berlin"}).status_code == 403
    assert "/admin/organisation" not in client.get("/reports").text


def test_with_the_setting_the_page_is_locked(
    make_app: Callable[..., Flask], add_account: Callable[..., FlaskClient]
) -> None:
    app = make_app(organisation_time_zone="Asia/Tokyo")
    with app.extensions["calloutpay"].database.session() as session:
        organisation.save(session, "Europe/Berlin", EMAIL)
    client = add_account(app)
    page = client.get(PAGE).text
    assert "set by the environment" in page
    assert "<dd>Asia/Tokyo</dd>" in page
    client.get("/account")
    answer = client.post(PAGE, data={"csrf_token": client.token, "time_zone": "Europe/Paris"})
    assert answer.status_code == 409
    assert "by the clock of Asia/Tokyo" in client.get("/reports").text


def test_with_the_account_its_name_goes(logged_in: FlaskClient, app: Flask) -> None:
    logged_in.send(PAGE, time_zone="Europe/Berlin")
    logged_in.send("/account/close", page="/account", email=EMAIL)
    with app.extensions["calloutpay"].database.session() as session:
        row = organisation.stored(session)
        assert row is not None
        assert (row.time_zone, row.changed_by) == ("Europe/Berlin", "closed account")


# The first of a month


@pytest.mark.parametrize("moment", THE_FIRST)
def test_the_generator_says_which_month_is_the_last(
    logged_in: FlaskClient, at: Callable[..., None], moment: Any
) -> None:
    at(moment)
    assert f"Last month is October 2026, by the clock of {moment[0]}." in logged_in.get("/reports").text


@pytest.mark.slow
@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("moment", THE_FIRST)
@pytest.mark.parametrize(("period", "month"), [("last_month", "October"), ("this_month", "November")])
def test_the_report_is_of_that_month(
    connected: FlaskClient, preview: Ask, at: Callable[..., None], moment: Any, period: str, month: str
) -> None:
    at(moment)
    page = preview(connected, scope="engineer", engineer="Ada Lindqvist", period=period)
    assert f"<h1>On-call pay, Ada Lindqvist, {month} 2026</h1>" in page.text


@pytest.mark.slow
@pytest.mark.usefixtures("connected", "saved")
@pytest.mark.parametrize("moment", THE_FIRST)
def test_the_command_line_has_the_same_last_month(
    app: Flask, at: Callable[..., None], moment: Any, tmp_path: Path
) -> None:
    at(moment)
    words = ["report", "--account", EMAIL, "--scope", "engineer", "--engineer", "Ada Lindqvist", "--out", str(tmp_path)]
    answer = app.test_cli_runner().invoke(args=words)
    assert answer.exit_code == 0, answer.output
    assert [path.name for path in tmp_path.glob("*.xlsx")] == ["2026-10_ada-lindqvist_oncall-pay.xlsx"]


# What is in force today


def test_a_policy_is_in_force_when_its_first_day_begins_there(
    app: Flask, logged_in: FlaskClient, at: Callable[..., None], policy: Policy
) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, policy, EMAIL)
        policies.save_policy(session, replace(policy, merge_minutes=7), EMAIL, effective=date(2026, 11, 1))
    at(BERLIN)
    assert "Pay settings: Standard policy version 2" in logged_in.get("/reports").text
    at((BERLIN[0], BERLIN[1] - timedelta(hours=1)))
    assert "Pay settings: Standard policy version 1" in logged_in.get("/reports").text


def test_an_engineers_value_is_in_force_when_its_first_day_begins_there(
    app: Flask, connected: FlaskClient, at: Callable[..., None]
) -> None:
    facts = {HOURLY_RATE: (Change(FIRST_DAY, "31.00"), Change(date(2026, 11, 1), "33.00"))}
    with app.extensions["calloutpay"].database.session() as session:
        card = app.extensions["calloutpay"].connections.working_card(1)
        ada = PaySettings(user_id="PUZXTCN", name="Ada Lindqvist", email=None, facts=facts)
        people.save_pay_settings(session, card.subdomain, [ada], EMAIL)
    at(BERLIN)
    assert "as in force on Sun 1 Nov 2026" in connected.get("/people").text
    assert "<td>33.00</td>" in connected.get("/people").text
    at((BERLIN[0], BERLIN[1] - timedelta(hours=1)))
    assert "<td>31.00</td>" in connected.get("/people").text
