"""Renewing tokens where a refresh token is good for one use: many threads, two processes, and a sudden end.

PagerDuty answers a renewal with a new refresh token; whether the old one lives on, nobody knows. Here it does not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.patience import PATIENCE_SECONDS
from webapp import clock
from webapp.models import Connection, Database
from webapp.pd.client import Client
from webapp.pd.oauth import App
from webapp.pd.regions import Endpoints
from webapp.sandbox import Running
from webapp.sandbox.tokens import Delegation
from webapp.services import accounts
from webapp.services.connections import LEASE, RECONNECT, Connections, NotConnected
from webapp.vault import Vault

pytestmark = [pytest.mark.slow, pytest.mark.any_date]

ROOT = Path(__file__).parents[2]
KEY = b"0" * 32
FAR = datetime(2099, 1, 1, tzinfo=UTC)
ROUNDS = 5
THREADS = 10  # in each of two processes

# A process of the program: it opens the same database and asks PagerDuty whenever a line comes in.
PROCESS = """
import json, os, signal, sys
from concurrent.futures import ThreadPoolExecutor
from webapp import clock
from webapp.models import Database
from webapp.pd.client import Client
from webapp.pd.oauth import App
from webapp.pd.regions import Endpoints
from webapp.services.connections import Connections
from webapp.vault import Vault

given = json.loads(sys.argv[1])
clock.ahead = clock.read_setting(given["clock"])
endpoints = Endpoints(**given["endpoints"])
database = Database(given["database"])
connections = Connections(database.session, Vault(given["key"].encode()), endpoints, App(*given["app"], endpoints))

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if given["dies"] == "before the new pair is stored":
    Connections._sealed = die  # PagerDuty has answered, nothing is written yet
if given["dies"] == "after the new pair is stored":
    renew = Connections._renew
    Connections._renew = lambda *words: die(renew(*words))

def ask(_):
    try:
        return len(connections.ask(given["account_id"], Client.teams))
    except Exception as error:
        return repr(error)

with ThreadPoolExecutor(given["threads"]) as pool:
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(list(pool.map(ask, range(given["threads"])))), flush=True)
"""


@dataclass
class Instance:
    """An instance with one OAuth connection, as a consent leaves it."""

    database: Database
    sandbox: Running
    connections: Connections
    account_id: int

    def start(self, *, threads: int = 1, dies: str = "") -> subprocess.Popen[str]:
        """A process of it, ready to ask."""
        endpoints = self.connections.endpoints
        given = {
            "database": self.database.engine.url.render_as_string(hide_password=False),
            "endpoints": {"us": endpoints.us, "eu": endpoints.eu, "identity": endpoints.identity},
            "app": [self.sandbox.credentials.client_id, self.sandbox.credentials.client_secret],
            "key": KEY.decode(),
            "account_id": self.account_id,
            "clock": clock.write_setting(),
            "threads": threads,
            "dies": dies,
        }
        process = subprocess.Popen(  # noqa: S603  our own script
            [sys.executable, "-c", PROCESS, json.dumps(given)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    def row(self) -> Connection:
        with self.database.session() as session:
            return session.scalars(select(Connection)).one()


@pytest.fixture
def instance(database: Database, pagerduty: Running) -> Instance:
    database.migrate()
    endpoints = Endpoints(us=pagerduty.us_url, eu=pagerduty.eu_url, identity=pagerduty.identity_url)
    app = App(pagerduty.credentials.client_id, pagerduty.credentials.client_secret, endpoints)
    connections = Connections(database.session, Vault(KEY), endpoints, app)
    with database.session() as session:
        account_id = accounts.add_account(session, "ada@example.com", "correct horse battery").id
    tokens, owner = pagerduty.state.tokens, pagerduty.state.key_owner_id
    pair = tokens.issue(Delegation("d", "us", owner, "openid read"))
    held = {"access_token": pair.access, "refresh_token": pair.refresh, "scope": "openid read"}
    connections._keep(
        Connection(
            account_id=account_id, kind="oauth", region="us", subdomain="lanternworks", user_id=owner,
            user_name="Ada Lindqvist", secret=connections.vault.encrypt(json.dumps(held)),
            connected_at=datetime(2026, 11, 1, tzinfo=UTC), expires_at=FAR,
        )
    )  # fmt: skip
    tokens.renewals = tokens.reuses = 0
    return Instance(database, pagerduty, connections, account_id)


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("ask\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str]) -> list[object]:
    assert process.stdout
    found: list[object] = json.loads(process.stdout.readline())
    return found


def test_twenty_requests_of_two_processes_never_lose_the_connection(instance: Instance) -> None:
    processes = [instance.start(threads=THREADS) for _ in range(2)]
    tokens = instance.sandbox.state.tokens
    for _ in range(ROUNDS):
        tokens.expire_access()
        for process in processes:
            tell(process)
        assert [heard(process) for process in processes] == [[3] * THREADS] * 2
    for process in processes:
        process.communicate(timeout=PATIENCE_SECONDS)
    assert (tokens.renewals, tokens.reuses) == (ROUNDS, 0)
    row = instance.row()
    assert (row.problem, row.lease_key, row.lease_until) == (None, None, None)


def killed(instance: Instance, moment: str) -> None:
    """A process that is killed while it renews the token."""
    instance.sandbox.state.tokens.expire_access()
    process = instance.start(dies=moment)
    tell(process)
    assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    process.communicate()
    assert instance.sandbox.state.tokens.renewals == 1


def test_a_kill_before_the_new_pair_is_stored_ends_in_reconnect_needed(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(instance, "before the new pair is stored")
    later = clock.now() + LEASE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)  # the lease of the dead process is over
    with pytest.raises(NotConnected, match=RECONNECT):
        instance.connections.ask(instance.account_id, Client.teams)
    with pytest.raises(NotConnected, match=RECONNECT):
        instance.connections.working_card(instance.account_id)


def test_a_kill_after_the_new_pair_is_stored_changes_nothing(instance: Instance) -> None:
    killed(instance, "after the new pair is stored")
    assert len(instance.connections.ask(instance.account_id, Client.teams)) == 3
    assert instance.sandbox.state.tokens.renewals == 1
    assert instance.row().problem is None
