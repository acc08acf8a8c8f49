"""Interval algebra on whole seconds since 1970 (UTC).

Inside the engine an interval is a pair of integers, half-open; a list of intervals is sorted and its members neither
overlap nor touch. Integers know no zone, so that no wall clock can slip into a length.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from webapp.pricing.errors import FactsError

Interval = tuple[int, int]
Intervals = list[Interval]

BEGINNING = -(1 << 62)
"""A second before all others."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def second_of(instant: datetime) -> int:
    """The whole second that an instant lies in."""
    if instant.tzinfo is None:
        raise FactsError(f"The instant {instant} has no time zone: give every instant in UTC.")
    return (instant - _EPOCH) // _SECOND


@lru_cache(maxsize=1 << 14)  # most instants are the ends of dates and shifts, which many engineers share
def instant_of(second: int) -> datetime:
    """The instant (UTC) at which a second begins."""
    return datetime.fromtimestamp(second, UTC)


def seconds(intervals: Iterable[Interval]) -> int:
    """Length of all intervals together."""
    length = 0
    for start, end in intervals:
        length += end - start
    return length


def union(intervals: Iterable[Interval]) -> Intervals:
    """Sort, drop the empty, join what overlaps or touches."""
    ordered = sorted(intervals)
    if len(ordered) == 1:  # most often
        return ordered if ordered[0][0] < ordered[0][1] else []
    result: Intervals = []
    for start, end in ordered:
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def intersect(one: Intervals, other: Intervals) -> Intervals:
    """The time in both."""
    result: Intervals = []
    for start, end in one:
        for index in range(_first_ending_after(start, other), len(other)):
            begin, finish = other[index]
            if begin >= end:
                break
            result.append((max(start, begin), min(end, finish)))
    return result


def subtract(one: Intervals, other: Intervals) -> Intervals:
    """The time in `one` that is not in `other`."""
    result: Intervals = []
    for start, end in one:
        rest = start
        for index in range(_first_ending_after(start, other), len(other)):
            begin, finish = other[index]
            if begin >= end:
                break
            if begin > rest:
                result.append((rest, begin))
            rest = finish
        if rest < end:
            result.append((rest, end))
    return result


def take(start: int, end: int, intervals: Intervals) -> Intervals:
    """Takes the time from `start` to `end` out of the list; answers what of it was there."""
    first, last = _first_ending_after(start, intervals), bisect_left(intervals, (end,))
    taken = [(max(start, begin), min(end, finish)) for begin, finish in intervals[first:last]]
    if taken:
        before, after = intervals[first][0], intervals[last - 1][1]
        intervals[first:last] = [(before, start)] * (before < start) + [(end, after)] * (after > end)
    return taken


def split_at(second: int, intervals: Intervals) -> tuple[Intervals, Intervals]:
    """The time before a second, and from it on."""
    if not intervals or intervals[-1][1] <= second:
        return intervals, []
    before = [(start, min(end, second)) for start, end in intervals if start < second]
    after = [(max(start, second), end) for start, end in intervals if end > second]
    return before, after


def covers(intervals: Intervals, second: int) -> bool:
    """Whether a second lies in one of the intervals."""
    index = bisect_right(intervals, (second + 1,)) - 1
    return index >= 0 and intervals[index][1] > second


def overlaps(intervals: Intervals, interval: Interval) -> bool:
    """Whether the interval shares time with any of the others."""
    index = bisect_right(intervals, (interval[1],)) - 1
    return index >= 0 and intervals[index][1] > interval[0]


def _first_ending_after(second: int, intervals: Intervals) -> int:
    """Index of the first interval that ends after `second`."""
    index = bisect_right(intervals, (second,))
    return index - 1 if index and intervals[index - 1][1] > second else index
