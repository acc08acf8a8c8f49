"""`make demo`: the whole job once, over real HTTP, on loopback: sandbox PagerDuty, app, consent, report, workbook.

It starts the same server that an instance runs and does with a web client what a manager would do with a browser.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin

import requests
from sqlalchemy import delete

from webapp import clock
from webapp.exports.money_words import money
from webapp.exports.reread import reread
from webapp.models import Account, Database, UnusableDatabase
from webapp.pricing.policy.form import Policy, Stipend
from webapp.sandbox.errors import SandboxError
from webapp.sandbox.server import DEFAULT_PORT as SANDBOX_PORT
from webapp.sandbox.server import Running, running
from webapp.services import policies
from webapp.services.accounts import add_account
from webapp.settings import DEFAULT_PORT

ROOT = Path(__file__).parent.parent
EMAIL = "demo@example.com"
PASSWORD = "from PagerDuty to payroll"  # noqa: S105  the login of a demo on loopback, printed on purpose
POLICY = Policy(
    currency="GBP",
    levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50)), 2: Stipend(Decimal(10), Decimal(15), Decimal(20))},
    callout_fee=Decimal(45),
    hourly_rate=Decimal("31.35"),
    holiday_region="GB-ENG",
)
TEAM = "Payments"
PATIENCE_SECONDS = 600


class DemoError(RuntimeError):
    """The demo cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page: where it goes, what it holds."""

    action: str
    fields: list[tuple[str, str]]


class _Forms(HTMLParser):
    """Collects the forms of a page with what a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down inputs that a browser would send as they stand."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), []))
        if not self.forms:
            return
        fields = self.forms[-1].fields
        name = given.get("name", "")
        match tag:
            case "input" if given.get("type") in {"checkbox", "radio"}:
                if name and "checked" in given:
                    fields.append((name, given.get("value", "on")))
            case "input" if name:
                fields.append((name, given.get("value", "")))
            case "select":
                self._select = name
            case "option" if "selected" in given or self._select not in dict(fields):
                fields[:] = [field for field in fields if field[0] != self._select]
                fields.append((self._select, given.get("value", "")))
            case _:
                pass


class Visitor:
    """A manager at a browser, without the browser."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.http = requests.Session()
        self.page = self.http.get(base_url, timeout=PATIENCE_SECONDS)

    def open(self, path: str) -> None:
        """Go to a page."""
        self._arrive(self.http.get(urljoin(self.base_url, path), timeout=PATIENCE_SECONDS))

    def form(self, ending: str) -> Form:
        """The form of the page whose action ends so."""
        parser = _Forms()
        parser.feed(self.page.text)
        for form in parser.forms:
            target = urljoin(self.page.url, form.action)
            if target.partition("?")[0].endswith(ending):
                return Form(target, form.fields)
        raise DemoError(f"The page {self.page.url} has no form {ending!r}.")

    def submit(self, ending: str, **typed: str) -> None:
        """Fill in a form and send it."""
        form = self.form(ending)
        kept = [(name, value) for name, value in form.fields if name not in typed]
        self._arrive(self.http.post(form.action, data=[*kept, *typed.items()], timeout=PATIENCE_SECONDS))

    def _arrive(self, page: requests.Response) -> None:
        if not page.ok:
            raise DemoError(f"{page.url.partition('?')[0]} answered {page.status_code}.")
        self.page = page


def main() -> None:
    """Run the demo; exit status 0 when the workbook is written."""
    for ending in (signal.SIGTERM, signal.SIGHUP):  # they end it like Ctrl+C, and the server with it
        signal.signal(ending, signal.default_int_handler)
    os.umask(0o077)
    folder = ROOT / "instance" / "demo"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        clock.ahead = chosen_lead()
        port, sandbox_port = chosen_ports()
        with running("small", sandbox_port) as sandbox, serving(port, sandbox, folder) as base_url:
            path, total = walk(base_url, sandbox, folder)
            sys.stdout.write(
                f"Workbook:    {path}\n"
                f"Grand total: {total}\n"
                f"CalloutPay:  {base_url}\n"
                f"Demo login:  {EMAIL} / {PASSWORD}\n"
            )
            sys.stdout.flush()
            if not os.environ.get("ONCE"):
                sys.stdout.write("It keeps serving. Press Ctrl+C to stop.\n")
                sys.stdout.flush()
                while True:
                    time.sleep(3600)
    except KeyboardInterrupt:
        pass
    except (DemoError, SandboxError, UnusableDatabase) as error:
        sys.exit(f"The demo stopped. {error}")


def chosen_lead() -> timedelta:
    """How far ahead of the machine's clock the demo lives."""
    text = os.environ.get("CLOCK") or "+0"
    try:
        return clock.read_setting(text)
    except ValueError:
        raise DemoError(
            f"CLOCK={text}: write an instant of {clock.FIRST_YEAR} to {clock.LAST_YEAR}, such as 2027-03-28T09:00Z."
        ) from None


