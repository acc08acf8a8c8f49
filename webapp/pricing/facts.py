"""What pricing is told: people with dated values, time on call, callouts, holidays; and what is only printed of them.

Instants are whole seconds since 1970 (UTC), clocks are seconds since local midnight; every interval is half-open.
Every value of a person is dated: `Dated.on` answers for a day. Names and incidents stand once, in tables by id. Nobody
changes a fact; those that are many are not frozen, because that would double the time to make them. Nothing here knows
PagerDuty.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeAlias, TypeVar

from webapp.pricing.spans import Interval
from webapp.pricing.text import clock

DAY_SECONDS = 86_400
Clock: TypeAlias = int
"""Seconds since local midnight, 86,400 at its end."""
ClockRange: TypeAlias = tuple[Clock, Clock]
"""May pass midnight: then the second is not after the first."""
HOURLY_RATE, HOLIDAY_REGION, TIME_ZONE = "hourly rate", "holiday region", "time zone"
"""Values of a person that the engine knows by name."""
DECISION, PAY, DO_NOT_PAY = "decision", "pay", "do not pay"
"""A word of callouts in every policy, whether it declares it as attested or not: somebody decided against the rule."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Dated(Generic[_T]):
    """A value that changes with time: each holds from its date on; None from a date on: there is none."""

    since: tuple[date, ...]
    values: tuple[_T | None, ...]

    @classmethod
    def always(cls, value: _T) -> Dated[_T]:
        """A value that never changes."""
        return cls((date.min,), (value,))

    def on(self, day: date) -> _T | None:
        """The value in force on a day; None before the first, and while there is none."""
        index = bisect_right(self.since, day)
        return self.values[index - 1] if index else None

    def steps(self) -> Iterator[tuple[date, _T | None]]:
        """Each date with the value from then on."""
        return zip(self.since, self.values, strict=True)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Ordinary hours of an engineer or a policy, by the wall clock of the pay zone; no days: has none."""

    days: frozenset[int]
    """ISO weekdays, 1 is Monday."""
    hours: tuple[ClockRange, ...]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday on a date, or on the hours of it from `start` to `end`: of a region, or of one engineer."""

    name: str
    start: Clock = 0
    end: Clock = DAY_SECONDS
    source: str = ""
    """Who says so, in words: "holidays 0.99", or "added by ada@example.com on 3 November 2026: works council"."""
    substitute: bool = False
    """A day given instead of a holiday that falls on a weekend."""
    replaced: bool = False
    """An actual day that has a substitute day elsewhere."""

    @property
    def kind(self) -> str:
        """Where a holiday on a weekend has a substitute day, which of them it is: "substitute", "replaced" or ""."""
        return "substitute" if self.substitute else "replaced" if self.replaced else ""

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


def clock_of(shown: time | None) -> Clock:
    """A time of the wall clock; None: the beginning of the date."""
    return shown.hour * 3600 + shown.minute * 60 + shown.second if shown else 0


def clock_hours(start: Clock, end: Clock) -> str:
    """Hours of a date in words; "" for all of them."""
    if end == DAY_SECONDS:
        return f"from {clock(start)}" if start else ""
    return f"{clock(start)} to {clock(end)}" if start else f"until {clock(end)}"


OwnHolidays = tuple[tuple[date, Holiday | None], ...]
"""One engineer's own days, in order: a holiday, or None where the region's is none for them."""


