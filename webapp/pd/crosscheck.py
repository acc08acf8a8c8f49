"""/oncalls beside the final schedules: two of PagerDuty's answers to the question who was on call.

They must agree about every schedule on a policy. Where they do not, the escalation policy was changed within the
period, or a list shifted while it was read: that is shown, never settled by a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from webapp.pd.records import FinalShift, OnCallRow, ScheduleRecord

Span = tuple[str, datetime, datetime]
"""User id, start, end."""


@dataclass(frozen=True, slots=True)
class DutyDifference:
    """Time on a schedule for which the two do not name the same engineers; instants in UTC."""

    schedule_id: str
    schedule_name: str
    start: datetime
    end: datetime
    by_on_calls: tuple[str, ...]
    """Names in order, none: nobody; what is paid."""
    by_schedule: tuple[str, ...]
    """The same by the schedule as PagerDuty renders it."""


def differences(
    schedule: ScheduleRecord,
    rows: Iterable[OnCallRow],
    final: Iterable[FinalShift],
    window: tuple[datetime, datetime],
    names: dict[str, str],
) -> list[DutyDifference]:
    """Where the rows of a schedule and its final entries differ within a window, in order of time.

    PagerDuty: rows are whole shifts, entries are cut at the window; both are cut here. A row without a start or an end
    goes on beyond the window.
    """
    since, until = window
    told = _cut([(row.user_id, row.start or since, row.end or until) for row in rows], window)
    drawn = _cut([(shift.user_id, shift.start, shift.end) for shift in final], window)
    found: list[DutyDifference] = []
    marks = sorted({since, until, *(mark for _, start, end in told + drawn for mark in (start, end))})
    told, drawn = sorted(told, key=_start), sorted(drawn, key=_start)
    for start, end in pairwise(marks):
        by_on_call, by_schedule = _on(told, start), _on(drawn, start)
        if by_on_call == by_schedule:
            continue
        one, other = (
            tuple(sorted((names.get(user_id, user_id) for user_id in on), key=str.casefold))
            for on in (by_on_call, by_schedule)
        )
        last = found[-1] if found else None
        if last and (last.end, last.by_on_calls, last.by_schedule) == (start, one, other):
            start = found.pop().start  # noqa: PLW2901 - the stretch goes on
        found.append(DutyDifference(schedule.id, schedule.name, start, end, one, other))
    return found


def _cut(spans: Iterable[Span], window: tuple[datetime, datetime]) -> list[Span]:
    cut = [(who, max(start, window[0]), min(end, window[1])) for who, start, end in spans]
    return [(who, start, end) for who, start, end in cut if start < end]


def _start(span: Span) -> datetime:
    return span[1]


def _on(spans: Sequence[Span], moment: datetime) -> frozenset[str]:
    """Who is on at an instant; the spans are in order of their start."""
    return frozenset(who for who, start, end in spans if start <= moment < end)
