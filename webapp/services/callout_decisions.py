"""What managers decided about callouts and their evidence; of incidents and log entries only ids and times are kept.

Three kinds: of a callout (pay it or not, corrected times, what is attested of it), of an act (who it was that PagerDuty
does not name), and of work (when an engineer worked on an incident).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from webapp import clock
from webapp.exports.cells import clean
from webapp.models import CalloutDecision, EngineerWork, NamedAct
from webapp.pricing.facts import Decision, Span

_Row = TypeVar("_Row", CalloutDecision, EngineerWork, NamedAct)


@dataclass(frozen=True, slots=True)
class ActDecision:
    """Who was behind an acknowledgement or resolution that PagerDuty gives no name."""

    entry_id: str
    """Of PagerDuty's log."""
    incident_id: str
    at: datetime
    user_id: str | None
    """None: a machine or somebody who is not paid."""
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class WorkDecision:
    """When an engineer worked on an incident, whatever PagerDuty says."""

    incident_id: str
    user_id: str
    times: tuple[Span, ...]
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Decisions:
    """Everything decided for one PagerDuty account, as one value."""

    callouts: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    """By incident id and user id."""
    acts: Mapping[str, ActDecision] = field(default_factory=dict)
    """By log entry id."""
    work: Mapping[tuple[str, str], WorkDecision] = field(default_factory=dict)
    """By incident id and user id."""

    def answers(self) -> dict[str, str | None]:
        """Who it was, by log entry id; None: a machine."""
        return {entry_id: act.user_id for entry_id, act in self.acts.items()}

    def records(self) -> list[object]:
        """All of them, for a digest."""
        return [*self.callouts.items(), *self.acts.values(), *self.work.values()]


def decisions(session: Session, subdomain: str) -> Decisions:
    """What was decided."""
    return Decisions(
        callouts={(row.incident_id, row.user_id): _decision(row) for row in _rows(session, CalloutDecision, subdomain)},
        acts={row.entry_id: _act(row) for row in _rows(session, NamedAct, subdomain)},
        work={(row.incident_id, row.user_id): _work(row) for row in _rows(session, EngineerWork, subdomain)},
    )


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
    key = {"incident_id": incident_id, "user_id": user_id}
    values = {"pay": pay, "times": _stored(times), "attested": dict(attested or {})}
    _keep(session, CalloutDecision, subdomain, key, values | _signature(reason, decided_by))


def undecide(session: Session, subdomain: str, *, incident_id: str, user_id: str) -> None:
    """Go back to what the policy says."""
    _forget(session, CalloutDecision, subdomain, incident_id=incident_id, user_id=user_id)


def name_act(
    session: Session,
    subdomain: str,
    *,
    entry_id: str,
    incident_id: str,
    at: datetime,
    user_id: str | None,
    reason: str,
    decided_by: str,
) -> None:
    """Keep who an act was of, in place of an earlier answer; `user_id` is None for a machine."""
    values = {"incident_id": incident_id, "at": at, "user_id": user_id or ""}
    _keep(session, NamedAct, subdomain, {"entry_id": entry_id}, values | _signature(reason, decided_by))


def forget_act(session: Session, subdomain: str, *, entry_id: str) -> None:
    """Nobody knows who it was."""
    _forget(session, NamedAct, subdomain, entry_id=entry_id)


def record_work(
    session: Session,
    subdomain: str,
    *,
    incident_id: str,
    user_id: str,
    times: Iterable[Span],
    reason: str,
    decided_by: str,
) -> None:
    """Keep when an engineer worked on an incident, in place of what was recorded before."""
    key = {"incident_id": incident_id, "user_id": user_id}
    _keep(session, EngineerWork, subdomain, key, {"times": _stored(times)} | _signature(reason, decided_by))


def forget_work(session: Session, subdomain: str, *, incident_id: str, user_id: str) -> None:
    """Go back to what PagerDuty says."""
    _forget(session, EngineerWork, subdomain, incident_id=incident_id, user_id=user_id)


def _rows(session: Session, kind: type[_Row], subdomain: str, **key: str) -> list[_Row]:
    return list(session.scalars(select(kind).filter_by(subdomain=subdomain, **key).order_by(kind.id)))


def _keep(
    session: Session, kind: type[_Row], subdomain: str, key: Mapping[str, str], values: Mapping[str, object]
) -> None:
    """Keep values under a key, in place of those that were kept before: of two at once, the later stands."""
    while True:
        row = next(iter(_rows(session, kind, subdomain, **key)), None) or kind(subdomain=subdomain, **key)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
        try:
            session.commit()
        except (IntegrityError, StaleDataError):  # somebody else kept or forgot it in the same moment
            session.rollback()
            continue
        return


def _signature(reason: str, decided_by: str) -> dict[str, object]:
    return {"reason": reason, "decided_by": decided_by, "decided_at": clock.now()}


def _forget(session: Session, kind: type[_Row], subdomain: str, **key: str) -> None:
    session.execute(delete(kind).filter_by(subdomain=subdomain, **key))
    session.commit()


def _decision(row: CalloutDecision) -> Decision:
    return Decision(
        pay=row.pay,
        reason=clean(row.reason),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        times=_spans(row.times),
        attested=row.attested,
    )


def _act(row: NamedAct) -> ActDecision:
    return ActDecision(
        entry_id=row.entry_id,
        incident_id=row.incident_id,
        at=row.at,
        user_id=row.user_id or None,
        reason=clean(row.reason),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _work(row: EngineerWork) -> WorkDecision:
    return WorkDecision(
        incident_id=row.incident_id,
        user_id=row.user_id,
        times=_spans(row.times),
        reason=clean(row.reason),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _stored(times: Iterable[Span]) -> list[list[str]]:
    """Times as the database keeps them: pairs of instants in UTC."""
    return [[span.start.isoformat(), span.end.isoformat()] for span in times]


def _spans(stored: Iterable[Iterable[str]]) -> tuple[Span, ...]:
    return tuple(Span(*map(datetime.fromisoformat, pair)) for pair in stored)
