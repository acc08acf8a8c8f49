"""What the engine answers: pay, unpaid and pending lines, and the report that a period selects from them.

Seconds are whole elapsed seconds; spans are pairs of seconds since 1970; amounts of rows, statements and reports are
Decimal, sums of amounts rounded to the currency's minor unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum

from webapp.pricing.engine.lines import OtherLine, PayLine
from webapp.pricing.facts import (
    AlwaysOnCall,
    CalendarChange,
    Callout,
    Holiday,
    Incident,
    JoinedResponder,
    Person,
    SilentIncident,
)
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.spans import Interval


class Subject(StrEnum):
    """Of which ledger an unpaid or pending line is."""

    ON_CALL = "on call"
    CALLOUT = "callout"
    INCIDENT = "incident"


@dataclass(slots=True)
class UnpaidLine:
    """Time or an incident that earned nothing, or nothing yet, with the reason.

    Nothing yet: not worked at the reading instant, or still open. That is shown as pending, never paid.
    """

    person_id: str | None
    date: date
    subject: Subject
    reason: str
    spans: tuple[Interval, ...]
    seconds: int
    incident_id: str | None = None


@dataclass(slots=True)
class CalloutRow:
    """One callout's part of one session (or of none): what the Callouts sheet prints.

    Sums hold: over the rows of a session, `billed_seconds`, `fee` and `hourly_pay` add up to the session's lines.
    """

    person_id: str
    callout: Callout
    incident: Incident
    date: date
    """Booking date of the session; of an unpayable spell, the local date it starts on."""
    day_type: str
    session: int | None
    payable: bool
    reason: str
    """Why not payable (or pending); "" when paid; "ran past business hours" where that is the reason of pay, "over
    the cap" where part of the pay is capped away."""
    spans: tuple[Interval, ...]
    """The spells' own time, capped, before anything is removed."""
    worked_seconds: int
    billed_seconds: int
    fee: Decimal
    hourly_pay: Decimal
    evidence: str
    time_off: Decimal = Decimal(0)
    """Hours off in lieu, beside the money."""
    gives_way: bool = False
    """Work that only rules pay that leave the rest to others, such as "ran past business hours": no session counts."""
    continued: bool = False
    """Part of a session that is booked on a later date than its first: its work and its count stand at the first."""
    moved: bool = False
    """Stands on a date of the evidence, while corrected times book the callout on another."""


@dataclass(slots=True)
class DayTime:
    """An engineer's time on call on one local date, whatever it earned."""

    person_id: str
    date: date
    day_type: str
    day_name: str
    """The holiday's or company day's name, or ""."""
    on_call_seconds: int


@dataclass(frozen=True, slots=True)
class NotPriced:
    """An engineer for whom a needed fact is missing: no amounts, never zero."""

    person_id: str
    reason: str
    """Such as "no hourly rate", "no holiday region", "no time zone"."""


class Gravity(IntEnum):
    """How much a warning matters, the gravest first."""

    PAY = 1
    """Somebody's pay may be missing, or wrong."""
    UNUSUAL = 2
    """It may well be right; somebody should look."""
    NOTE = 3
    """Good to know."""


class Topic(StrEnum):
    """What a warning is about, in the order in which they are listed."""

    READING = "What PagerDuty says and hides"
    ON_CALL = "Days on call"
    CALLOUTS = "Callouts"
    ENGINEERS = "Engineers"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a report a warning leads: to an engineer, to one of their days, or to one of their callouts."""

    person_id: str
    date: date | None = None
    incident_id: str = ""


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801  the plain name is a builtin
    """Something a manager should look at before paying."""

    person_id: str | None
    date: date | None
    """None: whatever the period."""
    text: str
    gravity: Gravity = Gravity.UNUSUAL
    topic: Topic = Topic.ON_CALL
    incident_id: str = ""
    places: tuple[Place, ...] = ()
    """Of a report's warning: every engineer and day that it is about."""


