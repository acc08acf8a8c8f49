"""CalloutPay only reads: nothing in `webapp/pd` can send anything but GET to PagerDuty's REST API.

By construction (the last door of every session), by trying everything there is, and by reading the source.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_mock import ANY, Mocker

import webapp.pd
from tests.conftest import documented_endpoints, endpoints_asked
from webapp.pd import check, oauth, probe
from webapp.pd.client import Client
from webapp.pd.errors import PagerDutyError
from webapp.pd.pace import Pace
from webapp.pd.reader import Reading
from webapp.pd.regions import Endpoints, Region
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Team
from webapp.pd.timing import Timing
from webapp.pd.transport import Credential, CredentialKind, NotReading, Transport
from webapp.sandbox import Running, running

SOURCES = sorted(Path(webapp.pd.__path__[0]).glob("*.py"))
KEY = Credential(CredentialKind.KEY, "y_key")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUICK = Timing(sleep=lambda _: None, backoff_seconds=())


def transport(base_url: str = "https://api.pagerduty.com") -> Transport:
    return Transport(base_url, KEY, Pace(timing=QUICK), timing=QUICK)


# By construction


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get "])
def test_a_session_of_the_rest_api_sends_no_other_method(method: str) -> None:
    with pytest.raises(NotReading):
        transport()._take_session().request(method, "https://api.pagerduty.com/incidents", timeout=1)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.pagerduty.com.evil.example/incidents",
        "https://api.eu.pagerduty.com/incidents",
        "http://api.pagerduty.com/incidents",
        "https://evil.example/incidents",
        "https://api.pagerduty.com@evil.example/incidents",
    ],
)
def test_a_session_of_the_rest_api_asks_no_other_host(url: str) -> None:
    with pytest.raises((NotReading, requests.exceptions.InvalidSchema)):
        transport()._take_session().get(url, timeout=1)


def test_a_get_carries_no_body() -> None:
    with pytest.raises(NotReading):
        transport()._take_session().get("https://api.pagerduty.com/incidents", data="status=resolved", timeout=1)


def test_the_one_function_that_sends_takes_no_method() -> None:
    public = [name for name in vars(Transport) if not name.startswith("_") and callable(getattr(Transport, name))]
    assert public == ["get"]
    assert list(inspect.signature(Transport.get).parameters) == ["self", "path", "params"]


def test_only_two_modules_can_send_anything() -> None:
    senders = [path.name for path in SOURCES if re.search(r"^(import|from) (requests|authlib|http|urllib3|socket)\b",
                                                          path.read_text(encoding="utf-8"), re.MULTILINE)]  # fmt: skip
    assert senders == ["oauth.py", "transport.py"]
    methods = {"post", "put", "patch", "delete", "request", "send"}
    calls = [
        (path.name, node.func.attr)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods
    ]
    assert calls == [("transport.py", "send")]  # the last door itself


# By trying everything


ARGUMENTS: dict[str, Any] = {
    "path": "/users", "name": "users", "params": (), "offset": 0, "limit": 1, "total": False, "query": "ada",
    "user_id": "PADA", "text": "PADA12", "team_id": "PTEAM",
}  # fmt: skip


MAKES_ANOTHER = {"afresh"}
"""Asks nothing: answers another client, whose functions are these."""


@pytest.fixture
def any_answer(requests_mock: Mocker) -> Mocker:
    """Every method of every address is answered, so that nothing stops on the way."""
    requests_mock.register_uri(ANY, ANY, json={"users": [], "teams": [], "members": [], "more": False, "user": {}})
    return requests_mock


def functions_of(owner: Any) -> list[tuple[str, Callable[..., Any]]]:
    """What anybody may call."""
    return [(name, member) for name, member in inspect.getmembers(owner, inspect.isroutine) if not name.startswith("_")]


def exhaust(found: Any) -> None:
    if isinstance(found, Iterator):
        list(found)


@pytest.mark.parametrize("name", sorted({name for name, _ in functions_of(Client)} - MAKES_ANOTHER))
def test_every_function_of_the_client_only_reads(any_answer: Mocker, name: str) -> None:
    function = getattr(Client(transport()), name)
    known = {word: ARGUMENTS[word] for word in inspect.signature(function).parameters}
    with suppress(PagerDutyError, KeyError):  # an answer that cannot be read was asked for all the same
        exhaust(function(**known))
    asked = any_answer.request_history
    assert asked
    assert {(request.method, request.hostname) for request in asked} == {("GET", "api.pagerduty.com")}


def test_trying_a_credential_only_reads(any_answer: Mocker) -> None:
    for ask in (
        lambda: probe.find_region(Endpoints(), "y_key", QUICK),
        lambda: probe.describe(Client(transport())),
        lambda: check.check(Client(transport())),
    ):
        try:
            ask()
        except (PagerDutyError, KeyError):
            continue
    assert {request.method for request in any_answer.request_history} == {"GET"}


def test_oauth_posts_to_the_identity_host_and_to_nobody_else(any_answer: Mocker) -> None:
    app = oauth.App("id", "secret")
    for ask in (
        lambda: oauth.exchange(app, "https://pay.example.com/connection/callback", "code", "v" * 48, NOW),
        lambda: oauth.refresh(app, "refresh", NOW),
        lambda: oauth.revoke(app, oauth.TokenSet("access", "refresh", NOW, "read")),
        lambda: oauth._verified_claims(app, "token"),
    ):
        try:
            ask()
        except PagerDutyError:
            continue
    asked = any_answer.request_history
    assert len(asked) >= 4
    assert {request.hostname for request in asked} == {"identity.pagerduty.com"}


# The list in docs/security.md


def spelled(node: ast.expr) -> list[str]:
    """All that a string of the source may be, with {id} for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.FormattedValue):
        value = node.value
        return [*spelled(value.body), *spelled(value.orelse)] if isinstance(value, ast.IfExp) else ["{id}"]
    if isinstance(node, ast.JoinedStr):
        found = [""]
        for part in node.values:
            found = [before + text for before in found for text in spelled(part)]
        return found
    return []


