"""The one place that asks what time it is: for the program, and for the sandbox, its PagerDuty.

Tests and the demo may put it forward or back (setting `CLOCK`), so that all their processes live on another date.
"""

from datetime import UTC, datetime, timedelta
from math import ceil

FIRST_YEAR, LAST_YEAR = 2025, 2099
"""The years in which tests and the demo can live: the sandbox's company began in 2025."""

ahead = timedelta()
"""How far this process's clock is ahead of the machine's. Set once, at the start."""


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC) + ahead


def read_setting(text: str) -> timedelta:
    """How far ahead a setting puts the clock: an instant that it is now, or seconds, such as +3600 or -60.

    Processes that must agree to the second are given seconds: each of them starts at another instant.

    Raises:
        ValueError: it is neither, or leads outside the years.
    """
    try:
        lead = timedelta(seconds=int(text)) if text[:1] in {"+", "-"} else _lead_of(datetime.fromisoformat(text))
        year = (datetime.now(UTC) + lead).year
    except OverflowError as error:
        raise ValueError(text) from error
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(text)
    return lead


def write_setting() -> str:
    """The setting that puts another process's clock where this one's is."""
    return f"{ahead.total_seconds():+.0f}"


def _lead_of(instant: datetime) -> timedelta:
    if instant.tzinfo is None:
        raise ValueError(instant)
    return timedelta(seconds=ceil((instant - datetime.now(UTC)).total_seconds()))  # midnight is never the day before
