"""Who saw a report as it was then: reviews, and links that tell later whether it is still the same.

Kept are fingerprints, PagerDuty ids, the period, the policy's version, who and when: no amount, no name.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports.amendments import Review
from webapp.exports.document import ReportDocument
from webapp.exports.report_json import engineer_digests, report_json
from webapp.models import SeenReport

ENGINEER_DIGITS = 16
"""Of an engineer's fingerprint: enough to tell two statements apart."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a report compares with what somebody saw."""

    seen_by: str
    seen_at: datetime
    reviewed: bool
    is_same: bool
    policy_then: str
    """The policy's label then, where it is another one now; else ""."""
    changed: tuple[str, ...]
    """Names of the engineers whose statements differ."""
    added: tuple[str, ...]
    """Names of those who had no statement then."""
    removed: tuple[str, ...]
    """PagerDuty ids of those who had one, and have none now: their names are not kept."""

    @property
    def is_elsewhere(self) -> bool:
        """The statements are the same, and the report differs in something else that it says."""
        return not (self.is_same or self.policy_then or self.changed or self.added or self.removed)


def keep(session: Session, document: ReportDocument, seen_by: str, *, reviewed: bool) -> SeenReport:
    """Keep what the report is like now, as seen or reviewed by an account."""
    record = report_json(document)
    row = SeenReport(
        id=secrets.token_urlsafe(16),
        region=document.region,
        subdomain=document.subdomain,
        scope_kind=document.scope_kind.value,
        scope_id=document.scope_id,
        also=[user_id for user_id, _ in document.also],
        first=document.report.period.first,
        last=document.last_date,
        policy_label=document.policy_label,
        digest=record["digest"],
        engineers=_short(engineer_digests(record)),
        seen_by=seen_by,
        seen_at=clock.now(),
        reviewed=reviewed,
    )
    session.add(row)
    session.commit()
    return row


def find(session: Session, seen_id: str) -> SeenReport | None:
    """What somebody saw, by the id in a link."""
    return session.get(SeenReport, seen_id)


def withdraw(session: Session, document: ReportDocument, seen_by: str) -> None:
    """Take an account's own reviews of exactly this report back."""
    digest = report_json(document)["digest"]
    for row in _reviews_of_the_period(session, document):
        if row.digest == digest and row.seen_by == seen_by:
            session.delete(row)
    session.commit()


def reviews(session: Session, document: ReportDocument) -> tuple[Review, ...]:
    """The reviews of exactly this report, oldest first."""
    rows = _reviews_of_the_period(session, document)
    if not rows:  # as a rule; a report's digest takes a while
        return ()
    digest = report_json(document)["digest"]
    return tuple(Review(row.seen_by, row.seen_at) for row in rows if row.digest == digest)


def outdated(session: Session, document: ReportDocument) -> list[Likeness]:
    """The reviews of the same scope and period that are of another state of the report, oldest first."""
    rows = _reviews_of_the_period(session, document)
    return [found for row in rows if not (found := likeness(row, document)).is_same]


def likeness(row: SeenReport, document: ReportDocument) -> Likeness:
    """Whether a report is still what somebody saw, else what differs."""
    record = report_json(document)
    then: Mapping[str, Any] = row.engineers
    now = _short(engineer_digests(record))
    names = {statement.person.id: statement.person.name for statement in document.report.statements}
    return Likeness(
        seen_by=row.seen_by,
        seen_at=row.seen_at,
        reviewed=row.reviewed,
        is_same=row.digest == record["digest"],
        policy_then=row.policy_label if row.policy_label != document.policy_label else "",
        changed=tuple(names[key] for key in now if key in then and then[key] != now[key]),
        added=tuple(names[key] for key in now if key not in then),
        removed=tuple(sorted(then.keys() - now.keys())),
    )


def came_by(session: Session, seen_id: str, document: ReportDocument) -> Likeness | None:
    """How the report compares with the one behind the link through which somebody came; None: nobody did."""
    row = find(session, seen_id) if seen_id else None
    return None if row is None else likeness(row, document)


def _reviews_of_the_period(session: Session, document: ReportDocument) -> Sequence[SeenReport]:
    return session.scalars(
        select(SeenReport)
        .where(
            SeenReport.reviewed,
            SeenReport.region == document.region,
            SeenReport.subdomain == document.subdomain,
            SeenReport.scope_kind == document.scope_kind.value,
            SeenReport.scope_id == document.scope_id,
            SeenReport.first == document.report.period.first,
            SeenReport.last == document.last_date,
        )
        .order_by(SeenReport.seen_at, SeenReport.id)
    ).all()


def _short(digests: Mapping[str, str]) -> dict[str, str]:
    return {key: digest[:ENGINEER_DIGITS] for key, digest in digests.items()}
