"""What the engine answers: pay, unpaid and pending lines of one engineer, and how its rules saw the callouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from webapp.pricing.engine.held import Held
from webapp.pricing.policy.document import Component
from webapp.pricing.spans import Interval, Intervals


@dataclass(slots=True)
class PayLine:
    """The atom of pay: one engineer, booking date, rule, unit; money or hours off, rounded once by the policy's rule.

    Numbers are exact fractions: they are formatted where they are printed. A report fills in the last fields.
    """

    person: str
    rule: str
    """The rule's name."""
    component: Component
    version: str
    """Since when the version of the policy is in force that made the line; "" for the first without a date."""
    booked: date
    """Booking date, local in the pay zone."""
    as_: str
    """money, time off."""
    day_type: str
    band: str
    template: str
    tier: str
    quantity: Fraction
    unit: str
    rate: Fraction
    exact: Fraction
    amount: Fraction
    spans: tuple[Interval, ...]
    raised: int
    causes: tuple[str, ...]
    on_call: bool
    words: Mapping[str, str] = field(default_factory=dict)
    """What the fact is: level, rota, kind and so on."""
    decided: int = 0
    """Of a day on call: the end of the time that said which level and rota it is paid by."""
    more: Fraction = Fraction(0)
    """Of `exact`, what a minimum or a cap in money added to the quantity times the rate."""
    session: int | None = None
    """Of callouts: the number of the session in `Outcome.sessions`."""
    shares: tuple[Fraction, ...] = ()
    """Of callouts: how much of the quantity stands at each member of the session; together it is the quantity."""
    label: str = ""
    """The rule's name, with the words that its price depends on: "weekday stipend, level 1"."""
    cited: tuple[str, ...] = ()
    """Ids of the incidents (fees, hours) or schedules (stipends) behind it."""
    session_number: int | None = None
    """Unique per engineer among all priced lines; None for stipends."""
    paid_seconds: int = 0
    """Billed seconds of hourly pay, time on call of a stipend, 0 of a fee."""
    billed_seconds: int = 0
    """Of hourly pay, the seconds that no earlier line bills: 0 of a supplement for the same hours."""
    by_the_hour: bool = False
    """Whether the amount is `paid_seconds` x `rate` / 3600, rounded half-up to the minor unit: it can be checked so."""

    @property
    def seconds(self) -> int:
        """Time that it pays, raised time not counted."""
        return sum(end - start for start, end in self.spans)


@dataclass(slots=True)
class Member:
    """A callout, or one spell of it, in a session."""

    callout: str
    start: int
    end: int
    time: Intervals
    """What of it the rule could bill; time that an earlier member shares included."""


@dataclass(slots=True)
class Session:
    """Callouts that one rule pays as one piece of work."""

    rule: str
    version: str
    members: tuple[Member, ...]
    gives_way: bool
    """Whether the rule bills only what other rules have not billed."""


@dataclass(slots=True)
class Left:
    """Time that a rule looked at and did not pay, with the reason."""

    start: int
    end: int
    reason: str
    causes: tuple[str, ...] = ()
    too_little: bool = False
    """Whether the rule asked for this time, and there was not enough of it."""


@dataclass(slots=True)
class OtherLine:
    """Time on call or of a callout that earned nothing, or nothing yet, with the reason."""

    person: str
    of: str
    """on call, callout."""
    date: date
    time: Interval
    reason: str
    causes: tuple[str, ...]
    too_little: bool = False
    """Whether a rule asked for this time, and there was not enough of it."""


@dataclass(slots=True, eq=False)
class Side:
    """Time on call or callouts of one engineer: as long as the lists of lines are the very same, so is the rest."""

    pay: list[list[PayLine]] = field(default_factory=list)
    """By rule."""
    unpaid: list[OtherLine] = field(default_factory=list)
    pending: list[OtherLine] = field(default_factory=list)
    held: Held | None = None
    """In which zones time is held, where a version dates it by that."""
    written: Any = None
    """What a report made of it."""


@dataclass(slots=True)
class Outcome:
    """All lines of one engineer, and how the rules saw the callouts."""

    person: str
    pay: list[PayLine] = field(default_factory=list)
    unpaid: list[OtherLine] = field(default_factory=list)
    pending: list[OtherLine] = field(default_factory=list)
    missing: str = ""
    """Why the engineer cannot be priced, or ""."""
    sessions: Mapping[int, Session] = field(default_factory=dict)
    """By number, in the order of the rules: those of every rule, whether they earn anything or not."""
    left: list[Left] = field(default_factory=list)
    """Time of callouts that rules did not pay, in the order of the rules."""
    held: Held | None = None
    """In which zones time is held, where a version dates it by that."""
    on_call: Side = field(default_factory=Side)
    callouts: Side = field(default_factory=Side)
