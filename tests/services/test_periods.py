"""Periods: whole months or two dates, at most a year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from webapp.pricing.report.lines import Period
from webapp.services.periods import PeriodError, between, label, last_month, month_of, named_month

dates = some.dates(date(2009, 2, 1), date(2100, 11, 30))


@given(dates)
def test_months_follow_each_other_without_a_gap(day: date) -> None:
    month = month_of(day)
    assert day in month
    assert last_month(day).after == month.first
    assert month_of(month.after).first == month.after
    assert named_month(f"{day:%Y-%m}") == month


@given(dates, some.integers(0, 365))
def test_both_dates_are_within(first: date, days: int) -> None:
    last = min(first + timedelta(days=days), date(2100, 12, 31))
    period = between(first, last)
    assert first in period
    assert last in period
    assert last + timedelta(days=1) not in period


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "October", "2026-10-01", "26-10", "2026-W10", "0000-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(PeriodError, match="Write a month like 2026-10"):
        named_month(text)


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (date(2026, 10, 2), date(2026, 10, 1), "is before the first"),
        (date(2025, 1, 1), date(2026, 1, 2), "at most a year"),
        (date.min, date.min, "within the years"),
        (date.max, date.max, "within the years"),
    ],
)
def test_two_dates_that_are_no_period_are_refused(first: date, last: date, sentence: str) -> None:
    with pytest.raises(PeriodError, match=sentence):
        between(first, last)


def test_a_leap_year_is_a_year() -> None:
    assert between(date(2028, 1, 1), date(2028, 12, 31)).after == date(2029, 1, 1)


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(date(2026, 10, 1), date(2026, 11, 1)), "October 2026"),
        (Period(date(2026, 10, 1), date(2026, 12, 1)), "1 Oct 2026 to 30 Nov 2026"),
        (Period(date(2026, 10, 2), date(2026, 10, 3)), "2 Oct 2026 to 2 Oct 2026"),
    ],
)
def test_a_period_has_a_name(period: Period, words: str) -> None:
    assert label(period) == words
