"""A real browser, the real server and the sandbox; the console must stay silent."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.patience import PATIENCE_MS
from webapp.sandbox import Running

expect.set_options(timeout=PATIENCE_MS)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def browser(need: Callable[[object, str], None]) -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    need(chromium, "Chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def server(serve: Callable[..., Any], set_up: Callable[[Any], None], real_pagerduty: Running) -> Any:
    started = serve(real_pagerduty)
    set_up(started)
    return started


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a context of its own; afterwards its console must have said nothing."""
    said: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        # A refused form is answered by 422 and a missing page by 404, which browsers note, and PagerDuty's own pages
        # are not ours; everything else is.
        expected = re.search("status of (404|422)", message.text)
        if message.type in {"error", "warning"} and not expected:
            said.append(message.text)

    def make(base_url: str, **settings: Any) -> Page:
        context = browser.new_context(base_url=base_url, locale="en-GB", **settings)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: said.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture
def log_in() -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        page.goto("/login")
        page.get_by_label("E-mail").fill("ada@example.com")
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Log in").click()

    return fill


@pytest.fixture
def connect() -> Callable[[Page], None]:
    """Connect through PagerDuty's consent page, if not connected yet."""

    def press(page: Page) -> None:
        page.goto("/connection")
        button = page.get_by_role("button", name="Connect PagerDuty")
        if button.count() == 0:
            return
        button.click()
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url("**/reports")

    return press
