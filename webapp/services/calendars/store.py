"""Where corrections of calendars are kept. No row is changed: what is corrected or removed stays, marked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports.cells import clean
from webapp.models import CalendarCategory, CalendarDay
from webapp.services.calendars.corrections import CalendarChanges, CalendarScope, CategorySwitch, Correction

_Row = TypeVar("_Row", CalendarDay, CalendarCategory)


class CalendarConflict(Exception):
    """Somebody else changed the same entry in the meantime; the message says what to do."""


def calendar_changes(session: Session, subdomain: str) -> CalendarChanges:
    """Everything corrected: for the organisation and regions, and for engineers of one PagerDuty account."""
    rows = session.scalars(
        select(CalendarDay)
        .where((CalendarDay.scope != CalendarScope.ENGINEER.value) | (CalendarDay.subdomain == subdomain))
        .order_by(CalendarDay.since, CalendarDay.whom_name, CalendarDay.id)
    ).all()
    switches = session.scalars(select(CalendarCategory).order_by(CalendarCategory.since, CalendarCategory.id)).all()
    return CalendarChanges(
        days=tuple(_correction(row) for row in rows if row.live),
        categories=tuple(_switch(row) for row in switches if row.live),
        removed=(
            *(_correction(row) for row in rows if not row.live),
            *(_switch(row) for row in switches if not row.live),
        ),
    )


def add_days(
    session: Session, subdomain: str, days: Iterable[Correction], saved_by: str, in_place_of: int | None = None
) -> None:
    """Keep corrections, one in place of another where `in_place_of` names that; all of them or none.

    Raises:
        CalendarConflict: somebody saved one for the same day meanwhile, or has removed the other.
    """
    now = clock.now()
    if in_place_of is not None:
        _end(session, CalendarDay, in_place_of, saved_by, now, subdomain)
    for one in days:
        session.add(
            CalendarDay(
                subdomain=subdomain if one.scope is CalendarScope.ENGINEER else "",
                scope=one.scope.value,
                whom=one.whom,
                whom_name=clean(one.whom_name),
                since=one.since,
                every_year=one.every_year,
                adds=one.adds,
                start=one.start,
                name=one.name,
                reason=one.reason,
                saved_by=saved_by,
                saved_at=now,
                live=True,
            )
        )
    _commit(session)


def add_switch(session: Session, switch: CategorySwitch, saved_by: str) -> None:
    """Keep that a category counts, or no longer does, from a date on.

    Raises:
        CalendarConflict: somebody saved one for the same category and date meanwhile.
    """
    session.add(
        CalendarCategory(
            region=switch.region,
            category=switch.category,
            since=switch.since,
            counts=switch.counts,
            start=switch.start,
            reason=switch.reason,
            saved_by=saved_by,
            saved_at=clock.now(),
            live=True,
        )
    )
    _commit(session)


def remove_day(session: Session, subdomain: str, entry_id: int, removed_by: str) -> None:
    """Let a correction count no longer, as if it had never been saved; it stays in the history.

    Raises:
        CalendarConflict: somebody has removed it already.
    """
    _end(session, CalendarDay, entry_id, removed_by, clock.now(), subdomain)
    session.commit()


def remove_switch(session: Session, entry_id: int, removed_by: str) -> None:
    """The same of a category's switch.

    Raises:
        CalendarConflict: somebody has removed it already.
    """
    _end(session, CalendarCategory, entry_id, removed_by, clock.now())
    session.commit()


def forget_name(session: Session, subdomain: str, user_id: str) -> None:
    """Leave an engineer's PagerDuty id alone in the entries that no longer count."""
    session.execute(
        update(CalendarDay)
        .where(CalendarDay.scope == CalendarScope.ENGINEER.value, CalendarDay.subdomain == subdomain)
        .where(CalendarDay.whom == user_id, CalendarDay.live.is_(None))
        .values(whom_name="")
    )


def _end(session: Session, kind: type[_Row], entry_id: int, by: str, at: datetime, subdomain: str = "") -> None:
    """Of two at once, one ends it: the other is told."""
    live = [kind.id == entry_id, kind.live.is_(True)]
    if kind is CalendarDay:
        live.append(CalendarDay.subdomain.in_(["", subdomain]))
    ended = session.execute(update(kind).where(*live).values(live=None, removed_by=by, removed_at=at))
    if cast("CursorResult[Any]", ended).rowcount != 1:
        session.rollback()
        raise CalendarConflict("Somebody corrected or removed this entry meanwhile. Look at the calendar as it is now.")


def _commit(session: Session) -> None:
    try:
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise CalendarConflict(
            "Somebody saved an entry for the same day meanwhile. Look at the calendar as it is now, and correct that."
        ) from error


def _correction(row: CalendarDay) -> Correction:
    return Correction(
        scope=CalendarScope(row.scope),
        whom=row.whom,
        whom_name=row.whom_name,
        since=row.since,
        every_year=row.every_year,
        adds=row.adds,
        start=row.start,
        name=row.name,
        **_saved(row),
    )


def _switch(row: CalendarCategory) -> CategorySwitch:
    return CategorySwitch(
        region=row.region,
        category=row.category,
        since=row.since,
        counts=row.counts,
        start=row.start,
        **_saved(row),
    )


def _saved(row: CalendarDay | CalendarCategory) -> dict[str, Any]:
    """What every entry has."""
    return {name: getattr(row, name) for name in ("reason", "saved_by", "saved_at", "id", "removed_by", "removed_at")}
