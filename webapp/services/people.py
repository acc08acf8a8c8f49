"""What accounts typed in about engineers: rates, regions, hours, payroll numbers; and decisions on callouts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import clock
from webapp.models import CalloutDecision, EngineerSettings
from webapp.pricing.facts import BusinessHours, Decision
from webapp.services.policies import hours_from_settings, hours_to_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PaySettings:
    """One engineer's own settings; None: the policy's."""

    user_id: str
    name: str
    email: str | None
    payroll_number: str = ""
    hourly_rate: Decimal | None = None
    holiday_region: str | None = None
    business_hours: BusinessHours | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing of one's own is set."""
        own = (self.payroll_number or None, self.hourly_rate, self.holiday_region, self.business_hours)
        return all(value is None for value in own)


def pay_settings(session: Session, subdomain: str) -> Mapping[str, PaySettings]:
    """Everybody's own settings of one PagerDuty account, by user id."""
    rows = session.scalars(select(EngineerSettings).where(EngineerSettings.subdomain == subdomain))
    return {
        row.user_id: PaySettings(
            user_id=row.user_id,
            name=row.name,
            email=row.email,
            payroll_number=row.payroll_number,
            hourly_rate=None if row.hourly_rate is None else Decimal(row.hourly_rate),
            holiday_region=row.holiday_region,
            business_hours=hours_from_settings(row.business_hours),
        )
        for row in rows
    }


def save_pay_settings(session: Session, subdomain: str, people: Iterable[PaySettings]) -> None:
    """Keep these engineers' settings; those of others stay as they are. Somebody without any is not kept."""
    stored = {
        row.user_id: row
        for row in session.scalars(select(EngineerSettings).where(EngineerSettings.subdomain == subdomain))
    }
    for person in people:
        row = stored.get(person.user_id)
        if person.is_empty:
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = EngineerSettings(subdomain=subdomain, user_id=person.user_id)
            session.add(row)
        row.name, row.email, row.payroll_number = person.name, person.email, person.payroll_number
        row.hourly_rate = None if person.hourly_rate is None else str(person.hourly_rate)
        row.holiday_region = person.holiday_region
        row.business_hours = hours_to_settings(person.business_hours)
    session.commit()


def decisions(session: Session, subdomain: str) -> Mapping[tuple[str, str], Decision]:
    """What was decided, by incident id and user id."""
    rows = session.scalars(select(CalloutDecision).where(CalloutDecision.subdomain == subdomain))
    return {
        (row.incident_id, row.user_id): Decision(
            pay=row.pay,
            reason=row.reason,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            start=row.start,
            end=row.end,
        )
        for row in rows
    }


def decide(
    session: Session,
    subdomain: str,
    *,
    incident_id: str,
    user_id: str,
    pay: bool,
    reason: str,
    decided_by: str,
    corrected: tuple[datetime, datetime] | None = None,
) -> None:
    """Keep a decision on one callout, in place of an earlier one."""
    row = _decision(session, subdomain, incident_id, user_id)
    if row is None:
        row = CalloutDecision(subdomain=subdomain, incident_id=incident_id, user_id=user_id)
        session.add(row)
    row.pay, row.reason, row.decided_by, row.decided_at = pay, reason, decided_by, clock.now()
    row.start, row.end = corrected or (None, None)
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
