"""Every state and action of the connection card in a real browser: consent, keys, regions, and what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from webapp import clock
from webapp.models import Database
from webapp.sandbox import Running, running, tokens
from webapp.sandbox.faults import Fault
from webapp.services import accounts

pytestmark = pytest.mark.slow

NewPage = Callable[..., Page]
NO_APP = {"PAGERDUTY_CLIENT_ID": "", "PAGERDUTY_CLIENT_SECRET": ""}
ADA, EVA, HANA = "ada@example.com", "eva@example.com", "hana@example.com"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def server(serve: Callable[..., Any], set_up: Callable[[Any], None], real_pagerduty: Running) -> Any:
    """An instance without an app: an admin sets it up on the page."""
    started = serve(real_pagerduty, **NO_APP)
    set_up(started)
    database = Database(f"sqlite:///{started.instance / 'calloutpay.db'}")
    with database.session() as session:
        accounts.add_account(session, EVA, PASSWORD)
        accounts.add_account(session, HANA, PASSWORD, "viewer")
    database.close()
    return started


@pytest.fixture(autouse=True)
def healthy(real_pagerduty: Running) -> Iterator[None]:
    """PagerDuty as at its start, before and after each test."""
    real_pagerduty.state.reset()
    yield
    real_pagerduty.state.reset()


@pytest.fixture
def page(server: Any, new_page: NewPage, log_in: Callable[[Page], None]) -> Page:
    """Ada's browser on the card, with the app of Classic User OAuth, not connected."""
    opened = new_page(server.base_url)
    log_in(opened)
    return opened


def disconnect(page: Page) -> None:
    page.goto("/connection/disconnect")
    button = page.get_by_role("button", name="Disconnect", exact=True)
    if button.count():
        button.click()
        expect(page.get_by_text("PagerDuty is disconnected.")).to_be_visible()
    page.goto("/connection")


def set_app(page: Page, sandbox: Running, kind: str) -> None:
    known = sandbox.credentials
    page.goto("/admin/app")
    page.get_by_label({"classic": "Classic User OAuth", "scoped": "Scoped OAuth"}[kind]).check()
    page.get_by_label("Client ID").fill(known.client_id if kind == "classic" else known.scoped_client_id)
    page.get_by_label("Client Secret").fill(known.client_secret if kind == "classic" else known.scoped_client_secret)
    page.get_by_role("button", name="Save the app").click()
    expect(page.get_by_text("The PagerDuty app is set up.")).to_be_visible()


def press_connect(page: Page, button: str = "Connect PagerDuty") -> None:
    page.goto("/connection")
    page.get_by_role("button", name=button).click()
    expect(page).to_have_title("Authorize CalloutPay")


def connect(page: Page, region: str = "us", button: str = "Connect PagerDuty") -> None:
    press_connect(page, button)
    page.get_by_label("Account").select_option(region)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url("**/reports")
    page.goto("/connection")


def paste(page: Page, key: str, region: str = "find out", fold: str = "Use a manual API key instead") -> None:
    page.goto("/connection")
    field = page.get_by_label("PagerDuty API key")
    if not field.is_visible():
        page.get_by_text(fold).click()
    field.fill(key)
    page.get_by_label("Region").select_option(label=region)
    page.locator("form[action='/connection/key'] button").click()


def connected_by_key(page: Page, key: str, **how: str) -> None:
    paste(page, key, **how)
    page.wait_for_url("**/reports")
    page.goto("/connection")


def state_is(page: Page, words: str) -> None:
    expect(page.locator("#connection-card .badge").first).to_have_text(re.compile(rf"{words}$"))


def card_says(page: Page, *words: str) -> None:
    for text in words:
        expect(page.locator("#connection-card")).to_contain_text(text)


def ready(page: Page, sandbox: Running, kind: str = "classic") -> None:
    """Not connected, with an app of a kind."""
    disconnect(page)
    set_app(page, sandbox, kind)
    page.goto("/connection")


# States and actions that work


