"""The file that a command writes: a new one, whole or not at all."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile, mkstemp

import click

from webapp.commands.refusals import Refusal, Status
from webapp.new_file import give_name


def choose_path(out: str, usual_name: str) -> Path:
    """Where the file is to be: `out`, or its usual name in the folder `out`; refused now if that cannot work later.

    Raises:
        Refusal: there is such a file.
        click.ClickException: the folder is missing, or may not be written to.
    """
    try:
        is_folder = not out or out.endswith(os.sep) or Path(out).is_dir()
        path = Path(out) / usual_name if is_folder else Path(out)
        if not path.parent.is_dir():
            raise click.ClickException(f"There is no folder {path.parent}. Make it, or choose another --out.")
        with suppress(FileNotFoundError):
            path.lstat()
            raise _exists(path)
        with TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _unwritable(Path(out), error) from error
    return path


def write_new(path: Path, content: bytes) -> None:
    """Write a file, for its owner only, that has its name once it is whole and on the disk; never over another one.

    Raises:
        Refusal: there is such a file by now.
        click.ClickException: it could not be written; nothing is left of it.
    """
    try:
        with _ended_by_signals():
            _write_new(path, content)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise _unwritable(path, error) from error


def _write_new(path: Path, content: bytes) -> None:
    descriptor, name = mkstemp(dir=path.parent, prefix=".calloutpay-", suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        give_name(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM end this process as Ctrl+C does, so that it clears away what it has begun."""
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _exists(path: Path) -> Refusal:
    return Refusal(
        Status.FILE_EXISTS, f"{path} exists, and is never overwritten. Move or remove it, or choose another --out."
    )


def _unwritable(path: Path, error: OSError) -> click.ClickException:
    return click.ClickException(f"{path} cannot be written, and nothing of it is: {error.strerror}.")
