"""What a manager does with a browser, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from webapp.demo import Visitor
from webapp.sandbox import Running

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def log_in() -> Callable[[str], Visitor]:
    def visit(base_url: str) -> Visitor:
        visitor = Visitor(base_url)
        visitor.submit("/login", email=EMAIL, password=PASSWORD)
        return visitor

    return visit


@pytest.fixture(scope="session")
def connect() -> Callable[[Visitor, Running, str, str], None]:
    """Connect by consent or by key, in place of what was connected before."""

    def press(visitor: Visitor, sandbox: Running, credential: str, region: str) -> None:
        visitor.open("/connection/disconnect")
        if 'class="confirming"' in visitor.page.text:
            visitor.submit("/connection/disconnect")
        visitor.open("/connection")
        if credential == "key":
            visitor.submit("/connection/key", api_key=sandbox.credentials.of(region).read_only)
            return
        visitor.submit("/connection/connect")
        assert visitor.page.url.startswith(sandbox.identity_url)
        visitor.submit("/oauth/authorize", decision="authorize", account=region)
        assert "PagerDuty is connected" in visitor.page.text

    return press


@pytest.fixture(scope="session")
def read_report() -> Callable[..., None]:
    """Ask for a report and go on reading until it is shown; by default October 2026."""

    def read(visitor: Visitor, **typed: str) -> None:
        visitor.open("/reports")
        visitor.submit("/reports", **({"period": "month", "month": "2026-10"} | typed))
        give_up = time.monotonic() + 120
        while 'id="reading"' in visitor.page.text:
            assert time.monotonic() < give_up
            visitor.open(visitor.page.url)

    return read
