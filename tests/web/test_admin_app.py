"""The page of the PagerDuty app: what it shows, what it keeps, what changing the app does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp.models import Connection, PagerDutyApp
from webapp.pd.oauth import SCOPES, AppKind
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault
from webapp.settings import Secret, Settings

Consent = Callable[..., str]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    """No app is named in the environment."""
    return replace(sandbox_settings, pagerduty_client_id="", pagerduty_client_secret=Secret(""))


@pytest.fixture
def classic(pagerduty: Running) -> dict[str, str]:
    """What an admin copies from PagerDuty for the one kind."""
    known = pagerduty.credentials
    return {"kind": "classic", "client_id": known.client_id, "client_secret": known.client_secret}


@pytest.fixture
def scoped(pagerduty: Running) -> dict[str, str]:
    """And for the other."""
    known = pagerduty.credentials
    return {"kind": "scoped", "client_id": known.scoped_client_id, "client_secret": known.scoped_client_secret}


def stored(app: Flask, table: Any) -> list[Any]:
    with app.extensions["calloutpay"].database.session() as session:
        return list(session.scalars(select(table)))


def save(client: FlaskClient, app_of: dict[str, str], **changes: str) -> Any:
    return client.send("/admin/app", **app_of | changes)


def test_the_page_says_what_to_copy_and_what_to_tick(logged_in: FlaskClient) -> None:
    page = logged_in.get("/admin/app").text
    assert '<code id="redirect-url">http://127.0.0.1:8000/connection/callback</code>' in page
    assert "no app yet" in page
    for scope in (*SCOPES[AppKind.CLASSIC], *SCOPES[AppKind.SCOPED]):
        assert f"<code>{scope}</code>" in page
    assert ".write" not in page


def test_no_scope_writes() -> None:
    asked = {scope for scopes in SCOPES.values() for scope in scopes}
    assert {scope for scope in asked if scope != "read" and not scope.endswith(".read")} == set()


def test_the_secret_is_kept_encrypted_and_never_shown(
    app: Flask, logged_in: FlaskClient, classic: dict[str, str]
) -> None:
    assert save(logged_in, classic).headers["Location"] == "/admin/app"
    page = logged_in.get("/admin/app").text
    assert "set up</span>" in page
    assert classic["client_id"] in page
    assert classic["client_secret"] not in page
    (row,) = stored(app, PagerDutyApp)
    assert classic["client_secret"] not in row.client_secret
    assert row.changed_by == "ada@example.com"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"client_id": ""}, "Copy the Client ID from PagerDuty."),
        ({"client_id": "two words"}, "one word without spaces"),
        ({"client_id": "x" * 201}, "That is too long."),
        ({"client_secret": ""}, "Copy the Client Secret from PagerDuty; it is shown there once."),
        ({"client_secret": "x" * 501}, "That is too long."),
        ({"kind": "both"}, "Not a valid choice"),
    ],
)
def test_what_is_no_app_is_refused_in_place(
    app: Flask, logged_in: FlaskClient, classic: dict[str, str], changes: dict[str, str], sentence: str
) -> None:
    answer = save(logged_in, classic, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert classic["client_secret"] not in answer.text
    assert stored(app, PagerDutyApp) == []


def test_people_connect_through_the_app_of_the_page(
    app: Flask, logged_in: FlaskClient, classic: dict[str, str], consent: Consent
) -> None:
    assert "Connect PagerDuty</button>" not in logged_in.get("/connection").text
    save(logged_in, classic)
    assert logged_in.get(consent(logged_in)).headers["Location"] == "/reports"
    (row,) = stored(app, Connection)
    assert (row.app, row.scopes) == (f"classic:{classic['client_id']}", "openid read")


@pytest.mark.parametrize("region", ["us", pytest.param("eu", marks=pytest.mark.slow)])
def test_scoped_oauth_connects_and_reads_a_whole_report(
    app: Flask, logged_in: FlaskClient, scoped: dict[str, str], consent: Consent, region: str,
    preview: Callable[..., Any], saved: object,
) -> None:  # fmt: skip
    assert saved
    save(logged_in, scoped)
    logged_in.get(consent(logged_in, region))
    (row,) = stored(app, Connection)
    assert row.scopes.split() == ["openid", *SCOPES[AppKind.SCOPED]]
    page = logged_in.get("/connection").text
    for scope in SCOPES[AppKind.SCOPED]:
        assert f"<code>{scope}</code>" in page
    tested = logged_in.send("/connection/test", page="/connection").text
    assert "Everything that a report needs can be read." in tested
    assert "On-call pay, Payments, October 2026" in preview(logged_in).text


def test_a_scoped_grant_that_lacks_something_is_refused_by_name(
    app: Flask, logged_in: FlaskClient, scoped: dict[str, str], consent: Consent
) -> None:
    save(logged_in, scoped)
    page = logged_in.get(consent(logged_in, scope="users.read teams.read"), follow_redirects=True).text
    assert "did not grant schedules.read, oncalls.read, incidents.read, escalation_policies.read" in page
    assert stored(app, Connection) == []


def test_a_report_needs_no_services_scope(
    app: Flask, logged_in: FlaskClient, scoped: dict[str, str], consent: Consent
) -> None:
    save(logged_in, scoped)
    needed = " ".join(scope for scope in SCOPES[AppKind.SCOPED] if scope != "services.read")
    logged_in.get(consent(logged_in, scope=needed))
    assert len(stored(app, Connection)) == 1
    assert "Everything that a report needs" in logged_in.send("/connection/test", page="/connection").text


def test_scoped_tokens_are_renewed_by_themselves(
    app: Flask, logged_in: FlaskClient, scoped: dict[str, str], consent: Consent, present: Any
) -> None:
    save(logged_in, scoped)
    logged_in.get(consent(logged_in))
    (before,) = stored(app, Connection)
    assert (before.expires_at - before.connected_at).days == 1
    present.at = before.expires_at
    page = logged_in.get("/connection").text
    assert "expiring</span>" in page
    assert "The next use renews it." in page
    logged_in.get("/reports")
    (after,) = stored(app, Connection)
    assert after.expires_at > before.expires_at
    assert "connected</span>" in logged_in.get("/connection").text


def test_another_app_asks_those_connected_to_connect_again_and_ends_their_grants(
    logged_in: FlaskClient, classic: dict[str, str], scoped: dict[str, str], consent: Consent,
    pagerduty: Running,
) -> None:  # fmt: skip
    save(logged_in, classic)
    logged_in.get(consent(logged_in))
    save(logged_in, scoped)
    assert "Whoever connected through the old one must connect again." in logged_in.get("/admin/app").text
    assert (pagerduty.state.tokens._access, pagerduty.state.tokens._refresh) == ({}, {})
    page = logged_in.get("/reports").text
    assert "app changed</span>" in page
    assert "Reconnect PagerDuty</button>" in page
    logged_in.get(consent(logged_in))
    assert "connected</span>" in logged_in.get("/connection").text


def test_a_connection_that_did_not_note_its_app_counts_for_the_one_so_far(
    app: Flask, logged_in: FlaskClient, classic: dict[str, str], scoped: dict[str, str], consent: Consent
) -> None:
    save(logged_in, classic)
    logged_in.get(consent(logged_in))
    with app.extensions["calloutpay"].database.session() as session:
        session.scalars(select(Connection)).one().app = None  # of an earlier version
        session.commit()
    assert "connected</span>" in logged_in.get("/connection").text
    save(logged_in, scoped)
    assert "app changed</span>" in logged_in.get("/connection").text


def test_a_new_secret_of_the_same_app_asks_nobody(
    app: Flask, logged_in: FlaskClient, classic: dict[str, str], consent: Consent, pagerduty: Running
) -> None:
    save(logged_in, classic, client_secret="mistyped-at-first")
    save(logged_in, classic)
    logged_in.get(consent(logged_in))
    save(logged_in, classic)
    save(logged_in, classic, client_secret="")  # kept
    assert "connected</span>" in logged_in.get("/connection").text
    pagerduty.state.tokens.expire_access()
    assert ">Payments</option>" in logged_in.get("/reports").text
    assert len(stored(app, PagerDutyApp)) == 1


def test_a_wrong_secret_is_named_and_keeps_the_connection(
    app: Flask, logged_in: FlaskClient, classic: dict[str, str], consent: Consent, pagerduty: Running
) -> None:
    save(logged_in, classic)
    logged_in.get(consent(logged_in))
    save(logged_in, classic, client_secret="mistyped")
    pagerduty.state.tokens.expire_access()
    assert "PagerDuty does not know this app." in logged_in.get("/reports").text
    assert [row.problem for row in stored(app, Connection)] == [None]
    save(logged_in, classic)
    assert ">Payments</option>" in logged_in.get("/reports").text


def test_the_app_is_changed_while_pagerduty_is_down(
    app: Flask, logged_in: FlaskClient, classic: dict[str, str], scoped: dict[str, str], consent: Consent,
    pagerduty: Running,
) -> None:  # fmt: skip
    save(logged_in, classic)
    logged_in.get(consent(logged_in))
    pagerduty.state.faults.add(Fault(kind="dropped", path="/identity/oauth/revoke", times=None))
    assert save(logged_in, scoped).status_code == 303
    assert [row.client_id for row in stored(app, PagerDutyApp)] == [scoped["client_id"]]


def test_removing_the_app_leaves_keys_alone(
    app: Flask, logged_in: FlaskClient, classic: dict[str, str], consent: Consent, pagerduty: Running
) -> None:
    save(logged_in, classic)
    logged_in.get(consent(logged_in))
    answer = logged_in.send("/admin/app/remove", page="/admin/app")
    assert answer.headers["Location"] == "/admin/app"
    assert stored(app, PagerDutyApp) == []
    page = logged_in.get("/connection").text
    assert "app removed</span>" in page
    assert "Reconnect PagerDuty" not in page
    logged_in.send("/connection/key", page="/connection", api_key=pagerduty.credentials.us.read_only)
    assert "connected</span>" in logged_in.get("/connection").text
    logged_in.send("/admin/app/remove", page="/admin/app")  # there is none: nothing happens
    assert "connected</span>" in logged_in.get("/connection").text


def test_an_app_whose_secret_cannot_be_opened_asks_for_it_again(
    app: Flask, logged_in: FlaskClient, classic: dict[str, str]
) -> None:
    save(logged_in, classic)
    with app.extensions["calloutpay"].database.session() as session:
        session.scalars(select(PagerDutyApp)).one().client_secret = "gAAAAA-of-another-master-secret"
        session.commit()
    page = logged_in.get("/admin/app").text
    assert "secret cannot be opened" in page
    assert "Connect PagerDuty</button>" not in logged_in.get("/connection").text
    assert save(logged_in, classic, client_secret="").status_code == 422
    assert save(logged_in, classic).status_code == 303
    assert "set up</span>" in logged_in.get("/admin/app").text


def test_the_environment_locks_the_page(
    make_app: Callable[..., Flask], classic: dict[str, str], scoped: dict[str, str], add_account: Callable[..., Any]
) -> None:
    app = make_app(
        pagerduty_client_id=scoped["client_id"],
        pagerduty_client_secret=Secret(scoped["client_secret"]),
        pagerduty_app_kind="scoped",
    )
    client = add_account(app)
    page = client.get("/admin/app").text
    assert "set by the environment" in page
    assert "Scoped OAuth" in page
    assert scoped["client_secret"] not in page
    assert 'action="/admin/app"' not in page
    token = client.token
    for path in ("/admin/app", "/admin/app/remove"):
        assert client.post(path, data={"csrf_token": token, **classic}).status_code == 409
    assert stored(app, PagerDutyApp) == []
    led_to = client.send("/connection/connect", page="/connection").headers["Location"]
    assert scoped["client_id"] in led_to
