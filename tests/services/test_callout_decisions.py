"""What is kept of decisions on single callouts, per PagerDuty account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from webapp.models import Database
from webapp.pricing.facts import Span
from webapp.services import callout_decisions
from webapp.services.callout_decisions import (
    ActDecision,
    Decisions,
    WorkDecision,
    decide,
    decisions,
    forget_act,
    forget_work,
    name_act,
    record_work,
    undecide,
)


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


NIGHT = datetime(2026, 10, 3, 1, tzinfo=UTC)


def test_the_last_answer_to_who_it_was_stands(session: Session) -> None:
    act = {"entry_id": "R1", "incident_id": "Q1", "at": NIGHT}
    name_act(session, "acme", **act, user_id="PADA001", reason="Her name", decided_by="ada@example.com")
    name_act(session, "acme", **act, user_id=None, reason="A bot", decided_by="eva@example.com")
    (found,) = decisions(session, "acme").acts.values()
    assert found == ActDecision("R1", "Q1", NIGHT, None, "A bot", "eva@example.com", found.decided_at)
    assert decisions(session, "acme").answers() == {"R1": None}
    assert decisions(session, "other") == Decisions()
    forget_act(session, "acme", entry_id="R1")
    forget_act(session, "acme", entry_id="R1")
    assert decisions(session, "acme") == Decisions()


def test_the_last_record_of_an_engineers_work_stands(session: Session) -> None:
    work = {"incident_id": "Q1", "user_id": "PADA001"}
    times = tuple(Span(NIGHT.replace(hour=hour), NIGHT.replace(hour=hour, minute=30)) for hour in (1, 3))
    record_work(session, "acme", **work, times=times[:1], reason="Phoned", decided_by="ada@example.com")
    record_work(session, "acme", **work, times=times, reason="Phoned twice", decided_by="eva@example.com")
    record_work(session, "acme", incident_id="Q1", user_id="PBEN", times=times, reason="x", decided_by="e")
    found = decisions(session, "acme").work["Q1", "PADA001"]
    assert found == WorkDecision("Q1", "PADA001", times, "Phoned twice", "eva@example.com", found.decided_at)
    forget_work(session, "acme", **work)
    assert list(decisions(session, "acme").work) == [("Q1", "PBEN")]


KEEPING: list[tuple[Callable[..., None], Callable[..., None], dict[str, Any], dict[str, Any]]] = [
    (decide, undecide, {"incident_id": "Q1", "user_id": "PADA001"}, {"pay": True}),
    (name_act, forget_act, {"entry_id": "R1"}, {"incident_id": "Q1", "at": NIGHT, "user_id": "PADA001"}),
    (record_work, forget_work, {"incident_id": "Q1", "user_id": "PADA001"}, {"times": ()}),
]


@pytest.mark.parametrize(("keep", "forget", "key", "values"), KEEPING)
@pytest.mark.parametrize("meanwhile", ["kept", "kept anew", "forgotten"])
def test_of_two_people_deciding_at_once_the_later_stands(
    ready: Database,
    monkeypatch: pytest.MonkeyPatch,
    keep: Callable[..., None],
    forget: Callable[..., None],
    key: dict[str, Any],
    values: dict[str, Any],
    meanwhile: str,
) -> None:
    """Another one decides between this one's look at what is kept and its keeping."""
    look = callout_decisions._rows
    others = iter([None])

    def look_and_be_overtaken(session: Session, *args: Any, **found_by: Any) -> list[Any]:
        found = look(session, *args, **found_by)
        for _ in others:
            with ready.session() as other:
                if meanwhile == "forgotten":
                    forget(other, "acme", **key)
                else:
                    keep(other, "acme", **key, **values, reason="Earlier", decided_by="eva@example.com")
        return found

    if meanwhile != "kept":
        with ready.session() as session:
            keep(session, "acme", **key, **values, reason="First", decided_by="eva@example.com")
    monkeypatch.setattr(callout_decisions, "_rows", look_and_be_overtaken)
    with ready.session() as session:
        keep(session, "acme", **key, **values, reason="Later", decided_by="ada@example.com")
    with ready.session() as session:
        found = decisions(session, "acme")
    (kept,) = [*found.callouts.values(), *found.acts.values(), *found.work.values()]
    assert (kept.reason, kept.decided_by) == ("Later", "ada@example.com")