@dataclass(frozen=True, slots=True)
class Person:
    """An engineer as far as pay is concerned; `id` is the PagerDuty user id."""

    id: str
    name: str
    email: str | None = None
    zone: str | None = None
    """IANA name of the zone that their times are shown in; also the pay zone, where no "time zone" is among the words.
    None: not known, so not priced by a policy that has no zone of its own."""
    zone_source: str = "engineer"
    """Where the zone comes from: "engineer", "schedule" or "policy"."""
    payroll_number: str = ""
    working_hours: Dated[WorkingHours] | None = None
    """None: the policy's."""
    words: Mapping[str, Dated[str]] = field(default_factory=dict)
    """Dated words by name: "holiday region" (such as "GB-ENG"; "none" for nowhere), "time zone", "grade", free ones."""
    numbers: Mapping[str, Dated[Decimal] | Dated[Fraction]] = field(default_factory=dict)
    """Dated numbers by name: "hourly rate", "salary", "daily rate", and free ones."""
    holidays: OwnHolidays = ()
    """Where this engineer's calendar differs from that of every region they have."""

    @property
    def pay_zone(self) -> Dated[str] | None:
        """By date, in whose clock they are paid where the policy has no zone of its own."""
        return self.words.get(TIME_ZONE) or (Dated.always(self.zone) if self.zone else None)

    @property
    def holiday_region(self) -> Dated[str] | None:
        """By date, their own; None: the policy's."""
        return self.words.get(HOLIDAY_REGION)

    def number(self, name: str, day: date) -> Fraction | None:
        """A number of theirs on a day."""
        dated = self.numbers.get(name)
        value = dated.on(day) if dated else None
        return Fraction(value) if isinstance(value, Decimal) else value


@dataclass(slots=True)
class OnCall:
    """One stretch on call through one schedule at one level; stretches may repeat, touch and overlap."""

    id: str
    person: str
    time: Interval
    rota: str = ""
    """Id of the schedule; "": none."""
    level: int = 1
    kind: str = ""
    nominal: int | None = None
    attested: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    """IANA name of the schedule's own zone; "": not known."""
    unpaid: str = ""
    """Why no rule may pay it, such as "shadow rotation, set down by ada@example.com: learning"; "": rules decide."""


@dataclass(frozen=True, slots=True)
class AlwaysOnCall:
    """Somebody who is on call around the clock as a direct target of an escalation policy: listed apart, never paid."""

    person_id: str
    level: int
    policy_name: str


@dataclass(slots=True)
class Spell:
    """One uninterrupted stretch of a callout; without an end it is still open at the reading instant."""

    start: int
    end: int | None
    kind: str = "work"
    checked: bool = False
    """Its times are as somebody decided: not cut at the longest spell."""
    evidence: str = ""
    """Why it is known, in words: "acknowledged 01:15:30 by Ada Example, mobile"; times in UTC ISO form between braces,
    such as {2026-07-04T01:15:30Z}, so that a page can show them in the pay zone."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time from `start` up to, not including, `end`, as somebody typed it (UTC)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a manager decided for one callout, against the rule."""

    pay: bool | None
    """None: as the policy says."""
    reason: str
    decided_by: str
    decided_at: datetime
    times: tuple[Span, ...] = ()
    """When the engineer really worked, in order and without overlaps; (): as the evidence says."""
    attested: Mapping[str, str] = field(default_factory=dict)
    """What the policy asks a person to judge, by name, such as "woken": "true"."""

    @property
    def what(self) -> str:
        """In words: "pay", "do not pay", "woken: true"."""
        decided = [] if self.pay is None else [PAY if self.pay else DO_NOT_PAY]
        return (
            ", ".join([*decided, *(f"{name}: {value}" for name, value in self.attested.items())]) or "times corrected"
        )


@dataclass(frozen=True, slots=True)
class EvidenceDecision:
    """What a manager says of an incident's evidence: who it was, or who worked when. It is in the spells already."""

    what: str
    """In words, with instants between braces as in `Spell.evidence`."""
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """What a line must cite of an incident."""

    id: str
    number: int
    title: str
    service: str
    urgency: str
    triggered: datetime
    resolved: datetime | None
    url: str = ""


