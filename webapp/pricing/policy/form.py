"""The simple form of a policy: the values that a manager fills in, and the table of their fields.

Amounts are Decimal in the policy's currency. `minor_digits` is the number of decimals of that currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from webapp.pricing.facts import WorkingHours, clock_of
from webapp.pricing.policy.form_fields import (
    Amount,
    Choice,
    Clock,
    Currency,
    FormField,
    Group,
    Hours,
    Names,
    Text,
    Tick,
    Weekdays,
    Whole,
)


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Ordinary working hours as a form has them: by the wall clock, on ISO weekdays 1 (Monday) to 7."""

    start: time
    end: time
    days: frozenset[int]

    def working_hours(self) -> WorkingHours:
        """The same as pricing is told them."""
        return WorkingHours(self.days, ((clock_of(self.start), clock_of(self.end)),))


NINE_TO_HALF_PAST_FIVE = BusinessHours(time(9), time(17, 30), frozenset({1, 2, 3, 4, 5}))

GAP_HOURS = 6
"""Time on call with gaps shorter than this is one piece: a short override must not end a shift."""
SESSION_HOURS = 24
"""A session takes no new spell so long after its start, so that a report never needs to look back without end."""


class StipendDate(StrEnum):
    """Which date a stipend belongs to."""

    END_OF_DATE = "end of date"
    """Each local date whose last instant is covered; if none is, the date the piece lies on."""
    ANY_TOUCH = "any touch"
    AT_LEAST = "at least"
    """Each local date with at least `stipend_hours` on call."""
    MAJORITY = "majority"
    """Each local date more than half of whose time outside business hours was held."""
    START_OF_SHIFT = "start of shift"
    """The shift is cut in days from its own start; each part earns the date it starts on."""


class SubstituteDays(StrEnum):
    """What happens to a public holiday that falls on a weekend and has a substitute day."""

    BY_COUNTRY = "by country"
    """In GB the substitute replaces the actual day; elsewhere both count."""
    REPLACE = "replace"
    BOTH = "both"
    ACTUAL_ONLY = "actual only"


class EvidenceMode(StrEnum):
    """Who is the payee of an incident (DESIGN: evidence)."""

    ACKNOWLEDGED = "acknowledged"
    FIRST_ACKNOWLEDGED = "first acknowledged"
    RESOLVED = "resolved"
    ON_CALL = "on call"


USUAL_MINUTES = 15
"""Of the settings of evidence, where a policy does not say otherwise."""


def evidence_refusal(mode: EvidenceMode, longest_lead_minutes: int, pause_grace_minutes: int) -> dict[str, str]:
    """The settings of evidence, by name, that a way of finding the payee cannot follow, and why."""
    refused = {}
    if mode is EvidenceMode.ON_CALL and longest_lead_minutes != USUAL_MINUTES:
        refused["longest_lead_minutes"] = (
            f"“Whoever was on call when it triggered” sees no acknowledgement. Leave this at {USUAL_MINUTES}."
        )
    if mode in {EvidenceMode.RESOLVED, EvidenceMode.ON_CALL} and pause_grace_minutes != USUAL_MINUTES:
        way = "Who resolved it" if mode is EvidenceMode.RESOLVED else "Whoever was on call when it triggered"
        refused["pause_grace_minutes"] = f"“{way}” sees no snooze and no hand-over. Leave this at {USUAL_MINUTES}."
    return refused