def chosen_ports() -> tuple[int, int]:
    """Where the app and the sandbox are to serve; a taken port is refused before anything is started."""
    told = os.environ.get("PORT") or str(DEFAULT_PORT), os.environ.get("SANDBOX_PORT") or str(SANDBOX_PORT)
    try:
        port, sandbox_port = int(told[0]), int(told[1])
    except ValueError:
        raise DemoError(f"PORT={told[0]} SANDBOX_PORT={told[1]}: a port is a number, such as {DEFAULT_PORT}.") from None
    if port == sandbox_port:
        raise DemoError(f"PORT and SANDBOX_PORT are both {port}. Give them different ports.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise DemoError(f"Port {port} is taken. Choose another: make demo PORT={port + 10}") from None
    return port, sandbox_port


@contextmanager
def serving(port: int, sandbox: Running, folder: Path) -> Iterator[str]:
    """Serve the app as an instance of its own, connected to the sandbox by settings, with a demo login and policy."""
    base_url = f"http://127.0.0.1:{port}"
    database_url = f"sqlite:///{folder / 'calloutpay.db'}"
    prepare(database_url)
    environment = {
        **os.environ,
        "INSTANCE_DIR": str(folder),
        "DATABASE_URL": database_url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "BASE_URL": base_url,
        "PAGERDUTY_US_URL": sandbox.us_url,
        "PAGERDUTY_EU_URL": sandbox.eu_url,
        "PAGERDUTY_IDENTITY_URL": sandbox.identity_url,
        "PAGERDUTY_CLIENT_ID": sandbox.credentials.client_id,
        "PAGERDUTY_CLIENT_SECRET": sandbox.credentials.client_secret,
        "CLOCK": clock.write_setting(),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as server:  # noqa: S603  our own command
        try:
            _wait_until_up(base_url, server)
            yield base_url
        finally:
            server.terminate()
            server.wait()  # `with` does not where Ctrl+C ended it


def prepare(database_url: str) -> None:
    """The demo's login, anew at each start, and its policy."""
    database = Database(database_url)
    if copy := database.migrate().copy:
        sys.stdout.write(f"Copied the database before changing it: {copy}\n")
    with database.session() as session:
        session.execute(delete(Account).where(Account.email == EMAIL))
        add_account(session, EMAIL, PASSWORD)
        if not policies.saved_policies(session):
            policies.save_policy(session, POLICY, EMAIL)
    database.close()


def walk(base_url: str, sandbox: Running, folder: Path) -> tuple[Path, str]:
    """Log in, connect by consent, preview a team's last month, download; the file and its grand total."""
    visitor = Visitor(base_url)
    visitor.open("/login")
    visitor.submit("/login", email=EMAIL, password=PASSWORD)
    visitor.open("/connection")
    visitor.submit("/connection/connect")
    if not visitor.page.url.startswith(sandbox.identity_url):
        raise DemoError("The app did not lead to PagerDuty's consent page.")
    visitor.submit("/oauth/authorize", decision="authorize")
    visitor.open("/reports")
    teams = {name: team_id for team_id, name in re.findall(r'<option value="(\w+)">(.*?)<', visitor.page.text)}
    visitor.submit("/reports", scope="team", team=teams[TEAM], period="last_month")
    give_up = time.monotonic() + PATIENCE_SECONDS
    while 'id="reading"' in visitor.page.text:
        if time.monotonic() > give_up:
            raise DemoError("Reading the sandbox took too long.")
        time.sleep(0.2)
        visitor.open(visitor.page.url)
    preview = visitor.page.text
    visitor.submit("/workbook", without="yes")
    name = unquote(re.findall(r'filename="?([^";]+)', visitor.page.headers["Content-Disposition"])[0])
    path = folder / Path(name).name
    path.write_bytes(visitor.page.content)
    total = money(reread(visitor.page.content).printed["Summary"].total, POLICY.currency)
    if total not in preview:
        raise DemoError(f"The workbook says {total}, which the page does not show.")
    return path, total


def _wait_until_up(base_url: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        if server.poll() is not None:
            raise DemoError("The app did not start; what it said stands above.")
        try:
            if requests.get(f"{base_url}/health", timeout=PATIENCE_SECONDS).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise DemoError("The app did not answer in time.")


if __name__ == "__main__":
    main()