@pytest.mark.parametrize("region", ["us", "eu"])
@pytest.mark.parametrize("kind", ["classic", "scoped"])
def test_consent_test_refresh_and_disconnect(page: Page, real_pagerduty: Running, kind: str, region: str) -> None:
    ready(page, real_pagerduty, kind)
    state_is(page, "not connected")
    connect(page, region)
    state_is(page, "connected")
    card_says(page, f"{region.upper()} region", "OAuth, with the rights of Ada Lindqvist, role owner", "yours alone")
    card_says(page, "renews by itself", "read" if kind == "classic" else "escalation_policies.read")
    page.get_by_role("button", name="Test").click()
    card_says(page, "Everything that a report needs can be read.", "Time of a call", "Rate limit")
    first = set(real_pagerduty.state.tokens._refresh)
    connect(page, region, "Refresh connection")
    state_is(page, "connected")
    assert first & set(real_pagerduty.state.tokens._refresh) == set()  # the old grant is ended there, too
    assert len(real_pagerduty.state.tokens._refresh) == 1
    page.get_by_role("link", name="Disconnect…").click()
    card_says(page, "Disconnect PagerDuty?")
    page.get_by_role("link", name="Keep the connection").click()
    state_is(page, "connected")
    disconnect(page)
    state_is(page, "not connected")
    assert real_pagerduty.state.tokens._refresh == {}


@pytest.mark.parametrize("region", ["us", "eu"])
@pytest.mark.parametrize(
    ("kind", "whose"),
    [("read_only", "the whole account"), ("user", "Ada Lindqvist"), ("full", "the whole account")],
)
def test_keys_of_every_kind_are_placed_and_only_read_with(
    page: Page, real_pagerduty: Running, kind: str, whose: str, region: str
) -> None:
    disconnect(page)
    key = getattr(real_pagerduty.credentials.of(region), kind)
    connected_by_key(page, key)
    state_is(page, "connected")
    card_says(page, f"{region.upper()} region", f"API key ending in {key[-4:]}, with the rights of {whose}",
              "PagerDuty tells nobody unless one tries to write")  # fmt: skip
    page.get_by_role("button", name="Test").click()
    card_says(page, "Everything that a report needs can be read.")
    assert key not in page.content()
    assert {asked.method for asked in real_pagerduty.state.requests} == {"GET"}


def test_a_key_is_replaced_after_the_new_one_was_tried(page: Page, real_pagerduty: Running) -> None:
    disconnect(page)
    old, new = real_pagerduty.credentials.us.read_only, real_pagerduty.credentials.us.user
    connected_by_key(page, old)
    paste(page, "y_Nosuchkey", fold="Edit API key")
    card_says(page, "in neither the US nor the EU region", f"API key ending in {old[-4:]}")
    connected_by_key(page, new, fold="Edit API key")
    card_says(page, f"API key ending in {new[-4:]}, with the rights of Ada Lindqvist")


def test_everything_works_without_javascript(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None], real_pagerduty: Running
) -> None:
    page = new_page(server.base_url, java_script_enabled=False)
    log_in(page)
    disconnect(page)
    connected_by_key(page, real_pagerduty.credentials.us.read_only)
    page.get_by_role("button", name="Test").click()
    card_says(page, "Everything that a report needs can be read.")
    page.goto("/connection")
    page.get_by_role("button", name="Share with everybody").click()
    card_says(page, "yours, shared with everybody")
    disconnect(page)
    state_is(page, "not connected")


def test_hr_reads_over_the_shared_connection_until_another_admin_takes_it_over(
    server: Any, page: Page, new_page: NewPage, real_pagerduty: Running
) -> None:
    disconnect(page)
    connected_by_key(page, real_pagerduty.credentials.us.read_only)
    page.get_by_role("button", name="Share with everybody").click()
    browsers = {}
    for email in (HANA, EVA):
        browsers[email] = new_page(server.base_url)
        browsers[email].goto("/login")
        browsers[email].get_by_label("E-mail").fill(email)
        browsers[email].get_by_label("Password").fill(PASSWORD)
        browsers[email].get_by_role("button", name="Log in").click()
        browsers[email].goto("/connection")
        card_says(browsers[email], f"shared with everybody by {ADA}")
    expect(browsers[HANA].get_by_role("link", name="Disconnect…")).to_have_count(0)
    browsers[EVA].get_by_text("Take over…").click()
    browsers[EVA].get_by_role("button", name="Take the connection over").click()
    card_says(browsers[EVA], "yours, shared with everybody")
    browsers[HANA].reload()
    card_says(browsers[HANA], f"shared with everybody by {EVA}")
    disconnect(browsers[EVA])
    browsers[HANA].reload()
    state_is(browsers[HANA], "not connected")


