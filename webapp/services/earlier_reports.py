"""Reports that were made already: which of them a value typed now would change.

What is kept of reports are reviews, links and amendments; of other files nothing is known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.models import ReportAmendment, SeenReport
from webapp.pricing.report.lines import Period
from webapp.services import periods
from webapp.services.engineer_facts import FIRST_DAY
from webapp.services.people import PaySettings


@dataclass(frozen=True, slots=True)
class EarlierChange:
    """That a value of an engineer would change reports of months that are over."""

    name: str
    since: date
    months: tuple[str, ...]
    """Those that were reviewed, shared or amended here."""

    @property
    def is_ever(self) -> bool:
        """Whether it holds from the first day."""
        return self.since == FIRST_DAY


def months_with(
    session: Session,
    subdomain: str,
    days: Iterable[date],
    today: date,
    user_ids: Collection[str] = (),
    margin: timedelta = timedelta(),
) -> tuple[str, ...]:
    """The periods that are over, hold one of these dates, and were seen or amended; of these engineers, or of any.

    `margin`: how far from a date a period may lie that it pays otherwise.
    """
    dates = frozenset(days)
    seen = session.scalars(select(SeenReport).where(SeenReport.last < today))
    amended = session.scalars(
        select(ReportAmendment).where(ReportAmendment.dropped_at.is_(None), ReportAmendment.last < today)
    )
    found = {
        (row.first, row.last)
        for row in seen
        if not user_ids or (row.subdomain == subdomain and not row.engineers.keys().isdisjoint(user_ids))
    }
    found |= {(row.first, row.last) for row in amended}
    touched = [one for one in sorted(found) if any(one[0] - margin <= day <= one[1] + margin for day in dates)]
    return tuple(periods.label(Period(first, last + timedelta(days=1))) for first, last in touched)


def months_since(session: Session, subdomain: str, user_id: str | None, since: date, today: date) -> tuple[str, ...]:
    """The periods that are over, reach beyond a day, and of which a report with the engineer was seen or amended.

    None: with anybody.
    """
    seen = select(SeenReport).where(
        SeenReport.subdomain == subdomain, SeenReport.last >= since, SeenReport.last < today
    )
    amended = select(ReportAmendment).where(
        ReportAmendment.dropped_at.is_(None), ReportAmendment.last >= since, ReportAmendment.last < today
    )
    found = {(row.first, row.last) for row in session.scalars(seen) if user_id is None or user_id in row.engineers}
    found |= {(row.first, row.last) for row in session.scalars(amended)}
    return tuple(periods.label(Period(first, last + timedelta(days=1))) for first, last in sorted(found))


def earlier_changes(
    session: Session, subdomain: str, people: Iterable[PaySettings], before: date, today: date
) -> Iterator[EarlierChange]:
    """Who has an unsaved value that begins before a day: from the first day, or while a report runs that was seen."""
    for person in people:
        begins = [one.since for changes in person.facts.values() for one in changes if one.saved_by is None]
        since = min(begins, default=before)
        if since < before:
            months = months_since(session, subdomain, person.user_id, since, today)
            if months or since == FIRST_DAY:
                yield EarlierChange(person.name, since, months)
