"""Local dates as elapsed time: where each begins and ends, what it is, and its business hours.

A date begins at its first instant and ends where the next one begins, so a clock-change date has 23 or 25 hours. All
dates a report can touch are worked out once for a pay zone, region and working hours; then everything is a look-up.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.pricing.facts import BusinessHours, CompanyDay, DayType, Holiday
from webapp.pricing.policy import SubstituteDays
from webapp.pricing.spans import Interval, Intervals, instant_of, intersect, second_of, union

_SATURDAY = 6
_ONE_DAY = timedelta(days=1)
_MARGIN_DAYS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """One local date; compared by identity, since a calendar has each date once."""

    date: date
    start: int
    end: int
    day_type: DayType
    name: str
    """The holiday's or company day's name, or ""."""
    business: Intervals
    """Its business hours; none on a day that is no working day, rarely two where the clocks go back."""


class Calendar:
    """The local dates that cover a stretch of time, in order and without a gap."""

    def __init__(self, zone: ZoneInfo, days: list[Day]) -> None:
        self.zone = zone
        self.days = days
        self.business: Intervals = [interval for day in days for interval in day.business]
        self._starts = [day.start for day in days]

    def at(self, second: int) -> Day:
        """The date that a second lies on."""
        return self.days[bisect_right(self._starts, second) - 1]

    def on(self, day: date) -> Day:
        """A date by its name."""
        return self.at(first_second(self.zone, day))

    def over(self, first: int, last: int) -> list[Day]:
        """The dates that have time in [first, last)."""
        return self.days[bisect_right(self._starts, first) - 1 : bisect_left(self._starts, last)]

    def split(self, intervals: Iterable[Interval]) -> Iterator[tuple[Day, Interval]]:
        """Intervals cut at the ends of dates."""
        for start, end in intervals:
            for day in self.over(start, end):
                yield day, (max(start, day.start), min(end, day.end))

    def is_business(self, second: int) -> bool:
        """Whether a second lies inside business hours."""
        return any(start <= second < end for start, end in self.at(second).business)


def first_second(zone: ZoneInfo, day: date, clock: time = time.min) -> int:
    """When a wall clock first shows a time of a date; where the clocks skip it, the instant at which they do."""
    shown = datetime.combine(day, clock.replace(fold=0), tzinfo=zone)
    second = second_of(shown)
    if instant_of(second).astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None):
        return second
    return _clock_change(zone, second_of(shown.replace(fold=1)), second)


def _offset(zone: ZoneInfo, second: int) -> int:
    """How many seconds the clocks are ahead of UTC."""
    ahead = instant_of(second).astimezone(zone).utcoffset()
    return 0 if ahead is None else ahead // timedelta(seconds=1)


def _clock_change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second of the offset in force at `after`, which differs from the one at `before`."""
    offset = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            after = middle
        else:
            before = middle
    return after


def _business(zone: ZoneInfo, day: date, bounds: Interval, hours: BusinessHours) -> Intervals:
    """When the wall clock shows business hours; an hour shown twice is judged by what is shown each time."""
    start, end = bounds
    one_offset = [(start, end)]
    if _offset(zone, start) != _offset(zone, end - 1):
        change = _clock_change(zone, start, end - 1)
        one_offset = [(start, change), (change, end)]
    opens, closes = (second_of(datetime.combine(day, clock, UTC)) for clock in (hours.start, hours.end))
    business: Intervals = []
    for first, after in one_offset:
        offset = _offset(zone, first)
        business += intersect([(first, after)], [(opens - offset, closes - offset)])
    return union(business)


def make_calendar(
    zone: ZoneInfo,
    stretch: Interval,
    *,
    region: str,
    holidays: Mapping[date, Holiday],
    company_days: Mapping[date, CompanyDay],
    substitute_days: SubstituteDays,
    hours: BusinessHours,
) -> Calendar:
    """The calendar of a zone and region over a stretch of time, with a margin on both sides."""
    first = instant_of(stretch[0]).astimezone(zone).date() - _MARGIN_DAYS * _ONE_DAY
    last = instant_of(stretch[1]).astimezone(zone).date() + _MARGIN_DAYS * _ONE_DAY
    dates = [first + number * _ONE_DAY for number in range((last - first).days + 1)]
    starts = [first_second(zone, day) for day in [*dates, last + _ONE_DAY]]
    days: list[Day] = []
    for number, day in enumerate(dates):
        if starts[number] == starts[number + 1]:
            continue  # a date that the zone skipped, such as 2011-12-30 on Samoa
        holiday = _counted(holidays.get(day), region, substitute_days)
        day_type, name = _day_type(day, holiday, company_days.get(day))
        works = day.isoweekday() in hours.days and day_type is not DayType.BANK_HOLIDAY
        # A rest day that the organisation itself declared is no working day either, whatever its weekday.
        works = works and not (day in company_days and day_type is DayType.WEEKEND)
        bounds = (starts[number], starts[number + 1])
        business = _business(zone, day, bounds, hours) if works else []
        days.append(Day(day, *bounds, day_type, name, business))
    return Calendar(zone, days)


def _day_type(day: date, holiday: Holiday | None, company_day: CompanyDay | None) -> tuple[DayType, str]:
    if company_day is not None:
        return company_day.day_type, company_day.name
    if holiday is not None:
        return DayType.BANK_HOLIDAY, holiday.name
    return (DayType.WEEKEND if day.isoweekday() >= _SATURDAY else DayType.WEEKDAY), ""


def _counted(holiday: Holiday | None, region: str, rule: SubstituteDays) -> Holiday | None:
    """The holiday, unless the rule about substitute days leaves it out."""
    if holiday is None:
        return None
    if rule is SubstituteDays.BY_COUNTRY:
        rule = SubstituteDays.REPLACE if region.split("-", maxsplit=1)[0] == "GB" else SubstituteDays.BOTH
    left_out = (rule is SubstituteDays.REPLACE and holiday.replaced) or (
        rule is SubstituteDays.ACTUAL_ONLY and holiday.substitute
    )
    return None if left_out else holiday
