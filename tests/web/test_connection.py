"""The PagerDuty connection: its card, connecting by consent and by key, renewing, ending."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp.models import Account, Connection
from webapp.pd.client import Client
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault
from webapp.services import accounts
from webapp.services.connections import Connections, NotConnected
from webapp.settings import Settings

pytestmark = pytest.mark.slow

Consent = Callable[..., str]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def connections(app: Flask) -> Connections:
    found: Connections = app.extensions["calloutpay"].connections
    return found


@pytest.fixture
def by_consent(logged_in: FlaskClient, consent: Consent) -> FlaskClient:
    """Ada's client, connected by consent to the US account."""
    assert logged_in.get(consent(logged_in)).headers["Location"] == "/reports"
    return logged_in


def stored(app: Flask) -> list[Connection]:
    with app.extensions["calloutpay"].database.session() as session:
        return list(session.scalars(select(Connection)))


def badge(page: str) -> str:
    """The state that the card shows."""
    found = re.search(r'<span class="badge \w+">.*?</span>([\w ]+)</span>', page)
    assert found
    return found[1]


def token_requests(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Count what is sent to the token endpoint."""
    sent: list[dict[str, Any]] = []
    send = requests.Session.request

    def spy(session: requests.Session, method: str, url: str, **kwargs: Any) -> requests.Response:
        if url.endswith("/oauth/token"):
            sent.append(kwargs)
        return send(session, method, url, **kwargs)

    monkeypatch.setattr(requests.Session, "request", spy)
    return sent


# The card


@pytest.mark.parametrize("path", ["/reports", "/account", "/connection"])
def test_without_a_connection_the_card_offers_consent_and_below_it_a_key(logged_in: FlaskClient, path: str) -> None:
    page = logged_in.get(path).text
    assert badge(page) == "not connected"
    assert page.index("Connect PagerDuty</button>") < page.index("Use a manual API key instead")


@pytest.mark.parametrize("path", ["/reports", "/account", "/connection"])
def test_a_connection_shows_account_region_kind_and_since_when(by_consent: FlaskClient, path: str) -> None:
    page = by_consent.get(path).text
    assert badge(page) == "connected"
    for fact in ("lanternworks, US region", "OAuth, with the rights of Ada Lindqvist", "21 Nov 2026, 10:00 UTC"):
        assert fact in page
    assert "Test</button>" in page
    assert "Disconnect…" in page


def test_a_key_is_shown_by_its_last_four_characters(connected: FlaskClient, pagerduty: Running) -> None:
    key = pagerduty.credentials.us.read_only
    page = connected.get("/connection").text
    assert f"API key ending in <code>{key[-4:]}</code>, with the rights of the whole account" in page
    assert key not in page


def test_a_revoked_connection_says_what_happened_and_offers_one_button(
    by_consent: FlaskClient, pagerduty: Running
) -> None:
    pagerduty.state.tokens.revoke()
    page = by_consent.get("/reports").text  # it asks for the teams
    assert badge(page) == "revoked in PagerDuty"
    assert "it was revoked, it expired, or its owner left" in page
    assert page.count("Reconnect PagerDuty</button>") == 1


def test_reconnecting_heals_a_revoked_connection(by_consent: FlaskClient, consent: Consent, pagerduty: Running) -> None:
    pagerduty.state.tokens.revoke()
    by_consent.get("/reports")
    by_consent.get(consent(by_consent))
    assert badge(by_consent.get("/connection").text) == "connected"


def test_reconnecting_ends_the_old_grant_in_pagerduty(
    by_consent: FlaskClient, app: Flask, consent: Consent, pagerduty: Running
) -> None:
    first = set(pagerduty.state.tokens._refresh)
    by_consent.get(consent(by_consent))
    (row,) = stored(app)
    assert first & set(pagerduty.state.tokens._refresh) == set()
    opened = json.loads(app.extensions["calloutpay"].vault.decrypt(row.secret))
    assert [opened["refresh_token"]] == list(pagerduty.state.tokens._refresh)


def test_a_second_consent_that_pagerduty_takes_for_the_first_is_not_ended(
    by_consent: FlaskClient, consent: Consent, pagerduty: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    (only,) = pagerduty.state.tokens._refresh.values()
    new_code = pagerduty.state.tokens.new_code

    def same_delegation(*asked: Any) -> str:
        code = new_code(*asked)
        made = pagerduty.state.tokens._codes[code]
        pagerduty.state.tokens._codes[code] = replace(made, delegation=only)
        return code

    monkeypatch.setattr(pagerduty.state.tokens, "new_code", same_delegation)
    by_consent.get(consent(by_consent))
    assert "connected" in badge(by_consent.get("/connection").text)
    assert "The connection works" in by_consent.send("/connection/test", page="/connection").text


def test_a_key_in_place_of_a_consent_ends_the_consent(by_consent: FlaskClient, pagerduty: Running) -> None:
    by_consent.send("/connection/key", page="/connection", api_key=pagerduty.credentials.us.read_only)
    assert pagerduty.state.tokens._refresh == {}


# By consent


@pytest.mark.parametrize(("region", "subdomain"), [("us", "lanternworks"), ("eu", "lanternworks-eu")])
def test_consent_connects_in_the_region_of_the_account(
    app: Flask, logged_in: FlaskClient, consent: Consent, pagerduty: Running, region: str, subdomain: str
) -> None:
    assert logged_in.get(consent(logged_in, region)).headers["Location"] == "/reports"
    (row,) = stored(app)
    assert (row.kind, row.region, row.subdomain, row.user_name) == ("oauth", region, subdomain, "Ada Lindqvist")
    assert f"({subdomain}, PagerDuty {region.upper()})" in logged_in.get("/reports").text
    assert {asked.region for asked in pagerduty.state.requests} == {region}


def test_consent_is_asked_for_reading_only_with_state_and_pkce(logged_in: FlaskClient) -> None:
    url = logged_in.send("/connection/connect", page="/connection").headers["Location"]
    asked = dict(parse_qsl(urlsplit(url).query))
    assert asked["scope"] == "read"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) > 30
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/connection/callback"


@pytest.mark.parametrize("path", ["/connection", "/account", "/reports", "/admin/app", "/admin/accounts"])
def test_browsers_may_send_a_form_to_pagerduty_from_pages_with_the_button_only(
    logged_in: FlaskClient, pagerduty: Running, path: str
) -> None:
    page = logged_in.get(path)
    rules = page.headers["Content-Security-Policy"].split("; ")
    targets = next(rule for rule in rules if rule.startswith("form-action")).split()[1:]
    away = [pagerduty.url, "https://*.pagerduty.com"] if "Connect PagerDuty</button>" in page.text else []
    assert targets == ["'self'", *away]
    assert bool(away) == (not path.startswith("/admin"))


def test_a_callback_with_another_state_connects_nothing(app: Flask, logged_in: FlaskClient, consent: Consent) -> None:
    back = re.sub(r"state=[^&]+", "state=somebody-elses", consent(logged_in))
    assert "This consent was not started here" in logged_in.get(back, follow_redirects=True).text
    assert stored(app) == []


def test_a_callback_in_another_login_session_connects_nothing(
    app: Flask, logged_in: FlaskClient, consent: Consent
) -> None:
    other = app.test_client()
    other.log_in()
    assert "This consent was not started here" in other.get(consent(logged_in), follow_redirects=True).text
    assert stored(app) == []


def test_a_callback_is_finished_once(app: Flask, logged_in: FlaskClient, consent: Consent) -> None:
    back = consent(logged_in)
    logged_in.get(back)
    (first,) = stored(app)
    assert "or was finished already" in logged_in.get(back, follow_redirects=True).text
    assert [row.secret for row in stored(app)] == [first.secret]


def test_denial_at_pagerduty_changes_nothing(by_consent: FlaskClient, app: Flask, consent: Consent) -> None:
    (before,) = stored(app)
    page = by_consent.get(consent(by_consent, decision="deny"), follow_redirects=True).text
    assert "access was denied there. Nothing has changed." in page
    assert [row.secret for row in stored(app)] == [before.secret]


def test_a_code_that_is_too_old_is_refused_with_what_to_do(
    app: Flask, logged_in: FlaskClient, consent: Consent, present: Any
) -> None:
    back = consent(logged_in)
    present.pass_by(timedelta(seconds=31))
    page = logged_in.get(back, follow_redirects=True).text
    assert "no longer accepts this consent" in page
    assert "Press Connect PagerDuty again" in page
    assert stored(app) == []


def test_a_grant_without_the_right_to_read_is_refused(app: Flask, logged_in: FlaskClient, consent: Consent) -> None:
    page = logged_in.get(consent(logged_in, scope="raed"), follow_redirects=True).text
    assert "without the right to read" in page
    assert stored(app) == []


def test_an_identity_host_that_is_down_is_named_and_connects_nothing(
    app: Flask, logged_in: FlaskClient, consent: Consent, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = consent(logged_in)

    def down(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "send", down)
    assert "PagerDuty did not answer properly" in logged_in.get(back, follow_redirects=True).text
    assert stored(app) == []


def test_without_an_app_the_card_offers_keys_and_says_where_to_set_one_up(make_app: Callable[..., Flask]) -> None:
    app = make_app(pagerduty_client_id="")
    with app.extensions["calloutpay"].database.session() as session:
        accounts.add_account(session, "ada@example.com", "correct horse battery")
    client = app.test_client()
    client.log_in()
    page = client.get("/connection").text
    assert "Connect PagerDuty</button>" not in page
    assert 'href="/admin/app">set up a PagerDuty app</a>' in page
    answer = client.send("/connection/connect", page="/connection")
    assert answer.status_code == 422
    assert "This instance has no PagerDuty app yet." in answer.text


# By key


@pytest.mark.parametrize("region", ["us", "eu"])
@pytest.mark.parametrize("kind", ["read_only", "user"])
def test_a_key_is_tried_in_both_regions_and_the_right_one_kept(
    app: Flask, logged_in: FlaskClient, pagerduty: Running, region: str, kind: str
) -> None:
    key = getattr(pagerduty.credentials.of(region), kind)
    answer = logged_in.send("/connection/key", page="/connection", api_key=f" {key} ")
    assert answer.headers["Location"] == "/reports"
    (row,) = stored(app)
    assert (row.kind, row.region, row.last_four) == ("api_key", region, key[-4:])
    assert row.user_name == ("Ada Lindqvist" if kind == "user" else None)
    pagerduty.state.requests.clear()
    assert logged_in.get("/reports").status_code == 200
    assert {asked.region for asked in pagerduty.state.requests} == {region}


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("y_NosuchkeyNosuchkey", "PagerDuty accepts this key in neither the US nor the EU region."),
        ("two words", "it must be one word without spaces"),
        ("schlüssel", "it must be one word without spaces"),
        ("", "Paste the key."),
        ("x" * 201, "That is too long for a key."),
    ],
)
def test_a_key_that_is_none_is_refused_in_place_and_never_shown_again(
    app: Flask, logged_in: FlaskClient, key: str, sentence: str
) -> None:
    answer = logged_in.send("/connection/key", page="/connection", api_key=key)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not key or key not in answer.text
    assert stored(app) == []


def test_a_key_whose_region_nothing_tells_asks_for_it(app: Flask, logged_in: FlaskClient, pagerduty: Running) -> None:
    pagerduty.state.is_transparent = pagerduty.state.is_linkless = True
    key = pagerduty.credentials.eu.read_only
    answer = logged_in.send("/connection/key", page="/connection", api_key=key)
    assert answer.status_code == 422
    assert badge(answer.text) == "region unclear"
    assert "Choose the region" in answer.text
    assert key not in answer.text
    assert stored(app) == []
    assert logged_in.send("/connection/key", page="/connection", api_key=key, region="eu").status_code == 302
    assert [row.region for row in stored(app)] == ["eu"]


def test_a_key_of_the_other_region_is_refused_by_name(app: Flask, logged_in: FlaskClient, pagerduty: Running) -> None:
    key = pagerduty.credentials.eu.read_only
    answer = logged_in.send("/connection/key", page="/connection", api_key=key, region="us")
    assert answer.status_code == 422
    assert "PagerDuty accepts no such key in the US region." in answer.text
    assert logged_in.send("/connection/key", page="/connection", api_key=key, region="asia").status_code == 422
    assert stored(app) == []


def test_a_wrong_key_leaves_the_connection_as_it_was(by_consent: FlaskClient, app: Flask) -> None:
    (before,) = stored(app)
    by_consent.post("/connection/key", data={"csrf_token": by_consent.token, "api_key": "y_Nosuchkey"})
    assert [row.secret for row in stored(app)] == [before.secret]


def test_a_key_that_was_deleted_in_pagerduty_needs_a_new_one(connected: FlaskClient, pagerduty: Running) -> None:
    pagerduty.state.revoked.add(("us", "account"))
    page = connected.get("/reports").text
    assert badge(page) == "refused by PagerDuty"
    assert "no longer accepts this API key" in page


def test_for_htmx_the_card_alone_is_answered(logged_in: FlaskClient, pagerduty: Running) -> None:
    logged_in.get("/connection")
    htmx = {"HX-Request": "true"}
    form = {"csrf_token": logged_in.token, "api_key": "y_Nosuchkey"}
    answer = logged_in.post("/connection/key", data=form, headers=htmx)
    assert answer.text.lstrip().startswith('<section class="card" id="connection-card"')
    form["api_key"] = pagerduty.credentials.us.read_only
    answer = logged_in.post("/connection/key", data=form, headers=htmx)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/reports")


# At rest


def test_tokens_are_encrypted_at_rest(by_consent: FlaskClient, app: Flask, pagerduty: Running) -> None:
    assert by_consent.get("/connection").status_code == 200
    given = [*pagerduty.state.tokens._access, *pagerduty.state.tokens._refresh]
    (row,) = stored(app)
    opened = json.loads(app.extensions["calloutpay"].vault.decrypt(row.secret))
    assert [opened["access_token"], opened["refresh_token"]] == given
    app.extensions["calloutpay"].database.close()
    folder = app.extensions["calloutpay"].settings.instance_dir
    raw = b"".join(file.read_bytes() for file in folder.iterdir())
    assert not any(token.encode() in raw or token.rpartition("_")[2].encode() in raw for token in given)


def test_a_connection_of_another_master_secret_needs_reconnecting(by_consent: FlaskClient, app: Flask) -> None:
    (row,) = stored(app)
    with app.extensions["calloutpay"].database.session() as session:
        session.get_one(Connection, row.id).secret = "gAAAAA-of-another-master-secret"
        session.commit()
    assert "cannot be opened with this instance" in by_consent.get("/reports").text


# Using it


def test_test_says_what_works(by_consent: FlaskClient) -> None:
    page = by_consent.send("/connection/test", page="/connection").text
    assert "The connection works, with the rights of Ada Lindqvist, role owner." in page
    assert "Everything that a report needs can be read." in page
    assert "<dt>Rate limit</dt><dd>PagerDuty did not say</dd>" in page


def test_test_says_how_much_of_the_rate_limit_is_left(
    by_consent: FlaskClient, pagerduty: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagerduty.state.buckets, "limit", 960)
    page = by_consent.send("/connection/test", page="/connection").text
    assert "<dt>Rate limit</dt><dd>951 of 960 calls left in this minute</dd>" in page
    assert "<dt>Time of a call</dt><dd>0 ms</dd>" in page  # by the clock of the test


def test_test_says_what_may_not_be_read(by_consent: FlaskClient, pagerduty: Running) -> None:
    pagerduty.state.faults.add(Fault(status=403, path="/oncalls"))
    answer = by_consent.send("/connection/test", page="/connection")
    assert answer.status_code == 200
    assert "role owner, but may not read on-call time." in answer.text
    assert answer.text.count("refused</span>") == 1
    assert answer.text.count("readable</span>") == 7


@pytest.mark.parametrize("status", [500, 503])
def test_html_in_place_of_json_is_an_outage_not_an_answer(
    by_consent: FlaskClient, pagerduty: Running, status: int
) -> None:
    pagerduty.state.faults.add(Fault(status=status, path="/users/me", times=5, body="html"))
    answer = by_consent.send("/connection/test", page="/connection")
    assert answer.status_code == 422
    assert "PagerDuty did not answer properly" in answer.text
    assert badge(answer.text) == "connected"


def test_tokens_are_renewed_before_they_expire(
    by_consent: FlaskClient, app: Flask, present: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = token_requests(monkeypatch)
    (before,) = stored(app)
    assert before.expires_at
    present.at = before.expires_at - timedelta(minutes=6)
    by_consent.get("/reports")
    assert sent == []
    present.at = before.expires_at - timedelta(minutes=4)
    by_consent.get("/reports")
    (after,) = stored(app)
    assert len(sent) == 1
    assert after.secret != before.secret
    assert after.expires_at
    assert after.expires_at > before.expires_at
    assert (after.lease_key, after.lease_until, after.problem) == (None, None, None)


def test_two_who_need_a_new_token_at_once_renew_it_once(
    by_consent: FlaskClient, account: Account, connections: Connections, pagerduty: Running,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert by_consent
    pagerduty.state.tokens.expire_access()
    sent = token_requests(monkeypatch)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(connections.ask, account.id, Client.teams) for _ in range(4)]
        answers = [[team.name for team in one.result()] for one in asked]
    assert answers == [["Payments", "Platform", "Data"]] * 4
    assert len(sent) == 1


def test_somebody_who_died_while_renewing_blocks_nobody_for_long(
    by_consent: FlaskClient, app: Flask, account: Account, connections: Connections, present: Any, pagerduty: Running
) -> None:
    assert by_consent
    (row,) = stored(app)
    with app.extensions["calloutpay"].database.session() as session:
        leased = session.get_one(Connection, row.id)
        leased.lease_key, leased.lease_until = "of the dead", present.at + timedelta(seconds=90)
        session.commit()
    pagerduty.state.tokens.expire_access()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        present.pass_by(timedelta(seconds=30))

    patient = replace(connections, timing=replace(connections.timing, sleep=wait))
    assert len(patient.ask(account.id, Client.teams)) == 3
    assert 3 <= len(waits) <= 5


def test_a_token_refused_before_its_time_is_renewed_and_the_question_asked_again(
    by_consent: FlaskClient, app: Flask, pagerduty: Running
) -> None:
    pagerduty.state.tokens.expire_access()
    page = by_consent.get("/reports").text
    assert badge(page) == "connected"
    assert ">Payments</option>" in page
    assert [row.problem for row in stored(app)] == [None]


def test_a_single_401_does_not_break_the_connection(by_consent: FlaskClient, pagerduty: Running) -> None:
    pagerduty.state.faults.add(Fault(status=401, path="/teams"))
    assert badge(by_consent.get("/reports").text) == "connected"


def test_a_refused_renewal_needs_reconnecting(
    by_consent: FlaskClient, account: Account, connections: Connections, pagerduty: Running
) -> None:
    assert by_consent
    pagerduty.state.tokens.revoke()
    with pytest.raises(NotConnected, match="Reconnect PagerDuty"):
        connections.ask(account.id, Client.teams)
    pagerduty.state.requests.clear()
    with pytest.raises(NotConnected, match="Reconnect PagerDuty"):
        connections.ask(account.id, Client.teams)
    assert pagerduty.state.requests == []


@pytest.mark.parametrize("fault", ["wrong secret", "down"])
def test_a_renewal_that_fails_for_another_reason_leaves_the_connection(
    by_consent: FlaskClient, app: Flask, account: Account, connections: Connections, pagerduty: Running, fault: str
) -> None:
    assert by_consent
    assert connections.app
    pagerduty.state.tokens.expire_access()
    nowhere = replace(connections.endpoints, identity="http://127.0.0.1:9/identity")
    broken = {
        "wrong secret": replace(connections.app, client_secret="mistyped in the settings"),
        "down": replace(connections.app, endpoints=nowhere),
    }[fault]
    with pytest.raises(Exception, match=r"client secret against the app|did not answer properly"):
        replace(connections, app=broken).ask(account.id, Client.teams)
    (row,) = stored(app)
    assert (row.problem, row.lease_until) == (None, None)
    assert len(connections.ask(account.id, Client.teams)) == 3


# Ending it


def test_disconnecting_asks_first(by_consent: FlaskClient, app: Flask) -> None:
    page = by_consent.get("/connection/disconnect").text
    assert "Disconnect PagerDuty?" in page
    assert "Keep the connection" in page
    assert len(stored(app)) == 1


def test_disconnecting_deletes_what_is_stored_and_revokes_at_pagerduty(
    by_consent: FlaskClient, app: Flask, pagerduty: Running
) -> None:
    page = by_consent.send("/connection/disconnect", page="/connection/disconnect")
    assert page.headers["Location"] == "/connection"
    assert stored(app) == []
    assert (pagerduty.state.tokens._access, pagerduty.state.tokens._refresh) == ({}, {})
    assert badge(by_consent.get("/connection").text) == "not connected"


def test_disconnecting_works_while_pagerduty_is_down(
    by_consent: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_consent.get("/connection")

    def down(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "send", down)
    by_consent.post("/connection/disconnect", data={"csrf_token": by_consent.token})
    assert stored(app) == []


def test_connections_belong_to_one_account(by_consent: FlaskClient, app: Flask, pagerduty: Running) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        accounts.add_account(session, "eva@example.com", "correct horse battery")
    eva = app.test_client()
    eva.log_in("eva@example.com")
    assert badge(eva.get("/connection").text) == "not connected"
    eva.send("/connection/key", page="/connection", api_key=pagerduty.credentials.eu.read_only)
    assert sorted(row.region for row in stored(app)) == ["eu", "us"]
    eva.send("/connection/disconnect", page="/connection/disconnect")
    assert [row.region for row in stored(app)] == ["us"]
    assert badge(by_consent.get("/connection").text) == "connected"
    assert "works" in by_consent.send("/connection/test", page="/connection").text


def test_closing_the_account_ends_its_connection_at_pagerduty_too(
    by_consent: FlaskClient, app: Flask, pagerduty: Running
) -> None:
    by_consent.send("/account/close", page="/account", email="ada@example.com")
    assert stored(app) == []
    assert pagerduty.state.tokens._access == {}


def test_when_the_connection_was_made_is_kept(by_consent: FlaskClient, app: Flask, present: Any) -> None:
    assert by_consent
    (row,) = stored(app)
    made: datetime = row.connected_at
    assert made == present.at
