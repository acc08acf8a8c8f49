"""The resumable reading of one report: a queue of small questions, some of them asked at once.

A question that fails goes back to the head of the queue, so that the next call of `advance` asks it again. Threads only
ask; whatever is stored is stored by the thread that called `advance`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from webapp.pd.client import LIST_CAP, Client, Page
from webapp.pd.errors import (
    BadRequest,
    Forbidden,
    Incomplete,
    NotFound,
    PagerDutyError,
    RateLimited,
    TooSlow,
    Unavailable,
)
from webapp.pd.gathered import Gathered
from webapp.pd.listing import MOST_READINGS, Ask, Listing, Source
from webapp.pd.plan import ENGINEERS, FINAL, MONTH, PARTS, SECOND, URGENT_PARTS, Lookup, Plan, Question, Then, pieces
from webapp.pd.request import ReadRequest
from webapp.pd.result import Progress, Records, Tally, is_human

__all__ = ["Progress", "Reading", "Records", "Tally", "is_human"]

MOST_IN_A_WINDOW = 9_900  # PagerDuty: no list goes past 10,000; the rest is for what arrives meanwhile
WANTED_IN_A_WINDOW = 8_000  # when one must be divided
MOST_TRIES = 5  # of a question that PagerDuty is too slow for, or that meets the rate limit after each wait
TRIES_BEFORE_LESS = 2  # of a page in the midst of a list: dividing it begins it anew
SHORTEST = timedelta(hours=1)  # window that is still divided for being slow


@dataclass(slots=True)
class _Step:
    """One request to make: an object, or a page of a list."""

    question: Lookup | Listing
    page: Ask | None = None
    tries: int = 0
    limited: int = 0
    """How often in a row PagerDuty answered with its rate limit."""

    @property
    def part(self) -> str:
        """What it belongs to, as people call it."""
        return self.question.part if isinstance(self.question, Lookup) else self.question.source.part

    def ask(self, client: Client) -> Any:
        """Send it; in a thread, so nothing is changed here. An object comes with the client that asked for it."""
        if isinstance(self.question, Lookup):
            own = Client(client.transport)  # to count what this thread asks
            return self.question.ask(own), own
        source, page = self.question.source, self.page or Ask(0, 0)
        return client.page(source.path, source.name, source.query, page.offset, limit=page.limit, total=page.total)


class Reading:
    """A reading in progress. Not for two callers at once."""

    def __init__(self, request: ReadRequest, client: Client, now: datetime) -> None:
        self.client = client
        """May be replaced between two calls of `advance`, by one with a renewed token."""
        self._request = request
        self._got = Gathered(request, now)
        self._tallies: dict[str, Tally] = {}
        self._left_out: dict[str, bool] = {}
        """Parts without which it goes on; True: refused by PagerDuty, False: not to be known without such a one."""
        self._waiting: list[Then] = []
        self._urgent: deque[_Step] = deque()
        """Steps that others wait for, and those that failed; the rest fills what room they leave."""
        self._queue: deque[_Step] = deque()
        self._open: Counter[str] = Counter()
        """Steps of each part that are queued or being asked."""
        self._last_part = ""
        self._give_up_at: float | None = None
        self._wait_until: float | None = None
        self._add(Plan(self._got).questions())
        self._follow_up()

    @property
    def complete(self) -> bool:
        """Whether nothing is left to read."""
        return not self._urgent and not self._queue and not self._waiting

    @property
    def progress(self) -> Progress:
        """How far it is: what is being read, requests made and expected, and whether the rate limit is waited for."""
        calls = sum(tally.calls for tally in self._tallies.values())
        expected = calls + len(self._urgent) + len(self._queue)
        if self.complete:
            return Progress("Everything is read", calls, expected)
        wait_seconds = ceil(self.client.timing.until(self._wait_until)) if self._wait_until is not None else 0
        part = self._last_part or self._urgent[0].part
        return Progress(f"Reading {part}: {self._tally(part).records:,} so far", calls, expected, wait_seconds)

    @property
    def result(self) -> Records:
        """What was read; only once it is complete."""
        if not self.complete:
            raise Incomplete("it has not ended yet")
        return self._got.records(
            tuple(self._tallies[part] for part in PARTS if part in self._tallies),
            tuple(part for part, is_refused in self._left_out.items() if is_refused),
            has_finals=FINAL not in self._left_out,
        )

    def advance(self, is_over: Callable[[], bool]) -> None:
        """Make at least one request, then more, some at once, until `is_over()` or nothing is left.

        Raises:
            PagerDutyError: the reading can be advanced again, with the same question first. After RateLimited that
                makes sense once its seconds have passed, after Unavailable at will.
        """
        client = self.client
        self._check_deadline()
        self._wait_until = None
        failures: list[Exception] = []
        running: dict[Future[Any], _Step] = {}
        has_begun = False
        with ThreadPoolExecutor(client.pace.parallel) as pool:
            try:
                while True:
                    # As many wait as are being asked, so that no thread waits for an answer to be stored.
                    while not failures and len(running) < 2 * client.pace.allowed and not (has_begun and is_over()):
                        step = self._next()
                        if step is None:
                            break
                        running[pool.submit(step.ask, client)] = step
                        has_begun = True
                    if not running:
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        error = self._finish(running.pop(future), future)
                        failures += [error] if error else []
                    if failures or is_over():
                        self._put_back(running, [future for future in running if future.cancel()])
                    self._check_deadline()
            finally:
                self._put_back(running, list(running))
        if failures:
            raise self._worst(failures)

    def _put_back(self, running: dict[Future[Any], _Step], futures: list[Future[Any]]) -> None:
        """Queue steps again that were not, or may not have been, asked."""
        self._urgent.extendleft(running.pop(future) for future in reversed(futures))

    # Finishing a step

    def _next(self) -> _Step | None:
        """The next step that is still wanted."""
        while queue := self._urgent or self._queue:
            step = queue.popleft()
            if not self._is_obsolete(step):
                return step
            self._end(step)
        return None

    def _finish(self, step: _Step, future: Future[Any]) -> Exception | None:
        """Store an answer and queue what follows; the error that ends this slice, if any."""
        if self._is_obsolete(step):
            self._end(step)
            return None
        self._last_part = step.part
        self._tally(step.part).calls += 1
        try:
            answer = future.result()
            self._take(step, answer)
        except PagerDutyError as error:
            self._tally(step.part).calls -= isinstance(error, RateLimited) and not error.was_sent
            return self._failed(step, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the question is not lost
            self._urgent.appendleft(step)
            return error
        self._end(step)
        return None

    def _take(self, step: _Step, answer: Any) -> None:
        if isinstance(step.question, Lookup):
            found, client = answer
            tally = self._tally(step.part)
            tally.calls += client.answers - 1 + client.retries
            tally.retries += client.retries
            tally.records += 1
            self._add(step.question.take(found))
        elif step.page:
            self._take_page(step.question, step.page, answer)

    def _take_page(self, listing: Listing, ask: Ask, page: Page) -> None:
        """Store a page in its list; a list that is whole is kept, one that was changed meanwhile read again."""
        tally = self._tally(listing.source.part)
        tally.calls += page.retries
        tally.retries += page.retries
        tally.pages += 1
        if listing.source.window and ask.offset == 0 and page.total and page.total > MOST_IN_A_WINDOW:
            if not self._divide(listing, ceil(page.total / WANTED_IN_A_WINDOW), SECOND):
                raise Incomplete(f"PagerDuty has more than {MOST_IN_A_WINDOW:,} {listing.source.part} in one second")
            return
        if page.total is not None and page.total > LIST_CAP:
            raise Incomplete(f"PagerDuty lists at most {LIST_CAP:,} {listing.source.part}, and there are more")
        known = listing.received
        for further in listing.take(ask, page):
            self._queue_up(_Step(listing, further))
        tally.records += listing.received - known
        if listing.open_asks:
            return
        fault = listing.fault()
        if fault is None:
            tally.windows += listing.source.window is not None
            tally.duplicates += sum(not listing.source.keep(record) for _, record in listing.sequence)
            listing.forget()
            return
        if listing.count >= MOST_READINGS:
            raise Incomplete(f"{fault}, {listing.count} times in a row. It changes too fast; try again later")
        tally.records -= listing.received
        tally.rereads += 1
        self._begin(listing.again())

    def _divide(self, listing: Listing, count: int, shortest: timedelta) -> bool:
        """Ask a window in so many pieces instead; False: it is too short for that."""
        if listing.source.window is None:
            return False
        since, until = listing.source.window
        if until - since <= shortest:
            return False
        listing.dropped = True
        self._tally(listing.source.part).records -= listing.received
        for piece in pieces(listing.source, since, until, max(2, count)):
            self._begin(Listing(piece, tries=listing.tries))
        return True

    # When it fails

    def _failed(self, step: _Step, error: PagerDutyError) -> PagerDutyError | None:
        """What becomes of a question that failed: None when reading can go on."""
        is_listing = isinstance(step.question, Listing)
        may_be_gone = isinstance(step.question, Listing) and step.question.source.may_be_gone
        match error:
            case TooSlow() if step.tries + 1 < MOST_TRIES:
                step.tries += 1
                self._tally(step.part).retries += 1
                if not self._ask_less(step):
                    self._urgent.appendleft(step)
                return None
            case BadRequest() if not (is_listing and _is_short(step)) and self._ask_less(step):
                return None  # PagerDuty does not say how long a stretch it lists, or renders of a schedule
            case NotFound() if may_be_gone:
                self._end(step)
                return None
            case Forbidden() | NotFound() if isinstance(error, Forbidden) or step.part != ENGINEERS:
                if self._request.partial and step.part != ENGINEERS:
                    self._leave_out(step.part, is_refused=True)
                    return None
                scope = error.missing_scope if isinstance(error, Forbidden) else None
                error = Forbidden(f"Reading the {step.part} failed. {error.sentence}", scope, step.part)
            case RateLimited() if error.was_sent:
                step.limited += 1
                if step.limited >= MOST_TRIES:
                    step.limited = 0
                    error = Unavailable(
                        f"PagerDuty's rate limit was waited for {MOST_TRIES} times and is still used up: another "
                        "program asks with the same key or app. Try again when it has finished."
                    )
        step.tries = 0
        if isinstance(error, Incomplete) and isinstance(step.question, Listing):
            self._end(step)
            step.question.dropped = True
            self._tally(step.part).records -= step.question.received
            self._begin(Listing(step.question.source))
        else:
            self._urgent.appendleft(step)
        return error

    def _ask_less(self, step: _Step) -> bool:
        """Divide a question that is too big; False: it is small enough, or further in than can be thrown away."""
        question = step.question
        if isinstance(question, Lookup):
            if question.halves is None:
                return False
            self._add(question.halves(), step.tries)
        else:
            is_first = step.page is not None and step.page.offset == 0
            question.tries = step.tries
            if not (is_first or step.tries >= TRIES_BEFORE_LESS) or not self._divide(question, 2, SHORTEST):
                return False
        self._end(step)
        return True

    def _worst(self, failures: list[Exception]) -> Exception:
        """The error to tell: of several rate limits the longest, unless something is wrong beside them."""
        limits = [error for error in failures if isinstance(error, RateLimited)]
        if len(limits) < len(failures):
            return next(error for error in failures if not isinstance(error, RateLimited))
        longest = max(limits, key=lambda error: error.retry_after_seconds)
        self._wait_until = self.client.timing.after(longest.retry_after_seconds)
        self._tally(self._last_part).waits += 1
        return longest

    def _check_deadline(self) -> None:
        timing = self.client.timing
        if self._give_up_at is None:
            self._give_up_at = timing.clock() + timing.report_seconds
        if timing.clock() > self._give_up_at:
            raise Unavailable(
                f"Reading PagerDuty for this report took more than {timing.report_seconds / 60:,.0f} minutes. Make the "
                "report again, for a shorter period or a smaller scope if it stays so."
            )

    def _leave_out(self, part: str, *, is_refused: bool) -> None:
        """Go on without a part, and without what could only be known from it."""
        self._left_out[part] = is_refused
        self._open[part] = 0
        for then in [then for then in self._waiting if part in then.after]:
            self._waiting = [other for other in self._waiting if other is not then]
            if then.part not in self._left_out:
                self._leave_out(then.part, is_refused=False)
        self._follow_up()

    def _is_obsolete(self, step: _Step) -> bool:
        return step.part in self._left_out or (isinstance(step.question, Listing) and step.question.dropped)

    # Questions to steps

    def _add(self, questions: Iterable[Question], tries: int = 0) -> None:
        for question in questions:
            match question:
                case Then():
                    self._waiting.append(question)
                case Lookup():
                    self._queue_up(_Step(question, tries=tries))
                case Source():
                    self._begin(Listing(question, tries=tries))

    def _begin(self, listing: Listing) -> None:
        self._queue_up(_Step(listing, listing.first(), listing.tries))

    def _queue_up(self, step: _Step) -> None:
        if step.part in self._left_out:
            return
        self._open[step.part] += 1
        (self._urgent if step.part in URGENT_PARTS else self._queue).append(step)

    def _end(self, step: _Step) -> None:
        """A step is over; some questions may have waited for it."""
        if step.part not in self._left_out:
            self._open[step.part] -= 1
        self._follow_up()

    def _follow_up(self) -> None:
        """Queue the questions that waited for parts of which nothing is left to ask."""
        while ready := [then for then in self._waiting if not any(self._open[part] for part in then.after)]:
            self._waiting = [then for then in self._waiting if then not in ready]
            for then in ready:
                self._add(then.questions())

    def _tally(self, part: str) -> Tally:
        return self._tallies.setdefault(part, Tally(part))


def _is_short(step: _Step) -> bool:
    """Whether a list is asked for a stretch that PagerDuty surely allows."""
    window = step.question.source.window if isinstance(step.question, Listing) else None
    return window is None or window[1] - window[0] <= MONTH
