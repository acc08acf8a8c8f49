"""The control endpoint: ended credentials, other habits, the log. Faults are in test_faults."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.patience import PATIENCE_SECONDS
from webapp.sandbox import Running

Get = Callable[..., requests.Response]
Control = Callable[..., requests.Response]


def test_a_revoked_key_is_401_until_the_reset(get: Get, control: Control) -> None:
    control("/revoke", credential="account")
    assert get("/users").status_code == 401
    control("/reset")
    assert get("/users").status_code == 200
    assert control("/revoke", credential="nobody").status_code == 400


@pytest.mark.parametrize("body", [{"colour": "red"}, {"without": ["coffee"]}])
def test_an_unknown_setting_is_refused(control: Control, body: dict[str, Any]) -> None:
    assert control("/settings", **body).status_code == 400


def test_a_reset_takes_every_setting_back(get: Get, control: Control) -> None:
    control("/settings", without=["teams"], requires_headers=True)
    assert (get("/teams").status_code, get("/users").status_code) == (400, 400)
    control("/reset")
    assert (get("/teams").status_code, get("/users").status_code) == (200, 200)


def test_the_log_has_every_request_and_no_key(
    get: Get, sandbox: Running, http: requests.Session, control: Control
) -> None:
    control("/reset")
    get("/users", limit="1")
    get("/nowhere")
    answer = http.get(f"{sandbox.url}/control/requests", timeout=PATIENCE_SECONDS)
    assert answer.json()["requests"] == [
        {"method": "GET", "path": "/users", "region": "us", "status": 200},
        {"method": "GET", "path": "/nowhere", "region": "us", "status": 404},
    ]
    assert sandbox.credentials.us.read_only not in answer.text
