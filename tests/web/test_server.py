"""The real server: what it prints, what it leaves lying about, what it says when it cannot start."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.patience import PATIENCE_SECONDS, wait_until

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    """Start `serve` with a home and an instance of its own."""
    started: list[subprocess.Popen[str]] = []

    def run(**changed: str) -> subprocess.Popen[str]:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / "home"),
            "INSTANCE_DIR": str(tmp_path / "instance"),
            "PORT": str(port),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **changed,
        }
        output = (tmp_path / "output").open("w", encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output.close()
        started.append(process)
        return process

    (tmp_path / "home").mkdir()
    yield run
    for process in started:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def output_with(tmp_path: Path, process: subprocess.Popen[str], wanted: str) -> str:
    """What the server wrote, once it wrote that."""

    def text() -> str:
        return (tmp_path / "output").read_text(encoding="utf-8")

    wait_until(lambda: wanted in text() or process.poll() is not None)
    assert wanted in text()
    return text()


def test_the_server_migrates_says_where_it_is_and_how_to_begin(start: Start, tmp_path: Path, port: int) -> None:
    process = start()
    text = output_with(tmp_path, process, "with the code")
    url = f"http://127.0.0.1:{port}"
    made = f"Made a new, empty database: {tmp_path / 'instance' / 'calloutpay.db'}\n"
    assert text.startswith(f"{made}CalloutPay serves {url}\n")
    assert re.search(
        rf"^Make the first account at {url}/setup with the code \w{{4}}-\w{{4}}-\w{{4}}$", text, re.MULTILINE
    )
    assert requests.get(f"{url}/health", timeout=PATIENCE_SECONDS).text == "ok"
    assert "One-time code" in requests.get(f"{url}/?code=canary", timeout=PATIENCE_SECONDS).text
    # A proxy that we were not told about is not believed.
    forged = requests.get(
        f"{url}/health", headers={"X-Forwarded-Proto": "https", "Script-Name": "/x"}, timeout=PATIENCE_SECONDS
    )
    assert forged.status_code == 200
    text = output_with(tmp_path, process, "GET /setup 200")
    assert "canary" not in text
    assert list((tmp_path / "home").rglob("*")) == []
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0


def test_a_taken_port_is_named_at_once(start: Start, tmp_path: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        process = start()
        assert process.wait(PATIENCE_SECONDS) == 1
    text = (tmp_path / "output").read_text(encoding="utf-8")
    assert text == (
        f"Made a new, empty database: {tmp_path / 'instance' / 'calloutpay.db'}\n"
        f"CalloutPay cannot serve on 127.0.0.1:{port}: Address already in use. Stop what uses that port, or choose "
        f"another, for example PORT={port + 1}.\n"
    )


def test_a_clock_that_is_set_is_told_at_the_start_and_on_every_page(start: Start, tmp_path: Path, port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    process = start(CLOCK="2031-07-15T09:00Z", PAGERDUTY_US_URL=url, PAGERDUTY_EU_URL=url, PAGERDUTY_IDENTITY_URL=url)
    text = output_with(tmp_path, process, "with the code")
    assert "Its clock is set to 15 July 2031 09:" in text
    page = requests.get(f"{url}/login", timeout=PATIENCE_SECONDS).text
    assert re.search(r"The clock is set to 15 Jul 2031, \d\d:\d\d UTC, for tests and the demo\.", page)


def test_a_wrong_setting_is_named(start: Start, tmp_path: Path) -> None:
    assert start(THREADS="many").wait(PATIENCE_SECONDS) == 1
    text = (tmp_path / "output").read_text(encoding="utf-8")
    assert text == (
        "CalloutPay cannot start. THREADS is 'many', which is not a whole number from 2 to 64. Correct it or leave it "
        "out.\n"
    )
