"""Checks across engineers: dates of a schedule that two engineers earned, or that nobody did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.pricing.document.document import Document
from webapp.pricing.document.lines import OtherLine, PayLine
from webapp.pricing.engineer import Engineer
from webapp.pricing.lines import Warning_
from webapp.pricing.spans import Interval, overlaps, second_of


@dataclass(frozen=True, slots=True)
class _Earned:
    """A date that an engineer earned, and the time that was paid for it."""

    who: str
    time: Sequence[Interval]


def warn_of_dates(
    engineers: Iterable[Engineer], document: Document, schedules: Mapping[str, str]
) -> Iterator[Warning_]:
    """A warning for each engineer concerned, so that every scope shows it; dates are each engineer's own.

    `schedules` names schedules by the engine's name of a row.
    """
    engineers = [one for one in engineers if not one.outcome.missing]
    left_out = frozenset.intersection(*(rule.when.rota_not for rule in document.rules if rule.on_call))
    names = {row.schedule_id: row.schedule_name for one in engineers for row in one.rows}
    people = {one.id: one.person.name for one in engineers}
    by_level: dict[tuple[str, str, date], list[str]] = defaultdict(list)
    by_date: dict[tuple[str, date], list[_Earned]] = defaultdict(list)
    for one in engineers:
        for line in one.outcome.pay:
            if line.on_call:
                for schedule in _decisive(one, line) - left_out:
                    by_level[schedule, line.words.get("level", ""), line.booked].append(one.id)
                    by_date[schedule, line.booked].append(_Earned(one.id, line.spans))
    for (schedule, level, day), ids in by_level.items():
        if len(ids) > 1:
            told = " and ".join(sorted(people[key] for key in ids))
            text = f"{told} earned the same date through {names[schedule]}, level {level}"
            yield from (Warning_(key, day, text) for key in ids)
    counted = {cause: key for cause, key in schedules.items() if key not in left_out}
    for one in engineers:
        yield from _unearned(one, by_date, counted, names)


def _decisive(one: Engineer, line: PayLine) -> set[str]:
    """The schedules through which the paid level was held in the last second that decided it."""
    level = line.words.get("level", "")
    return {
        row.schedule_id
        for row in one.rows
        if row.schedule_id is not None
        and str(row.level) == level
        and second_of(row.start) < line.decided <= second_of(row.end)
    }


def _unearned(
    one: Engineer,
    by_date: Mapping[tuple[str, date], list[_Earned]],
    schedules: Mapping[str, str],
    names: Mapping[str | None, str],
) -> Iterator[Warning_]:
    """Dates of which an engineer held too little, and that nobody earned."""
    seen: set[tuple[str, date]] = set()
    for line in one.outcome.unpaid:
        if not line.too_little or line.of != "on call":
            continue
        for schedule in sorted({schedules[cause] for cause in line.causes if schedules.get(cause)}):
            if (schedule, line.date) not in seen and not _is_earned(one, by_date, schedule, line):
                seen.add((schedule, line.date))
                yield Warning_(one.id, line.date, f"Nobody earned a date of {names[schedule]} that was held")


def _is_earned(
    one: Engineer, by_date: Mapping[tuple[str, date], list[_Earned]], schedule: str, line: OtherLine
) -> bool:
    """Whether somebody earned the date, or was paid for its time with the date before, as at a handover."""
    if by_date.get((schedule, line.date)):
        return True
    day = one.day(line.time[0])
    before = by_date.get((schedule, line.date - timedelta(days=1)), [])
    return any(overlaps(list(earned.time), (day.start, day.end)) for earned in before)