@dataclass(slots=True)
class Callout:
    """One engineer's response to one incident; what is None is worked out from the time on call at its start."""

    id: str
    """Of the incident."""
    person: str
    spells: tuple[Spell, ...]
    """What counts, in order of their starts: a manager's times, where they correct the evidence."""
    mode: str = "remote"
    urgency: str = "high"
    on_call: bool | None = None
    """On call at any level of any policy at some moment between trigger and own first act."""
    level: int | None = None
    rota: str | None = None
    kind: str | None = None
    attested: Mapping[str, str] = field(default_factory=dict)
    """What somebody attested of it, by the names that the policy asks for; and the decision."""
    levels: frozenset[int] | None = None
    """All levels held then; None: only `level`."""
    rotas: frozenset[str] | None = None
    """All schedules held then; empty for a direct target."""
    zone: str | None = None
    """Of the rota; "": it has none."""
    evidence: tuple[Spell, ...] = ()
    """The spells as PagerDuty tells them; (): those that count."""
    acknowledged: datetime | None = None
    """The engineer's own first acknowledgement."""
    decision: Decision | None = None
    evidence_decisions: tuple[EvidenceDecision, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it has to be worked out from the time on call."""
        return None not in (self.on_call, self.level, self.rota, self.kind)


@dataclass(frozen=True, slots=True)
class JoinedResponder:
    """Somebody who was asked to help and joined; nothing tells when they worked, so nothing is paid."""

    person_id: str
    name: str
    incident: Incident
    at: datetime
    """When they joined."""

    @property
    def reason(self) -> str:
        """Why it is listed and not paid, with the instant between braces."""
        return f"joined as responder {{{self.at:%Y-%m-%dT%H:%M:%SZ}}}; PagerDuty does not say when they worked"


@dataclass(frozen=True, slots=True)
class SilentIncident:
    """An incident that is nobody's callout, with the reason."""

    incident: Incident
    reason: str
    """Such as "auto-resolved", "nobody on call", "merged into #12", "still open, nobody responded"."""
    evidence_decisions: tuple[EvidenceDecision, ...] = ()


@dataclass(frozen=True, slots=True)
class CompanyDay:
    """A date that the organisation itself has set; outranks holidays and weekends."""

    day_type: str
    """What it is called: a day type of the simple form, or a company day that the policy's document names."""
    name: str


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """What somebody corrected in the calendar of one date; it is in the holidays of regions and people already."""

    day: date
    name: str
    what: str
    """"added", "added from 14:00", "added until 12:00" or "taken out"."""
    where: str
    """Such as "DE-BY", "everybody" or "Ada Example"."""
    source: str
    """Who did it, when and why, in words: "added by ada@example.com on 3 November 2026: works council"."""
    person_ids: tuple[str, ...] = ()
    """The engineers it is for; (): all of `where`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that pricing is told for one report."""

    people: tuple[Person, ...]
    on_call: tuple[OnCall, ...]
    callouts: tuple[Callout, ...]
    read_at: int
    """Nothing after this second is paid."""
    holidays: Mapping[str, Mapping[date, Holiday]] = field(default_factory=dict)
    """By region, then by date; a region in use must be present. "none" has the days of whoever has no region."""
    company_days: Mapping[date, CompanyDay] = field(default_factory=dict)
    without_calendar: Mapping[str, str] = field(default_factory=dict)
    """Regions that have no calendar, with the reason why an engineer with one of them is not priced."""
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    """What is printed of the incidents of callouts, by id."""
    schedules: Mapping[str, str] = field(default_factory=dict)
    """Names of the schedules held, by id."""
    silent: tuple[SilentIncident, ...] = ()
    always_on_call: tuple[AlwaysOnCall, ...] = ()
    joined: tuple[JoinedResponder, ...] = ()
    calendar_changes: tuple[CalendarChange, ...] = ()
    """What of the calendars was corrected; only printed."""

    def only(self, person: str) -> Facts:
        """The facts of one engineer."""
        return replace(
            self,
            people=tuple(one for one in self.people if one.id == person),
            on_call=tuple(one for one in self.on_call if one.person == person),
            callouts=tuple(one for one in self.callouts if one.person == person),
        )
