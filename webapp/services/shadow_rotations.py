"""Rotations whose engineers only shadow: PagerDuty does not mark them, so somebody sets them down here.

A shift-based schedule may have several people on call at once. Whoever holds it through a shadow rotation alone is not
paid for that time; what they work is work all the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports.cells import clean
from webapp.models import ShadowRotation as Row
from webapp.pd.records import FinalShift, ScheduleRecord
from webapp.pd.result import Records

Key = tuple[str, str]
"""Ids of a schedule and of one of its rotations."""
Bounds = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class ShadowRotation:
    """A rotation that is unpaid."""

    schedule_id: str
    rotation_id: str
    name: str
    """Who was in it, as the account saw it that set it down."""
    since: date | None
    """By the schedule's clock; None: from the first day."""
    reason: str
    decided_by: str
    decided_at: datetime

    @property
    def words(self) -> str:
        """Why its time is not paid."""
        return f"shadow rotation, set down by {self.decided_by}: {self.reason}"


Shadows = Mapping[Key, ShadowRotation]


def shadow_rotations(session: Session, subdomain: str) -> dict[Key, ShadowRotation]:
    """All that are set down for one PagerDuty account."""
    rows = session.scalars(select(Row).filter_by(subdomain=subdomain).order_by(Row.schedule_id, Row.rotation_id))
    return {
        (row.schedule_id, row.rotation_id): ShadowRotation(
            row.schedule_id, row.rotation_id, clean(row.name), row.since, clean(row.reason), row.decided_by,
            row.decided_at,
        )
        for row in rows
    }  # fmt: skip


def set_down(
    session: Session, subdomain: str, key: Key, *, name: str, since: date | None, reason: str, decided_by: str
) -> None:
    """Keep that a rotation is a shadow, in place of what was kept of it before."""
    schedule_id, rotation_id = key
    while True:
        found = select(Row).filter_by(subdomain=subdomain, schedule_id=schedule_id, rotation_id=rotation_id)
        row = session.scalars(found).first() or Row(
            subdomain=subdomain, schedule_id=schedule_id, rotation_id=rotation_id
        )
        row.name, row.since, row.reason = name[:300], since, reason
        row.decided_by, row.decided_at = decided_by, clock.now()
        session.add(row)
        try:
            session.commit()
        except IntegrityError:  # somebody else set it down in the same moment
            session.rollback()
            continue
        return


def take_back(session: Session, subdomain: str, key: Key) -> None:
    """The rotation is paid again."""
    schedule_id, rotation_id = key
    session.execute(delete(Row).filter_by(subdomain=subdomain, schedule_id=schedule_id, rotation_id=rotation_id))
    session.commit()


def shadowed(records: Records, shadows: Shadows) -> dict[Key, list[tuple[datetime, datetime, str]]]:
    """By schedule and engineer, the time that is held through shadow rotations alone, with the reason, in order."""
    found: dict[Key, list[tuple[datetime, datetime, str]]] = {}
    for schedule_id in {schedule_id for schedule_id, _ in shadows}:
        by_user: dict[str, list[FinalShift]] = defaultdict(list)
        for shift in records.assignments.get(schedule_id, ()):
            by_user[shift.user_id].append(shift)
        for user_id, own in by_user.items():
            pieces = list(_alone(own, shadows, records.schedules.get(schedule_id), schedule_id))
            if pieces:
                found[schedule_id, user_id] = pieces
    return found


def _alone(
    shifts: Iterable[FinalShift], shadows: Shadows, schedule: ScheduleRecord | None, schedule_id: str
) -> Iterator[tuple[datetime, datetime, str]]:
    """The stretches in which every shift of one engineer is a shadow's."""
    told: list[tuple[datetime, datetime, ShadowRotation | None]] = []
    for shift in shifts:
        shadow = shadows.get((schedule_id, shift.rotation_id))
        begins = _begins(shadow, schedule) if shadow else shift.end
        told.append((shift.start, min(max(begins, shift.start), shift.end), None))
        told.append((max(begins, shift.start), shift.end, shadow))
    told = [one for one in told if one[0] < one[1]]
    for start, end in pairwise(sorted({mark for first, last, _ in told for mark in (first, last)})):
        held = [shadow for first, last, shadow in told if first <= start < last]
        reasons = sorted({shadow.words for shadow in held if shadow})
        if reasons and None not in held:
            yield start, end, "; ".join(reasons)


def _begins(shadow: ShadowRotation, schedule: ScheduleRecord | None) -> datetime:
    if shadow.since is None:
        return datetime.min.replace(tzinfo=UTC)
    zone = ZoneInfo((schedule.time_zone if schedule else None) or "UTC")
    return datetime.combine(shadow.since, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation as far as a reading tells of it."""

    schedule_id: str
    rotation_id: str
    schedule_name: str
    held: tuple[tuple[str, int], ...]
    """Who holds the schedule through it, in order of their names, and for how many seconds within the bounds."""

    @property
    def name(self) -> str:
        """Who is in it: PagerDuty names no rotation."""
        return ", ".join(name for name, _ in self.held)

    @property
    def key(self) -> Key:
        """By which it is set down."""
        return self.schedule_id, self.rotation_id


def rotations(records: Records, names: Mapping[str, str], bounds: Bounds) -> list[Rotation]:
    """The rotations through which anybody holds a shift-based schedule within the bounds."""
    found: dict[Key, Counter[str]] = defaultdict(Counter)
    for schedule_id, shifts in records.assignments.items():
        for shift in shifts:
            if shift.rotation_id and (seconds := _within(shift, bounds)):
                found[schedule_id, shift.rotation_id][names.get(shift.user_id, shift.user_id)] += seconds
    made = [
        Rotation(*key, clean(records.schedules[key[0]].name), tuple(sorted(held.items())))
        for key, held in found.items()
    ]
    return sorted(made, key=lambda one: (one.schedule_name.casefold(), one.name.casefold(), one.rotation_id))


@dataclass(frozen=True, slots=True)
class Company:
    """Several people on call at once on one shift-based schedule."""

    schedule_id: str
    schedule_name: str
    user_ids: frozenset[str]
    seconds: int


def companies(records: Records, shadows: Shadows, bounds: Bounds) -> list[Company]:
    """The schedules that several people hold at once within the bounds, who are no known shadows then; by name."""
    unpaid = shadowed(records, shadows)
    found = []
    for schedule_id, shifts in records.assignments.items():
        held = {
            (max(shift.start, bounds[0]), min(shift.end, bounds[1]), shift.user_id)
            for shift in shifts
            if _within(shift, bounds)
        }
        marks = sorted({mark for start, end, _ in held for mark in (start, end)})
        users, length = set[str](), timedelta()
        for start, end in pairwise(marks):
            at_once = {
                user_id
                for first, last, user_id in held
                if first <= start < last and not _is_unpaid(unpaid.get((schedule_id, user_id), ()), start)
            }
            if len(at_once) > 1:
                users |= at_once
                length += end - start
        if users & records.users.keys():
            name = clean(records.schedules[schedule_id].name)
            found.append(Company(schedule_id, name, frozenset(users), length // timedelta(seconds=1)))
    return sorted(found, key=lambda one: (one.schedule_name.casefold(), one.schedule_id))


def _is_unpaid(pieces: Iterable[tuple[datetime, datetime, str]], at: datetime) -> bool:
    return any(start <= at < end for start, end, _ in pieces)


def _within(shift: FinalShift, bounds: Bounds) -> int:
    """Seconds of a shift within the bounds."""
    return max(0, (min(shift.end, bounds[1]) - max(shift.start, bounds[0])) // timedelta(seconds=1))
