"""The control endpoint: faults, ended credentials, the log."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from webapp.sandbox import Running

Get = Callable[..., requests.Response]
Control = Callable[..., requests.Response]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503])
def test_a_fault_comes_as_often_as_ordered(get: Get, control: Control, status: int) -> None:
    assert control("/faults", status=status, times=2).status_code == 201
    assert [get("/abilities").status_code for _ in range(3)] == [status, status, 200]


def test_a_fault_of_a_path_meets_that_path_only(get: Get, control: Control) -> None:
    control("/faults", status=503, path="/oncalls")
    assert [get(path).status_code for path in ("/users", "/oncalls", "/oncalls")] == [200, 503, 200]


def test_a_rate_limit_comes_with_or_without_its_headers(get: Get, control: Control) -> None:
    control("/faults", status=429, reset=7)
    control("/faults", status=429)
    assert [get("/users").headers.get("ratelimit-reset") for _ in range(2)] == ["7", None]


def test_a_fault_can_be_no_json(get: Get, control: Control) -> None:
    control("/faults", status=401, html=True)
    assert get("/users").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("body", [{}, {"status": 418}, {"status": "500"}])
def test_an_unknown_fault_is_refused(control: Control, body: dict[str, Any]) -> None:
    assert control("/faults", **body).status_code == 400


def test_a_revoked_key_is_401_until_the_reset(get: Get, control: Control) -> None:
    control("/revoke", credential="account")
    assert get("/users").status_code == 401
    control("/reset")
    assert get("/users").status_code == 200
    assert control("/revoke", credential="nobody").status_code == 400


def test_the_log_has_every_request_and_no_key(
    get: Get, sandbox: Running, http: requests.Session, control: Control
) -> None:
    control("/reset")
    get("/users", limit="1")
    get("/nowhere")
    answer = http.get(f"{sandbox.url}/control/requests", timeout=5)
    assert answer.json()["requests"] == [
        {"method": "GET", "path": "/users", "region": "us", "status": 200},
        {"method": "GET", "path": "/nowhere", "region": "us", "status": 404},
    ]
    assert sandbox.credentials.us.read_only not in answer.text
