"""A sandbox with a clock that a test can move, and short ways to ask it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.patience import PATIENCE_SECONDS
from webapp.sandbox import Running, running


@dataclass
class Clock:
    """The sandbox's now."""

    at: datetime = datetime(2026, 11, 21, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, length: timedelta) -> None:
        self.at += length


Get = Callable[..., requests.Response]


@pytest.fixture
def clock(sandbox: Running) -> Clock:
    found: Any = sandbox.state.world._now
    assert isinstance(found, Clock)
    return found


@pytest.fixture(scope="session")
def _served() -> Iterator[Running]:
    with running(now=Clock()) as found:
        yield found


@pytest.fixture
def sandbox(_served: Running) -> Iterator[Running]:
    moving: Any = _served.state.world._now
    began = moving.at
    yield _served
    _served.state.reset()
    moving.at = began


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def get(sandbox: Running, http: requests.Session) -> Get:
    """GET on the US region with the read-only account key, or another Authorization header."""

    def ask(path: str, *, authorization: str | None = None, **query: str) -> requests.Response:
        header = authorization or f"Token token={sandbox.credentials.us.read_only}"
        query = {name.replace("__", "[]"): value for name, value in query.items()}
        return http.get(
            sandbox.us_url + path, params=query, headers={"Authorization": header}, timeout=PATIENCE_SECONDS
        )

    return ask


@pytest.fixture
def control(sandbox: Running, http: requests.Session) -> Callable[..., requests.Response]:
    def order(path: str, /, **body: Any) -> requests.Response:
        return http.post(f"{sandbox.url}/control{path}", json=body, timeout=PATIENCE_SECONDS)

    return order
