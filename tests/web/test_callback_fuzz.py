"""Whatever comes back at the callback: it never leads elsewhere, never logs a secret, never answers 500."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from webapp.models import Connection
from webapp.sandbox import Running
from webapp.settings import Settings

CANARY = "c4nary-"
"""What every made-up secret begins with."""

texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "\r\nSet-Cookie: a=b",
         "access_denied", "%00", "{{7*7}}", "<script>", "\u2028", "../../etc/passwd"]
    ),
)  # fmt: skip
secrets = texts.map(lambda text: CANARY + text)
names = st.sampled_from(
    ["next", "error", "error_description", "redirect_uri", "iss", "state", "code", "session_state", "x"]
)
questions = st.fixed_dictionaries(
    {},
    optional={
        "state": st.one_of(st.just("RIGHT"), secrets),
        "code": st.one_of(st.just("RIGHT"), secrets),
    },
)
hosts = st.sampled_from(
    [
        "localhost",
        "127.0.0.1:8000",
        "evil.example",
        "localhost.evil.example",
        "",
        "a b",
        "[::1]",
        "[",
        "localhost:99999999",
    ]
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Host": hosts,
        "X-Forwarded-Host": hosts,
        "HX-Request": st.just("true"),
        "HX-Current-URL": st.sampled_from(["https://evil.example/", "//evil.example", "/\\evil", "http://["]),
        "Referer": st.just("https://evil.example/"),
    },
)


class Watch(logging.Handler):
    """Keeps every line that is logged anywhere."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage() + (str(record.exc_info) if record.exc_info else ""))


@pytest.fixture(name="settings")
def of_sandbox(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """As it runs for people: an exception is a page with 500, not a failing test by itself."""
    made = make_app()
    made.testing = False
    return made


def begin(client: FlaskClient) -> str:
    """Press Connect PagerDuty; the state that goes out."""
    led_to = client.send("/connection/connect", page="/connection").headers["Location"]
    return dict(parse_qsl(urlsplit(led_to).query))["state"]


def check(
    app: Flask, client: FlaskClient, asked: dict[str, str], more: list[tuple[str, str]], sent: dict[str, str],
    begun: bool,  # noqa: FBT001  drawn
) -> None:  # fmt: skip
    state = begin(client) if begun else ""
    known = {"state": state or CANARY, "code": CANARY + "a code that PagerDuty never gave"}
    query = [(name, known[name] if value == "RIGHT" else value) for name, value in asked.items()]
    encoded = urlencode([*query, *more], errors="surrogatepass")
    answer = client.get(f"/connection/callback?{encoded}", headers=sent)
    assert answer.status_code in {302, 303, 400} or (answer.status_code == 200 and "HX-Redirect" in answer.headers)
    for name in ("Location", "HX-Redirect"):
        target = answer.headers.get(name, "/")
        parts = urlsplit(target)
        assert (parts.scheme, parts.netloc) == ("", ""), target
        assert target.startswith("/")
        assert not target.startswith(("//", "/\\"))
        assert CANARY not in target
    assert CANARY not in answer.headers.get("Set-Cookie", "")
    with app.extensions["calloutpay"].database.session() as session:
        assert session.scalars(select(Connection)).all() == []
    page = client.get("/connection")  # what it had to say
    assert page.status_code == 200
    assert CANARY not in page.text


def fuzz(app: Flask, client: FlaskClient, examples: int) -> None:
    watch, root = Watch(), logging.getLogger()
    before = root.level
    root.addHandler(watch)
    root.setLevel(logging.DEBUG)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(questions, st.lists(st.tuples(names, secrets), max_size=3), headers, st.booleans())
    def run(asked: dict[str, str], more: list[tuple[str, str]], sent: dict[str, str], begun: bool) -> None:  # noqa: FBT001  drawn
        check(app, client, asked, more, sent, begun)

    try:
        run()
    finally:
        root.removeHandler(watch)
        root.setLevel(before)
    assert len(watch.lines) > examples
    assert [line for line in watch.lines if CANARY in line] == []


def test_a_few_callbacks(app: Flask, logged_in: FlaskClient, pagerduty: Running) -> None:
    assert pagerduty
    fuzz(app, logged_in, 30)


@pytest.mark.slow
def test_very_many_callbacks(app: Flask, logged_in: FlaskClient, pagerduty: Running) -> None:
    assert pagerduty
    fuzz(app, logged_in, 700)


@pytest.mark.slow
def test_very_many_callbacks_of_strangers(client: FlaskClient, account: Any) -> None:
    """Without a login, the callback is a page like any other: behind the login."""
    assert account

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.tuples(names, secrets), max_size=4), headers)
    def run(asked: list[tuple[str, str]], sent: dict[str, str]) -> None:
        encoded = urlencode(asked, errors="surrogatepass")
        answer = client.get(f"/connection/callback?{encoded}", headers=sent)
        assert answer.status_code in {303, 400} or (answer.status_code == 200 and "HX-Redirect" in answer.headers)
        target = answer.headers.get("Location", answer.headers.get("HX-Redirect", "/"))
        assert (urlsplit(target).scheme, urlsplit(target).netloc) == ("", "")
        assert target.startswith("/")
        assert not target.startswith("//")
        assert CANARY not in target

    run()
