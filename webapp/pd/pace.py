"""How fast one credential may ask: a few requests at once, and no more than PagerDuty's rate limit allows.

PagerDuty advises one request after another for each token; up to four at once is our choice, and what is left of the
limit decides in the end. All reports of a credential share one Pace, because they share one bucket there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from math import ceil
from threading import Condition, Lock

from webapp.pd.errors import RateLimited
from webapp.pd.timing import Timing

MOST_PARALLEL = 4
QUIET_SECONDS = 60.0  # after any 429: one request at a time
SLOW_SHARE = 0.05  # of the limit: what is left below it is spread evenly until the reset
LONGEST_NAP_SECONDS = 2.0  # a longer wait is the page's to show
DEFAULT_WAIT_SECONDS = 30  # PagerDuty: a 429 may come without any header
JITTER = 0.3
REMEMBERED = 256


class _Budget:
    """What one of PagerDuty's limits has left until it resets."""

    def __init__(self, limit: int, left: int, resets_at: float) -> None:
        self.limit, self.left, self.resets_at = limit, left, resets_at
        self.next_at = 0.0


class Pace:
    """Turns of one credential; safe to be used by several threads."""

    def __init__(self, parallel: int = MOST_PARALLEL, timing: Timing | None = None) -> None:
        self.parallel = max(1, min(parallel, MOST_PARALLEL))
        self._timing = timing or Timing()
        self._room = Condition()
        self._running = 0
        self._quiet_until = float("-inf")
        self._budgets: dict[str, _Budget] = {}

    @property
    def allowed(self) -> int:
        """How many requests may run at once now: one for a minute after any 429."""
        return 1 if self._timing.clock() < self._quiet_until else self.parallel

    @property
    def left(self) -> tuple[int, int] | None:
        """The credential's limit of requests a minute and what is left of it, as PagerDuty said; None if it did not."""
        with self._room:
            known = self._budgets.get("")
            return (known.limit, max(0, known.left)) if known else None

    @contextmanager
    def turn(self, path: str) -> Iterator[None]:
        """Hold a place for one request while the block runs, after waiting for it.

        Raises:
            RateLimited: nothing is left for longer than a nap; nothing was sent.
        """
        with self._room:
            while self._running >= self.allowed:
                self._room.wait()
            try:
                nap = max(self._reserve(budget) for budget in _budgets_of(path))
            except RateLimited:
                self._room.notify_all()  # the place stays free: who waits for it must hear of it, too
                raise
            self._running += 1
        try:
            if nap > 0:
                self._timing.sleep(nap)
            yield
        finally:
            with self._room:
                self._running -= 1
                self._room.notify_all()  # more than one place may be free by now: the quiet minute may be over

    def learn(self, path: str, headers: Mapping[str, str]) -> None:
        """Take note of what an answer says about the limit; to be called within its turn."""
        said = [_whole(headers, f"ratelimit-{name}") for name in ("limit", "remaining", "reset")]
        if None in said:
            return
        limit, remaining, reset = (number or 0 for number in said)
        name, resets_at = _budgets_of(path)[-1], self._timing.after(reset)
        with self._room:
            left = remaining - (self._running - 1)  # the others may not be counted in it yet
            known = self._budgets.get(name)
            # Answers overtake each other: within a minute the smallest number is the newest.
            if known and self._timing.clock() < known.resets_at and left <= known.left + self.parallel:
                known.left, known.resets_at = min(known.left, left), min(known.resets_at, resets_at)
            else:
                self._budgets[name] = _Budget(limit, left, resets_at)

    def limited(self, path: str, headers: Mapping[str, str]) -> RateLimited:
        """Take note of a 429; the error that says how long to wait.

        A jitter of up to 30 % keeps several programs of one account from coming back at once.
        """
        seconds = ceil(wait_seconds(headers) * (1 + JITTER * self._timing.chance()))
        with self._room:
            self._quiet_until = self._timing.after(QUIET_SECONDS)
            self._budgets[_budgets_of(path)[-1]] = _Budget(1, 0, self._timing.after(seconds))
        return RateLimited(seconds)

    def _reserve(self, name: str) -> float:
        """Take one request out of a budget; how long to sleep before it, by the clock."""
        budget, now = self._budgets.get(name), self._timing.clock()
        if budget is None:
            return 0.0
        if now >= budget.resets_at:
            del self._budgets[name]
            return 0.0
        if budget.left <= 0:
            raise RateLimited(max(1, ceil(self._timing.until(budget.resets_at))), was_sent=False)
        at = now
        if budget.left < budget.limit * SLOW_SHARE:
            at = max(now, budget.next_at)
            if at - now > LONGEST_NAP_SECONDS * self._timing.scale:
                raise RateLimited(max(1, ceil(self._timing.until(at))), was_sent=False)
            budget.next_at = at + (budget.resets_at - at) / budget.left
        budget.left -= 1
        return at - now


def _budgets_of(path: str) -> tuple[str, ...]:
    """The limits that a path counts against.

    PagerDuty: /oncalls has a limit of its own beside the credential's, and headers describe whichever is nearer.
    """
    return ("", path) if path == "/oncalls" else ("",)


def wait_seconds(headers: Mapping[str, str]) -> int:
    """Seconds to wait after a 429. PagerDuty: `ratelimit-reset` is a number of seconds, and may be absent."""
    said = (_whole(headers, name) for name in ("ratelimit-reset", "retry-after"))
    return max(1, next((seconds for seconds in said if seconds is not None), DEFAULT_WAIT_SECONDS))


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    said = headers.get(name, "").strip()
    return int(said) if said.isdecimal() else None


_paces: OrderedDict[tuple[str, int, Timing], Pace] = OrderedDict()
_lock = Lock()


def pace_of(base_url: str, secret: str, parallel: int, timing: Timing) -> Pace:
    """The one Pace of a credential in this process; only a digest of the credential is kept."""
    key = (sha256(f"{base_url}\n{secret}".encode()).hexdigest(), parallel, timing)
    with _lock:
        if key not in _paces:
            _paces[key] = Pace(parallel, timing)
            while len(_paces) > REMEMBERED:
                _paces.popitem(last=False)
        _paces.move_to_end(key)
        return _paces[key]
