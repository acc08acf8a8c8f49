"""A file that a command writes: whole or not at all, never over another, whatever the disk does."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import click
import pytest

from webapp.commands.output_file import write_new
from webapp.commands.refusals import Refusal, Status

ROOT = Path(__file__).parents[2]


def no_links(*_: Any, **__: Any) -> None:
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")


@pytest.fixture(params=["with links", "without"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """File systems that can give a file a second name, and those that cannot."""
    if request.param == "without":
        monkeypatch.setattr(os, "link", no_links)
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_it_is_written_whole_for_its_owner(tmp_path: Path) -> None:
    write_new(tmp_path / "a.xlsx", b"all of it")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.xlsx": b"all of it"}
    assert (tmp_path / "a.xlsx").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_what_is_there_stays(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.xlsx"
    made = {"file": path.touch, "folder": path.mkdir, "dangling link": lambda: path.symlink_to("nowhere")}
    made[kind]()
    before = path.lstat()
    with pytest.raises(Refusal, match="never overwritten") as refused:
        write_new(path, b"new")
    assert refused.value.exit_code == Status.FILE_EXISTS
    assert path.lstat() == before
    assert list(tmp_path.iterdir()) == [path]


FAILURES = {
    "writing": ("write", OSError(errno.ENOSPC, "No space left on device")),
    "reaching the disk": ("fsync", OSError(errno.EIO, "Input/output error")),
    "naming": ("link", OSError(errno.EACCES, "Permission denied")),
}


@pytest.mark.parametrize("where", FAILURES)
def test_a_failure_leaves_nothing_and_says_why(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, error = FAILURES[where]

    def fail(*_: Any, **__: Any) -> None:
        raise error

    if name == "write":
        fdopen = os.fdopen
        monkeypatch.setattr(os, "fdopen", lambda *told: _Full(fdopen(*told), error))
    else:
        monkeypatch.setattr(os, name, fail)
    with pytest.raises(click.ClickException, match=f"nothing of it is: {error.strerror}") as refused:
        write_new(tmp_path / "a.xlsx", b"all of it")
    assert refused.value.exit_code == 1
    assert list(tmp_path.iterdir()) == []


class _Full:
    """A file on a disk that is full."""

    def __init__(self, stream: Any, error: OSError) -> None:
        self.stream, self.error = stream, error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def write(self, _content: bytes) -> None:
        raise self.error


def test_where_the_last_step_fails_the_name_is_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)

    def fail(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(click.ClickException, match="Input/output error"):
        write_new(tmp_path / "a.xlsx", b"all of it")
    assert list(tmp_path.iterdir()) == []


SLOW_DISK = """
import os, signal, sys, time
from pathlib import Path
from webapp.commands.output_file import write_new

def fsync(_descriptor):
    print("on its way", flush=True)
    time.sleep(600)

os.fsync = fsync
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets it be ignored behind its back
write_new(Path(sys.argv[1]), b"all of it")
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_ended_meanwhile_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", SLOW_DISK, str(tmp_path / "a.xlsx")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        assert process.stdout
        assert process.stdout.readline() == b"on its way\n"
        assert len(list(tmp_path.iterdir())) == 1
        try:
            process.send_signal(number)
            assert process.wait(60) != 0
        finally:
            process.kill()
    assert list(tmp_path.iterdir()) == []


def test_the_handler_of_before_is_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    write_new(tmp_path / "a.xlsx", b"all of it")
    assert signal.getsignal(signal.SIGTERM) is before