def test_the_app_is_changed_and_removed_under_a_connection(page: Page, real_pagerduty: Running) -> None:
    ready(page, real_pagerduty)
    connect(page)
    set_app(page, real_pagerduty, "scoped")
    expect(page.get_by_text("Whoever connected through the old one must connect again.")).to_be_visible()
    page.goto("/connection")
    state_is(page, "app changed")
    connect(page, button="Reconnect PagerDuty")
    state_is(page, "connected")
    page.goto("/admin/app")
    page.get_by_text("Remove the app…").click()
    page.get_by_role("button", name="Remove the app", exact=True).click()
    page.goto("/connection")
    state_is(page, "app removed")
    expect(page.get_by_role("button", name="Reconnect PagerDuty")).to_have_count(0)


# What goes wrong at the consent


def test_denial_changes_nothing(page: Page, real_pagerduty: Running) -> None:
    ready(page, real_pagerduty)
    press_connect(page)
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("access was denied there. Nothing has changed.")).to_be_visible()
    state_is(page, "not connected")


@pytest.mark.parametrize("kind", ["classic", "scoped"])
def test_a_grant_that_may_read_nothing_is_refused(page: Page, real_pagerduty: Running, kind: str) -> None:
    ready(page, real_pagerduty, kind)
    press_connect(page)
    page.evaluate("document.querySelector('[name=scope]').value = 'nothing.at.all'")
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("PagerDuty connected us without the right to read")).to_be_visible()
    state_is(page, "not connected")


def test_a_code_that_is_too_old(page: Page, real_pagerduty: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(page, real_pagerduty)
    press_connect(page)
    monkeypatch.setattr(tokens, "CODE_LIFE", timedelta(seconds=-1))
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("PagerDuty no longer accepts this consent")).to_be_visible()
    state_is(page, "not connected")


def test_another_state(page: Page, real_pagerduty: Running) -> None:
    ready(page, real_pagerduty)
    press_connect(page)
    page.evaluate("document.querySelector('[name=state]').value = 'somebody-elses'")
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("This consent was not started here")).to_be_visible()
    state_is(page, "not connected")


def test_a_callback_is_finished_once(page: Page, real_pagerduty: Running) -> None:
    ready(page, real_pagerduty)
    back: list[str] = []
    page.on("request", lambda request: back.append(request.url) if "/connection/callback" in request.url else None)
    connect(page)
    page.goto(back[0])
    expect(page.get_by_text("or was finished already")).to_be_visible()
    state_is(page, "connected")
    assert len(real_pagerduty.state.tokens._refresh) == 1


def test_the_identity_host_is_down(page: Page, real_pagerduty: Running) -> None:
    ready(page, real_pagerduty)
    press_connect(page)
    real_pagerduty.state.faults.add(Fault(kind="dropped", path="/identity/oauth/token", times=None))
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("PagerDuty did not answer properly")).to_be_visible()
    state_is(page, "not connected")


def test_html_in_place_of_a_token(page: Page, real_pagerduty: Running) -> None:
    ready(page, real_pagerduty)
    press_connect(page)
    real_pagerduty.state.faults.add(Fault(kind="html", path="/identity/oauth/token"))
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("PagerDuty did not answer properly")).to_be_visible()
    state_is(page, "not connected")


@pytest.mark.parametrize("minutes", [5, -5])
def test_a_clock_that_is_five_minutes_off(
    serve: Callable[..., Any], set_up: Callable[[Any], None], new_page: NewPage, log_in: Callable[[Page], None],
    minutes: int,
) -> None:  # fmt: skip
    with running("small", now=lambda: clock.now() + timedelta(minutes=minutes), rate_limit=None) as skewed:
        server = serve(skewed)
        set_up(server)
        page = new_page(server.base_url)
        log_in(page)
        connect(page)
        state_is(page, "connected")
        page.get_by_role("button", name="Test").click()
        card_says(page, "Everything that a report needs can be read.")


