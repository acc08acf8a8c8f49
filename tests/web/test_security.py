"""The login wall, CSRF, hosts, headers, where `next` may lead, and what the access log says."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from webapp import security
from webapp.models import Account

METHODS = ("GET", "POST")


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Method, path and endpoint of every route."""
    with app.test_request_context():
        return [
            (method, path_of(rule), rule.endpoint)
            for rule in app.url_map.iter_rules()
            for method in METHODS
            if method in (rule.methods or ())
        ]


def path_of(rule: Rule) -> str:
    some = {name: getattr(rule._converters[name], "items", None) or ["1"] for name in rule.arguments}
    built = rule.build({name: rule._converters[name].to_url(min(choices)) for name, choices in some.items()})
    assert built is not None
    return built[1]


def test_the_list_of_open_endpoints_is_short() -> None:
    assert {"auth.join", "auth.login", "auth.setup", "health.live", "static"} == security.OPEN


@pytest.mark.usefixtures("account")
def test_every_other_route_leads_a_stranger_to_the_login_page(app: Flask, client: FlaskClient) -> None:
    client.get("/login")
    closed = [route for route in routes(app) if route[2] not in security.OPEN]
    assert len(closed) > 5
    for method, path, endpoint in closed:
        answer = client.open(path, method=method, data={"csrf_token": client.token} if method == "POST" else None)
        assert (endpoint, answer.status_code) == (endpoint, 303)
        assert answer.headers["Location"].startswith("/login")


def test_every_post_needs_a_csrf_token(app: Flask, logged_in: FlaskClient) -> None:
    posts = [route for route in routes(app) if route[0] == "POST"]
    assert len(posts) > 3
    for _, path, endpoint in posts:
        answer = logged_in.post(path, data={"email": "ada@example.com"})
        assert (endpoint, answer.status_code) == (endpoint, 400)
        assert "This page was open too long" in answer.text


def test_a_token_of_another_session_does_not_count(app: Flask, logged_in: FlaskClient) -> None:
    stranger = app.test_client()
    stranger.get("/login")
    answer = logged_in.post("/account/password", data={"csrf_token": stranger.token, "current": "x", "password": "y"})
    assert answer.status_code == 400


@pytest.mark.usefixtures("account")
def test_htmx_is_told_to_load_the_login_page_and_to_come_back_to_the_page_it_was_on(client: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/account?tab=1#close"}
    answer = client.get("/reports", headers=headers)
    assert answer.status_code == 200
    assert answer.text == ""
    assert answer.headers["HX-Redirect"] == "/login?next=/account?tab%3D1"


@pytest.mark.usefixtures("account")
def test_a_current_url_that_is_none_leads_home(client: FlaskClient) -> None:
    answer = client.get("/reports", headers={"HX-Request": "true", "HX-Current-URL": "http://["})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/login")


@pytest.mark.usefixtures("account")
def test_a_code_of_pagerduty_is_not_carried_through_the_login_page(client: FlaskClient) -> None:
    answer = client.get("/connection/callback?code=canary&state=canary")
    assert answer.headers["Location"] == "/login?next=/connection/callback"


@pytest.mark.usefixtures("account")
def test_a_post_of_a_stranger_is_not_repeated_after_the_login(client: FlaskClient) -> None:
    assert client.send("/account/close", page="/login").headers["Location"] == "/login"


@pytest.mark.parametrize("path", ["/account", "/reports?month=2026-10", "/a/b%20c", "/reports?next=//evil.example"])
def test_next_may_lead_to_our_own_pages(path: str) -> None:
    assert security.safe_next(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "account",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/ /evil.example",
        "javascript:alert(1)",
        "/\u2028/evil.example",
        "//[",
        "http://[",
    ],
)
def test_next_never_leads_away(path: str | None) -> None:
    assert security.safe_next(path) is None


@pytest.mark.usefixtures("account")
def test_logging_in_does_not_lead_away(client: FlaskClient) -> None:
    answer = client.send("/login?next=//evil.example/", email="ada@example.com", password="correct horse battery")
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/login", "/health", "/static/app.css", "/no/such/page", "/account"])
def test_every_answer_carries_the_headers(client: FlaskClient, account: Account, path: str) -> None:
    assert account.id
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers
    assert (headers["Cache-Control"] == "no-store") == (not path.startswith("/static"))
    assert ("HX-Request" in headers.get("Vary", "")) == (not path.startswith("/static"))


def test_https_is_insisted_on_where_it_is_served(make_app: Callable[..., Flask]) -> None:
    client = make_app(base_url="https://oncall.example.com").test_client()
    answer = client.get("/login", base_url="https://oncall.example.com")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:9"])
def test_all_loopback_names_are_the_same(client: FlaskClient, host: str) -> None:
    assert client.get("/setup", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "oncall.example.com.evil.example", "localhost", "a b", "", "["])
def test_another_host_is_refused(make_app: Callable[..., Flask], host: str) -> None:
    client = make_app(base_url="https://oncall.example.com").test_client()
    answer = client.get("/setup", headers={"Host": host})
    assert answer.status_code == 400
    assert client.get("/health", headers={"Host": "localhost"}).text == "ok"


def test_the_access_log_has_no_query_and_no_forged_line(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "webapp.access"):
        client.get("/no%0Asuch/page?code=canary")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "webapp.access"]
    assert line.startswith("GET /no%0Asuch/page 404 ")
    assert line.endswith(" ms")


@pytest.mark.parametrize("login_id", ["999:gone", "1:old"])
def test_a_session_of_a_closed_account_or_an_old_key_is_no_login(logged_in: FlaskClient, login_id: str) -> None:
    with logged_in.session_transaction() as session:
        session["_user_id"] = login_id
    assert logged_in.get("/account").status_code == 303
