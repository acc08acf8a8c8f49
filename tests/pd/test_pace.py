from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier, BrokenBarrierError, Thread

import pytest

from tests.patience import PATIENCE_SECONDS, wait_until
from webapp.pd.errors import RateLimited
from webapp.pd.pace import Pace, pace_of
from webapp.pd.timing import Timing


@dataclass
class Present:
    """A clock that only sleeping moves."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def timing(self, scale: float = 1.0, chance: float = 0.0) -> Timing:
        return Timing(clock=self.clock, sleep=self.sleep, chance=lambda: chance, scale=scale)


def said(remaining: int, reset: int, limit: int = 960) -> dict[str, str]:
    return {"ratelimit-limit": str(limit), "ratelimit-remaining": str(remaining), "ratelimit-reset": str(reset)}


def ask(pace: Pace, headers: dict[str, str], path: str = "/incidents") -> None:
    with pace.turn(path):
        pace.learn(path, headers)


@pytest.fixture
def present() -> Present:
    return Present()


@pytest.fixture
def pace(present: Present) -> Pace:
    return Pace(timing=present.timing())


def test_as_many_requests_run_at_once_as_are_allowed_and_no_more() -> None:
    pace, together = Pace(parallel=2), Barrier(2)

    def hold() -> bool:
        with pace.turn("/users"):
            together.wait(timeout=PATIENCE_SECONDS)
            return pace._running <= 2

    with ThreadPoolExecutor(4) as pool:
        assert all(future.result() for future in [pool.submit(hold) for _ in range(4)])


def test_one_at_a_time_means_one() -> None:
    pace, together = Pace(parallel=1), Barrier(2)

    def hold() -> bool:
        with pace.turn("/users"):
            try:
                together.wait(timeout=0.05)
            except BrokenBarrierError:
                return True
            return False

    with ThreadPoolExecutor(2) as pool:
        assert all(future.result() for future in [pool.submit(hold) for _ in range(2)])


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (1, 1), (3, 3), (9, 4)])
def test_between_one_and_four_at_once(asked: int, given: int) -> None:
    assert Pace(asked).parallel == given


def test_after_a_429_one_request_at_a_time_for_a_minute(pace: Pace, present: Present) -> None:
    assert pace.allowed == 4
    pace.limited("/incidents", said(0, 20))
    assert pace.allowed == 1
    present.at += 59
    assert pace.allowed == 1
    present.at += 2
    assert pace.allowed == 4


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (said(0, 20), 20),
        ({"ratelimit-reset": "0"}, 1),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Fri, 02 Oct 2026 07:28:00 GMT"}, 30),
        ({}, 30),
    ],
)
def test_a_429_says_how_long_to_wait_or_thirty_seconds(pace: Pace, headers: dict[str, str], seconds: int) -> None:
    assert pace.limited("/incidents", headers).retry_after_seconds == seconds


def test_a_wait_is_longer_by_at_most_thirty_percent(present: Present) -> None:
    pace = Pace(timing=present.timing(chance=1.0))
    assert pace.limited("/incidents", said(0, 20)).retry_after_seconds == 26


def test_nothing_is_sent_while_nothing_is_left(pace: Pace, present: Present) -> None:
    ask(pace, said(0, 40))
    with pytest.raises(RateLimited) as caught:
        ask(pace, {})
    assert caught.value.retry_after_seconds == 40
    present.at += 40
    ask(pace, said(959, 60))


def test_below_a_twentieth_of_the_limit_the_rest_is_spread_until_the_reset(pace: Pace, present: Present) -> None:
    ask(pace, said(48, 24))
    assert present.slept == []
    ask(pace, said(47, 24))
    for left in range(46, 0, -1):
        ask(pace, said(left, 24))
    assert 22 < present.at < 25
    assert max(present.slept) < 1


def test_a_pause_longer_than_a_nap_is_the_pages_to_show(pace: Pace, present: Present) -> None:
    ask(pace, said(3, 50))
    ask(pace, said(2, 50))
    with pytest.raises(RateLimited):
        ask(pace, said(1, 50))
    assert present.slept == []


def test_answers_that_overtake_each_other_do_not_raise_what_is_left(pace: Pace) -> None:
    ask(pace, said(500, 30))
    ask(pace, said(502, 30))
    assert pace._budgets[""].left == 499


def test_a_limit_of_on_calls_alone_does_not_hold_up_the_rest(pace: Pace) -> None:
    ask(pace, said(0, 30, limit=60), "/oncalls")
    with pytest.raises(RateLimited):
        ask(pace, {}, "/oncalls")
    ask(pace, said(900, 30))


def test_waits_run_at_another_scale(present: Present) -> None:
    pace = Pace(timing=present.timing(scale=0.001))
    ask(pace, said(0, 40))
    with pytest.raises(RateLimited) as caught:
        ask(pace, {})
    assert caught.value.retry_after_seconds == 40
    present.at += 0.041
    ask(pace, {})


def test_all_reports_of_a_credential_share_one_pace_and_no_other() -> None:
    timing = Timing()
    pace = pace_of("https://us", "y_1", 4, timing)
    assert pace is pace_of("https://us", "y_1", 4, timing)
    assert pace is not pace_of("https://eu", "y_1", 4, timing)
    assert pace is not pace_of("https://us", "y_2", 4, timing)


def test_a_limit_is_heard_of_by_all_who_wait_for_a_place(present: Present) -> None:
    pace, refused = Pace(parallel=1, timing=present.timing()), []

    def wait_for_a_place() -> None:
        try:
            with pace.turn("/users"):
                pass
        except RateLimited as error:
            refused.append(error.retry_after_seconds)

    waiting = [Thread(target=wait_for_a_place, daemon=True) for _ in range(3)]
    with pace.turn("/users"):
        for thread in waiting:
            thread.start()
        wait_until(lambda: len(pace._room._waiters) == len(waiting))
        pace.limited("/users", said(0, 30))
    for thread in waiting:
        thread.join(timeout=PATIENCE_SECONDS)
    assert refused == [30, 30, 30]
