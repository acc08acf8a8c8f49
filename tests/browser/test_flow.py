"""The main job in a real browser: with a mouse, without JavaScript, by keyboard only, on a narrow screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from webapp.sandbox import Running
from webapp.sandbox.faults import Fault

pytestmark = pytest.mark.slow

NewPage = Callable[..., Page]
ADA = "PUZXTCN"
# htmx announces the trigger `load`, and does not announce `every`.
KEEP_TRIGGER = 'document.body.addEventListener("htmx:trigger", () => { sessionStorage.trigger = "load"; })'


def press_preview(page: Page) -> None:
    """Ask for the team Payments in October 2026."""
    page.goto("/reports")
    page.get_by_label("A team").check()
    page.get_by_label("Team", exact=True).select_option(label="Payments")
    page.get_by_label("A month", exact=True).check()
    page.get_by_label("Month", exact=True).fill("2026-10")
    page.get_by_role("button", name="Preview").click()


def ask_for_payments(page: Page) -> None:
    press_preview(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("On-call pay, Payments, October 2026")


def total_of(page: Page) -> str:
    return page.locator("#preview dl.headline dd").first.inner_text()


def test_from_the_one_time_code_to_the_workbook(
    serve: Callable[..., Any], real_pagerduty: Running, new_page: NewPage, tmp_path: Path
) -> None:
    server = serve(real_pagerduty)
    code = re.findall(r"with the code (\S+)", server.wait_for("with the code"))[0]
    page = new_page(server.base_url)

    page.goto("/")
    page.get_by_label("One-time code").fill(code)
    page.get_by_label("E-mail").fill("eva@example.com")
    page.get_by_label("Password").fill("a long and new password")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_text("Your account is made. Next, connect PagerDuty.")).to_be_visible()

    page.get_by_role("button", name="Connect PagerDuty").click()
    expect(page).to_have_title("Authorize CalloutPay")
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("PagerDuty is connected, with the rights of Ada Lindqvist")).to_be_visible()

    for cell, amount in {"weekday": "20", "weekend day": "35", "bank holiday": "50"}.items():
        page.get_by_label(f"Level 1, {cell}").fill(amount)
    page.get_by_label("Callout fee").fill("45")
    page.get_by_label("Hourly rate").fill("31.35")
    page.get_by_label("Holiday region").fill("GB-ENG")
    page.get_by_label("The organisation").check()
    page.get_by_label("A month", exact=True).check()
    page.get_by_label("Month", exact=True).fill("2026-10")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("On-call pay, Organisation, October 2026")
    expect(page.get_by_text("By unsaved settings.")).to_be_visible()

    page.get_by_role("button", name="Save as the policy").click()
    expect(page.get_by_text("Saved: Standard policy version 1. In force from the first day.")).to_be_visible()
    expect(page.get_by_text("By Standard policy version 1.")).to_be_visible()

    without = page.get_by_role("checkbox", name="Without")
    if without.count():
        without.check()
    shown = total_of(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download workbook").click()
    assert waiting.value.suggested_filename == "2026-10_organisation_oncall-pay.xlsx"
    waiting.value.save_as(tmp_path / "report.xlsx")
    sheet = load_workbook(BytesIO((tmp_path / "report.xlsx").read_bytes()), data_only=True)["Summary"]
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert shown in {f"£{value:,.2f}" for value in values if isinstance(value, int | float)}

    page.get_by_label("Callout fee").fill("46")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save and download").click()
    assert waiting.value.suggested_filename == "2026-10_organisation_oncall-pay.xlsx"
    page.reload()
    expect(page.get_by_text("By Standard policy version 2.")).to_be_visible()

    page.goto("/connection")
    page.get_by_role("link", name="Disconnect…").click()
    page.get_by_role("button", name="Disconnect", exact=True).click()
    expect(page.get_by_text("PagerDuty is disconnected.")).to_be_visible()


def test_typing_prices_live_without_asking_pagerduty_and_engineers_open_in_place(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None], connect: Callable[[Page], None],
    real_pagerduty: Running,
) -> None:  # fmt: skip
    page = new_page(server.base_url)
    log_in(page)
    connect(page)
    ask_for_payments(page)
    before, address = total_of(page), page.url
    real_pagerduty.state.requests.clear()

    fee = page.get_by_label("Callout fee")
    fee.press("End")
    fee.press_sequentially("0")  # 45 becomes 450
    expect(page.locator("#preview dl.headline dd").first).not_to_have_text(before)
    expect(page.get_by_text("By unsaved settings.")).to_be_visible()
    expect(fee).to_be_focused()

    fee.press_sequentially("x")
    expect(page.locator("#preview")).to_contain_text("“450x” is not an amount.")
    expect(fee).to_have_value("450x")
    fee.fill("45")
    expect(page.locator("#preview dl.headline dd").first).to_have_text(before)
    expect(page.get_by_text("By Standard policy version 1.")).to_be_visible()

    link = page.get_by_role("link", name="Ada Lindqvist")
    link.click()
    expect(page.get_by_text("Days of Ada Lindqvist")).to_be_visible()
    expect(page.get_by_role("link", name="Ada Lindqvist")).to_be_focused()
    assert page.url == address
    page.get_by_label("Hourly rate").fill("40")
    expect(page.locator("#preview dl.headline dd").first).not_to_have_text(before)
    expect(page.get_by_text("Days of Ada Lindqvist")).to_be_visible()
    page.get_by_role("link", name="Ada Lindqvist").click()
    expect(page.get_by_text("Days of Ada Lindqvist")).to_have_count(0)

    page.get_by_role("link", name="Carys Pembrooke").click()
    page.get_by_role("link", name="Decide about incident").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Decide about a callout")
    expect(page.locator("input[name=decision]:checked")).to_have_count(0)
    page.get_by_label("Pay it", exact=True).check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Write the reason: it is printed in the workbook.").first).to_be_visible()
    assert real_pagerduty.state.requests == []


def test_progress_is_shown_and_goes_on_by_itself(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None], connect: Callable[[Page], None],
    real_pagerduty: Running,
) -> None:  # fmt: skip
    page = new_page(server.base_url)
    log_in(page)
    connect(page)
    real_pagerduty.state.faults.add(Fault(status=429, path="/incidents", reset_seconds=10))
    press_preview(page)
    expect(page.get_by_text(re.compile(r"PagerDuty asks us to wait \d+ seconds"))).to_be_visible()
    page.evaluate(KEEP_TRIGGER)
    expect(page.get_by_role("heading", level=1)).to_have_text("On-call pay, Payments, October 2026")
    assert (
        page.evaluate("sessionStorage.trigger") == "load"
    )  # and not the second one, which finds the way back after a restart


def test_the_key_card_works_in_place(server: Any, new_page: NewPage, log_in: Callable[[Page], None]) -> None:
    page = new_page(server.base_url)
    log_in(page)
    page.goto("/connection/disconnect")
    if page.get_by_role("button", name="Disconnect", exact=True).count():
        page.get_by_role("button", name="Disconnect", exact=True).click()
    page.goto("/reports")
    page.get_by_text("Use a manual API key instead").click()
    page.get_by_label("PagerDuty API key").fill("y_Nosuchkey")
    page.get_by_role("button", name="Connect with this key").click()
    expect(page.get_by_text("in neither the US nor the EU region")).to_be_visible()
    assert page.url.endswith("/reports")


def test_without_javascript_the_whole_job_works(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None], connect: Callable[[Page], None]
) -> None:
    page = new_page(server.base_url, java_script_enabled=False)
    log_in(page)
    connect(page)
    ask_for_payments(page)
    before = total_of(page)
    page.get_by_label("Callout fee").fill("46")
    page.get_by_role("button", name="Update preview").click()
    assert total_of(page) != before
    page.get_by_role("link", name="Ada Lindqvist").click()
    expect(page.get_by_text("Days of Ada Lindqvist")).to_be_visible()
    page.get_by_role("link", name="Ada Lindqvist").click()
    expect(page.get_by_text("Days of Ada Lindqvist")).to_have_count(0)
    page.get_by_label("Callout fee").fill("x")
    page.get_by_role("button", name="Update preview").click()
    expect(page.get_by_text("“x” is not an amount.").first).to_be_visible()
    page.get_by_role("link", name="Ada Lindqvist").click()
    expect(page.get_by_text("Days of Ada Lindqvist")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download workbook as a draft").click()
    assert waiting.value.suggested_filename == "DRAFT_2026-10_payments_oncall-pay.xlsx"


def test_the_main_path_needs_only_a_keyboard(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None], connect: Callable[[Page], None]
) -> None:
    page = new_page(server.base_url)
    log_in(page)
    connect(page)
    page.goto("/reports")

    def tab_to(name: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate(
                "name => { const e = document.activeElement;"
                " return [e.name, e.textContent.trim(), e.id].includes(name); }",
                name,
            ):
                return
        pytest.fail(f"Tab never came to {name}")

    tab_to("Skip to the content")
    tab_to("scope")
    page.keyboard.press("ArrowDown")
    tab_to("team")
    page.keyboard.type("Pay")
    tab_to("Preview")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("On-call pay, Payments")
    tab_to(f"o-{ADA}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Days of Ada Lindqvist")).to_be_visible()
    tab_to("Download workbook")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename.endswith("_payments_oncall-pay.xlsx")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_telephone(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None], connect: Callable[[Page], None], scheme: str
) -> None:
    page = new_page(server.base_url, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    log_in(page)
    connect(page)
    ask_for_payments(page)
    report = page.url
    page.get_by_role("link", name="Ada Lindqvist").click()
    expect(page.get_by_text("Days of Ada Lindqvist")).to_be_visible()
    wide = [] if _fits(page) else [report]
    for path in ("/login", "/reports", "/account", "/connection", "/nowhere", f"{report}/rates"):
        page.goto(path)
        if not _fits(page):
            wide.append(path)
    assert wide == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_table_of_rates_shows_every_field_without_scrolling_sideways(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None], connect: Callable[[Page], None], width: int
) -> None:
    page = new_page(server.base_url, viewport={"width": width, "height": 900})
    log_in(page)
    connect(page)
    ask_for_payments(page)
    page.goto(f"{page.url.partition('#')[0].partition('?')[0]}/rates")
    expect(page.locator("#rates")).to_be_visible()
    assert page.locator(".scroll:has(#rates)").evaluate("box => box.scrollWidth <= box.clientWidth")
    fields = page.locator("#rates tbody tr").first.locator("input")
    assert fields.count() > 10
    for field in fields.all():
        found = field.bounding_box()
        assert found
        assert found["x"] >= 0
        assert found["x"] + found["width"] <= width
    assert fields.first.get_attribute("type") == "date"
    assert fields.first.input_value() == "2026-10-01"


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
