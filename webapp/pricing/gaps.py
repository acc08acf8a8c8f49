"""Checks across engineers: dates of a schedule that two engineers earned, or that nobody did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from webapp.pricing.document.document import Document
from webapp.pricing.document.lines import OtherLine, PayLine
from webapp.pricing.engineer import Engineer
from webapp.pricing.lines import Warning_
from webapp.pricing.spans import Interval, overlaps, second_of

_Earned = Sequence[Interval]
"""The time that was paid for a date that an engineer earned."""


def warn_of_dates(
    engineers: Iterable[Engineer], document: Document, schedules: Mapping[str, str]
) -> Iterator[Warning_]:
    """A warning for each engineer concerned, so that every scope shows it; dates are each engineer's own.

    `schedules` names schedules by the engine's name of a row.
    """
    engineers = [one for one in engineers if not one.outcome.missing]
    left_out = frozenset.intersection(*(rule.when.rota_not for rule in document.rules if rule.on_call))
    names = {row.schedule_id: row.schedule_name for one in engineers for row in one.rows}
    by_level: dict[tuple[str, str, date], list[Engineer]] = defaultdict(list)
    by_date: dict[tuple[str, date], list[_Earned]] = defaultdict(list)
    earned = ((one, line) for one in engineers for line in one.outcome.pay if line.on_call)
    for one, line in earned:
        for schedule in _decisive(one, line) - left_out:
            by_level[schedule, line.words.get("level", ""), line.booked].append(one)
            by_date[schedule, line.booked].append(line.spans)
    for (schedule, level, day), earners in by_level.items():
        if len(earners) > 1:
            told = " and ".join(sorted(one.person.name for one in earners))
            text = f"{told} earned the same date through {names[schedule]}, level {level}"
            yield from (Warning_(one.id, day, text) for one in earners)
    counted = {cause: key for cause, key in schedules.items() if key not in left_out}
    for schedule, day in _pending(engineers, counted):
        by_date[schedule, day].append(())
    for one in engineers:
        yield from _unearned(one, by_date, counted, names)


def _pending(engineers: Iterable[Engineer], schedules: Mapping[str, str]) -> Iterator[tuple[str, date]]:
    """Dates of schedules of which something is still to be worked: they may be earned yet."""
    for line in (line for one in engineers for line in one.outcome.pending if line.of == "on call"):
        yield from ((schedules[cause], line.date) for cause in line.causes if cause in schedules)


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
    return any(overlaps(list(earned), (day.start, day.end)) for earned in before)
