"""Interval algebra against a plain model."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.pricing.spans import Interval, Intervals, intersect, split_at, subtract, union

intervals = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)


def points(found: list[Interval]) -> set[int]:
    return {second for start, end in found for second in range(start, end)}


def is_clean(found: Intervals) -> bool:
    return all(start < end for start, end in found) and found == union(found)


@given(intervals, intervals, st.integers(0, 40))
def test_intervals_are_sets_of_seconds(some: list[Interval], others: list[Interval], second: int) -> None:
    one, other = union(some), union(others)
    assert points(some) == points(one)
    assert points(one) - points(other) == points(subtract(one, other))
    assert points(one) & points(other) == points(intersect(one, other))
    before, after = split_at(second, one)
    assert ({p for p in points(one) if p < second}, {p for p in points(one) if p >= second}) == (
        points(before),
        points(after),
    )
    assert all(is_clean(found) for found in (one, subtract(one, other), intersect(one, other), before, after))
