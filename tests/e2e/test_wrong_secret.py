"""A database restored beside another master secret: the server says so at its start, and works on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.patience import PATIENCE_SECONDS
from webapp.demo import Visitor
from webapp.sandbox import Running

pytestmark = [pytest.mark.slow, pytest.mark.any_date]


def test_the_server_says_so_and_works_on_until_the_right_secret_is_back(
    serve: Callable[..., Any],
    set_up: Callable[[Any], None],
    real_pagerduty: Running,
    log_in: Callable[[str], Visitor],
    connect: Callable[..., None],
) -> None:
    first = serve(real_pagerduty)
    set_up(first)
    connect(log_in(first.base_url), real_pagerduty, "consent", "us")
    secret = first.instance / "secret.key"
    right = secret.read_bytes()

    def restart() -> Any:
        first.process.terminate()
        first.process.wait(PATIENCE_SECONDS)
        return serve(real_pagerduty, INSTANCE_DIR=str(first.instance))

    secret.write_text("the secret of another instance, long enough\n")
    wrong = restart()
    assert f"The master secret {secret} does not open 1 stored PagerDuty secret" in wrong.output
    visitor = log_in(wrong.base_url)
    visitor.open("/connection")
    assert "cannot be opened</span>" in visitor.page.text
    wrong.process.terminate()
    wrong.process.wait(PATIENCE_SECONDS)

    secret.write_bytes(right)
    restored = restart()
    assert "does not open" not in restored.output
    visitor = log_in(restored.base_url)
    visitor.open("/connection")
    assert "connected</span>" in visitor.page.text
    visitor.submit("/connection/test")
    assert "Everything that a report needs can be read." in visitor.page.text
