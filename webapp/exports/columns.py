"""What a column of a sheet is: heading, look, width, how its value is got from an entry, and what it is in formulas.

Each sheet's columns are one tuple of these. Headings, cells, totals, formulas, the self-check and the reader of a file
just made all go by it: a column is found by its role, never by its letter, and its heading is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar, cast

from webapp.exports.cells import Value
from webapp.exports.document import ReportDocument
from webapp.exports.looks import Look

Entry = TypeVar("Entry")


class Role(StrEnum):
    """What a column is to formulas, self-check and reader, whatever its heading."""

    KEY = "PagerDuty id"
    """Whose the row is: sums by engineer go by it."""
    STIPENDS = "Stipends"
    FEES = "Callout fees"
    HOURLY_PAY = "Hourly pay"
    TOTAL = "Total"
    TIME_OFF = "Hours off in lieu"
    HOURS_BILLED = "Hours billed"
    SECONDS_BILLED = "Seconds billed"
    ADJUSTMENTS = "Adjustments"
    TO_PAY = "To pay"
    QUANTITY = "Quantity"
    RATE = "Rate"
    AMOUNT = "Amount"
    """As it is paid."""
    PRODUCT = "Quantity x rate"
    """The amount, made anew."""
    DIFFERENCE = "Difference"
    OWN_DIFFERENCE = "App's own difference"


MONEY = (Role.STIPENDS, Role.FEES, Role.HOURLY_PAY, Role.TOTAL)
"""What every sheet of pay must agree about, to the penny: three parts, and their sum."""

REPORT_TOTALS: Mapping[Role, Callable[[ReportDocument], Decimal]] = {
    Role.STIPENDS: lambda document: document.report.stipends,
    Role.FEES: lambda document: document.report.fees,
    Role.HOURLY_PAY: lambda document: document.report.hourly_pay,
    Role.TOTAL: lambda document: document.report.total,
    Role.TIME_OFF: lambda document: document.report.time_off,
    Role.ADJUSTMENTS: lambda document: document.adjusted,
    Role.TO_PAY: lambda document: document.to_pay,
}
"""Totals that the report itself knows: printed as they are, never added up from a sheet."""


@dataclass(frozen=True, slots=True, eq=False)
class Column(Generic[Entry]):
    """One column of a table."""

    heading: str
    look: Look
    value: Callable[[Entry], Value]
    """What its cell holds for an entry."""
    width: int = 0
    """In characters; 0 where several tables of a sheet share its widths."""
    role: Role | None = None
    added: bool = False
    """Whether the row of totals has one: the report's own, where its role has one there, else the sum of the cells."""
    when: Callable[[ReportDocument], bool] | None = None
    """Whether a document has the column at all; None: always."""

    def total(self, document: ReportDocument, entries: Iterable[Entry]) -> Value:
        """What its cell holds in the row of totals."""
        if self.role and self.role in REPORT_TOTALS:
            return REPORT_TOTALS[self.role](document)
        return self.sum(entries)

    def sum(self, entries: Iterable[Entry]) -> Decimal | timedelta:
        """Its cells added up; those that hold nothing count for nothing."""
        values = (value for value in map(self.value, entries) if value is not None)
        if self.look is Look.DURATION:
            return sum(cast("Iterable[timedelta]", values), timedelta())
        return sum(cast("Iterable[Decimal]", values), Decimal(0))


def columns_for(document: ReportDocument, columns: Iterable[Column[Entry]]) -> tuple[Column[Entry], ...]:
    """Those that the document has."""
    return tuple(column for column in columns if column.when is None or column.when(document))


def gives_time_off(document: ReportDocument) -> bool:
    """Whether the sheets have columns of time off in lieu."""
    return document.report.policy.time_off_digits is not None
