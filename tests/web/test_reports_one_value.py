"""A report and its settings are one value: whatever happens, page and file name what they were priced by."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from webapp import blueprints
from webapp.services import reporting
from webapp.settings import Settings

Preview = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
LONG_SECONDS = 60
"""Nobody waits so long: a test that would hang fails instead."""

pytestmark = pytest.mark.usefixtures("saved")


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def only(app: Flask) -> Any:
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    return kept


def again(client: FlaskClient) -> Any:
    """The same login in another thread."""
    other: Any = client.application.test_client()
    cookie = client.get_cookie("calloutpay")
    assert cookie
    other.set_cookie("calloutpay", cookie.value)
    return other


class Turn:
    """A lock that tells when somebody waits for it."""

    def __init__(self, waited_for: Event) -> None:
        self._lock, self._waited_for = Lock(), waited_for

    def acquire(self, timeout: float) -> bool:
        if self._lock.acquire(blocking=False):
            return True
        self._waited_for.set()
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        self._lock.release()


def total(page: TestResponse) -> Decimal:
    found = re.search(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", page.text)
    assert found, page.text
    return Decimal(found[1].replace(",", ""))


def fee_in_words(texts: str) -> Decimal:
    """The callout fee that the rules in words name."""
    found = re.search(r"earns a callout fee of \D*([\d.]+\d)", texts)
    assert found, texts
    return Decimal(found[1])


def test_an_edit_during_a_pricing_gives_neither_page_nor_file_other_figures_than_it_names(
    connected: FlaskClient, preview: Preview, app: Flask, fill_in: FillIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = preview(connected)
    path = f"/reports/{only(app).id}"
    fees = sum(statement.sessions for statement in only(app).draft.report.statements)
    connected.post(f"{path}/price", data=fill_in(page, "/price", callout_fee="46"))
    typed = fill_in(page, "/price", callout_fee="60")
    pricing, edited = Event(), Event()
    only(app).turn = Turn(edited)
    price = reporting.price

    def slow_price(*given: Any, **named: Any) -> Any:
        priced = price(*given, **named)
        if not pricing.is_set():
            pricing.set()
            edited.wait(LONG_SECONDS)
        return priced

    monkeypatch.setattr(reporting, "price", slow_price)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(again(connected).get, path)
        assert pricing.wait(LONG_SECONDS)
        second = threads.submit(again(connected).post, f"{path}/price", data=typed)
        second.add_done_callback(lambda _: edited.set())  # were it not to wait
        pages = [first.result(LONG_SECONDS), second.result(LONG_SECONDS)]

    assert [answer.status_code for answer in pages] == [200, 303]
    shown = connected.get(path)
    file = connected.post(f"{path}/workbook", data=fill_in(shown, "/workbook"))
    sheets = load_workbook(BytesIO(file.data))
    words = " ".join(str(cell.value) for row in sheets["Policy"].rows for cell in row)
    printed = next(row for row in sheets["Summary"].iter_rows(values_only=True) if str(row[0]).startswith("Total in"))
    assert fee_in_words(words) * fees == Decimal(str(printed[-4]))
    assert total(shown) == Decimal(str(printed[-2]))


def test_who_waits_too_long_for_a_report_is_told_so(connected: FlaskClient, preview: Preview, app: Flask) -> None:
    page = preview(connected)
    path = f"/reports/{only(app).id}"
    app.extensions["calloutpay"].working_sets._wait_seconds = 0.01
    with only(app).turn:
        answers = [connected.get(path), connected.get(path, headers={"HX-Request": "true"})]
        forgotten = connected.post(f"{path}/forget", data={"csrf_token": connected.token})  # type: ignore[attr-defined]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert ["This report is at work for another page of yours" in answer.text for answer in answers] == [True, True]
    assert page.status_code == 200
    assert forgotten.status_code == 303, "nobody waits to forget"
    assert connected.get(path).status_code == 410


def test_while_pagerduty_is_read_everything_else_leads_to_the_reading_at_once(
    connected: FlaskClient, ask: Preview, app: Flask
) -> None:
    path = ask(connected, scope="team", team="PTZXTCN", period="month", month="2026-10").headers["Location"]
    with only(app).turn:
        answers = [connected.get(f"{path}/{page}") for page in ("rates", "payroll", "review")]
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(303, path)] * 3


def test_pages_that_are_about_no_report_do_not_wait_for_one(
    connected: FlaskClient, preview: Preview, app: Flask
) -> None:
    preview(connected)
    with only(app).turn:
        editor = connected.get("/policies/edit?version=1")
    assert "Try it on the report" in editor.text


def test_no_page_takes_the_lock_of_a_report_itself() -> None:
    folder = Path(blueprints.__file__).parent
    found = [str(path) for path in folder.rglob("*.py") if re.search(r"\block\b", path.read_text(encoding="utf-8"))]
    assert found == []
