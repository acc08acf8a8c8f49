"""What managers decided for single callouts, and what they attest of them; of an incident only the id is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import clock
from webapp.models import CalloutDecision
from webapp.pricing.facts import Decision, Span


def decisions(session: Session, subdomain: str) -> Mapping[tuple[str, str], Decision]:
    """What was decided, by incident id and user id."""
    rows = session.scalars(select(CalloutDecision).where(CalloutDecision.subdomain == subdomain))
    return {
        (row.incident_id, row.user_id): Decision(
            pay=row.pay,
            reason=row.reason,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            times=_spans(row.times),
            attested=row.attested,
        )
        for row in rows
    }


def decide(
    session: Session,
    subdomain: str,
    *,
    incident_id: str,
    user_id: str,
    pay: bool | None,
    reason: str,
    decided_by: str,
    times: Iterable[Span] = (),
    attested: Mapping[str, str] | None = None,
) -> None:
    """Keep a decision on one callout, in place of an earlier one; `pay` is None where only something is attested."""
    row = _decision(session, subdomain, incident_id, user_id)
    if row is None:
        row = CalloutDecision(subdomain=subdomain, incident_id=incident_id, user_id=user_id)
        session.add(row)
    row.pay, row.reason, row.decided_by, row.decided_at = pay, reason, decided_by, clock.now()
    row.times = _stored(times)
    row.attested = dict(attested or {})
    session.commit()


def undecide(session: Session, subdomain: str, *, incident_id: str, user_id: str) -> None:
    """Go back to what the policy says."""
    row = _decision(session, subdomain, incident_id, user_id)
    if row is not None:
        session.delete(row)
        session.commit()


def _decision(session: Session, subdomain: str, incident_id: str, user_id: str) -> CalloutDecision | None:
    return session.scalars(
        select(CalloutDecision).where(
            CalloutDecision.subdomain == subdomain,
            CalloutDecision.incident_id == incident_id,
            CalloutDecision.user_id == user_id,
        )
    ).first()


def _stored(times: Iterable[Span]) -> list[list[str]]:
    """Times as the database keeps them: pairs of instants in UTC."""
    return [[span.start.isoformat(), span.end.isoformat()] for span in times]


def _spans(stored: Iterable[Iterable[str]]) -> tuple[Span, ...]:
    return tuple(Span(*map(datetime.fromisoformat, pair)) for pair in stored)
