"""Months of the simulated history, wall clocks, and the few bank holidays that the stories need."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple, Self

from webapp.clock import FIRST_YEAR, LAST_YEAR
from webapp.sandbox.zones import zone


class Month(NamedTuple):
    """A calendar month of the history; its edges are UTC midnights."""

    year: int
    number: int

    @classmethod
    def of(cls, instant: datetime) -> Self:
        """The month that an instant lies in, by UTC."""
        utc = instant.astimezone(UTC)
        return cls(utc.year, utc.month)

    @classmethod
    def at(cls, index: int) -> Self:
        """The month with that index; 0 is the first of the history."""
        return cls(FIRST_YEAR + index // 12, index % 12 + 1)

    @property
    def ordinal(self) -> int:
        """Months since the first of the history."""
        return (self.year - FIRST_YEAR) * 12 + self.number - 1

    @property
    def start(self) -> datetime:
        """The first instant."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (date(self.year + self.number // 12, self.number % 12 + 1, 1) - date(self.year, self.number, 1)).days

    def day(self, number: int) -> date:
        """The date of a day of this month; -1 is the last one."""
        return date(self.year, self.number, number if number > 0 else self.days + 1 + number)

    def dates(self) -> Iterator[date]:
        """Every date in order."""
        return (self.day(number) for number in range(1, self.days + 1))


HISTORY = tuple(Month(year, number) for year in range(FIRST_YEAR, LAST_YEAR + 1) for number in range(1, 13))
BEGIN = HISTORY[0].start


def months_between(since: datetime, until: datetime) -> tuple[Month, ...]:
    """The months of the history that a window meets."""
    return HISTORY[max(0, Month.of(since).ordinal) : max(0, Month.of(until).ordinal + 1)]


def wall(day: date, clock: time, zone_name: str) -> datetime:
    """The instant, in UTC, at which a clock on the wall of a zone shows this date and time."""
    return datetime.combine(day, clock, tzinfo=zone(zone_name)).astimezone(UTC)


A_MONDAY = datetime.combine(date(2024, 11, 4), time(0))  # by the wall clock; before the history, where rotations begin


def nth_weekday(month: Month, weekday: int, n: int) -> date:
    """The n-th Monday (0) ... Sunday (6) of a month; n = -1 is the last one."""
    found = [day for day in month.dates() if day.weekday() == weekday]
    return found[n - 1 if n > 0 else n]


# One or two bank holidays a quarter and region, chosen so that no rule of substitution or of Easter is needed.
# The fixed ones by region, month and day; the others by region, month, weekday and n.
_FIXED = (
    ("ENG", 1, 1), ("ENG", 12, 26), ("SCT", 1, 2), ("SCT", 11, 30), ("DE", 5, 1), ("DE", 10, 3), ("DE", 12, 25),
)  # fmt: skip
_MOVING = (
    ("ENG", 5, 0, -1), ("ENG", 8, 0, -1), ("SCT", 5, 0, 1), ("SCT", 8, 0, 1),
    ("US", 1, 0, 3), ("US", 2, 0, 3), ("US", 5, 0, -1), ("US", 9, 0, 1), ("US", 10, 0, 2), ("US", 11, 3, 4),
)  # fmt: skip


def bank_holidays(month: Month) -> tuple[tuple[str, date], ...]:
    """(region, date) of the holidays in a month: England, Scotland, Germany and the United States."""
    fixed = [(region, month.day(day)) for region, number, day in _FIXED if number == month.number]
    moving = [
        (region, nth_weekday(month, weekday, n)) for region, number, weekday, n in _MOVING if number == month.number
    ]
    return tuple(sorted(fixed + moving, key=lambda holiday: (holiday[1], holiday[0])))


@cache
def clock_change(month: Month, zone_name: str) -> datetime | None:
    """The instant in this month at which the clocks of a zone change, if they do."""
    walls = zone(zone_name)
    hours = [month.start + timedelta(hours=n) for n in range(month.days * 24)]
    offsets = [hour.astimezone(walls).utcoffset() for hour in hours]
    return next((hour for hour, old, new in zip(hours[1:], offsets, offsets[1:], strict=False) if old != new), None)
