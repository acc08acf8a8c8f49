"""Local time of one engineer: dates with their day types, bands, ordinary hours, as whole seconds.

Made once for a zone, region, working hours and policy version, and shared by engineers who are alike.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from webapp.pricing.facts import DAY_SECONDS, Clock, ClockRange, Holiday, WorkingHours
from webapp.pricing.policy.document import DayTypeRule, Document
from webapp.pricing.spans import Interval, Intervals, instant_of, intersect, second_of, subtract, union

ONE_DAY = timedelta(days=1)
Seams = tuple[tuple[date, ZoneInfo], ...]
"""Dates on which the policy goes over to another pay zone, and by whose midnight: so that time lies on a date of either
version, and on one only."""
_MARGIN_DAYS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """One local date: where it begins and ends, what it is as a whole, and its hours of each day type."""

    date: date
    start: int
    end: int
    day_type: str
    name: str
    hours: tuple[tuple[int, int, str], ...]
    bounds: Interval
    """Its start and end as a pair, made once: whatever lies in a day says so."""
    holiday: Holiday | None = None
    """The public holiday of the date, or of a part of it; None also where a company day outranks it."""


@lru_cache(maxsize=1 << 14)  # the same dates are asked for by every pricing, as settings change
def first_second(zone: ZoneInfo, day: date, clock: time = time.min) -> int:
    """When a wall clock first shows a time of a date; where the clocks skip it, the instant at which they do."""
    shown = datetime.combine(day, clock.replace(fold=0), tzinfo=zone)
    second = second_of(shown)
    if instant_of(second).astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None):
        return second
    return _change(zone, second_of(shown.replace(fold=1)), second)


def at_clock(zone: ZoneInfo, day: date, clock: Clock) -> int:
    """When a wall clock first shows a time of a date; "24:00" is the start of the next."""
    if clock == DAY_SECONDS:
        return first_second(zone, day + ONE_DAY)
    return first_second(zone, day, time(clock // 3600, clock // 60 % 60, clock % 60))


def wall_seconds(zone: ZoneInfo, interval: Interval) -> int:
    """Clock at the end minus clock at the start."""
    start, end = (instant_of(second).astimezone(zone).replace(tzinfo=None) for second in interval)
    return (end - start) // timedelta(seconds=1)


def local_date(zone: ZoneInfo, second: int) -> date:
    """The local date of a second."""
    return instant_of(second).astimezone(zone).date()


class Calendar:
    """The local dates that cover a stretch of time."""

    def __init__(
        self,
        zone: ZoneInfo,
        stretch: Interval,
        document: Document,
        holidays: Mapping[date, Holiday],
        company_days: Mapping[date, str],
        hours: WorkingHours | None,
        following: Mapping[date, Holiday] | None = None,
        seams: Seams = (),
    ) -> None:
        """`following`: the holidays that a date before may be the eve of, where they are not simply the holidays."""
        self.zone = zone
        self._seams = seams
        self._document = document
        self._holidays = holidays
        self._following = holidays if following is None else following
        self._company_days = company_days
        self._hours = hours
        first = local_date(zone, stretch[0]) - _MARGIN_DAYS * ONE_DAY
        last = local_date(zone, stretch[1]) + _MARGIN_DAYS * ONE_DAY
        dates = [first + number * ONE_DAY for number in range((last - first).days + 1)]
        starts = [self.begins(day) for day in [*dates, last + ONE_DAY]]
        self.days = [
            self._day(day, start, end)
            for day, start, end in zip(dates, starts, starts[1:], strict=False)
            if start < end  # a date that the zone skipped, such as 2011-12-30 on Samoa
        ]
        self._starts = [day.start for day in self.days]
        self._by_date = {day.date: day for day in self.days}
        self._skipped = frozenset(dates) - {day.date for day in self.days}
        self.knows_ordinary = hours is not None or document.business_hours is not None
        self.ordinary = self._ordinary()
        self.bands = {name: union(self._on_each_day(spans)) for name, spans in document.bands.items()}
        self.extra_hours = union(self._extra_hours())

    def at(self, second: int) -> Day:
        """The date that a second lies on."""
        return self.days[bisect_right(self._starts, second) - 1]

    def over(self, start: int, end: int) -> list[Day]:
        """The dates that have time in [start, end)."""
        return self.days[max(bisect_right(self._starts, start) - 1, 0) : bisect_left(self._starts, end)]

    def cut(self, start: int, end: int) -> list[tuple[Day, str, int, int]]:
        """An interval cut at the ends of dates and where the day type changes."""
        day = self.at(start)
        if end <= day.end and len(day.hours) == 1:  # nearly all work lies in one date of one type
            return [(day, day.hours[0][2], start, end)]
        return [
            (day, day_type, max(start, begin), min(end, finish))
            for day in self.over(start, end)
            for begin, finish, day_type in day.hours
            if begin < end and finish > start
        ]

    def step(self, day: date, days: int) -> date:
        """The date so many days (1 or -1) away; one that the zone skipped does not count."""
        day += days * ONE_DAY
        return day + days * ONE_DAY if day in self._skipped else day

    def next_ordinary(self, second: int) -> int | None:
        """The next start of ordinary hours at or after a second."""
        index = bisect_left(self.ordinary, (second,))
        return self.ordinary[index][0] if index < len(self.ordinary) else None

    def begins(self, day: date, clock: Clock = 0) -> int:
        """When a date begins, or its 24 h day that begins at a wall clock time; a seam comes before all later dates."""
        second = at_clock(self.zone, day, clock)
        for seam, zone in self._seams:
            line = at_clock(zone, seam, clock)
            second = line if day == seam else min(second, line) if day < seam else max(second, line)
        return second

    def named(self, day: date, start: int) -> date:
        """The date of a 24 h day that starts at an instant of `day`; at a seam it may have moved."""
        return self.at(start).date if self._seams else day

    def cell(self, second: int, clock: Clock) -> tuple[date, int, int]:
        """The 24 h day, beginning at a wall clock time, that a second lies in; and the date it begins on."""
        day = local_date(self.zone, second)
        if self._seams:
            while second < self.begins(day, clock):
                day -= ONE_DAY
            while second >= self.begins(day + ONE_DAY, clock):
                day += ONE_DAY
            return day, self.begins(day, clock), self.begins(day + ONE_DAY, clock)
        start = at_clock(self.zone, day, clock)
        if second < start:
            before = self.step(day, -1)
            day, start, end = before, at_clock(self.zone, before, clock), start
        else:
            end = at_clock(self.zone, self.step(day, 1), clock)
        return day, start, end

    def week(self, second: int, weekday: int, clock: Clock) -> tuple[date, int, int]:
        """The week, beginning at a weekday's wall clock time, that a second lies in; and the date it begins on."""
        day = local_date(self.zone, second)
        first = day - ((day.isoweekday() - weekday) % 7) * ONE_DAY
        if second < self.begins(first, clock):
            first -= 7 * ONE_DAY
        elif second >= self.begins(first + 7 * ONE_DAY, clock):
            first += 7 * ONE_DAY
        return first, self.begins(first, clock), self.begins(first + 7 * ONE_DAY, clock)

    def on(self, day: date) -> Day:
        """A date by its name."""
        return self._by_date.get(day) or self.at(self.begins(day))

    def _on_each_day(self, spans: Iterable[ClockRange], only: frozenset[int] | None = None) -> Iterator[Interval]:
        for day in self.days:
            if only is None or day.date.isoweekday() in only:
                for start, end in spans:
                    begin = at_clock(self.zone, day.date, start)
                    until = at_clock(self.zone, day.date if start < end else day.date + ONE_DAY, end)
                    if begin < until:
                        yield begin, until

    def _ordinary(self) -> Intervals:
        document = self._document
        if self._hours is not None:
            days, spans = self._hours.days, self._hours.hours
        elif document.business_hours is not None:
            days, spans = document.business_days, (document.business_hours,)
        else:
            return []
        ordinary = union(self._as_shown(spans, days))
        off = document.no_business_on
        if off is not None:
            ordinary = subtract(ordinary, [hours for day in self.days for hours in self._free_hours(day, off)])
        elif not document.business_on_holidays:
            holidays = ((day, self._holidays.get(day.date)) for day in self.days)
            free = [self._hours_of_holiday(day.date, holiday) for day, holiday in holidays if holiday]
            ordinary = subtract(ordinary, union(free))
        return ordinary

    def _free_hours(self, day: Day, off: frozenset[str]) -> Intervals:
        """When ordinary hours are off: by the type of the date or of a part holiday's hours, or by a company day."""
        if day.day_type in off or f"company {self._company_days.get(day.date)}" in off:
            return [day.bounds]
        holiday = self._holidays.get(day.date)
        if holiday is None or holiday.is_whole:
            return []
        of_types = [(start, end) for start, end, day_type in day.hours if day_type in off]
        return intersect(of_types, union([self._hours_of_holiday(day.date, holiday)]))

    def _as_shown(self, spans: Iterable[ClockRange], only: frozenset[int]) -> Iterator[Interval]:
        """When the wall clock shows these hours; an hour shown twice is judged by what is shown each time."""
        days = [day for day in self.days if day.date.isoweekday() in only]
        for start, end in spans:
            for day in days:
                yield from self._shown(day.date, start, end if start < end else DAY_SECONDS)
                if end <= start:
                    yield from self._shown(day.date + ONE_DAY, 0, end)

    def _shown(self, day: date, opens: Clock, closes: Clock) -> Iterator[Interval]:
        start, end = at_clock(self.zone, day, 0), at_clock(self.zone, day, DAY_SECONDS)
        midnight = second_of(datetime.combine(day, time.min, UTC))
        change = end if _offset(self.zone, start) == _offset(self.zone, end) else _change(self.zone, start, end)
        for first, after in ((start, change), (change, end)):
            if first < after:
                offset = _offset(self.zone, first)
                begin, until = max(first, midnight + opens - offset), min(after, midnight + closes - offset)
                if begin < until:
                    yield begin, until

    def _extra_hours(self) -> Iterator[Interval]:
        """The second pass of each repeated hour."""
        for day in self.days:
            before, after = (_offset(self.zone, second) for second in (day.start, day.end))
            if after < before:
                change = _change(self.zone, day.start, day.end)
                yield change, change + before - after

    def _day(self, day: date, start: int, end: int) -> Day:
        fitting = [rule for rule in self._document.day_types if self._fits(rule, day)]
        whole = next(rule for rule in fitting if self._is_whole(rule, day))
        rest: Intervals = [(start, end)]
        hours: list[tuple[int, int, str]] = []
        for rule in fitting:
            taken = rest if self._is_whole(rule, day) else self._hours_of(rule, day)
            left = subtract(rest, taken)
            hours += [(*interval, rule.name) for interval in subtract(rest, left)]
            rest = left
        company = self._company_days.get(day)
        holiday = None if company else self._holidays.get(day)
        name = company or (holiday.words if holiday else "")
        return Day(day, start, end, whole.name, name, tuple(sorted(hours)), (start, end), holiday)

    def _is_whole(self, rule: DayTypeRule, day: date) -> bool:
        """Whether a type that fits takes the date whole, not only hours of its own or of a holiday."""
        return not rule.between and not (rule.holidays and not self._holidays[day].is_whole)

    def _hours_of(self, rule: DayTypeRule, day: date) -> Intervals:
        """The hours that a type which fits takes of a date: its own, within those of the holiday that it asks for."""
        between = union(
            (at_clock(self.zone, day, start), at_clock(self.zone, day, end if start < end else DAY_SECONDS))
            for start, end in rule.between or ((0, DAY_SECONDS),)
        )
        if not rule.holidays:
            return between
        return intersect(between, union([self._hours_of_holiday(day, self._holidays[day])]))

    def _hours_of_holiday(self, day: date, holiday: Holiday) -> Interval:
        """From when the wall clock first shows its start to when it first shows its end."""
        return at_clock(self.zone, day, holiday.start), at_clock(self.zone, day, holiday.end)

    def _fits(self, rule: DayTypeRule, day: date) -> bool:
        holiday, tomorrow = self._holidays.get(day), self._following.get(day + ONE_DAY)
        conditions = (
            rule.weekdays is None or day.isoweekday() in rule.weekdays,
            _named(holiday.name if holiday else None, rule.holidays),
            _named(tomorrow.name if tomorrow and tomorrow.is_whole else None, rule.eves),
            _named(self._company_days.get(day), rule.company_days),
            not rule.rest_days or day.isoweekday() not in self._working_days(),
            rule.dates is None or day.isoformat() in rule.dates or f"{day:%m-%d}" in rule.dates,
            rule.after is None or self._type_of(day - ONE_DAY) in rule.after,
        )
        return all(conditions)

    def _working_days(self) -> frozenset[int]:
        return self._document.business_days if self._hours is None else self._hours.days

    def _type_of(self, day: date) -> str:
        """The day type of a whole date; types that look at the day before are not asked again."""
        return next(
            rule.name
            for rule in self._document.day_types
            if rule.after is None and self._fits(rule, day) and self._is_whole(rule, day)
        )


def _named(name: str | None, asked: bool | frozenset[str]) -> bool:  # noqa: FBT001  a field that is a flag or a list
    if asked is False:
        return True
    return name is not None and (asked is True or name in asked)


@lru_cache(maxsize=1 << 14)
def _offset(zone: ZoneInfo, second: int) -> int:
    local = instant_of(second).astimezone(zone)
    offset = local.utcoffset() or timedelta()
    return offset // timedelta(seconds=1)


def _change(zone: ZoneInfo, low: int, high: int) -> int:
    """The second at which the clocks change between two that differ."""
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def month_of(day: date) -> date:
    """The first of the month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first of the month after."""
    return (day.replace(day=1) + 32 * ONE_DAY).replace(day=1)


def left_out_days(region: str, rule: str) -> str | None:
    """Where a holiday on a weekend has a substitute day, which of the two does not count: "replaced", "substitute"."""
    if rule == "by country":
        rule = "replace" if region.split("-", maxsplit=1)[0] == "GB" else "both"
    return {"replace": "replaced", "actual only": "substitute"}.get(rule)
