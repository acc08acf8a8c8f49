"""Working sets: bounded in number and age, each of one login session."""

from __future__ import annotations

from datetime import date

import pytest

from webapp.exports import ScopeKind
from webapp.pricing.lines import Period
from webapp.pricing.policy import Policy
from webapp.services.callout_decisions import Decisions
from webapp.services.reporting import Draft, Scope
from webapp.services.working_sets import WorkingSets


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
        period=october,
        policy=policy,
        own={},
        decisions=Decisions(),
        account_id=1,
        subdomain="acme",
        authority="Ada",
        sees_everything=True,
    )


def test_a_set_is_seen_by_its_login_session_only(kept: WorkingSets, draft: Draft) -> None:
    made = kept.add("mine", 1, draft)
    assert kept.get(made.id, "mine") is made
    assert kept.get(made.id, "another") is None
    assert kept.get(made.id, "") is None
    assert kept.get("another", "mine") is None


def test_a_set_ends_so_long_after_its_last_use(kept: WorkingSets, draft: Draft, clock: Clock) -> None:
    made = kept.add("mine", 1, draft)
    clock.now += 15 * 60
    assert kept.get(made.id, "mine") is made
    clock.now += 15 * 60
    assert kept.get(made.id, "mine") is made
    clock.now += 15 * 60 + 1
    assert kept.get(made.id, "mine") is None
    assert len(kept) == 0


def test_somebody_elses_look_does_not_keep_a_set_alive(kept: WorkingSets, draft: Draft, clock: Clock) -> None:
    made = kept.add("mine", 1, draft)
    clock.now += 10 * 60
    kept.get(made.id, "another")
    clock.now += 5 * 60 + 1
    assert kept.get(made.id, "mine") is None


def test_the_one_unused_for_longest_makes_room(kept: WorkingSets, draft: Draft, clock: Clock) -> None:
    sets = []
    for _ in range(3):
        sets.append(kept.add("mine", 1, draft))
        clock.now += 1
    kept.get(sets[0].id, "mine")
    clock.now += 1
    newest = kept.add("mine", 1, draft)
    assert [kept.get(one.id, "mine") is not None for one in (*sets, newest)] == [True, False, True, True]


def test_sets_are_forgotten_one_by_one_by_session_and_by_account(kept: WorkingSets, draft: Draft) -> None:
    one, two, three = kept.add("a", 1, draft), kept.add("a", 1, draft), kept.add("b", 2, draft)
    kept.forget(one.id)
    kept.forget(one.id)
    assert kept.get(one.id, "a") is None
    kept.forget_session("a")
    assert kept.get(two.id, "a") is None
    assert kept.get(three.id, "b") is three
    kept.forget_account(2)
    assert len(kept) == 0


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


def test_a_set_is_found_by_what_its_draft_asks_for_within_its_login_session(kept: WorkingSets, draft: Draft) -> None:
    made = kept.add("mine", 1, draft)
    assert kept.find("mine", lambda found: found.subdomain == "acme") is made
    assert kept.find("mine", lambda found: found.subdomain == "other") is None
    assert kept.find("yours", lambda _: True) is None
