"""Working sets: bounded in number and age, each of one login session."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from threading import Event

import pytest

from webapp.exports import ScopeKind
from webapp.pd.request import Organisation, ReadRequest
from webapp.pd.result import Records
from webapp.pricing.policy.form import Policy
from webapp.pricing.report.lines import Period
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.reporting import Draft, Scope
from webapp.services.working_sets import Busy, Ended, WorkingSets

LONG_SECONDS = 60
"""Nobody waits so long: a test that would hang fails instead."""


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> WorkingSets:
    return WorkingSets(longest_minutes=15, most=3, readers=2, clock=clock)


@pytest.fixture
def draft(policy: Policy) -> Draft:
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    return Draft(
        scope=Scope(ScopeKind.ORGANISATION, "", "Organisation"),
        inputs=ReportInputs(october, policy, SavedSettings(), {}),
        account_id=1,
        subdomain="acme",
        authority="Ada",
        sees_everything=True,
    )


@pytest.fixture
def read_draft(draft: Draft) -> Draft:
    """The same, read."""
    request = ReadRequest(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC), Organisation())
    records = Records(request, request.until, {}, (), {}, (), {}, {}, frozenset(), ())
    return replace(draft, inputs=replace(draft.inputs, records=records))


def used(kept: WorkingSets, set_id: str, session_id: str) -> Draft | None:
    """The draft, if it is handed out."""
    try:
        with kept.use(set_id, session_id) as draft:
            return draft
    except Ended:
        return None


def test_a_set_is_seen_by_its_login_session_only(kept: WorkingSets, draft: Draft) -> None:
    made = kept.add("mine", 1, draft)
    assert used(kept, made, "mine") is draft
    assert used(kept, made, "another") is None
    assert used(kept, made, "") is None
    assert used(kept, "another", "mine") is None
    assert [kept.holds(made, session) for session in ("mine", "another")] == [True, False]


def test_a_set_ends_so_long_after_its_last_use(kept: WorkingSets, draft: Draft, clock: Clock) -> None:
    made = kept.add("mine", 1, draft)
    clock.now += 15 * 60
    assert used(kept, made, "mine") is draft
    clock.now += 15 * 60
    assert used(kept, made, "mine") is draft
    clock.now += 15 * 60 + 1
    assert used(kept, made, "mine") is None
    assert len(kept) == 0


def test_a_long_use_counts_until_its_end(kept: WorkingSets, draft: Draft, clock: Clock) -> None:
    made = kept.add("mine", 1, draft)
    with kept.use(made, "mine"):
        clock.now += 10 * 60
    clock.now += 10 * 60
    assert used(kept, made, "mine") is draft


def test_somebody_elses_look_does_not_keep_a_set_alive(kept: WorkingSets, draft: Draft, clock: Clock) -> None:
    made = kept.add("mine", 1, draft)
    clock.now += 10 * 60
    used(kept, made, "another")
    assert kept.holds(made, "mine")
    clock.now += 5 * 60 + 1
    assert used(kept, made, "mine") is None


def test_the_one_unused_for_longest_makes_room(kept: WorkingSets, draft: Draft, clock: Clock) -> None:
    sets = []
    for _ in range(3):
        sets.append(kept.add("mine", 1, draft))
        clock.now += 1
    used(kept, sets[0], "mine")
    clock.now += 1
    newest = kept.add("mine", 1, draft)
    assert [used(kept, one, "mine") is not None for one in (*sets, newest)] == [True, False, True, True]


def test_sets_are_forgotten_one_by_one_by_session_and_by_account(kept: WorkingSets, draft: Draft) -> None:
    one, two, three = kept.add("a", 1, draft), kept.add("a", 1, draft), kept.add("b", 2, draft)
    kept.forget(one)
    kept.forget(one)
    assert used(kept, one, "a") is None
    kept.forget_session("a")
    assert used(kept, two, "a") is None
    assert used(kept, three, "b") is draft
    kept.forget_account(2)
    assert len(kept) == 0


def test_one_request_at_a_time_has_the_draft(kept: WorkingSets, read_draft: Draft) -> None:
    made = kept.add("mine", 1, read_draft)
    entered, may_leave = Event(), Event()
    order = []

    def first() -> None:
        with kept.use(made, "mine"):
            entered.set()
            assert may_leave.wait(LONG_SECONDS)
            order.append("first")

    def second() -> None:
        with kept.use(made, "mine"):
            order.append("second")

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(first)
        assert entered.wait(LONG_SECONDS)
        other = threads.submit(second)
        may_leave.set()
        one.result(LONG_SECONDS)
        other.result(LONG_SECONDS)
    assert order == ["first", "second"]


def test_who_waits_too_long_is_told_so_and_the_next_gets_it(clock: Clock, read_draft: Draft) -> None:
    kept = WorkingSets(longest_minutes=15, most=3, readers=2, wait_seconds=0.01, clock=clock)
    made = kept.add("mine", 1, read_draft)
    with kept.use(made, "mine"), pytest.raises(Busy) as told, kept.use(made, "mine"):
        pass
    assert not told.value.is_reading
    assert used(kept, made, "mine") is read_draft


def test_nobody_waits_for_a_reading(kept: WorkingSets, draft: Draft) -> None:
    made = kept.add("mine", 1, draft)
    with kept.use(made, "mine"), pytest.raises(Busy) as told, kept.use(made, "mine"):
        pass
    assert told.value.is_reading
    assert told.value.title == draft.title


def test_a_set_is_forgotten_while_somebody_has_it_and_who_waits_for_it_gets_nothing(
    kept: WorkingSets, read_draft: Draft
) -> None:
    made = kept.add("mine", 1, read_draft)
    with ThreadPoolExecutor(1) as threads:
        with kept.use(made, "mine"):
            waiting = threads.submit(used, kept, made, "mine")
            kept.forget(made)
            assert not kept.holds(made, "mine")
        assert waiting.result(LONG_SECONDS) is None


def test_a_failure_gives_the_draft_back(kept: WorkingSets, read_draft: Draft) -> None:
    made = kept.add("mine", 1, read_draft)
    with pytest.raises(ValueError, match=r"^$"), kept.use(made, "mine"):
        raise ValueError
    assert used(kept, made, "mine") is read_draft


def test_so_many_read_at_once_and_a_failure_gives_the_place_back(kept: WorkingSets) -> None:
    with kept.reading() as first, kept.reading() as second, kept.reading() as third:
        assert [first, second, third] == [True, True, False]

    def fail() -> None:
        with kept.reading():
            raise ValueError

    for _ in range(3):
        with pytest.raises(ValueError, match=r"^$"):
            fail()
    with kept.reading() as again:
        assert again


def test_a_reading_is_found_by_what_was_asked_for_within_its_login_session(
    kept: WorkingSets, draft: Draft, read_draft: Draft
) -> None:
    kept.add("mine", 1, read_draft)
    made = kept.add("mine", 1, draft)
    assert kept.reading_of("mine", lambda found: found.subdomain == "acme") == made
    assert kept.reading_of("mine", lambda found: found.subdomain == "other") is None
    assert kept.reading_of("yours", lambda _: True) is None


def test_what_is_read_is_named_to_its_login_session(kept: WorkingSets, draft: Draft, read_draft: Draft) -> None:
    kept.add("mine", 1, draft)
    assert kept.title_of_session("mine") is None
    made = kept.add("mine", 1, read_draft)
    assert kept.title_of_session("mine") == (made, read_draft.title)
    assert kept.title_of_session("yours") is None
    assert kept.of_session("mine")[0] == made
    assert kept.of_session("yours") == []
