"""The whole job over HTTP, by the real server: every scope, region and kind of credential; and without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from webapp.demo import Visitor
from webapp.exports.reread import reread
from webapp.pricing.report.lines import Period
from webapp.sandbox import Running

pytestmark = [pytest.mark.slow, pytest.mark.any_date]

SCOPES = {
    "organisation": {"scope": "organisation"},
    "team": {"scope": "team", "team": "PTZVMPA"},
    "engineer": {"scope": "engineer", "engineer": "Callum MacRae"},
}


@pytest.fixture(scope="module")
def server(serve: Callable[..., object], set_up: Callable[[object], None], real_pagerduty: Running) -> object:
    started = serve(real_pagerduty)
    set_up(started)
    return started


@pytest.fixture(scope="module")
def visitor(server: object, log_in: Callable[[str], Visitor]) -> Visitor:
    return log_in(server.base_url)


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "").removeprefix("£"))


def engineers_of(page: str) -> dict[str, Decimal]:
    """Each engineer's total as the page shows it, by id."""
    rows = re.findall(r'<tbody id="e-(\w+)"><tr>(.*?)</tr>', page, re.DOTALL)
    return {key: amount(re.findall(r">(£[\d,.]+)<", row)[-1]) for key, row in rows}


def earners(totals: dict[str, Decimal]) -> dict[str, Decimal]:
    """Whoever earned something: Detail has no row for an engineer whose month is empty."""
    return {key: total for key, total in totals.items() if total}


@pytest.mark.parametrize("region", ["us", "eu"])
@pytest.mark.parametrize("credential", ["consent", "key"])
@pytest.mark.parametrize("scope", SCOPES)
def test_the_workbook_is_what_the_page_showed(
    visitor: Visitor,
    connect: Callable[..., None],
    read_report: Callable[..., None],
    real_pagerduty: Running,
    region: str,
    credential: str,
    scope: str,
) -> None:
    connect(visitor, real_pagerduty, credential, region)
    real_pagerduty.state.requests.clear()
    read_report(visitor, **SCOPES[scope])
    assert {asked.region for asked in real_pagerduty.state.requests} == {region}
    assert {asked.method for asked in real_pagerduty.state.requests} == {"GET"}
    shown = engineers_of(visitor.page.text)
    total = amount(re.findall(r"<dt>Total</dt><dd>(£[\d,.]+)</dd>", visitor.page.text)[0])
    assert shown
    assert sum(shown.values()) == total > 0
    visitor.submit("/workbook", without="yes")
    totals = reread(visitor.page.content)
    assert {key: one.total for key, one in totals.summary.items()} == shown
    assert earners({key: one.total for key, one in totals.detail.items()}) == earners(shown)
    assert totals.printed["Summary"].total == totals.printed["Detail"].total == total
    sheet = load_workbook(BytesIO(visitor.page.content))["Summary"]
    words = {str(cell.value) for row in sheet.iter_rows(max_row=25) for cell in row}
    assert any(f"PagerDuty {region.upper()}" in word for word in words)


def test_the_command_line_writes_the_same_totals(
    server: object,
    visitor: Visitor,
    connect: Callable[..., None],
    read_report: Callable[..., None],
    real_pagerduty: Running,
    last_month: Period,
    tmp_path: Path,
) -> None:
    connect(visitor, real_pagerduty, "consent", "us")
    read_report(visitor, **SCOPES["organisation"])
    visitor.submit("/workbook", without="yes")
    real_pagerduty.state.tokens.expire_access()  # the command line renews, too
    file = tmp_path / "report.xlsx"
    words = ["report", "--account", "ada@example.com", "--scope", "organisation"]
    done = server.flask(*words, "--month", f"{last_month.first:%Y-%m}", "--without-not-priced", "--out", str(file))
    assert done.returncode == 0, done.stderr
    assert reread(file.read_bytes()) == reread(visitor.page.content)
    total = reread(file.read_bytes()).printed["Summary"].total
    assert done.stdout == f"{file}: {total} GBP, Standard policy version 1\n"
    visitor.open("/connection")
    assert "connected</span>" in visitor.page.text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--account", "nobody@example.com", "--scope", "organisation"], "There is no account nobody@example.com."),
        (["--account", "ada@example.com", "--scope", "team"], "--scope team needs --team."),
        (["--account", "ada@example.com", "--scope", "team", "--team", "Nope"], "PagerDuty has no team “Nope”."),
        (["--account", "ada@example.com", "--scope", "engineer", "--engineer", "ca"], "“ca” fits 2 engineers: "),
        (["--account", "ada@example.com", "--scope", "organisation", "--month", "x"], "Write a month like 2026-10."),
        (["--account", "ada@example.com", "--scope", "organisation", "--from", "2026-10-01"], "Give --from and --to"),
    ],
)
def test_the_command_line_says_what_is_wrong(server: object, words: list[str], sentence: str) -> None:
    done = server.flask("report", *words)
    assert done.returncode in {1, 2}
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
