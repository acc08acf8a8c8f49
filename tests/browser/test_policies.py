"""The pay policy in a real browser: from a template over a mistake to a version, and why somebody is paid so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

NewPage = Callable[..., Page]


def start_from_template(page: Page) -> None:
    page.goto("/policies")
    page.get_by_role("link", name="New version").click()
    page.get_by_role("link", name="Stipend, callout fee and hours", exact=True).click()


def test_a_template_is_changed_checked_live_and_saved(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None]
) -> None:
    page = new_page(server.base_url)
    log_in(page)
    start_from_template(page)
    text = page.get_by_label("Policy", exact=True)
    checked = page.locator("#checked")
    expect(checked).to_contain_text("no mistakes")
    good = text.input_value()

    text.fill(good.replace('pays = "on call"', 'pays = "on cal"'))
    expect(checked).to_contain_text("1 mistake")
    expect(checked).to_contain_text('Did you mean "on call"?')
    text.fill(good.replace("45.00", "48.00"))
    expect(checked.locator("ins", has_text="48").first).to_be_visible()

    page.get_by_label("First day", exact=True).fill("2026-11-01")
    page.get_by_label("Note").fill("Fee raised in November")
    page.get_by_role("button", name="Save as the next version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stipend, callout fee and hours version 2")
    expect(page.get_by_text("In force from 1 November 2026 on.").first).to_be_visible()
    page.get_by_role("link", name="All versions").click()
    expect(page.locator("#timetable")).to_contain_text("the day before Sun 1 Nov 2026")


def test_without_javascript_a_mistake_is_told_and_the_text_kept(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None]
) -> None:
    page = new_page(server.base_url, java_script_enabled=False)
    log_in(page)
    start_from_template(page)
    page.get_by_label("Policy", exact=True).fill('name = "Mine"\ncurrency = "pounds"\n')
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#checked")).to_contain_text("Line 2")
    expect(page.get_by_label("Policy", exact=True)).to_have_value('name = "Mine"\ncurrency = "pounds"\n')


def test_why_opens_in_place(
    server: Any, new_page: NewPage, log_in: Callable[[Page], None], connect: Callable[[Page], None]
) -> None:
    page = new_page(server.base_url)
    log_in(page)
    connect(page)
    page.goto("/reports")
    page.get_by_label("A team").check()
    page.get_by_label("Team", exact=True).select_option(label="Payments")
    page.get_by_label("A month", exact=True).check()
    page.get_by_label("Month", exact=True).fill("2026-10")
    page.get_by_role("button", name="Preview").click()
    page.locator("#preview").get_by_role("link", name="Ada Lindqvist").click()
    page.get_by_role("link", name="Why is Sat").first.click()
    why = page.locator(".why")
    expect(why).to_contain_text("stipend")
    why.get_by_text("Step by step").first.click()
    expect(why).to_contain_text("Does the rule apply at all?")
    why.get_by_label("Another minute").fill("2026-10-05T10:00")
    why.get_by_role("button", name="Why?").click()
    expect(page.locator(".why h2")).to_contain_text("Mon 5 Oct 2026, 10:00")