@dataclass(frozen=True, slots=True)
class Stipend:
    """Pay for one date on call at one level."""

    weekday: Decimal
    weekend: Decimal
    bank_holiday: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The simple form. Every default is DESIGN section 7's."""

    currency: str
    minor_digits: int = 2
    levels: Mapping[int, Stipend] = field(default_factory=dict)
    """The levels that earn a stipend, with their amounts; time at any other level is an unpaid line "level N"."""
    schedules_left_out: frozenset[str] = frozenset()
    """Schedules, by id or name, whose time and callouts earn nothing."""
    also_pay: frozenset[str] = frozenset()
    """Schedules on no escalation policy whose time on call is paid all the same, as level 1."""
    callout_fee: Decimal = Decimal(0)
    fee_for_each_callout: bool = False
    """False: one fee a session. True: one for each payable callout of it."""
    fees_a_day: int | None = None
    """With a fee for each callout: at most so many on one date; the callouts over it earn no fee, "over the cap"."""
    hourly_rate: Decimal | None = None
    """For engineers without a rate of their own; None: such engineers with billed hours are not priced."""
    minimum_minutes: int = 60
    step_minutes: int = 15
    merge_minutes: int = 0
    longest_spell_hours: int = 12
    business_hours: BusinessHours = NINE_TO_HALF_PAST_FIVE
    stipend_in_business_hours: bool = False
    """True: time inside business hours counts towards the stipend."""
    stipend_date: StipendDate = StipendDate.END_OF_DATE
    stipend_hours: Decimal = Decimal(6)
    """For `StipendDate.AT_LEAST`."""
    shortest_piece_hours: Decimal = Decimal(6)
    """Pieces under this earn no stipend (a declared cliff)."""
    holiday_region: str | None = None
    """For engineers without a region of their own; "none": no public holidays; None: not known."""
    substitute_days: SubstituteDays = SubstituteDays.BY_COUNTRY
    pay_zone: str | None = None
    """None: the engineer's own zone; else one fixed IANA zone for everybody (services put it into each Person)."""
    evidence: EvidenceMode = EvidenceMode.ACKNOWLEDGED
    longest_lead_minutes: int = USUAL_MINUTES
    """How far before an acknowledgement the first engineer's work may start."""
    pause_grace_minutes: int = USUAL_MINUTES
    """How long after a snooze or a hand-over an own act still belongs to the spell before it."""
    high_urgency_only: bool = False
    pay_not_on_call: bool = False
    """Pay callouts of engineers who were not on call."""
    callouts_at_paid_levels_only: bool = False
    """True: a callout by somebody who was on call at unpaid levels only earns nothing, "level not paid"."""


LEVELS = (1, 2, 3)
"""That the form has amounts for."""
DAY_TYPES = tuple(one.name for one in fields(Stipend))
REGION_HINT = "Country and part, or country alone where it may be: GB-SCT, DE-BE, US; “none”: no bank holidays."


def level_fields(level: int) -> tuple[FormField, ...]:
    """The amounts of a level."""
    words = ("weekday", "weekend day", "bank holiday")
    return tuple(
        Amount(f"level{level}_{name}", f"Level {level}, {word}", Group.STIPENDS)
        for name, word in zip(DAY_TYPES, words, strict=True)
    )


