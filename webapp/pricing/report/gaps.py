"""Checks across engineers: dates of a schedule that two engineers earned, or that nobody did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from webapp.pricing.policy.document import Document
from webapp.pricing.report.engineer import Engineer
from webapp.pricing.report.lines import Gravity, Warning_
from webapp.pricing.spans import Interval, overlaps, union

_Date = tuple[str, date]
"""A schedule's id, and a date."""


@dataclass(slots=True)
class Dates:
    """What the checks need to know of one engineer."""

    person_id: str
    name: str
    earned: list[tuple[str, str, date]] = field(default_factory=list)
    """Schedule, level and date, of the schedule and level that decided."""
    paid: list[tuple[_Date, Sequence[Interval]]] = field(default_factory=list)
    """The dates of every schedule held on a date that was earned, through whichever: it is earned once."""
    missed: dict[_Date, Interval] = field(default_factory=dict)
    """Dates of which too little was held, and when they begin and end."""
    waiting: set[_Date] = field(default_factory=set)
    """Dates of which something is still to be worked: they may be earned yet."""


def counted_rows(document: Document, schedules: Mapping[str, str]) -> dict[str, str]:
    """The rows of schedules that some rule for time on call pays, of `schedules` by the engine's name of a row."""
    versions = (document, *document.later)
    left_out = frozenset.intersection(
        *(rule.when.rota_not for version in versions for rule in version.rules if rule.on_call)
    )
    return {row: schedule for row, schedule in schedules.items() if schedule and schedule not in left_out}


def dates_of(engineer: Engineer, rows: Mapping[str, str]) -> Dates:
    """The dates of one engineer; `rows` names the schedules of rows that count."""
    dates = Dates(engineer.id, engineer.person.name)
    if engineer.outcome.missing:
        return dates
    held = [(row.time, str(row.level), row.rota) for row in engineer.rows if row.id in rows]
    for line in engineer.outcome.pay:
        if line.on_call and line.decided:
            level = line.words.get("level", "")
            for schedule in _decisive(held, level, line.decided):
                dates.earned.append((schedule, level, line.booked))
            day = engineer.calendar(line.decided - 1).on(line.booked)
            time = [*line.spans, (day.start, day.end)]
            dates.paid += [((schedule, line.booked), line.spans) for schedule in _held_in(held, time)]
    for other in engineer.outcome.unpaid:
        if other.too_little and other.of == "on call":
            day = engineer.day(other.time[0])
            dates.missed.update(
                {(rows[cause], other.date): (day.start, day.end) for cause in other.causes if cause in rows}
            )
    for other in engineer.outcome.pending:
        if other.of == "on call":
            day = engineer.calendar(other.time[0]).on(other.date)
            time = [other.time, (day.start, day.end)]
            dates.waiting.update((schedule, other.date) for schedule in _held_in(held, time))
    return dates


def _decisive(held: Iterable[tuple[Interval, str, str]], level: str, decided: int) -> set[str]:
    """The schedules, of time held with its level, through which a level was held in the second before `decided`."""
    return {schedule for (start, end), held_at, schedule in held if held_at == level and start < decided <= end}


def _held_in(held: Iterable[tuple[Interval, str, str]], time: Iterable[Interval]) -> set[str]:
    """The schedules held in any of this time."""
    together = union(time)
    return {schedule for span, _, schedule in held if overlaps(together, span)}


def warn_of_dates(engineers: Iterable[Dates], names: Mapping[str, str]) -> Iterator[Warning_]:
    """A warning for each engineer concerned, so that every scope shows it; `names` are those of schedules by id."""
    engineers = list(engineers)
    by_level: dict[tuple[str, str, date], list[Dates]] = defaultdict(list)
    by_date: dict[_Date, list[Sequence[Interval]]] = defaultdict(list)
    for one in engineers:
        for schedule, level, day in one.earned:
            by_level[schedule, level, day].append(one)
        for paid, time in one.paid:
            by_date[paid].append(time)
        for waiting in one.waiting:
            by_date[waiting].append(())
    for (schedule, level, day), earners in by_level.items():
        if len(earners) > 1:
            *others, last = sorted(one.name for one in earners)
            told = f"{', '.join(others)} and {last}"
            text = f"{told} earned the same date through {names[schedule]}, level {level}"
            yield from (Warning_(one.person_id, day, text, Gravity.PAY) for one in earners)
    for one in engineers:
        for (schedule, day), bounds in sorted(one.missed.items()):
            if not _is_earned(by_date, schedule, day, bounds):
                yield Warning_(one.person_id, day, f"Nobody earned a date of {names[schedule]} that was held")


def _is_earned(by_date: Mapping[_Date, list[Sequence[Interval]]], schedule: str, day: date, bounds: Interval) -> bool:
    """Whether somebody earned the date, or was paid for its time with the date before, as at a handover."""
    if by_date.get((schedule, day)):
        return True
    before = by_date.get((schedule, day - timedelta(days=1)), [])
    return any(overlaps(list(time), bounds) for time in before)
