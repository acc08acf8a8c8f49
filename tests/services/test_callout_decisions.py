"""What is kept of decisions on single callouts, per PagerDuty account."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from webapp.pricing.facts import Span
from webapp.services.callout_decisions import Decisions, decide, decisions, undecide


def test_the_last_decision_on_a_callout_stands(session: Session) -> None:
    times = tuple(
        Span(datetime(2026, 10, 3, *start, tzinfo=UTC), datetime(2026, 10, 3, *end, tzinfo=UTC))
        for start, end in [((1,), (2, 30)), ((5,), (5, 15))]
    )
    callout = {"incident_id": "Q1", "user_id": "PADA001"}
    decide(session, "acme", **callout, pay=False, reason="A test", decided_by="ada@example.com")
    decide(session, "acme", **callout, pay=True, reason="Phoned", decided_by="eva@example.com", times=times)
    (found,) = decisions(session, "acme").callouts.values()
    assert (found.pay, found.reason, found.decided_by) == (True, "Phoned", "eva@example.com")
    assert found.times == times
    assert decisions(session, "other") == Decisions()
    undecide(session, "acme", **callout)
    undecide(session, "acme", **callout)
    assert decisions(session, "acme") == Decisions()
