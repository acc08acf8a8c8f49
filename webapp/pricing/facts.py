"""What the engine is told: who was on call when, who was called out, and what is known of each engineer.

Every instant is an aware `datetime` in UTC; every interval is half-open. Nothing here knows PagerDuty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum


class DayType(StrEnum):
    """The day types of the simple form; a bank holiday outranks a weekend day, which outranks a weekday."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    BANK_HOLIDAY = "bank holiday"


@dataclass(frozen=True, slots=True)
class Span:
    """The time from `start` up to, not including, `end` (UTC)."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """Elapsed whole seconds."""
        return (self.end - self.start) // timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Ordinary working hours by the wall clock of the pay zone, on ISO weekdays 1 (Monday) to 7."""

    start: time
    end: time
    days: frozenset[int]


@dataclass(frozen=True, slots=True)
class Person:
    """An engineer as far as pay is concerned; `id` is the PagerDuty user id."""

    id: str
    name: str
    email: str | None
    zone: str | None
    """IANA name of the pay zone; None: not known, so not priced."""
    zone_source: str = "engineer"
    """Where the zone comes from: "engineer", "schedule" or "policy"."""
    holiday_region: str | None = None
    """Such as "GB-ENG"; "none" for nowhere; None: not known, so not priced where holidays matter."""
    hourly_rate: Decimal | None = None
    business_hours: BusinessHours | None = None
    """Own working hours; None: the policy's."""
    payroll_number: str = ""
    numbers: Mapping[str, tuple[tuple[date, Decimal | None], ...]] = field(default_factory=dict)
    """Dated numbers by name ("hourly rate", "salary", ...), each with the date it holds from, in order; None: from then
    on the policy's. An hourly rate here takes the place of `hourly_rate`."""
    words: Mapping[str, tuple[tuple[date, str | None], ...]] = field(default_factory=dict)
    """Dated words by name ("grade", ...), in order; "holiday region" takes the place of `holiday_region`, "time zone"
    that of `zone`."""
    hours: tuple[tuple[date, BusinessHours | None], ...] = ()
    """Dated working hours, in order; they take the place of `business_hours`."""
    holidays: Mapping[date, Holiday | None] = field(default_factory=dict)
    """Where this engineer's calendar differs from that of every region they have; None: no holiday for them."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """One stretch on call through one schedule at one level; stretches may repeat, touch and overlap."""

    person_id: str
    start: datetime
    end: datetime
    level: int
    schedule_id: str | None
    schedule_name: str
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


@dataclass(frozen=True, slots=True)
class Spell:
    """One uninterrupted stretch of a callout; `end` is None while it is still open at the reading instant."""

    start: datetime
    end: datetime | None
    evidence: str
    """Why this spell is known, in words: "acknowledged 01:15:30 by Ada Example, mobile"; times in UTC ISO form
    between braces, such as {2026-07-04T01:15:30Z}, so that a page can show them in the pay zone."""


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
        decided = [] if self.pay is None else ["pay" if self.pay else "do not pay"]
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


@dataclass(frozen=True, slots=True)
class Callout:
    """One engineer's response to one incident."""

    person_id: str
    incident: Incident
    acknowledged: datetime | None
    """The engineer's own first acknowledgement."""
    spells: tuple[Spell, ...]
    on_call: bool
    """On call at any level of any policy at some moment between trigger and own first act."""
    levels: frozenset[int] = frozenset()
    """The levels held then."""
    schedule_ids: frozenset[str] = frozenset()
    """The schedules held then; empty for a direct target."""
    decision: Decision | None = None
    attested: Mapping[str, str] = field(default_factory=dict)
    """What somebody attested of it, by the names that the policy asks for."""
    evidence_decisions: tuple[EvidenceDecision, ...] = ()
    zone: str = ""
    """Of the schedule held then whose id comes first; "": none, or not known."""


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
class Holiday:
    """A public holiday on a date: of a region, or of one engineer."""

    name: str
    substitute: bool = False
    """A day given instead of a holiday that falls on a weekend."""
    replaced: bool = False
    """An actual day that has a substitute day elsewhere."""
    start: time | None = None
    """By the wall clock, where only part of the date is one: from then on; None: from its beginning."""
    end: time | None = None
    """Up to then; None: to its end."""
    source: str = ""
    """Who says so, in words: "holidays 0.99", or "added by ada@example.com on 3 November 2026: works council"."""


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
    """Everything the engine is told for one report."""

    people: tuple[Person, ...]
    on_call: tuple[OnCall, ...]
    callouts: tuple[Callout, ...]
    read_at: datetime
    """Nothing after this instant is paid."""
    silent: tuple[SilentIncident, ...] = ()
    always_on_call: tuple[AlwaysOnCall, ...] = ()
    joined: tuple[JoinedResponder, ...] = ()
    holidays: Mapping[str, Mapping[date, Holiday]] = field(default_factory=dict)
    """By region, then by date; a region in use must be present."""
    without_calendar: Mapping[str, str] = field(default_factory=dict)
    """Regions that have no calendar, with the reason why an engineer with one of them is not priced."""
    company_days: Mapping[date, CompanyDay] = field(default_factory=dict)
    calendar_changes: tuple[CalendarChange, ...] = ()
    """What of the calendars was corrected; only printed."""
