from __future__ import annotations

import logging
import socket
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from requests_mock import ANY as ANY_ADDRESS
from requests_mock import Mocker

from tests.patience import PATIENCE_SECONDS
from webapp.pd.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    PagerDutyError,
    RateLimited,
    Refused,
    TooSlow,
    Unavailable,
)
from webapp.pd.pace import Pace
from webapp.pd.timing import Timing
from webapp.pd.transport import Credential, CredentialKind, Transport

BASE = "https://api.pagerduty.com"
SECRET = "y_canary-0123456789"


class Pauses(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def transport(pauses: Pauses) -> Transport:
    timing = Timing(sleep=pauses, chance=lambda: 0.0)
    return Transport(BASE, Credential(CredentialKind.KEY, SECRET), Pace(timing=timing), timing=timing)


@pytest.mark.parametrize(
    ("kind", "header"),
    [(CredentialKind.KEY, f"Token token={SECRET}"), (CredentialKind.OAUTH, f"Bearer {SECRET}")],
)
def test_credential_is_sent_by_its_kind(requests_mock: Mocker, kind: CredentialKind, header: str) -> None:
    requests_mock.get(f"{BASE}/abilities", json={"abilities": []})
    Transport(BASE, Credential(kind, SECRET), Pace(), timing=Timing()).get("/abilities")
    sent = requests_mock.last_request
    assert sent.headers["Authorization"] == header
    assert sent.headers["Accept"] == "application/vnd.pagerduty+json;version=2"
    assert "CalloutPay" in sent.headers["User-Agent"]
    assert sent.timeout == (10, 60)


def test_netrc_does_not_replace_the_credential(
    requests_mock: Mocker, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.pagerduty.com login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    requests_mock.get(f"{BASE}/abilities", json={})
    transport.get("/abilities")
    assert requests_mock.last_request.headers["Authorization"] == f"Token token={SECRET}"


def test_the_proxy_and_the_certificates_of_the_environment_are_used(
    requests_mock: Mocker, pauses: Pauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "api.eu.pagerduty.com")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/own-authorities.pem")
    requests_mock.get(ANY_ADDRESS, json={})

    def asked(base_url: str) -> Any:
        timing = Timing(sleep=pauses)
        Transport(base_url, Credential(CredentialKind.KEY, SECRET), Pace(timing=timing), timing=timing).get("/users")
        return requests_mock.last_request

    assert asked(BASE).proxies["https"] == "http://proxy.example:3128"
    assert asked(BASE).verify == "/etc/own-authorities.pem"
    assert "https" not in asked("https://api.eu.pagerduty.com").proxies


def test_it_can_only_get() -> None:
    public = [name for name in vars(Transport) if not name.startswith("_")]
    assert public == ["get"]
    assert "method" not in Transport.get.__annotations__


def test_parameters_may_repeat(requests_mock: Mocker, transport: Transport) -> None:
    requests_mock.get(f"{BASE}/oncalls", json={})
    transport.get("/oncalls", [("user_ids[]", "P1"), ("user_ids[]", "P2")])
    assert requests_mock.last_request.qs == {"user_ids[]": ["p1", "p2"]}


@pytest.mark.parametrize(
    ("status", "answer", "error", "words"),
    [
        (
            400,
            {"json": {"error": {"message": "Invalid Input Provided", "errors": ["Bad range."]}}},
            BadRequest,
            "Bad range",
        ),
        (400, {"json": {"error": "Because this request was made using an account key"}}, BadRequest, "Because this"),
        (400, {"json": {"error": {"message": "Invalid", "errors": {"since": ["is odd"]}}}}, BadRequest, "since"),
        (400, {"text": ""}, BadRequest, "did not accept our question. Please"),
        (401, {"json": {"error": {"message": "Unauthorized", "code": 2006}}}, Refused, "Reconnect"),
        (401, {"text": "<html>Sign in</html>"}, Refused, "Reconnect"),
        (402, {"json": {"error": {"message": "Account lacks"}}}, Forbidden, "plan"),
        (403, {"json": {"error": {"message": "x", "required_scopes": "oncalls.read"}}}, Forbidden, "oncalls.read"),
        (403, {"json": {"error": {"required_scopes": ["a.read", "b.read"]}}}, Forbidden, "a.read b.read"),
        (403, {"text": "no"}, Forbidden, "account admin"),
        (404, {"json": {"error": {"message": "Not Found", "code": 2100}}}, NotFound, "does not know"),
        (408, {"json": {"error": {"code": 2016}}}, TooSlow, "try again"),
    ],
)
def test_every_error_shape_becomes_a_sentence(
    requests_mock: Mocker,
    transport: Transport,
    status: int,
    answer: dict[str, Any],
    error: type[PagerDutyError],
    words: str,
) -> None:
    requests_mock.get(f"{BASE}/oncalls", status_code=status, **answer)
    with pytest.raises(error) as caught:
        transport.get("/oncalls")
    assert words in caught.value.sentence
    assert requests_mock.call_count == 1


def test_missing_scope_is_told(requests_mock: Mocker, transport: Transport) -> None:
    requests_mock.get(f"{BASE}/oncalls", status_code=403, json={"error": {"required_scopes": "oncalls.read"}})
    with pytest.raises(Forbidden) as caught:
        transport.get("/oncalls")
    assert caught.value.missing_scope == "oncalls.read"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-reset": "20"}, 20),
        ({"ratelimit-reset": "0"}, 1),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Fri, 02 Oct 2026 07:28:00 GMT"}, 30),
        ({}, 30),
    ],
)
def test_rate_limit_tells_how_long_and_does_not_sleep(
    requests_mock: Mocker, transport: Transport, pauses: Pauses, headers: dict[str, str], seconds: int
) -> None:
    requests_mock.get(f"{BASE}/oncalls", status_code=429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        transport.get("/oncalls")
    assert caught.value.retry_after_seconds == seconds
    assert pauses == []


def test_server_errors_and_dropped_connections_are_asked_again_after_a_pause(
    requests_mock: Mocker, transport: Transport, pauses: Pauses
) -> None:
    requests_mock.get(
        f"{BASE}/oncalls",
        [{"status_code": 503, "text": "<html>"}, {"exc": requests.ConnectionError}, {"json": {"oncalls": []}}],
    )
    answer = transport.get("/oncalls")
    assert answer.retries == 2
    assert pauses == [0.5, 1]


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 500, "json": {"error": {"code": 2000}}},
        {"exc": requests.ConnectionError},
        {"text": '{"oncalls": ['},
        {"json": ["a list"]},
        {"content": b"\xff\xfe"},
        {"status_code": 302, "headers": {"Location": "https://elsewhere.example/"}},
    ],
)
def test_what_stays_broken_is_unavailable(requests_mock: Mocker, transport: Transport, answer: dict[str, Any]) -> None:
    requests_mock.get(f"{BASE}/oncalls", **answer)
    requests_mock.get("https://elsewhere.example/", json={})
    with pytest.raises(Unavailable):
        transport.get("/oncalls")
    assert {request.hostname for request in requests_mock.request_history} == {"api.pagerduty.com"}
    assert requests_mock.call_count == 5


