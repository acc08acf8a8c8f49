"""A connection shared with the instance: who reads over it, whose authority is named, what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from webapp.models import Account, Connection
from webapp.sandbox import Running
from webapp.services.reporting import Draft
from webapp.settings import Settings

pytestmark = pytest.mark.slow

ADA, EVA, HANA = "ada@example.com", "eva@example.com", "hana@example.com"
OCTOBER = {"scope": "team", "team": "PTZXTCN", "period": "month", "month": "2026-10"}


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def sharing(logged_in: FlaskClient, consent: Callable[..., str]) -> FlaskClient:
    """Ada's client; she is an admin and shares her connection."""
    logged_in.get(consent(logged_in))
    assert logged_in.send("/connection/share", page="/connection").headers["Location"] == "/connection"
    return logged_in


@pytest.fixture
def eva(app: Flask, add_account: Callable[..., FlaskClient]) -> FlaskClient:
    """Another admin."""
    return add_account(app, EVA, "admin")


@pytest.fixture
def hana(app: Flask, add_account: Callable[..., FlaskClient]) -> FlaskClient:
    """HR: a viewer without PagerDuty access."""
    return add_account(app, HANA, "viewer")


def owners(app: Flask) -> list[tuple[str, bool]]:
    """Of every stored connection whose it is, and whether it is shared."""
    with app.extensions["calloutpay"].database.session() as session:
        rows = session.scalars(select(Connection).order_by(Connection.id))
        return [(row.account.email, bool(row.shared)) for row in rows]


def hold_a_report(app: Flask, email: str) -> Any:
    """The working sets, with a report of that account in them."""
    sets = app.extensions["calloutpay"].working_sets
    sets.add("a login session", int(page_of(app, email).rpartition("/")[2]), cast("Draft", object()))
    assert len(sets) == 1
    return sets


def page_of(app: Flask, email: str) -> str:
    with app.extensions["calloutpay"].database.session() as session:
        return f"/admin/accounts/{session.scalars(select(Account.id).where(Account.email == email)).one()}"


def test_hr_makes_a_report_without_pagerduty_access(
    sharing: FlaskClient, hana: FlaskClient, preview: Callable[..., Any], saved: object
) -> None:
    assert saved
    assert sharing.get("/connection").status_code == 200
    page = preview(hana)
    assert (
        "with the rights of Ada Lindqvist (lanternworks, PagerDuty US; connection shared by ada@example.com)"
        in page.text
    )
    opened = page.text + hana.get(f"{page.request.path}?open=PUZXTCN").text
    assert "On-call pay, Payments, October 2026" in opened
    for words in ("Save as the policy", "Rates and regions", ">decide</a>"):  # what changes pay
        assert words not in opened
    file = hana.post(f"{page.request.path}/workbook", data={"csrf_token": hana.token, "without": "yes"})
    cells = [cell for row in load_workbook(BytesIO(file.data))["Summary"].iter_rows(values_only=True) for cell in row]
    assert any("connection shared by ada@example.com" in str(cell) for cell in cells)
    card = hana.get("/connection").text
    assert "shared with everybody by ada@example.com" in card
    assert "Disconnect…" not in card
    assert "Connect PagerDuty" not in card
    assert "The connection works" in hana.send("/connection/test", page="/connection").text


def test_without_a_shared_connection_hr_is_told_whom_to_ask(hana: FlaskClient) -> None:
    page = hana.get("/reports").text
    assert "Nobody shares a PagerDuty connection with you yet." in page
    assert hana.post("/reports", data={"csrf_token": hana.token, **OCTOBER}).status_code == 422


def test_ones_own_connection_comes_before_the_shared_one(
    sharing: FlaskClient, eva: FlaskClient, pagerduty: Running
) -> None:
    assert sharing.get("/connection").status_code == 200
    assert "lanternworks, US region" in eva.get("/connection").text
    eva.send("/connection/key", page="/connection", api_key=pagerduty.credentials.eu.read_only)
    page = eva.get("/connection").text
    assert "lanternworks-eu, EU region" in page
    assert "yours alone; others read over the one of ada@example.com" in page
    eva.send("/connection/disconnect", page="/connection/disconnect")
    assert "lanternworks, US region" in eva.get("/connection").text


def test_only_one_connection_is_shared(app: Flask, sharing: FlaskClient, eva: FlaskClient, pagerduty: Running) -> None:
    eva.send("/connection/key", page="/connection", api_key=pagerduty.credentials.eu.read_only)
    eva.send("/connection/share", page="/connection")
    assert owners(app) == [(ADA, False), (EVA, True)]
    assert "yours alone; others read over the one of eva@example.com" in sharing.get("/connection").text


def test_sharing_ends_by_hand(app: Flask, sharing: FlaskClient, hana: FlaskClient) -> None:
    sharing.send("/connection/stop-sharing", page="/connection")
    assert owners(app) == [(ADA, False)]
    assert "Nobody shares a PagerDuty connection with you yet." in hana.get("/connection").text


def test_who_has_no_connection_has_nothing_to_share(app: Flask, logged_in: FlaskClient) -> None:
    logged_in.send("/connection/share", page="/connection")
    assert owners(app) == []


def test_disconnecting_a_shared_connection_drops_everybodys_reports(
    app: Flask, sharing: FlaskClient, hana: FlaskClient
) -> None:
    assert hana.get("/connection").status_code == 200
    sets = hold_a_report(app, HANA)
    assert "Everybody who reads over it is disconnected." in sharing.get("/connection/disconnect").text
    sharing.send("/connection/disconnect", page="/connection/disconnect")
    assert len(sets) == 0
    assert owners(app) == []


