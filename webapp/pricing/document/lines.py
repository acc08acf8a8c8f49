"""What the engine of documents answers: pay, unpaid and pending lines of every engineer, and a report of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from webapp.pricing.document.document import Document
from webapp.pricing.document.facts import Person
from webapp.pricing.spans import Interval


@dataclass(frozen=True, slots=True)
class PayLine:
    """The atom of pay: one engineer, booking date, rule, unit; money or hours off, rounded once."""

    person: str
    rule: str
    component: str
    version: str
    booked: date
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

    @property
    def seconds(self) -> int:
        """Time that it pays, raised time not counted."""
        return sum(end - start for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class OtherLine:
    """Time on call or of a callout that earned nothing, or nothing yet, with the reason."""

    person: str
    of: str
    """on call, callout."""
    date: date
    time: Interval
    reason: str
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """Every line, made without knowing a report's period."""

    document: Document
    people: tuple[Person, ...]
    read_at: int
    pay: tuple[PayLine, ...]
    unpaid: tuple[OtherLine, ...]
    pending: tuple[OtherLine, ...]
    not_priced: tuple[tuple[str, str], ...]
    """Engineer and reason."""