def test_a_timeout_is_not_repeated(requests_mock: Mocker, transport: Transport, pauses: Pauses) -> None:
    requests_mock.get(f"{BASE}/oncalls", exc=requests.ReadTimeout)
    with pytest.raises(TooSlow):
        transport.get("/oncalls")
    assert (requests_mock.call_count, pauses) == (1, [])


def test_a_body_cut_off_by_the_network_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(5):
                connection, _peer = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"oncalls": []}')

        thread = Thread(target=serve, daemon=True)
        thread.start()
        base = f"http://127.0.0.1:{server.getsockname()[1]}"
        timing = Timing(sleep=lambda _: None)
        cut_off = Transport(base, Credential(CredentialKind.KEY, SECRET), Pace(), timing=timing)
        with pytest.raises(Unavailable):
            cut_off.get("/oncalls")
        thread.join(PATIENCE_SECONDS)


def test_a_body_that_stops_coming_is_a_timeout_and_not_repeated(pauses: Pauses) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answered: list[socket.socket] = []

        def serve() -> None:
            connection, _peer = server.accept()
            connection.recv(65536)
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"oncalls": [')
            answered.append(connection)

        Thread(target=serve, daemon=True).start()
        base = f"http://127.0.0.1:{server.getsockname()[1]}"
        timing = Timing(sleep=pauses, read_seconds=1)
        with pytest.raises(TooSlow):
            Transport(base, Credential(CredentialKind.KEY, SECRET), Pace(), timing=timing).get("/oncalls")
        answered[0].close()
    assert pauses == []


def test_the_log_names_the_call_but_no_value_of_it(
    requests_mock: Mocker, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    requests_mock.get(f"{BASE}/users", json={"users": []}, headers={"x-request-id": "req-1"})
    with caplog.at_level(logging.INFO, logger="webapp.pd"):
        transport.get("/users", [("query", "ada@example.com")])
    assert "GET /users 200" in caplog.text
    assert "req-1" in caplog.text
    assert "ada" not in caplog.text
    assert SECRET not in caplog.text


def test_no_error_repeats_the_credential(requests_mock: Mocker, transport: Transport) -> None:
    requests_mock.get(f"{BASE}/users", status_code=400, json={"error": f"Bad key {SECRET}"})
    with pytest.raises(BadRequest) as caught:
        transport.get("/users")
    assert SECRET not in caught.value.sentence
    assert SECRET not in repr(Credential(CredentialKind.KEY, SECRET))


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel"])
def test_what_cannot_be_a_key_is_refused_before_it_is_sent(key: str) -> None:
    with pytest.raises(Refused, match="not a PagerDuty API key"):
        Credential(CredentialKind.KEY, key)
