"""The verified copy of SQLite's file that is written beside it before its schema is changed."""

from __future__ import annotations

import filecmp
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain, count
from pathlib import Path

from webapp import clock
from webapp.new_file import give_name


class NoCopy(RuntimeError):
    """No copy was written, and nothing is left of it; the message says why."""


def write_copy(file: Path, revision: str) -> Path:
    """Copy a database beside itself, verify the copy, and only then give it its name.

    The caller holds SQLite's write lock, so that nothing is written to the database meanwhile. Where an earlier copy is
    the same, byte for byte, it is enough: a change that fails at each start of a service does not fill the disk.

    Args:
        file: a database of CalloutPay.
        revision: that the database is about to be brought to; it stands in the name.

    Returns:
        where it is, such as calloutpay-before-0007-2026-12-01T093000.db (UTC), for its owner only.

    Raises:
        NoCopy: it could not be written, or is not the same.
    """
    stem = f"{file.stem}-before-{revision}-"
    draft = file.with_name(f"{file.name}.part")
    """One name for all attempts: the lock allows one at a time, and one that was killed leaves no second one."""
    with _in_words(draft):
        _remove(draft)  # of an attempt that was killed
        try:
            os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            _copy(file, draft)
            known = (path for path in sorted(file.parent.iterdir()) if path.name.startswith(stem) and path.is_file())
            if same := next((path for path in known if filecmp.cmp(draft, path, shallow=False)), None):
                return same
            path = _free_name(file, f"{stem}{clock.now():%Y-%m-%dT%H%M%S}")
            give_name(draft, path)
        finally:
            _remove(draft)
    return path


def _remove(draft: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        Path(f"{draft}{ending}").unlink(missing_ok=True)


def _free_name(file: Path, stem: str) -> Path:
    """Several copies of one second are numbered."""
    endings = chain([""], (f"-{number}" for number in count(2)))
    names = (file.with_name(f"{stem}{ending}{file.suffix}") for ending in endings)
    return next(path for path in names if not os.path.lexists(path))


def _copy(file: Path, draft: Path) -> None:
    with (
        closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(f"{draft.as_uri()}?mode=rw", uri=True)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file
        if (state := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise NoCopy(f"its copy is not sound ({state}), so the database itself is damaged")
        if _content(copy) != _content(source):
            raise NoCopy("its copy is not the same as the database")
    with draft.open("rb") as stream:
        os.fsync(stream.fileno())


def _content(connection: sqlite3.Connection) -> tuple[list[tuple[str]], dict[str, int]]:
    """The revision, and how many rows each table has."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    counts = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608  names that the database itself tells
    return connection.execute("SELECT version_num FROM alembic_version").fetchall(), counts


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoCopy(f"{path} cannot be written: {error.strerror}") from error
    except sqlite3.Error as error:
        raise NoCopy(f"{path} cannot be written: {error}") from error
