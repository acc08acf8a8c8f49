"""Rate limits and the log of requests."""

from dataclasses import dataclass
from math import ceil
from threading import Lock
from time import monotonic

_MINUTE = 60.0


@dataclass(frozen=True)
class Allowance:
    """What the ratelimit headers say after a request."""

    limit: int
    remaining: int
    reset_seconds: int
    is_exceeded: bool


class Buckets:
    """PagerDuty: 960 requests a minute for each credential, counted from the first of them; None: no limit."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._lock = Lock()
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, credential: str) -> Allowance | None:
        """Count one request."""
        if self.limit is None:
            return None
        now = monotonic()
        with self._lock:
            began, used = self._windows.get(credential, (now, 0))
            if now - began >= _MINUTE:
                began, used = now, 0
            is_exceeded = used >= self.limit
            used += not is_exceeded
            self._windows[credential] = (began, used)
        return Allowance(self.limit, self.limit - used, max(1, ceil(_MINUTE - (now - began))), is_exceeded)

    def refill(self) -> None:
        """Forget what was used."""
        with self._lock:
            self._windows.clear()


@dataclass(frozen=True)
class Logged:
    """One REST request; never its credential."""

    method: str
    path: str
    region: str
    status: int
