"""A sample of `make faults`: no fault makes a wrong report, and faults that pass make none at all."""

from __future__ import annotations

import pytest

from tests.faults import LEAST_EXACT, campaign, told

pytestmark = pytest.mark.slow


def test_reports_made_while_pagerduty_fails_are_exact_or_refused_and_never_wrong() -> None:
    outcomes = campaign(20, seed=7)
    said = "\n".join(told(outcomes, 0))
    assert [outcome for outcome in outcomes if outcome.how == "wrong"] == [], said
    passing = [outcome.how for outcome in outcomes if outcome.is_transient]
    assert passing.count("exact") >= LEAST_EXACT * len(passing), said
    assert said.endswith(f"refused: {sum(outcome.how == 'refused' for outcome in outcomes)}; wrong: 0")
