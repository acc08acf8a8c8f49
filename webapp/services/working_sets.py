"""The reports in this process's memory: what was read from PagerDuty lives here, for a while, and nowhere else.

A working set belongs to one login session. It ends by age, logout, disconnect and by hand; the process holds a bounded
number of them. Nothing of it is ever written to the database, a file or a log.

Its draft is handed out to one request at a time, and in no other way than `use`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock

from webapp.services.inputs import ReportInputs
from webapp.services.reporting import Draft

WAIT_SECONDS = 20.0
"""Longer than pricing an organisation takes, shorter than people wait."""


class Ended(LookupError):
    """There is no such working set, or it is another login session's."""


class Busy(Exception):
    """Another request has the report. While PagerDuty is read nobody waits for it; for anything else, for a while."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("This report is at work for another page of yours. Try again in a moment.")
        self.is_reading = draft.records is None
        self.title = draft.title
        self.progress = draft.progress


@dataclass(slots=True)
class WorkingSet:
    """One report in the making, of one login session."""

    id: str
    session_id: str
    account_id: int
    draft: Draft
    used_at: float
    turn: Lock = field(default_factory=Lock, repr=False)
    """Of the one request that has the draft."""


@dataclass(frozen=True, slots=True)
class OpenReport:
    """What other pages may know of a report that is read whole: its address and title, and who is in it."""

    id: str
    title: str
    subdomain: str
    engineers: Mapping[str, str]
    """Names by PagerDuty user id."""
    regions: frozenset[str] = frozenset()
    """Its holiday regions."""
    compares: bool = False
    """Whether it is there to be compared with an earlier file."""


class WorkingSets:
    """All working sets of the process; safe to use from several threads.

    Args:
        longest_minutes: how long a set is kept after its last use.
        most: how many are held; the one unused for longest makes room.
        readers: how many requests may read from PagerDuty at once.
        wait_seconds: how long a request waits for another one that has the same report.
    """

    def __init__(
        self,
        *,
        longest_minutes: int,
        most: int,
        readers: int,
        wait_seconds: float = WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._longest_seconds = longest_minutes * 60
        self._most = most
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._sets: dict[str, WorkingSet] = {}
        self._lock = Lock()
        self._readers = BoundedSemaphore(readers)

    def add(self, session_id: str, account_id: int, draft: Draft) -> str:
        """Keep a new draft; its id is a secret of the login session."""
        made = WorkingSet(secrets.token_urlsafe(16), session_id, account_id, draft, self._clock())
        with self._lock:
            self._drop_old()
            while len(self._sets) >= self._most:
                del self._sets[min(self._sets.values(), key=lambda kept: kept.used_at).id]
            self._sets[made.id] = made
        return made.id

    @contextmanager
    def use(self, set_id: str, session_id: str) -> Iterator[Draft]:
        """Hand the draft of that id to one request, for as long as the request has it.

        Who forgets it meanwhile waits for nobody: the request ends with what it has, and nobody gets it after.

        Raises:
            Ended: this login session has none of that id.
            Busy: another request has it.
        """
        kept = self._own(set_id, session_id)
        waits = kept.draft.records is not None
        if not kept.turn.acquire(timeout=self._wait_seconds if waits else 0):
            raise Busy(kept.draft)
        try:
            self._own(set_id, session_id)  # not forgotten while it was waited for
            yield kept.draft
        finally:
            kept.used_at = self._clock()
            kept.turn.release()

    def holds(self, set_id: str, session_id: str) -> bool:
        """Whether this login session has a set of that id; asking is no use of it."""
        with self._lock:
            self._drop_old()
            return self._find(set_id, session_id) is not None

    def reading_of(self, session_id: str, is_wanted: Callable[[Draft], bool]) -> str | None:
        """The id of a set of this login session that is still being read, by what was asked for."""
        with self._lock:
            self._drop_old()
            own = (kept for kept in self._sets.values() if secrets.compare_digest(kept.session_id, session_id))
            return next((kept.id for kept in own if kept.draft.records is None and is_wanted(kept.draft)), None)

    def title_of_session(self, session_id: str) -> tuple[str, str] | None:
        """Id and title of a report of this login session that is read whole."""
        with self._lock:
            self._drop_old()
            own = (kept for kept in self._sets.values() if secrets.compare_digest(kept.session_id, session_id))
            read = (kept for kept in own if kept.draft.records is not None and not kept.draft.undecided_parts)
            return next(((kept.id, kept.draft.title) for kept in read), None)

    def open_reports(self, session_id: str) -> list[OpenReport]:
        """The reports of a login session that are read whole, the newest first; asking is no use of them."""
        with self._lock:
            self._drop_old()
            own = [kept for kept in self._sets.values() if secrets.compare_digest(kept.session_id, session_id)]
        return [
            OpenReport(
                kept.id,
                kept.draft.title,
                kept.draft.subdomain,
                {key: one.name for key, one in records.users.items()},
                kept.draft.inputs.regions,
                kept.draft.carried.earlier is not None,
            )
            for kept in reversed(own)
            if (records := kept.draft.records) is not None
        ]

    def inputs_of_session(self, session_id: str, subdomain: str) -> list[tuple[str, ReportInputs]]:
        """What this login session has read of a PagerDuty account, the newest first, with each report's title."""
        with self._lock:
            self._drop_old()
            own = [kept.draft for kept in self._sets.values() if secrets.compare_digest(kept.session_id, session_id)]
        frozen = [(draft.title, draft.inputs) for draft in own if draft.subdomain == subdomain]
        return [(title, inputs) for title, inputs in frozen if inputs.records is not None][::-1]

    def of_session(self, session_id: str) -> list[str]:
        """The ids of all sets of a login session, the newest first."""
        with self._lock:
            self._drop_old()
            own = [kept.id for kept in self._sets.values() if secrets.compare_digest(kept.session_id, session_id)]
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

    def _own(self, set_id: str, session_id: str) -> WorkingSet:
        with self._lock:
            self._drop_old()
            found = self._find(set_id, session_id)
            if found is None:
                raise Ended(set_id)
            found.used_at = self._clock()
            return found

    def _find(self, set_id: str, session_id: str) -> WorkingSet | None:
        found = self._sets.get(set_id)
        return found if found and secrets.compare_digest(found.session_id, session_id) else None

    def _forget_where(self, ends: Callable[[WorkingSet], bool]) -> None:
        with self._lock:
            self._sets = {key: kept for key, kept in self._sets.items() if not ends(kept)}

    def _drop_old(self) -> None:
        oldest = self._clock() - self._longest_seconds
        self._sets = {key: kept for key, kept in self._sets.items() if kept.used_at >= oldest}