@dataclass(frozen=True, slots=True)
class Priced:
    """All lines of all facts, before a period selects."""

    policy: PolicyBrief
    people: tuple[Person, ...]
    read_at: int
    pay: tuple[PayLine, ...]
    unpaid: tuple[UnpaidLine, ...]
    pending: tuple[UnpaidLine, ...]
    callouts: tuple[CalloutRow, ...]
    moved: tuple[CalloutRow, ...]
    """Of callouts with corrected times a row on each date of the evidence: shown where the period has no other."""
    days: tuple[DayTime, ...]
    not_priced: tuple[NotPriced, ...]
    warnings: tuple[Warning_, ...]
    always_on_call: tuple[AlwaysOnCall, ...]
    silent: tuple[tuple[date, SilentIncident], ...]
    """Incidents that are nobody's callout, with each date that they were triggered on (in the policy's zone, else in
    those of the engineers)."""
    joined: tuple[tuple[date, JoinedResponder], ...] = ()
    """Responders whose work nobody knows the time of, with the date they joined (in the policy's zone, else UTC)."""
    holidays: Mapping[str, Mapping[date, Holiday]] = field(default_factory=dict)
    """By region, of all dates; a person's own are theirs."""
    calendar_changes: tuple[CalendarChange, ...] = ()
    """What somebody corrected in them, on whatever date."""
    unpaid_time: tuple[OtherLine, ...] = ()
    pending_time: tuple[OtherLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates from `first` up to, not including, `after`."""

    first: date
    after: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day < self.after


@dataclass(slots=True)
class DayRow:
    """A row of the Detail sheet: one engineer, one local date."""

    date: date
    day_type: str
    day_name: str
    on_call_seconds: int
    stipend: Decimal
    sessions: int
    fees: Decimal
    worked_seconds: int
    billed_seconds: int
    hourly_pay: Decimal
    total: Decimal
    time_off: Decimal = Decimal(0)
    """Hours off in lieu, never in the total."""


@dataclass(frozen=True, slots=True)
class Statement:
    """All lines of one engineer for one period: the engineer's whole pay, whatever the report's scope."""

    person: Person
    days: tuple[DayRow, ...]
    """Only dates with time on call or pay, in order."""
    callouts: tuple[CalloutRow, ...]
    lines: tuple[PayLine, ...]
    unpaid: tuple[UnpaidLine, ...]
    pending: tuple[UnpaidLine, ...]
    stipend_days: Mapping[str, int]
    """How many dates earned a stipend, by day type."""
    payable_callouts: int
    sessions: int
    worked_seconds: int
    billed_seconds: int
    stipends: Decimal
    fees: Decimal
    hourly_pay: Decimal
    total: Decimal
    time_off: Decimal = Decimal(0)
    """Hours off in lieu, never in the total."""
    unpaid_time: tuple[OtherLine, ...] = ()
    """Every unpaid minute on call, and of callouts where all of it is asked for."""
    pending_time: tuple[OtherLine, ...] = ()
    """The same of what is pending."""


@dataclass(frozen=True, slots=True)
class Report:
    """The statements of a scope for a period; every page and file is made from this object."""

    period: Period
    policy: PolicyBrief
    read_at: int
    """The second after which nothing is paid."""
    statements: tuple[Statement, ...]
    """Priced engineers only, by name."""
    not_priced: tuple[tuple[Person, str], ...]
    warnings: tuple[Warning_, ...]
    silent: tuple[SilentIncident, ...]
    always_on_call: tuple[AlwaysOnCall, ...]
    stipends: Decimal
    fees: Decimal
    hourly_pay: Decimal
    total: Decimal
    late: tuple[CalloutRow, ...]
    """Callouts booked before the period that were still open when it began: offered, not paid here."""
    time_off: Decimal = Decimal(0)
    """Hours off in lieu, never in the total."""
    joined: tuple[JoinedResponder, ...] = ()
    """Responders whose work nobody knows the time of: listed, never paid."""
    versions: tuple[str, ...] = ()
    """The versions of the policy that are in force in the period, by the dates they begin on."""
    holidays: Mapping[str, Mapping[date, Holiday]] = field(default_factory=dict)
    """By region, of all dates; a person's own are theirs."""
    calendar_changes: tuple[CalendarChange, ...] = ()
    """What somebody corrected in them, on whatever date."""
