"""Who was on call when: the rows of /oncalls, cleaned and asked questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.pd.records import OnCallRow

ALWAYS = datetime.min.replace(tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time on call through one schedule at one level; repeats over policies are removed."""

    user_id: str
    start: datetime
    end: datetime
    level: int
    schedule_id: str | None
    schedule_name: str


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody held within a stretch of time."""

    levels: frozenset[int]
    schedule_ids: frozenset[str]


class Duty:
    """The on-call time of one reading."""

    def __init__(self, rows: Iterable[OnCallRow], until: datetime) -> None:
        rows = [row for row in rows if row.start is None or row.end is None or row.start < row.end]
        self.always = tuple(row for row in rows if row.start is None)
        """Direct targets of a policy: on call around the clock, listed apart."""
        self.stretches = tuple(sorted(_stretches(rows, until), key=lambda stretch: (stretch.user_id, stretch.start)))
        """Shifts, whole: not cut to the window, but open-ended ones end with it."""
        self._by_user: dict[str, list[OnCallRow]] = defaultdict(list)
        self._by_policy: dict[str, list[OnCallRow]] = defaultdict(list)
        for row in rows:
            self._by_user[row.user_id].append(row)
            self._by_policy[row.policy_id].append(row)
        self._rows = rows
        self._by_week: dict[int, list[OnCallRow]] = {}
        self._until = until
        self._shifts = {user_id: _union(map(_bounds, own)) for user_id, own in self._by_user.items()}

    def shifts(self, user_id: str) -> list[tuple[datetime, datetime]]:
        """Unbroken times on call at any level, joined where they touch; ALWAYS and FOREVER stand for no bound."""
        return self._shifts.get(user_id, [])

    def held(self, user_id: str, since: datetime, until: datetime) -> Held | None:
        """Levels and schedules held at some moment from `since` to `until` (inclusive); None: not on call at all."""
        rows = [row for row in self._by_user.get(user_id, ()) if _meets(row, since, until)]
        if not rows:
            return None
        schedules = frozenset(row.schedule_id for row in rows if row.schedule_id)
        return Held(frozenset(row.level for row in rows), schedules)

    def shift_end(self, user_id: str, since: datetime, until: datetime) -> datetime | None:
        """End of the last shift held from `since` to `until`; None: no shift, or one without an end."""
        ends = [end for start, end in self.shifts(user_id) if start <= until and since < end]
        return ends[-1] if ends and ends[-1] != FOREVER else None

    def first_line(self, policy_id: str | None, moment: datetime) -> list[OnCallRow]:
        """The rows at the lowest level of a policy that had anybody at an instant; none: nobody was on call."""
        rows = [row for row in self._by_policy.get(policy_id or "", ()) if _meets(row, moment, moment)]
        lowest = min((row.level for row in rows), default=0)
        return [row for row in rows if row.level == lowest]

    def rows(self, since: datetime, until: datetime) -> Iterator[OnCallRow]:
        """The rows held at some moment from `since` to `until` (inclusive); some come more than once."""
        if not self._by_week:
            for row in self._rows:
                if row.start is not None:
                    for week in range(_week(row.start), _week(row.end or self._until) + 1):
                        self._by_week.setdefault(week, []).append(row)
        yield from self.always
        for week in range(_week(since), _week(until) + 1):
            yield from (row for row in self._by_week.get(week, ()) if _meets(row, since, until))


def _week(moment: datetime) -> int:
    return moment.toordinal() // 7


def _stretches(rows: Iterable[OnCallRow], until: datetime) -> set[Stretch]:
    return {
        Stretch(row.user_id, row.start, row.end or until, row.level, row.schedule_id, row.schedule_name)
        for row in rows
        if row.start is not None and row.start < (row.end or until)
    }


def _bounds(row: OnCallRow) -> tuple[datetime, datetime]:
    return row.start or ALWAYS, row.end or FOREVER


def _meets(row: OnCallRow, since: datetime, until: datetime) -> bool:
    start, end = _bounds(row)
    return start <= until and since < end


def _union(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
