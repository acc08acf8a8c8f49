"""Secrets stay where they belong: looked for in every page, header, address, log line, file and workbook of a flow."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import requests

from tests.patience import PATIENCE_SECONDS, wait_until
from webapp.demo import Visitor
from webapp.pricing.report.lines import Period
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault
from webapp.sandbox.tokens import Delegation, Pair

pytestmark = [pytest.mark.slow, pytest.mark.any_date]

OTHER_PAGES = ("/", "/account", "/connection", "/connection/disconnect", "/nowhere", "/reports/gone", "/login")


@pytest.fixture
def given_out(real_pagerduty: Running, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token that the sandbox issues from now on."""
    tokens: list[str] = []
    issue = real_pagerduty.state.tokens.issue

    def spy(delegation: Delegation) -> Pair:
        pair = issue(delegation)
        tokens.extend((pair.access, pair.refresh))
        return pair

    monkeypatch.setattr(real_pagerduty.state.tokens, "issue", spy)
    return tokens


@dataclass
class Seen:
    """Everything that a browser got from the server, and every address it was sent to."""

    base_url: str
    texts: list[str] = field(default_factory=list)
    workbooks: list[bytes] = field(default_factory=list)

    def take(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        if not answer.url.startswith(self.base_url):
            return
        self.texts += [answer.url, *answer.headers.values()]
        if answer.content.startswith(b"PK"):
            self.workbooks.append(answer.content)
        else:
            self.texts.append(answer.text)


def files_below(*folders: Path) -> Iterator[bytes]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.read_bytes()


def titles(sandbox: Running, month: Period) -> list[str]:
    """Titles of the incidents of a month, as a file could hold them."""
    first, after = (datetime.combine(day, time(0), UTC) for day in (month.first, month.after))
    found = sandbox.state.world.incidents(first, after)
    return sorted({incident.title for incident in found if incident.title.isprintable()})


def test_no_secret_is_found_anywhere(
    serve: Callable[..., Any],
    set_up: Callable[[Any], None],
    real_pagerduty: Running,
    given_out: list[str],
    log_in: Callable[[str], Visitor],
    connect: Callable[..., None],
    read_report: Callable[..., None],
    last_month: Period,
) -> None:
    server = serve(real_pagerduty, LOG_LEVEL="DEBUG")
    set_up(server)
    visitor, seen, state = log_in(server.base_url), Seen(server.base_url), real_pagerduty.state
    visitor.http.hooks["response"].append(seen.take)

    for region in ("us", "eu"):
        connect(visitor, real_pagerduty, "key", region)
        read_report(visitor, scope="team", team="PTZXTCN")
    connect(visitor, real_pagerduty, "consent", "us")
    for fault in (Fault(status=503, path="/users", body="html"), Fault(status=429, path="/oncalls", reset_seconds=1)):
        state.faults.add(fault)
    state.tokens.expire_access()
    read_report(visitor, scope="team", team="PTZXTCN")
    visitor.open(f"{visitor.page.url}?open=PUZXTCN")
    for path in OTHER_PAGES:
        visitor.http.get(server.base_url + path, timeout=PATIENCE_SECONDS)
    visitor.http.post(f"{server.base_url}/connection/key", data={"api_key": "y_Nosuchkey"}, timeout=PATIENCE_SECONDS)
    visitor.submit("/price", callout_fee="99")
    visitor.submit("/workbook", without="yes")
    visitor.open("/connection")
    visitor.submit("/connection/test")
    state.tokens.revoke()
    visitor.http.get(f"{server.base_url}/reports", timeout=PATIENCE_SECONDS)
    assert "revoked in PagerDuty" in visitor.http.get(f"{server.base_url}/connection", timeout=PATIENCE_SECONDS).text
    done = server.flask("report", "--account", "ada@example.com", "--scope", "organisation")
    assert "Reconnect PagerDuty" in done.stderr

    keys = real_pagerduty.credentials
    assert len(given_out) == 4  # one pair at the consent, one when it was renewed
    secrets = {keys.client_secret, keys.us.read_only, keys.eu.read_only, *given_out}
    secrets |= {token.rpartition("_")[2] for token in given_out}
    (workbook,) = seen.workbooks
    with ZipFile(BytesIO(workbook)) as archive:
        parts = [archive.read(name) for name in archive.namelist()]
    files = list(files_below(server.folder))  # instance with the database and its log, output, home, temporary files
    assert len(files) >= 3
    texts = [*seen.texts, server.output, done.stdout, done.stderr]
    haystacks = [text.encode() for text in texts] + parts + files
    assert len(haystacks) > 200
    leaks = [haystack[:80] for haystack in haystacks for secret in secrets if secret.encode() in haystack]
    assert leaks == []
    assert "GET /connection/callback 302" in server.output
    assert "code=" not in server.output

    shown = [title for title in titles(real_pagerduty, last_month) if any(title in text for text in seen.texts)]
    assert len(shown) > 3
    private = [server.output.encode(), *files]
    assert [title for title in shown if any(title.encode() in haystack for haystack in private)] == []


def test_no_secret_is_found_anywhere_through_app_accounts_and_rotation(
    serve: Callable[..., Any],
    set_up: Callable[[Any], None],
    real_pagerduty: Running,
    given_out: list[str],
    log_in: Callable[[str], Visitor],
    connect: Callable[..., None],
) -> None:
    server = serve(real_pagerduty, LOG_LEVEL="DEBUG", PAGERDUTY_CLIENT_ID="", PAGERDUTY_CLIENT_SECRET="")
    set_up(server)
    visitor, seen, state, known = (
        log_in(server.base_url), Seen(server.base_url), real_pagerduty.state, real_pagerduty.credentials
    )  # fmt: skip
    visitor.http.hooks["response"].append(seen.take)
    master = server.instance / "secret.key"
    masters = {master.read_text().strip()}

    def set_app(kind: str, client_id: str, secret: str) -> None:
        visitor.open("/admin/app")
        visitor.submit("/admin/app", kind=kind, client_id=client_id, client_secret=secret)

    def visit_everything() -> None:
        for path in (*OTHER_PAGES, "/admin/app", "/admin/accounts", "/admin/accounts/1"):
            visitor.http.get(server.base_url + path, timeout=PATIENCE_SECONDS)

    set_app("scoped", known.scoped_client_id, known.scoped_client_secret)
    connect(visitor, real_pagerduty, "consent", "us")
    visitor.open("/connection")
    visitor.submit("/connection/share")
    visit_everything()
    done = [server.flask("rotate-key")]
    masters |= set(master.read_text().split())
    state.tokens.expire_access()
    state.faults.add(Fault(status=401, path="/users/me", body="html"))
    visitor.open("/connection")
    visitor.submit("/connection/test")  # the running server renews, with the new master secret
    visit_everything()
    for kind in ("token", "revoke"):
        state.faults.add(Fault(status=503, path=f"/identity/oauth/{kind}"))
    state.tokens.expire_access()
    visitor.http.get(f"{server.base_url}/reports", timeout=PATIENCE_SECONDS)  # a renewal that fails
    set_app("classic", known.client_id, known.client_secret)  # ends the old grants
    for secret in (known.us.full, known.eu.user):
        connect(visitor, real_pagerduty, "consent", "eu")
        visitor.open("/connection")
        visitor.submit("/connection/key", api_key=secret)
    visit_everything()
    done += [server.flask("rotate-key"), server.flask("rotate-key", "--forget-old"), server.flask("account", "list")]
    masters |= set(master.read_text().split())
    visit_everything()
    assert all(one.returncode == 0 for one in done), done
    assert len(masters) >= 2
    assert "connected</span>" in visitor.http.get(f"{server.base_url}/connection", timeout=PATIENCE_SECONDS).text

    secrets = {known.scoped_client_secret, known.client_secret, known.us.full, known.eu.user, *given_out}
    secrets |= {token.rpartition("_")[2] for token in given_out} | masters
    assert len(given_out) >= 6
    current = master.read_bytes()
    files = [content for content in files_below(server.folder) if content != current]
    output = [text for one in done for text in (one.stdout, one.stderr)]
    haystacks = [text.encode() for text in (*seen.texts, server.output, *output)] + files
    assert len(haystacks) > 200
    leaks = [haystack[:80] for haystack in haystacks for secret in secrets if secret.encode() in haystack]
    assert leaks == []


def test_after_a_kill_in_mid_report_no_file_holds_an_incidents_title(
    serve: Callable[..., Any],
    set_up: Callable[[Any], None],
    real_pagerduty: Running,
    log_in: Callable[[str], Visitor],
    connect: Callable[..., None],
    read_report: Callable[..., None],
    last_month: Period,
) -> None:
    server = serve(real_pagerduty, READ_SLICE_SECONDS="1")
    set_up(server)
    visitor = log_in(server.base_url)
    connect(visitor, real_pagerduty, "consent", "us")
    read_report(visitor, scope="organisation")
    assert any(title in visitor.page.text for title in titles(real_pagerduty, last_month))
    visitor.open("/reports")
    real_pagerduty.state.latency_seconds = 0.1
    real_pagerduty.state.requests.clear()
    try:
        asking = threading.Thread(target=_ask_for_ninety_days, args=(visitor, last_month))
        asking.start()
        wait_until(lambda: any(one.path == "/log_entries" for one in list(real_pagerduty.state.requests)))
        os.killpg(server.process.pid, signal.SIGKILL)
        asking.join()
    finally:
        real_pagerduty.state.latency_seconds = 0
    server.process.wait(PATIENCE_SECONDS)
    held = list(files_below(server.folder))
    assert any(content.startswith(b"SQLite format 3") for content in held)
    assert [
        title for title in titles(real_pagerduty, last_month) if any(title.encode() in content for content in held)
    ] == []


def _ask_for_ninety_days(visitor: Visitor, month: Period) -> None:
    last = month.after - timedelta(days=1)
    try:
        visitor.submit(
            "/reports", scope="organisation", period="dates", first=f"{last - timedelta(days=89)}", last=f"{last}"
        )
        while True:
            visitor.open(visitor.page.url)
    except requests.RequestException:
        return  # killed
