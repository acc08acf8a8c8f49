"""What is set for the organisation as a whole: the time zone by which its days and months begin."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from webapp import clock
from webapp.models import OrganisationSettings

UNSET = "UTC"
"""The time zone while nobody has set one."""
_ONLY = 1


def stored(session: Session) -> OrganisationSettings | None:
    """What was set on the page, by whom and when."""
    return session.get(OrganisationSettings, _ONLY)


def save(session: Session, time_zone: str, email: str) -> None:
    """Begin days and months by the clock of this zone."""
    row = stored(session)
    if row is None:
        row = OrganisationSettings(id=_ONLY)
        session.add(row)
    row.time_zone, row.changed_at, row.changed_by = time_zone, clock.now(), email
    session.commit()


def time_zone(session: Session, setting: str) -> str:
    """The zone in use: `setting`, of the environment, outranks the page; "" is none."""
    row = stored(session)
    return setting or (row.time_zone if row else UNSET)


def today(session: Session, setting: str) -> date:
    """The organisation's date now: "last month", and what is in force today, mean this one."""
    return clock.now().astimezone(ZoneInfo(time_zone(session, setting))).date()
