"""The periods a report may cover: whole months or two dates, at most a year."""

from __future__ import annotations

from datetime import date, timedelta

from webapp.pricing.report.lines import Period

LONGEST_DAYS = 366
FIRST_YEAR, LAST_YEAR = 2009, 2100
"""PagerDuty began in 2009; both keep every date around a period within the calendar."""


class PeriodError(ValueError):
    """Not a period a report can cover; the message says what to write."""


def month_of(day: date) -> Period:
    """The calendar month that a date lies in."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=32)).replace(day=1))


def last_month(today: date) -> Period:
    """The calendar month before this one."""
    return month_of(today.replace(day=1) - timedelta(days=1))


def named_month(text: str) -> Period:
    """The month of "2026-10".

    Raises:
        PeriodError: not a month, or of no year that PagerDuty can know.
    """
    try:
        first = date.fromisoformat(f"{text.strip()}-01")
    except ValueError:
        raise PeriodError("Write a month like 2026-10.") from None
    _check_year(first)
    return month_of(first)


def between(first: date, last: date) -> Period:
    """Both dates and all between them.

    Raises:
        PeriodError: the dates are reversed, more than a year apart, or of no year that PagerDuty can know.
    """
    _check_year(first)
    _check_year(last)
    if last < first:
        raise PeriodError(f"The last day, {last}, is before the first, {first}. Swap them.")
    if (last - first).days + 1 > LONGEST_DAYS:
        raise PeriodError("A report covers at most a year. Choose two dates closer together.")
    return Period(first, last + timedelta(days=1))


def _check_year(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PeriodError(f"{day} is not within the years {FIRST_YEAR} to {LAST_YEAR}. Correct the year.")


def label(period: Period) -> str:
    """Name of a month, such as October 2026, else both dates."""
    last = period.after - timedelta(days=1)
    if period == month_of(period.first):
        return f"{period.first:%B %Y}"
    return f"{period.first:%-d %b %Y} to {last:%-d %b %Y}"
