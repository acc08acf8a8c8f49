"""Starting, stopping, and the same world on every machine."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner

from tests.patience import PATIENCE_SECONDS
from webapp.sandbox import SandboxError, running
from webapp.sandbox.command import sandbox_command

DIGEST = """
from datetime import UTC, datetime
from http.client import HTTPConnection
from hashlib import sha256
from webapp.sandbox.credentials import credentials_of
from webapp.sandbox.months import HISTORY
from webapp.sandbox.render_account import AccountRenderer
from webapp.sandbox.render_history import HistoryRenderer
from webapp.sandbox.server import ORGANISATIONS
from webapp.sandbox.world import World

digest = sha256()
for name, months in (("small", HISTORY[:84:5]), ("large", HISTORY[22:23])):
    world = World(ORGANISATIONS[name](), lambda: datetime(2031, 12, 31, tzinfo=UTC))
    shown = HistoryRenderer(AccountRenderer(world, "us", "http://sandbox"))
    digest.update(repr(credentials_of(name)).encode())
    for month in months:
        until = month.start.replace(day=month.days)
        for incident in world.incidents(month.start, until)[:200]:
            digest.update(repr(shown.incident(incident)).encode())
        for happening in world.happenings(month.start, until)[:400]:
            digest.update(repr(shown.entry(happening, None, set())).encode())
        for row in world.on_call(month.start, until):
            digest.update(repr(shown.on_call(row, None, set())).encode())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_the_world_is_the_same_whatever_the_machine() -> None:
    settings = [
        {"TZ": "UTC", "PYTHONHASHSEED": "0"},
        {"TZ": "Pacific/Chatham", "PYTHONHASHSEED": "42", "PYTHONTZPATH": ""},
    ]
    started = [
        subprocess.Popen(  # noqa: S603  # this interpreter, with a script of ours
            [sys.executable, "-c", DIGEST], env=os.environ | setting, stdout=subprocess.PIPE, text=True
        )
        for setting in settings
    ]
    digests = {process.communicate(timeout=PATIENCE_SECONDS)[0] for process in started}
    assert [process.returncode for process in started] == [0, 0]
    assert len(digests) == 1


def test_a_taken_port_says_what_to_do() -> None:
    with running() as first, pytest.raises(SandboxError, match="--port or SANDBOX_PORT"), running(port=first.port):
        pass


def test_the_command_says_it_too() -> None:
    with running() as first:
        result = CliRunner().invoke(sandbox_command, ["--port", str(first.port)])
    assert result.exit_code == 1
    assert "Choose another port with --port or SANDBOX_PORT" in result.output


def test_a_stopped_sandbox_answers_nobody() -> None:
    with requests.Session() as http:
        with running() as sandbox:
            assert http.get(f"{sandbox.us_url}/users", timeout=PATIENCE_SECONDS).status_code == 401
        with pytest.raises(requests.ConnectionError):
            http.get(f"{sandbox.us_url}/users", timeout=PATIENCE_SECONDS)


@pytest.mark.slow
def test_the_command_prints_what_a_client_needs_and_serves() -> None:
    script = "from webapp.sandbox.command import sandbox_command; sandbox_command()"
    command = [sys.executable, "-c", script, "--org", "small", "--port", "0", "--no-rate-limit"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # same
        try:
            assert process.stdout is not None
            lines = dict(process.stdout.readline().strip().split(": ", 1) for _ in range(13))
            assert list(lines) == [
                "US REST API",
                "EU REST API",
                "identity",
                "read-only account key",
                "full account key",
                "read-only user key",
                "EU read-only account key",
                "EU full account key",
                "EU read-only user key",
                "OAuth client id",
                "OAuth client secret",
                "Scoped OAuth client id",
                "Scoped OAuth client secret",
            ]
            key = {"Authorization": f"Token token={lines['read-only account key']}"}
            assert (
                requests.get(lines["US REST API"] + "/abilities", headers=key, timeout=PATIENCE_SECONDS).status_code
                == 200
            )
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=PATIENCE_SECONDS) == 0
        finally:
            process.kill()  # a failure must not wait for it forever


@pytest.mark.slow
def test_large_has_its_totals_and_is_paged_to_the_end() -> None:
    query = {"since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z", "limit": "100", "total": "true"}
    november = datetime(2026, 11, 21, tzinfo=UTC)
    with running("large", now=lambda: november, rate_limit=None) as sandbox, requests.Session() as http:
        http.headers["Authorization"] = f"Token token={sandbox.credentials.us.read_only}"

        def ask(name: str, offset: int = 0) -> dict[str, Any]:
            page = http.get(
                f"{sandbox.us_url}/{name}", params=query | {"offset": str(offset)}, timeout=PATIENCE_SECONDS
            )
            found: dict[str, Any] = page.json()
            return found

        totals = {name: ask(name)["total"] for name in ("users", "schedules", "incidents")}
        assert totals == {"users": 1_000, "schedules": 199, "incidents": 10_000}
        assert len(ask("v3/schedules")["schedules"]) == 1
        for name in ("oncalls", "incidents", "log_entries"):
            assert [len(ask(name, offset)[name]) for offset in (0, 500, 900)] == [100, 100, 100]
        assert ask("incidents", 9_900)["more"] is False


def test_a_connection_is_kept_from_one_question_to_the_next() -> None:
    with running() as sandbox:
        address = urlsplit(sandbox.us_url)
        connection = HTTPConnection(address.netloc, timeout=PATIENCE_SECONDS)
        headers = {"Authorization": f"Token token={sandbox.credentials.us.read_only}"}
        doors = []
        for path in ("/users?limit=1", "/schedules?limit=1", "/nothing"):
            connection.request("GET", address.path + path, headers=headers)
            answer = connection.getresponse()
            assert answer.read()
            doors.append(connection.sock and connection.sock.getsockname())
        connection.close()
    assert doors[0] is not None
    assert len(set(doors)) == 1