# What goes wrong later


def test_revoked_between_two_clicks(page: Page, real_pagerduty: Running) -> None:
    ready(page, real_pagerduty)
    connect(page)
    page.goto("/reports")
    page.get_by_label("The organisation").check()
    real_pagerduty.state.tokens.revoke()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("PagerDuty no longer accepts this connection").first).to_be_visible()
    page.goto("/connection")
    state_is(page, "revoked in PagerDuty")
    connect(page, button="Reconnect PagerDuty")
    state_is(page, "connected")


def test_a_refused_renewal(page: Page, real_pagerduty: Running) -> None:
    ready(page, real_pagerduty, "scoped")
    connect(page)
    real_pagerduty.state.tokens.expire_access()
    real_pagerduty.state.tokens._refresh.clear()
    page.get_by_role("button", name="Test").click()
    card_says(page, "PagerDuty no longer accepts this connection")
    state_is(page, "revoked in PagerDuty")


def test_a_token_about_to_expire_is_renewed_with_the_next_use(
    page: Page, real_pagerduty: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(page, real_pagerduty)
    press_connect(page)
    # What the page after the consent asks renews the token at once; that one is short-lived, too.
    monkeypatch.setitem(tokens.ACCESS_LIFE, "classic", timedelta(seconds=60))
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url("**/reports")
    page.goto("/connection")
    state_is(page, "expiring")
    monkeypatch.undo()
    page.get_by_role("button", name="Test").click()
    card_says(page, "Everything that a report needs can be read.")
    state_is(page, "connected")


def test_a_key_that_was_deleted(page: Page, real_pagerduty: Running) -> None:
    disconnect(page)
    connected_by_key(page, real_pagerduty.credentials.us.read_only)
    real_pagerduty.state.revoked.add(("us", "account"))
    page.get_by_role("button", name="Test").click()
    state_is(page, "refused by PagerDuty")
    connected_by_key(page, real_pagerduty.credentials.us.user, fold="Edit API key")
    state_is(page, "connected")


def test_a_key_of_the_other_region(page: Page, real_pagerduty: Running) -> None:
    disconnect(page)
    paste(page, real_pagerduty.credentials.eu.read_only, region="US")
    card_says(page, "PagerDuty accepts no such key in the US region.")
    state_is(page, "not connected")
    connected_by_key(page, real_pagerduty.credentials.eu.read_only)
    card_says(page, "EU region")


def test_a_key_whose_region_nothing_tells(page: Page, real_pagerduty: Running) -> None:
    disconnect(page)
    real_pagerduty.state.is_transparent = real_pagerduty.state.is_linkless = True
    paste(page, real_pagerduty.credentials.eu.read_only)
    state_is(page, "region unclear")
    card_says(page, "Choose the region")
    connected_by_key(page, real_pagerduty.credentials.eu.read_only, region="EU")
    state_is(page, "connected")
    card_says(page, "EU region")


def test_html_in_place_of_json(page: Page, real_pagerduty: Running) -> None:
    disconnect(page)
    connected_by_key(page, real_pagerduty.credentials.us.read_only)
    real_pagerduty.state.faults.add(Fault(kind="html", path="/users/me", times=5))
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("PagerDuty did not answer properly")).to_be_visible()
    state_is(page, "connected")


def test_what_may_not_be_read_is_named(page: Page, real_pagerduty: Running) -> None:
    disconnect(page)
    connected_by_key(page, real_pagerduty.credentials.us.read_only)
    real_pagerduty.state.faults.add(Fault(status=403, path="/log_entries"))
    page.get_by_role("button", name="Test").click()
    card_says(page, "but may not read log entries", "refused")


# How it looks


@pytest.mark.parametrize("width", [360, 1100])
def test_no_page_is_wider_than_the_screen(
    server: Any, browser: Browser, log_in: Callable[[Page], None], width: int
) -> None:
    context = browser.new_context(base_url=server.base_url, viewport={"width": width, "height": 800})
    page = context.new_page()
    log_in(page)
    for path in ("/connection", "/admin/app", "/admin/accounts", "/admin/accounts/1", "/account"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
