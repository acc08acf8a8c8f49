"""`make demo`: it walks the job once, says what it made, and names a taken port."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE_SECONDS
from webapp.exports.reread import reread

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.any_date]


@pytest.fixture
def ports() -> list[str]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return [str(probe.getsockname()[1]) for probe in (one, other)]


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield str(busy.getsockname()[1])


def demo(port: str, sandbox_port: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ONCE": "1", "PORT": port, "SANDBOX_PORT": sandbox_port}
    command = [sys.executable, "-m", "webapp.demo"]
    return subprocess.run(  # noqa: S603  our own command
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


def test_once_it_writes_the_workbook_and_says_where_and_how_much(ports: list[str]) -> None:
    done = demo(*ports)
    assert done.returncode == 0, done.stderr
    told = dict(line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)
    file = Path(told["Workbook"].strip())
    assert file.parent == ROOT / "instance" / "demo"
    total = reread(file.read_bytes()).printed["Summary"].total
    assert told["Grand total"].strip() == f"£{total:,.2f}"
    assert total > 0
    assert [path.name for path in file.parent.iterdir() if path.stat().st_mode & 0o077] == []  # others read nothing
    assert told["CalloutPay"].strip() == f"http://127.0.0.1:{ports[0]}"
    assert re.fullmatch(r"\S+@\S+ / .{12,}", told["Demo login"].strip())
    with socket.socket() as probe:  # nothing is left running
        assert probe.connect_ex(("127.0.0.1", int(ports[0]))) != 0


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_however_it_is_ended_nothing_goes_on_serving(ports: list[str], ending: signal.Signals) -> None:
    environment = {**os.environ, "PORT": ports[0], "SANDBOX_PORT": ports[1]}
    command = [sys.executable, "-m", "webapp.demo"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603
        assert running.stdout
        assert any("It keeps serving." in line for line in running.stdout)
        running.send_signal(ending)
        assert running.wait(PATIENCE_SECONDS) == 0
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))) != 0


def test_a_taken_port_of_the_app_is_named_with_what_to_do(taken: str, ports: list[str]) -> None:
    done = demo(taken, ports[0])
    assert done.returncode == 1
    assert f"Port {taken} is taken. Choose another: make demo PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_of_the_sandbox_is_named_with_what_to_do(taken: str, ports: list[str]) -> None:
    done = demo(ports[0], taken)
    assert done.returncode == 1
    assert f"port {taken}" in done.stderr
    assert "SANDBOX_PORT" in done.stderr
    assert "Traceback" not in done.stderr