def in_source() -> set[str]:
    """Every path that the source can ask for."""
    inside: set[ast.AST] = set()
    found: set[str] = set()
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                inside |= {part for value in node.values for part in ast.walk(value)}
        strings = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.Constant)]
        found |= {text for node in strings if node not in inside for text in spelled(node)}
    return {text for text in found if re.fullmatch(r"(/v3)?/[a-z_]+(/(\{id\}|me))?(/[a-z_]+)?", text)}


def test_every_endpoint_of_the_source_is_documented_and_no_other() -> None:
    assert len(in_source()) > 10
    assert documented_endpoints() == in_source()


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running("small", rate_limit=None) as served:
        yield served


@pytest.mark.slow
def test_every_endpoint_that_is_documented_is_asked_and_no_other(sandbox: Running) -> None:
    endpoints = Endpoints(sandbox.us_url, sandbox.eu_url, sandbox.identity_url)
    full = Credential(CredentialKind.KEY, sandbox.credentials.us.full)
    client = probe.connect(endpoints, Region.US, full, Timing(scale=0.001))
    check.check(client)
    for user in client.users("Ada"):
        client.user(user.id)
    for team in client.teams():
        client.team(team.id)
        client.member_ids(team.id)
    since, until = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    for scope in (Organisation(), Team(client.teams()[0].id), Individual(client.users("Ada")[0].id)):
        for mode in Mode:
            reading = Reading(ReadRequest(since, until, scope, mode), client, NOW)
            while not reading.complete:
                reading.advance(lambda: False)
    asked = endpoints_asked(sandbox)
    assert {method for method, _ in asked} == {"GET"}
    paths = {path for _, path in asked}
    assert paths - documented_endpoints() == set()
    rare = {"/incidents/{id}", "/incidents/{id}/log_entries", "/v3/schedules/{id}"}  # asked where lists fall short
    assert documented_endpoints() - paths - rare == set()
