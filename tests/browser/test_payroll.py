"""Payroll, review and compare in a real browser, with a mouse and without JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from webapp.sandbox import Running
from webapp.sandbox.small import ID_BY_NAME

pytestmark = pytest.mark.slow

NewPage = Callable[..., Page]
NIGHT = datetime(2026, 9, 18, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_before(real_pagerduty: Running) -> Any:
    yield
    real_pagerduty.state.world.forget_changes()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(
    request: pytest.FixtureRequest,
    server: Any,
    new_page: NewPage,
    log_in: Callable[[Page], None],
    connect: Callable[[Page], None],
) -> Page:
    """Somebody who is logged in and connected."""
    made = new_page(server.base_url, java_script_enabled=request.param, accept_downloads=True)
    log_in(made)
    connect(made)
    return made


def preview(page: Page, month: str) -> None:
    page.goto(f"/reports?scope=team&team=PTZXTCN&period=month&month={month}")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("On-call pay, Payments")
    expect(page.get_by_role("button", name="Download workbook")).to_be_visible()


def download(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return target


def test_what_changed_after_a_month_was_paid_is_paid_with_the_next(
    page: Page, real_pagerduty: Running, tmp_path: Path
) -> None:
    preview(page, "2026-09")
    september = download(page, "Download workbook", tmp_path)
    real_pagerduty.state.world.add_incident(NIGHT, NIGHT.replace(hour=3), ID_BY_NAME["Carys Pembrooke"])
    preview(page, "2026-10")

    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_label("Workbook to compare").set_input_files(september)
    page.get_by_role("button", name="Read PagerDuty and compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What has changed since")
    expect(page.get_by_label("Carys Pembrooke")).to_be_checked()
    expect(page.get_by_text("is a callout now, and was none then.").first).to_be_visible()
    page.get_by_label("On-call pay, Payments, October 2026").check()
    page.get_by_role("button", name="Add as adjustments").click()

    expect(page.get_by_role("heading", name="Adjustments of earlier reports: £76.35")).to_be_visible()
    page.get_by_role("link", name="Review and share").click()
    page.get_by_role("button", name="Mark as reviewed").click()
    expect(page.get_by_text("Marked as reviewed.")).to_be_visible()
    page.get_by_role("link", name="Back to the report").click()
    october = load_workbook(download(page, "Download workbook", tmp_path))
    assert "Adjustments" in october.sheetnames
    words = [str(cell.value) for row in october["Summary"].iter_rows(max_row=12) for cell in row if cell.value]
    assert any(re.fullmatch(r"Reviewed by ada@example.com, \d{4}-\d\d-\d\d [\d:]+ UTC\.", text) for text in words)

    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_label("Workbook to compare").set_input_files(september)
    page.get_by_role("button", name="Read PagerDuty and compare").click()
    expect(page.get_by_role("heading", name="Files that are missing")).to_be_visible()
    page.get_by_role("button", name="It was never paid").click()
    expect(page.get_by_text("Its adjustments no longer count.")).to_be_visible()


def test_payroll_gets_its_file(page: Page, tmp_path: Path) -> None:
    preview(page, "2026-10")
    page.get_by_role("link", name="For payroll").click()
    expect(page.get_by_text("No payroll number:")).to_be_visible()
    page.get_by_role("link", name="Codes and columns").click()
    for component, code in (("stipend", "STBY"), ("callout fee", "CALL"), ("hourly pay", "OT")):
        page.get_by_label(f"Payroll's code of the component {component}", exact=True).fill(code)
    page.get_by_label("semicolon").check()
    page.get_by_label("comma: 1234,50").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("No code of payroll's:")).to_have_count(0)
    page.get_by_label("With gaps where something is missing").check()
    made = download(page, "Download CSV", tmp_path)
    assert made.name == "2026-10_payments_oncall-pay.csv"
    assert made.read_text(encoding="utf-8").startswith(
        "Payroll number;Code;Quantity;Rate;Amount;Date\n;STBY;1;20;20,00;"
    )
    told = json.loads(download(page, "Download JSON", tmp_path).read_text(encoding="utf-8"))
    assert told["format"] == "calloutpay-report/1"


def test_a_link_tells_whether_the_report_is_still_the_same(page: Page, real_pagerduty: Running) -> None:
    preview(page, "2026-10")
    page.get_by_role("link", name="Review and share").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("The link").input_value()
    page.goto(link)
    page.get_by_role("button", name="Read PagerDuty and compare").click()
    expect(page.get_by_text("The same as seen by ada@example.com")).to_be_visible()
    night = NIGHT.replace(month=10, day=16)
    real_pagerduty.state.world.add_incident(night, night.replace(hour=3), ID_BY_NAME["Callum MacRae"])
    page.goto(link)
    page.get_by_role("button", name="Read PagerDuty and compare").click()
    expect(page.get_by_text("the pay, or the reasons, of Callum MacRae")).to_be_visible()
