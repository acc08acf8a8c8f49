"""Rate limits, faults on demand, and the log of requests."""

from dataclasses import dataclass, replace
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
        return Allowance(self.limit, self.limit - used, max(1, ceil(began + _MINUTE - now)), is_exceeded)

    def refill(self) -> None:
        """Forget what was used."""
        with self._lock:
            self._windows.clear()


@dataclass(frozen=True)
class Fault:
    """An answer to give instead of the right one, some times; `path` None means any."""

    status: int
    times: int
    path: str | None
    reset_seconds: int | None
    html: bool


class Faults:
    """Faults that wait for their request, first come, first served."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, path: str) -> Fault | None:
        """The fault that a request to this path meets."""
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if fault.path in {None, path}:
                    if fault.times > 1:
                        self._waiting[place] = replace(fault, times=fault.times - 1)
                    else:
                        del self._waiting[place]
                    return fault
        return None

    def clear(self) -> None:
        """Order none."""
        with self._lock:
            self._waiting.clear()


@dataclass(frozen=True)
class Logged:
    """One REST request; never its credential."""

    method: str
    path: str
    region: str
    status: int
