"""What every folder of tests may use: PagerDuty's sandbox, the real server, and what must be installed."""

from __future__ import annotations

import gc
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from argon2 import PasswordHasher
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from tests.patience import PATIENCE_SECONDS, wait_until
from webapp import clock
from webapp.factory import collect_rarely
from webapp.models import Database
from webapp.pricing.policy.form import Policy, Stipend
from webapp.sandbox import Running, running
from webapp.services import accounts, policies

ROOT = Path(__file__).parents[1]
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"

Need = Callable[[object, str], None]

clock.ahead = clock.read_setting(os.environ.get("CLOCK") or "+0")  # make test CLOCK=2027-03-28T09:00Z

settings.register_profile("ours", max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "20")), deadline=None)
settings.load_profile("ours")  # make test draws more than make check


def pytest_collection_finish() -> None:
    """Collect garbage seldom, and never look again at what was loaded for the tests: a sixth of all their time."""
    gc.collect()
    gc.freeze()
    collect_rarely()


@pytest.fixture(scope="session")
def need() -> Need:
    """Skip where the machine lacks something; with REQUIRE_ALL=1 that is a failure."""

    def check(condition: object, lack: str) -> None:
        if condition:
            return
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(f"{lack}, and REQUIRE_ALL=1 skips nothing.")
        pytest.skip(lack)

    return check


@dataclass
class MovableClock:
    """The present, for the sandbox and for the application in the same process."""

    at: datetime = datetime(2026, 11, 21, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, length: timedelta) -> None:
        self.at += length


@pytest.fixture(scope="session")
def present() -> MovableClock:
    """The clock of `pagerduty`."""
    return MovableClock()


@pytest.fixture(scope="session")
def _pagerduty(present: MovableClock) -> Iterator[Running]:
    with running("small", now=present, rate_limit=None) as sandbox:
        yield sandbox


@pytest.fixture
def pagerduty(_pagerduty: Running, present: MovableClock) -> Iterator[Running]:
    """The sandbox `small` on 21 November 2026, as at its start."""
    began = present.at
    yield _pagerduty
    present.at = began
    _pagerduty.state.reset()
    _pagerduty.state.latency_seconds = 0


@dataclass
class Server:
    """The application as its users run it: gunicorn, in a process of its own."""

    base_url: str
    folder: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str] = field(repr=False)

    @property
    def instance(self) -> Path:
        return self.folder / "instance"

    @property
    def output(self) -> str:
        """Everything it printed so far."""
        return (self.folder / "output").read_text(encoding="utf-8")

    def wait_for(self, wanted: str) -> str:
        """Everything it printed, once it printed that."""
        wait_until(lambda: wanted in self.output)
        return self.output

    def flask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of the same instance."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        return subprocess.run(  # noqa: S603  our own command
            command,
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )


Serve = Callable[..., Server]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Start the real server on a free port, with an instance of its own and the sandbox as its PagerDuty."""
    started: list[Server] = []

    def start(sandbox: Running, **changed: str) -> Server:
        server = _start(tmp_path_factory.mktemp("server"), sandbox, changed)
        started.append(server)
        _wait_until_up(server)
        return server

    yield start
    for server in started:
        server.process.terminate()
        server.process.wait(PATIENCE_SECONDS)


def _start(folder: Path, sandbox: Running, changed: dict[str, str]) -> Server:
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    port = _free_port()
    base_url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "INSTANCE_DIR": str(folder / "instance"),
        "PORT": str(port),
        "PAGERDUTY_US_URL": sandbox.us_url,
        "PAGERDUTY_EU_URL": sandbox.eu_url,
        "PAGERDUTY_IDENTITY_URL": sandbox.identity_url,
        "PAGERDUTY_CLIENT_ID": sandbox.credentials.client_id,
        "PAGERDUTY_CLIENT_SECRET": sandbox.credentials.client_secret,
        "CLOCK": clock.write_setting(),
        **changed,
    }
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Server(base_url, folder, process, environment)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(server: Server) -> None:
    def answers() -> bool:
        assert server.process.poll() is None, server.output
        try:
            return requests.get(f"{server.base_url}/health", timeout=PATIENCE_SECONDS).ok
        except requests.ConnectionError:
            return False

    wait_until(answers)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Pay that every engineer of the sandbox can be priced by."""
    return Policy(
        currency="GBP",
        levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50)), 2: Stipend(Decimal(10), Decimal(15), Decimal(20))},
        callout_fee=Decimal(45),
        hourly_rate=Decimal("31.35"),
        holiday_region="GB-ENG",
    )


@pytest.fixture(scope="session")
def set_up(policy: Policy) -> Callable[[Server], None]:
    """Give a server's instance an account and a saved policy."""

    def prepare(server: Server) -> None:
        database = Database(f"sqlite:///{server.instance / 'calloutpay.db'}")
        with database.session() as session:
            accounts.add_account(session, EMAIL, PASSWORD)
            policies.save_policy(session, policy, EMAIL)
        database.close()

    return prepare


@pytest.fixture(autouse=True)
def _fast_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with the weakest parameters: tests make accounts and log in often."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and empty database of SQLite, to be copied: migrating takes ten times as long."""
    path = tmp_path_factory.mktemp("migrated") / "calloutpay.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def ready(database: Database, migrated: Path) -> Database:
    """A migrated and empty database of each kind."""
    if database.engine.dialect.name == "sqlite":
        shutil.copy(migrated, str(database.engine.url.database))
    else:
        database.migrate()
    return database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path, need: Need) -> Iterator[Database]:
    """An empty database of each kind; PostgreSQL gets a schema of its own."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'test.db'}")
        yield made
        made.close()
        return
    url = os.environ.get("TEST_POSTGRES_URL", "")
    need(url, "TEST_POSTGRES_URL names no PostgreSQL database to test with")
    address = make_url(url).set(drivername="postgresql+psycopg")
    schema = f"test_{secrets.token_hex(8)}"
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    inside = address.update_query_dict({"options": f"-csearch_path={schema}"})
    made = Database(inside.render_as_string(hide_password=False))
    yield made
    made.close()
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def documented_endpoints() -> set[str]:
    """Paths of PagerDuty's REST API that docs/security.md says are asked."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `GET (/\S+)` \|", text, re.MULTILINE))


def endpoints_asked(sandbox: Running) -> set[tuple[str, str]]:
    """Method and path of everything that a sandbox was ever asked, with {id} for what is filled in."""
    return {(method, re.sub(r"<\w+>", "{id}", rule)) for method, rule in sandbox.state.asked}


@pytest.fixture(scope="session")
def real_pagerduty() -> Iterator[Running]:
    """A sandbox on the clock of `make test CLOCK=`, for servers in processes of their own, which must only read."""
    with running("small", rate_limit=None) as sandbox:
        yield sandbox
        asked = endpoints_asked(sandbox)
    assert asked - {("GET", path) for path in documented_endpoints()} == set()