FIELDS: tuple[FormField, ...] = (
    Currency("currency", "Currency", Group.AMOUNTS),
    *(one for level in LEVELS for one in level_fields(level)),
    Choice(
        "stipend_date",
        "A stipend is earned for",
        Group.DATES,
        labels={
            StipendDate.END_OF_DATE: "each date whose midnight is covered",
            StipendDate.ANY_TOUCH: "each date touched",
            StipendDate.AT_LEAST: "each date with at least so many hours",
            StipendDate.MAJORITY: "each date held for more than half of its time",
            StipendDate.START_OF_SHIFT: "the date each day of the shift starts on",
        },
    ),
    Hours("stipend_hours", "At least so many hours", Group.DATES, hint="Only for “at least so many hours”."),
    Hours(
        "shortest_piece_hours", "Shortest time that earns", Group.DATES, hint="Hours; shorter pieces earn no stipend."
    ),
    Tick("stipend_in_business_hours", "Business hours count towards the stipend", Group.TICKS),
    Amount("callout_fee", "Callout fee", Group.AMOUNTS),
    Tick("fee_for_each_callout", "A fee for each callout, not one for each session", Group.TICKS),
    Whole(
        "fees_a_day",
        "At most so many fees a day",
        Group.FEES,
        1,
        99,
        hint="Only with a fee for each callout; empty: no limit.",
        may_be_empty=True,
    ),
    Amount(
        "hourly_rate",
        "Hourly rate",
        Group.AMOUNTS,
        hint="For engineers without a rate of their own; may be empty.",
        decimals=4,
    ),
    Whole("minimum_minutes", "Minimum for a session (minutes)", Group.AMOUNTS, 0, 24 * 60),
    Whole("step_minutes", "Billing step (minutes)", Group.AMOUNTS, 1, 24 * 60, hint="Hours are rounded up to it."),
    Whole(
        "merge_minutes",
        "Merge window (minutes)",
        Group.SESSIONS,
        0,
        24 * 60,
        hint="Callouts this close become one session.",
    ),
    Whole(
        "longest_spell_hours",
        "Longest callout (hours)",
        Group.SESSIONS,
        1,
        24 * 7,
        hint="A longer one is cut, with a warning.",
    ),
    Tick("high_urgency_only", "Pay high-urgency incidents only", Group.TICKS),
    Tick("pay_not_on_call", "Pay engineers who responded without being on call", Group.TICKS),
    Tick("callouts_at_paid_levels_only", "Pay callouts only at levels with a stipend", Group.TICKS),
    Clock("business_start", "Business hours from", Group.CALENDAR, hint="09:00"),
    Clock("business_end", "to", Group.CALENDAR, hint="17:30"),
    Weekdays("business_days", "Business days", Group.CALENDAR),
    Text(
        "holiday_region",
        "Holiday region",
        Group.CALENDAR,
        hint=f"{REGION_HINT} Engineers may differ.",
        listed="countries",
    ),
    Choice(
        "substitute_days",
        "A bank holiday on a weekend",
        Group.DATES,
        labels={
            SubstituteDays.BY_COUNTRY: "as the country does: GB replaces, elsewhere both count",
            SubstituteDays.REPLACE: "the substitute day replaces the actual day",
            SubstituteDays.BOTH: "both days count",
            SubstituteDays.ACTUAL_ONLY: "only the actual day counts",
        },
    ),
    Text(
        "pay_zone",
        "Pay time zone",
        Group.DATES,
        hint="Whose midnight ends a date. Empty: each engineer's own; else one for all, like Europe/London.",
        listed="zones",
    ),
    Choice(
        "evidence",
        "An incident is the callout of",
        Group.EVIDENCE,
        labels={
            EvidenceMode.ACKNOWLEDGED: "everybody who acknowledged it; who resolved it, if nobody did",
            EvidenceMode.FIRST_ACKNOWLEDGED: "the first who acknowledged it",
            EvidenceMode.RESOLVED: "who resolved it",
            EvidenceMode.ON_CALL: "whoever was on call when it triggered",
        },
    ),
    Whole(
        "longest_lead_minutes",
        "Lead before an acknowledgement (minutes)",
        Group.EVIDENCE,
        0,
        240,
        hint="Work starts at the trigger, at most this long before.",
    ),
    Whole(
        "pause_grace_minutes",
        "Grace after a pause (minutes)",
        Group.EVIDENCE,
        0,
        240,
        hint="What one does so soon after a snooze or a hand-over still belongs to the work before it.",
        is_newer=True,
    ),
    Names("schedules_left_out", "Schedules left out", Group.SCHEDULES),
    Names("also_pay", "Also pay these schedules", Group.SCHEDULES, is_newer=True),
)
"""Every field of the pay settings, once: page, storing, reading, checks and merges go by it."""

EVIDENCE_FIELDS = tuple(one for one in FIELDS if one.group is Group.EVIDENCE)
DEFAULTS = {one.name: one.default for one in fields(Policy) if one.default is not MISSING}
_PARTED = {"levels", "business_hours"}
"""Values that several fields are parts of."""
_WHOLE = tuple(one.name for one in fields(Policy) if one.name not in _PARTED)
WHOLE_FIELDS = tuple(one for one in FIELDS if one.name in _WHOLE)
"""Those that are a value of the policy each."""


def field_values(policy: Policy) -> dict[str, Any]:
    """A policy by the names of its fields, `minor_digits` included."""
    hours = policy.business_hours
    return {
        **{name: getattr(policy, name) for name in _WHOLE},
        **{f"level{level}_{day}": getattr(row, day) for level, row in policy.levels.items() for day in DAY_TYPES},
        "business_start": hours.start,
        "business_end": hours.end,
        "business_days": hours.days,
    }


def policy_of(values: Mapping[str, Any]) -> Policy:
    """What `field_values` was given; a level without all of its amounts earns nothing."""
    rows: dict[int, list[Any]] = {level: [values.get(f"level{level}_{day}") for day in DAY_TYPES] for level in LEVELS}
    return Policy(
        **{name: values[name] for name in _WHOLE},
        levels={level: Stipend(*row) for level, row in rows.items() if None not in row},
        business_hours=BusinessHours(values["business_start"], values["business_end"], values["business_days"]),
    )
