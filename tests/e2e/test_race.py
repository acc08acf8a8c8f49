"""A sample of `make race`: whatever many do to one report, pages and files say what follows from what they name."""

from __future__ import annotations

import pytest

from tests import race
from webapp import clock

pytestmark = pytest.mark.slow
SECONDS = 8


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", clock.now)  # the race puts its own in place


def test_pages_and_files_of_a_race_agree_with_the_policy_and_decisions_that_they_name() -> None:
    tally = race.race(SECONDS, seed=7)

    assert tally.disagreements == []
    assert [tally.counts[what] > 0 for what in ("page", "file", "edit")] == [True] * 3


def test_the_race_finds_a_page_whose_rules_are_not_those_it_was_priced_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the two no longer one value, it would say so."""
    named_amounts = race.named_amounts

    def of_another_page(words: str) -> tuple[int, int]:
        fee, minimum = named_amounts(words)
        return fee + 1, minimum

    monkeypatch.setattr(race, "named_amounts", of_another_page)
    assert race.race(1, seed=7).disagreements != []
