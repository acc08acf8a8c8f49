"""Locking everything that is stored with a new master secret, while the server runs; and saying what cannot be opened.

Every step leaves a state in which each stored secret can be opened by the file as it then is: the new secret joins the
old ones before anything is locked with it, and the old ones leave only when nothing needs them any more. So it may be
killed anywhere and run again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

from webapp.models import Connection, PagerDutyApp
from webapp.services import pagerduty_app
from webapp.vault import CONNECTIONS, Vault, VaultError, new_secret, read_secrets, write_secrets

Sessions = sessionmaker[Session]

LOCKED: tuple[tuple[InstrumentedAttribute[int], InstrumentedAttribute[str], str], ...] = (
    (Connection.id, Connection.secret, CONNECTIONS),
    (PagerDutyApp.id, PagerDutyApp.client_secret, pagerduty_app.PURPOSE),
)
"""Every column that the vault locks: key of the row, the column, its purpose."""
MOST_PASSES = 5
"""A server that renews a token meanwhile may still lock it with the old secret; the next pass finds it."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did."""

    locked_anew: int
    """Stored secrets that the newest master secret locks now, and did not before."""
    unopened: int
    """Stored secrets that no master secret at hand opens; they are left as they are."""
    is_new: bool
    """Whether a new master secret was made; not where an unfinished rotation was finished."""
    secrets_kept: int
    """Master secrets that the file holds now."""


def rotate(sessions: Sessions, vault: Vault, file: Path, *, may_write: bool, forget_old: bool = False) -> Rotation:
    """Make a new master secret unless a rotation is unfinished, and lock everything stored with it.

    Args:
        sessions: the database.
        vault: opened from the file.
        file: holds the master secrets.
        may_write: the file is our own. Otherwise its owner has put the new secret into its first line.
        forget_old: drop the older secrets at the end; what they signed or locked elsewhere (backups) is then unknown.

    Raises:
        VaultError: the file cannot be read or written, the old secrets are still needed, or a rotation is running.
    """
    with _alone(file):
        return _rotate(sessions, vault, file, may_write=may_write, forget_old=forget_old)


def _rotate(sessions: Sessions, vault: Vault, file: Path, *, may_write: bool, forget_old: bool) -> Rotation:
    is_new = may_write and not forget_old and not _needing_older(sessions, vault)
    if is_new:
        write_secrets(file, (new_secret(), *read_secrets(file)))
    locked_anew = _lock_all_anew(sessions, vault)
    if forget_old and may_write:
        _forget_older(sessions, vault, file)
    return Rotation(locked_anew, count_unopened(sessions, vault), is_new, len(read_secrets(file)))


def count_unopened(sessions: Sessions, vault: Vault) -> int:
    """How many stored secrets no master secret at hand opens."""
    return sum(1 for *_, token, purpose in _stored(sessions) if not _opens(vault, token, purpose))


def wrong_secret_sentence(sessions: Sessions, vault: Vault, file: Path) -> str:
    """What to say when the database holds what this master secret does not open; empty when all is well."""
    count = count_unopened(sessions, vault)
    if not count:
        return ""
    what = "1 stored PagerDuty secret" if count == 1 else f"{count} stored PagerDuty secrets"
    return (
        f"The master secret {file} does not open {what}: the database belongs to another one. Restore the secret that "
        "belongs to it and restart, or connect PagerDuty again. Everything else works."
    )


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Keep a second rotation out, which would write its secrets over ours; the lock ends with the process."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise VaultError("Another rotation is running. Wait for its end.") from None
    finally:
        os.close(folder)


def _needing_older(sessions: Sessions, vault: Vault) -> int:
    """How many stored secrets an older master secret opens and the newest does not."""
    return sum(
        1
        for *_, token, purpose in _stored(sessions)
        if not vault.is_current(token, purpose) and _opens(vault, token, purpose)
    )


def _lock_all_anew(sessions: Sessions, vault: Vault) -> int:
    done = 0
    for _ in range(MOST_PASSES):
        for key, column, row_id, token, purpose in _stored(sessions):
            if not vault.is_current(token, purpose) and _opens(vault, token, purpose):
                done += _lock_anew(sessions, vault, key, column, row_id, token, purpose)
        if not _needing_older(sessions, vault):
            break
    return done


def _lock_anew(sessions: Sessions, vault: Vault, key: Any, column: Any, row_id: int, token: str, purpose: str) -> int:
    """Lock one stored secret anew, unless somebody has changed it meanwhile."""
    with sessions() as session:
        locked = vault.encrypt(vault.decrypt(token, purpose), purpose)
        changed = session.execute(
            update(column.class_).where(key == row_id, column == token).values({column: locked}).returning(key)
        ).all()
        session.commit()
    return len(changed)


def _forget_older(sessions: Sessions, vault: Vault, file: Path) -> None:
    """Drop the older secrets from the file."""
    both = read_secrets(file)
    needing = _needing_older(sessions, vault)
    if needing:
        raise VaultError(f"{needing} stored secrets still need the older master secret. Run this again.")
    write_secrets(file, both[:1])
    # A token that the server was just storing; it has seen the file by now, and locks with the newest only.
    _lock_all_anew(sessions, Vault(*both))


def _stored(sessions: Sessions) -> list[tuple[Any, Any, int, str, str]]:
    """All stored secrets: key column, column, row, token, purpose."""
    with sessions() as session:
        return [
            (key, column, row_id, token, purpose)
            for key, column, purpose in LOCKED
            for row_id, token in session.execute(select(key, column).order_by(key))
        ]


def _opens(vault: Vault, token: str, purpose: str) -> bool:
    try:
        vault.decrypt(token, purpose)
    except VaultError:
        return False
    return True
