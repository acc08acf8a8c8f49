"""Faults to order: what PagerDuty, and the network before it, have been seen to do instead of answering properly."""

import socket
from collections import Counter
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from random import Random
from select import select
from threading import Lock
from time import monotonic

STATUSES = frozenset({400, 401, 402, 403, 404, 408, 429, 500, 502, 503})
BODIES = frozenset({"json", "html", "text", "empty"})
KINDS = {
    "status": "an error answer, with `status`, `body` and, for a rate limit, `reset`",
    "silent": "no answer, until the client gives up",
    "slow": "the right answer after `seconds`",
    "dropped": "the connection ends without an answer",
    "cut": "the connection ends in the middle of the answer",
    "stalled": "half an answer, then nothing, until the client gives up",
    "truncated": "a complete answer, whose JSON ends in the middle",
    "html": "a page of HTML with status 200",
    "smaller": "pages of at most `records`, whatever limit was asked for",
    "repeated": "the page begins `records` too early, as if so many had been inserted before it meanwhile",
    "skipped": "the page begins `records` too late, as if so many had been removed before it meanwhile",
    "endless": "the page says that there is more where there is not",
    "vacant": "the first `records` rows of a page of on-calls name nobody",
    "expired": "all access tokens have just expired",
    "revoked": "the credential has just been revoked",
    "change": "something has just happened to the data: see `Change`",
}
PAGED = frozenset({"smaller", "repeated", "skipped", "endless"})
_MOST_SILENT_SECONDS = 3600.0


@dataclass(frozen=True)
class Change:
    """Something that happens to the data at a moment between two requests.

    `what` is "incident added" (to the first service of the account, acknowledged and resolved by the person),
    "incident resolved" (of the open ones, by the person) or "shift swapped" (the person takes a schedule over).
    Times are instants in ISO form; `until` ends a swapped shift, or resolves an incident.
    """

    what: str
    at: str
    until: str
    person_id: str
    id: str = ""


CHANGES = frozenset({"incident added", "incident resolved", "shift swapped"})


@dataclass(frozen=True)
class Fault:
    """What requests meet that fit `path` (a pattern, None: any) and `query` (a part of the query string).

    Args:
        times: how many of them; None: all, forever.
        after: how many of them pass unharmed before.
        probability: of each of them; drawn from `seed` and the question itself, so that requests made at the same time
            meet the same faults in any order.
    """

    kind: str = "status"
    status: int = 500
    body: str = "json"
    reset_seconds: int | None = None
    seconds: float = 0
    records: int = 1
    change: Change | None = None
    path: str | None = None
    query: str = ""
    times: int | None = 1
    after: int = 0
    probability: float = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what nobody can do."""
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if self.status not in STATUSES:
            raise ValueError(f"status must be one of {sorted(STATUSES)}")
        if self.body not in BODIES:
            raise ValueError(f"body must be one of {sorted(BODIES)}")
        if self.kind == "change" and (self.change is None or self.change.what not in CHANGES):
            raise ValueError(f"change must be one of {sorted(CHANGES)}")

    def fits(self, path: str, query: str) -> bool:
        """Whether a request may meet it; the identity host (/identity/...) only if it is named."""
        if self.path is None:
            return not path.startswith("/identity/") and self.query in query
        return fnmatchcase(path, self.path) and self.query in query

    def is_drawn(self, path: str, query: str, count: int) -> bool:
        """Whether the request that asks this for the count-th time meets it."""
        return self.probability >= 1 or Random(f"{self.seed} {path}?{query} {count}").random() < self.probability


class Faults:
    """Faults that wait for their requests, first come, first served; a request meets one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Fault] = []
        self._asked: Counter[tuple[str, str]] = Counter()
        self.met: list[tuple[str, str]] = []
        """Kind and path of what has happened."""

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, path: str, query: str = "") -> Fault | None:
        """The fault that a request meets."""
        with self._lock:
            self._asked[path, query] += 1
            for place, fault in enumerate(self._waiting):
                if not fault.fits(path, query) or not fault.is_drawn(path, query, self._asked[path, query]):
                    continue
                if fault.after:
                    self._waiting[place] = replace(fault, after=fault.after - 1)
                    continue
                if fault.times is not None:
                    if fault.times > 1:
                        self._waiting[place] = replace(fault, times=fault.times - 1)
                    else:
                        del self._waiting[place]
                self.met.append((fault.kind, path))
                return fault
        return None

    def clear(self) -> None:
        """Order none."""
        with self._lock:
            self._waiting.clear()
            self._asked.clear()
            self.met.clear()


def wait_for_the_client(connection: socket.socket) -> None:
    """Say nothing until the client hangs up, or the server ends."""
    give_up = monotonic() + _MOST_SILENT_SECONDS
    while (left := give_up - monotonic()) > 0:
        readable, _, _ = select([connection], [], [], left)
        if readable:
            return


def hang_up(connection: socket.socket) -> None:
    """End a connection under whoever reads from it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster
