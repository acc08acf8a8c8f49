"""The reports in this process's memory: what was read from PagerDuty lives here, for a while, and nowhere else.

A working set belongs to one login session. It ends by age, logout, disconnect, by hand and on delivery of the file; the
process holds a bounded number of them. Nothing of it is ever written to the database, a file or a log.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock

from webapp.services.reporting import Draft


@dataclass(slots=True)
class WorkingSet:
    """One report in the making, of one login session."""

    id: str
    session_id: str
    account_id: int
    draft: Draft
    used_at: float
    lock: Lock = field(default_factory=Lock, repr=False)
    """Held by the one request that reads or re-prices it."""


class WorkingSets:
    """All working sets of the process; safe to use from several threads.

    Args:
        longest_minutes: how long a set is kept after its last use.
        most: how many are held; the one unused for longest makes room.
        readers: how many requests may read from PagerDuty at once.
    """

    def __init__(
        self, *, longest_minutes: int, most: int, readers: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._longest_seconds = longest_minutes * 60
        self._most = most
        self._clock = clock
        self._sets: dict[str, WorkingSet] = {}
        self._lock = Lock()
        self._readers = BoundedSemaphore(readers)

    def add(self, session_id: str, account_id: int, draft: Draft) -> WorkingSet:
        """Keep a new draft; its id is a secret of the login session."""
        made = WorkingSet(secrets.token_urlsafe(16), session_id, account_id, draft, self._clock())
        with self._lock:
            self._drop_old()
            while len(self._sets) >= self._most:
                del self._sets[min(self._sets.values(), key=lambda kept: kept.used_at).id]
            self._sets[made.id] = made
        return made

    def get(self, set_id: str, session_id: str) -> WorkingSet | None:
        """The set of that id if this login session made it and it has not ended."""
        with self._lock:
            self._drop_old()
            found = self._sets.get(set_id)
            if found is None or not secrets.compare_digest(found.session_id, session_id):
                return None
            found.used_at = self._clock()
            return found

    def find(self, session_id: str, is_wanted: Callable[[Draft], bool]) -> WorkingSet | None:
        """A set of this login session whose draft is wanted."""
        with self._lock:
            self._drop_old()
            own = (kept for kept in self._sets.values() if secrets.compare_digest(kept.session_id, session_id))
            return next((kept for kept in own if is_wanted(kept.draft)), None)

    def of_session(self, session_id: str) -> list[WorkingSet]:
        """All sets of a login session, the newest first."""
        with self._lock:
            self._drop_old()
            own = [kept for kept in self._sets.values() if secrets.compare_digest(kept.session_id, session_id)]
        return own[::-1]

    def forget(self, set_id: str) -> None:
        """End one set."""
        with self._lock:
            self._sets.pop(set_id, None)

    def forget_session(self, session_id: str) -> None:
        """End all sets of a login session."""
        self._forget_where(lambda kept: kept.session_id == session_id)

    def forget_account(self, account_id: int) -> None:
        """End all sets of an account, whatever the login session."""
        self._forget_where(lambda kept: kept.account_id == account_id)

    @contextmanager
    def reading(self) -> Iterator[bool]:
        """Take one of the places for reading PagerDuty; False when all are taken."""
        taken = self._readers.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                self._readers.release()

    def __len__(self) -> int:
        with self._lock:
            self._drop_old()
            return len(self._sets)

    def _forget_where(self, ends: Callable[[WorkingSet], bool]) -> None:
        with self._lock:
            self._sets = {key: kept for key, kept in self._sets.items() if not ends(kept)}

    def _drop_old(self) -> None:
        oldest = self._clock() - self._longest_seconds
        self._sets = {key: kept for key, kept in self._sets.items() if kept.used_at >= oldest}
