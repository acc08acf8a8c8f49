"""What a manager does with a browser, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from webapp import clock
from webapp.demo import Visitor
from webapp.pricing.report.lines import Period
from webapp.sandbox import Running
from webapp.services import periods

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def last_month() -> Period:
    """The month before the one in which these tests began."""
    return periods.last_month(clock.now().date())


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
def read_report(last_month: Period) -> Callable[..., None]:
    """Ask for a report and go on reading until it is shown; by default of the month that is over."""

    def read(visitor: Visitor, **typed: str) -> None:
        visitor.open("/reports")
        visitor.submit("/reports", **({"period": "month", "month": f"{last_month.first:%Y-%m}"} | typed))
        while 'id="reading"' in visitor.page.text:
            visitor.open(visitor.page.url)

    return read
