"""Who holds what when: one engineer's time on call, without repeats, at the lowest level held at each instant.

PagerDuty: /oncalls repeats a stretch for each escalation policy and level, and cuts it wherever anything changes.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from webapp.pricing.facts import OnCall
from webapp.pricing.spans import Interval, Intervals, interval_of, subtract, union


@dataclass(frozen=True, slots=True)
class Held:
    """One engineer's time on call."""

    everything: Intervals
    levels: dict[int, Intervals]
    """Time by the lowest level held; together with `left_out` it is `everything`, and nothing is in two."""
    left_out: Intervals
    """Time held through schedules left out and through nothing else."""
    by_schedule: dict[tuple[str, int], Intervals]
    """Time held through each schedule at each level, schedules left out excepted; may overlap."""

    def at_levels(self, levels: Iterable[int]) -> Intervals:
        """The time whose lowest level is one of these."""
        return union(interval for level in levels for interval in self.levels.get(level, ()))

    def level_before(self, second: int) -> int:
        """The lowest level held in the last second before `second`."""
        return min(level for level, held in self.levels.items() if covers(held, second - 1))

    def schedules_before(self, second: int, level: int) -> list[str]:
        """The schedules that held `level` in the last second before `second`."""
        return [
            schedule
            for (schedule, at_level), held in self.by_schedule.items()
            if at_level == level and covers(held, second - 1)
        ]

    def schedules_of(self, intervals: Intervals) -> tuple[str, ...]:
        """The schedules through which any of this time was held, by id."""
        return tuple(
            sorted(
                {
                    schedule
                    for (schedule, _), held in self.by_schedule.items()
                    if any(overlaps(held, interval) for interval in intervals)
                }
            )
        )


def hold(rows: Iterable[OnCall], schedules_left_out: frozenset[str]) -> Held:
    """Reads one engineer's stretches, which may repeat, touch and overlap in any order."""
    by_level: dict[int, list[Interval]] = {}
    by_schedule: dict[tuple[str, int], list[Interval]] = {}
    left_out: list[Interval] = []
    for row in rows:
        interval = interval_of(row.start, row.end, f"Time on call through {row.schedule_name}")
        if row.schedule_id in schedules_left_out:
            left_out.append(interval)
            continue
        by_level.setdefault(row.level, []).append(interval)
        if row.schedule_id is not None:
            by_schedule.setdefault((row.schedule_id, row.level), []).append(interval)
    levels: dict[int, Intervals] = {}
    higher: Intervals = []
    for level in sorted(by_level):
        held = union(by_level[level])
        levels[level] = subtract(held, higher)
        higher = union([*higher, *held])
    return Held(
        everything=union([*higher, *left_out]),
        levels=levels,
        left_out=subtract(union(left_out), higher),
        by_schedule={key: union(by_schedule[key]) for key in sorted(by_schedule)},
    )


def covers(intervals: Intervals, second: int) -> bool:
    """Whether a second lies in one of the intervals."""
    index = bisect_right(intervals, (second + 1,)) - 1
    return index >= 0 and intervals[index][1] > second


def overlaps(intervals: Intervals, interval: Interval) -> bool:
    """Whether the interval shares time with any of the others."""
    index = bisect_right(intervals, (interval[1],)) - 1
    return index >= 0 and intervals[index][1] > interval[0]
