"""Local dates of odd zones, and interval algebra against a plain model."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.pricing.calendar import Calendar, make_calendar
from webapp.pricing.facts import BusinessHours, CompanyDay, DayType
from webapp.pricing.policy import NINE_TO_HALF_PAST_FIVE, SubstituteDays
from webapp.pricing.spans import Interval, Intervals, intersect, second_of, split_at, subtract, union


def calendar(zone: str, first: date, last: date, company_days: dict[date, CompanyDay] | None = None) -> Calendar:
    stretch = [second_of(datetime(day.year, day.month, day.day, tzinfo=UTC)) for day in (first, last)]
    return make_calendar(
        ZoneInfo(zone),
        (stretch[0], stretch[1]),
        region="none",
        holidays={},
        company_days=company_days or {},
        substitute_days=SubstituteDays.BOTH,
        hours=NINE_TO_HALF_PAST_FIVE,
    )


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2026, 3, 29), 23),
        ("Europe/London", date(2026, 10, 25), 25),
        ("America/Santiago", date(2024, 9, 8), 23),  # midnight itself is skipped
        ("America/Havana", date(2024, 11, 3), 25),  # midnight comes twice
        ("Asia/Kathmandu", date(2026, 10, 25), 24),
    ],
)
def test_a_date_is_as_long_as_it_was(zone: str, day: date, hours: int) -> None:
    found = calendar(zone, day, day).on(day)
    assert (day, hours * 3600) == (found.date, found.end - found.start)


def test_a_skipped_date_does_not_exist() -> None:
    days = calendar("Pacific/Apia", date(2011, 12, 28), date(2012, 1, 2)).days
    assert date(2011, 12, 30) not in [day.date for day in days]
    assert all(day.end > day.start for day in days)


def test_a_company_rest_day_has_no_business_hours() -> None:
    tuesday = date(2026, 10, 6)
    rest = {tuesday: CompanyDay(DayType.WEEKEND, "Founders' day")}
    found = calendar("Europe/London", tuesday, tuesday, rest).on(tuesday)
    assert (found.day_type, found.name, found.business) == (DayType.WEEKEND, "Founders' day", [])


def test_business_hours_end_before_their_last_instant() -> None:
    found = calendar("Europe/London", date(2026, 10, 6), date(2026, 10, 6))
    end = second_of(datetime(2026, 10, 6, 16, 30, tzinfo=UTC))
    assert (found.is_business(end - 1), found.is_business(end)) == (True, False)


def test_business_hours_need_days() -> None:
    none = BusinessHours(NINE_TO_HALF_PAST_FIVE.start, NINE_TO_HALF_PAST_FIVE.end, frozenset())
    made = make_calendar(
        ZoneInfo("UTC"),
        (0, 86400),
        region="none",
        holidays={},
        company_days={},
        substitute_days=SubstituteDays.BOTH,
        hours=none,
    )
    assert made.business == []


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
