"""What the engine of documents is told: people with dated values, time on call, callouts, holidays.

Instants are whole seconds since 1970 (UTC). Every value of a person is dated; `Dated.on` answers for a day. Nobody
changes a fact; those that are many are not frozen, because that would double the time to make them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Generic, TypeVar

from webapp.pricing.policy.document import DAY_SECONDS, Clock, ClockRange
from webapp.pricing.spans import Interval

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Dated(Generic[_T]):
    """A value that changes with time: each holds from its date on."""

    since: tuple[date, ...]
    values: tuple[_T | None, ...]

    def on(self, day: date) -> _T | None:
        """The value in force on a day; None before the first, and while there is none."""
        index = bisect_right(self.since, day)
        return self.values[index - 1] if index else None


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Ordinary hours of an engineer; no days: has none."""

    days: frozenset[int]
    hours: tuple[ClockRange, ...]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday on a date, or on the hours of it from `start` to `end` by the wall clock."""

    name: str
    start: Clock = 0
    end: Clock = DAY_SECONDS
    source: str = ""
    """Who says so, in words."""

    @property
    def is_whole(self) -> bool:
        """Whether it is one all day."""
        return (self.start, self.end) == (0, DAY_SECONDS)

    @property
    def hours(self) -> str:
        """Such as "from 14:00", "until 12:00", "12:00 to 14:00"; "" for a whole date."""
        return clock_hours(self.start, self.end)

    @property
    def words(self) -> str:
        """Such as "Christmas Eve from 14:00"."""
        return f"{self.name} {self.hours}".rstrip()


def clock_hours(start: Clock, end: Clock) -> str:
    """Hours of a date in words; "" for all of them."""
    if end == DAY_SECONDS:
        return f"from {_clock(start)}" if start else ""
    return f"{_clock(start)} to {_clock(end)}" if start else f"until {_clock(end)}"


def _clock(clock: Clock) -> str:
    minutes, seconds = divmod(clock, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


OwnHolidays = tuple[tuple[date, Holiday | None], ...]
"""One engineer's own days, in order: a holiday, or None where the region's is none for them."""


@dataclass(frozen=True, slots=True)
class Person:
    """An engineer as far as pay is concerned."""

    id: str
    name: str
    zone: Dated[str] | None = None
    holiday_region: Dated[str] | None = None
    working_hours: Dated[WorkingHours] | None = None
    words: Mapping[str, Dated[str]] = field(default_factory=dict)
    """grade and free attributes."""
    numbers: Mapping[str, Dated[Fraction]] = field(default_factory=dict)
    """hourly rate, salary, daily rate and free attributes that are numbers."""
    holidays: OwnHolidays = ()
    """They hold in whatever region."""


@dataclass(slots=True)
class OnCall:
    """One stretch on call; stretches may repeat, touch and overlap."""

    id: str
    person: str
    time: Interval
    rota: str = ""
    level: int = 1
    kind: str = ""
    nominal: int | None = None
    attested: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    """Of the rota, as an IANA name; "": it has none."""
    unpaid: str = ""
    """Why no rule may pay it; "": rules decide."""


@dataclass(slots=True)
class Spell:
    """One uninterrupted stretch of a callout; without an end it is still open."""

    start: int
    end: int | None
    kind: str = "work"
    checked: bool = False
    """Its times are as somebody decided: not cut at the longest spell."""


@dataclass(slots=True)
class Callout:
    """One engineer's response; what is None is worked out from the time on call at its start."""

    id: str
    person: str
    spells: tuple[Spell, ...]
    mode: str = "remote"
    urgency: str = "high"
    on_call: bool | None = None
    level: int | None = None
    rota: str | None = None
    kind: str | None = None
    attested: Mapping[str, str] = field(default_factory=dict)
    levels: frozenset[int] | None = None
    """All levels held then; None: only `level`."""
    rotas: frozenset[str] | None = None
    zone: str | None = None
    """Of the rota; "": it has none."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it has to be worked out from the time on call."""
        return None not in (self.on_call, self.level, self.rota, self.kind)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the engine is told."""

    people: tuple[Person, ...]
    on_call: tuple[OnCall, ...]
    callouts: tuple[Callout, ...]
    read_at: int
    holidays: Mapping[str, Mapping[date, Holiday]] = field(default_factory=dict)
    """By region; "none" has the days of whoever has no region."""
    company_days: Mapping[date, str] = field(default_factory=dict)
    substitutes: Mapping[str, Mapping[date, str]] = field(default_factory=dict)
    """By region, the holidays that are a "substitute" for another or are "replaced" by one."""
    without_calendar: Mapping[str, str] = field(default_factory=dict)
    """Regions that have no calendar, with the reason."""

    def only(self, person: str) -> Facts:
        """The facts of one engineer."""
        return Facts(
            tuple(one for one in self.people if one.id == person),
            tuple(one for one in self.on_call if one.person == person),
            tuple(one for one in self.callouts if one.person == person),
            self.read_at,
            self.holidays,
            self.company_days,
            self.substitutes,
            self.without_calendar,
        )
