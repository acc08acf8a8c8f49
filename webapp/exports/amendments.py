"""What a file may carry besides its own period: adjustments of earlier files, and who reviewed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from webapp.pricing.facts import Person

TIME_OFF = "time off"
"""The component of hours off in lieu: never added to money."""


@dataclass(frozen=True, slots=True)
class Payee:
    """An engineer as payroll knows one, whether the report at hand has a statement of them or not."""

    id: str
    name: str
    email: str
    payroll_number: str

    @classmethod
    def of(cls, person: Person) -> Payee:
        """The engineer of a statement."""
        return cls(person.id, person.name, person.email or "", person.payroll_number)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One line that pays, or takes back, what an earlier report should have paid."""

    payee: Payee
    report_id: str
    """The report that it amends."""
    date: date
    """The booking date in that report."""
    component: str
    """The purse, such as "stipend", or `TIME_OFF`: then all figures are hours off."""
    paid: Decimal
    """What was paid for that date and component so far, earlier adjustments included."""
    due: Decimal
    """What it is by the facts of today."""
    rule: str
    """In words what it is now, or was, if it is nothing now."""
    reason: str
    """Why it differs: sentences."""

    @property
    def what(self) -> str:
        """Component and rule in words."""
        return named(self.component, self.rule)

    @property
    def amount(self) -> Decimal:
        """What is added to the pay; below 0 it is taken back."""
        return self.due - self.paid


@dataclass(frozen=True, slots=True)
class Amendment:
    """That a report carries adjustments of an earlier one, and as which link of that one's chain."""

    report_id: str
    """The report that is amended."""
    title: str
    """Whose and when, such as "Platform, September 2026"."""
    number: int
    """1 for the first report that amends it, then 2, ..."""
    previous: str
    """The report that amended it before; "" for the first."""


@dataclass(frozen=True, slots=True)
class Review:
    """That somebody has looked at exactly this report, and said so."""

    by: str
    at: datetime


def named(component: str, rule: str) -> str:
    """A rule with its component, where it does not say that itself: "hourly pay: ran past business hours"."""
    return rule if component in rule else f"{component}: {rule}"