def test_refreshing_keeps_it_shared(app: Flask, sharing: FlaskClient, consent: Callable[..., str]) -> None:
    assert "Refresh connection</button>" in sharing.get("/connection").text
    sharing.get(consent(sharing))
    assert owners(app) == [(ADA, True)]


def test_connecting_to_another_account_does_not_lead_everybody_there(
    app: Flask, sharing: FlaskClient, consent: Callable[..., str]
) -> None:
    sharing.get(consent(sharing, "eu"))
    assert owners(app) == [(ADA, False)]


# Taking over


def test_an_admin_takes_the_shared_connection_over(
    app: Flask, sharing: FlaskClient, eva: FlaskClient, hana: FlaskClient, pagerduty: Running
) -> None:
    assert sharing.get("/connection").status_code == 200
    eva.send("/connection/take-over", page="/connection")
    assert owners(app) == [(EVA, True)]
    assert "with the rights of Ada Lindqvist" in eva.get("/connection").text
    assert "shared with everybody by eva@example.com" in hana.get("/connection").text
    assert len(pagerduty.state.tokens._refresh) == 1
    eva.send("/connection/take-over", page="/connection")  # twice is once
    assert owners(app) == [(EVA, True)]


def test_taking_over_ends_ones_own(app: Flask, sharing: FlaskClient, eva: FlaskClient, pagerduty: Running) -> None:
    assert sharing.get("/connection").status_code == 200
    eva.send("/connection/key", page="/connection", api_key=pagerduty.credentials.eu.read_only)
    eva.send("/connection/take-over", page="/connection")
    assert owners(app) == [(EVA, True)]
    assert "lanternworks, US region" in eva.get("/connection").text


def test_there_may_be_nothing_to_take_over(app: Flask, eva: FlaskClient) -> None:
    eva.send("/connection/take-over", page="/connection")
    assert "No PagerDuty connection is shared any more." in eva.get("/connection").text
    assert owners(app) == []


@pytest.mark.parametrize(("heir", "left"), [(EVA, [(EVA, True)]), ("nobody", [])])
def test_disabling_offers_the_shared_connection_first(
    app: Flask, sharing: FlaskClient, eva: FlaskClient, pagerduty: Running, heir: str, left: list[Any]
) -> None:
    assert sharing.get("/connection").status_code == 200
    page = eva.get(page_of(app, ADA)).text
    assert "It shares its PagerDuty connection with everybody." in page
    heir_id = page_of(app, EVA).rpartition("/")[2] if heir == EVA else "0"
    assert f'<option selected value="{page_of(app, EVA).rpartition("/")[2]}">' in page
    eva.send(f"{page_of(app, ADA)}/disable", page=page_of(app, ADA), heir=heir_id)
    assert owners(app) == left
    assert bool(pagerduty.state.tokens._access) == bool(left)


def test_disabling_names_no_heir_who_could_not_be_one(app: Flask, sharing: FlaskClient, eva: FlaskClient) -> None:
    assert sharing.get("/connection").status_code == 200
    answer = eva.send(f"{page_of(app, ADA)}/disable", page=page_of(app, ADA), heir="999")
    assert answer.status_code == 422
    assert owners(app) == [(ADA, True)]


def test_disabling_removes_a_personal_connection_and_revokes_it(
    app: Flask, logged_in: FlaskClient, eva: FlaskClient, consent: Callable[..., str], pagerduty: Running
) -> None:
    logged_in.get(consent(logged_in))
    eva.send(f"{page_of(app, ADA)}/disable", page=page_of(app, ADA))
    assert owners(app) == []
    assert pagerduty.state.tokens._access == {}


def test_leaving_hands_the_shared_connection_over(app: Flask, sharing: FlaskClient, eva: FlaskClient) -> None:
    assert eva.get("/account").status_code == 200
    page = sharing.get("/account").text
    assert "Another admin can take it over before you leave" in page
    sharing.send("/account/close", page="/account", email=ADA, heir=page_of(app, EVA).rpartition("/")[2])
    assert owners(app) == [(EVA, True)]


def test_leaving_without_an_heir_ends_it(
    app: Flask, sharing: FlaskClient, eva: FlaskClient, pagerduty: Running
) -> None:
    assert eva.get("/account").status_code == 200
    sharing.send("/account/close", page="/account", email=ADA, heir="0")
    assert owners(app) == []
    assert pagerduty.state.tokens._access == {}


def test_managers_cannot_share(app: Flask, add_account: Callable[..., FlaskClient], pagerduty: Running) -> None:
    moe = add_account(app, "moe@example.com", "manager")
    moe.send("/connection/key", page="/connection", api_key=pagerduty.credentials.us.read_only)
    assert "Share with everybody" not in moe.get("/connection").text
    assert moe.post("/connection/share", data={"csrf_token": moe.token}).status_code == 403
    assert owners(app) == [("moe@example.com", False)]


def test_taking_over_drops_the_reports_of_the_connection_that_ends(
    app: Flask, sharing: FlaskClient, eva: FlaskClient, pagerduty: Running
) -> None:
    assert sharing.get("/connection").status_code == 200
    eva.send("/connection/key", page="/connection", api_key=pagerduty.credentials.us.user)
    sets = hold_a_report(app, EVA)
    eva.send(f"{page_of(app, ADA)}/disable", page=page_of(app, ADA), heir=page_of(app, EVA).rpartition("/")[2])
    assert owners(app) == [(EVA, True)]
    assert len(sets) == 0
