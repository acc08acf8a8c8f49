"""The app's own re-adding of a report, independent of the workbook's formulas: every difference must be 0."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from webapp.exports.cells import shown
from webapp.exports.columns import MONEY, REPORT_TOTALS
from webapp.exports.document import ReportDocument
from webapp.exports.formulas import hourly_amount
from webapp.exports.sheets import callouts, detail, summary
from webapp.pricing.engine.lines import PayLine
from webapp.pricing.money import amount_of, decimal_of
from webapp.pricing.policy.document import Component
from webapp.pricing.policy.units import UNITS
from webapp.pricing.report.lines import Statement
from webapp.pricing.rounding import added


def own_difference(statement: Statement, digits: int) -> Decimal:
    """How far one engineer's days, callouts and hourly lines miss the totals of the statement, all misses added."""
    days, callouts = statement.days, statement.callouts
    fees, hourly_pay = sum(day.fees for day in days), sum(day.hourly_pay for day in days)
    billed = sum(day.billed_seconds for day in days)
    hourly_lines = [line for line in statement.lines if line.component is Component.HOURLY_PAY]
    misses = (
        statement.stipends - sum(day.stipend for day in days),
        statement.fees - fees,
        statement.hourly_pay - hourly_pay,
        statement.total - sum(day.total for day in days),
        statement.total - statement.stipends - statement.fees - statement.hourly_pay,
        fees - sum(row.fee for row in callouts),
        hourly_pay - sum(row.hourly_pay for row in callouts),
        Decimal(billed - sum(row.billed_seconds for row in callouts)),
        Decimal(billed - statement.billed_seconds),
        statement.total - sum(amount_of(line.amount, digits) for line in statement.lines if line.as_ == "money"),
        statement.time_off - sum(day.time_off for day in days),
        statement.stipends + statement.fees - sum(found.amount for found in quantities_of(statement, digits)),
        *(day.total - day.stipend - day.fees - day.hourly_pay for day in days),
        *(own_line_difference(line, digits) for line in hourly_lines),
    )
    return sum((abs(Decimal(miss)) for miss in misses), Decimal(0))


def own_line_difference(line: PayLine, digits: int) -> Decimal:
    """A line of hourly pay less its whole seconds times its rate; 0 where a line is not paid by the hour alone."""
    if not line.by_the_hour:
        return Decimal(0)
    return amount_of(line.amount, digits) - hourly_amount(line.paid_seconds, decimal_of(line.rate), digits)


@dataclass(frozen=True, slots=True)
class Quantity:
    """What one engineer earned by one rule at one rate: stipends and fees, all lines together."""

    rule: str
    unit: str
    rate: Decimal
    lines: int
    quantity: Decimal
    amount: Decimal

    @property
    def is_product(self) -> bool:
        """Whether the amount is quantity x rate; it is not where single lines were rounded, raised or capped."""
        return Fraction(self.quantity) * Fraction(self.rate) == self.amount


def quantities_of(statement: Statement, digits: int) -> list[Quantity]:
    """By rule, in the order in which the lines come."""
    found: dict[tuple[str, str, Decimal], list[PayLine]] = {}
    for line in statement.lines:
        if line.component is not Component.HOURLY_PAY and line.as_ == "money":
            found.setdefault((line.label, UNITS[line.unit].printed, shown(decimal_of(line.rate))), []).append(line)
    return [
        Quantity(
            *key,
            lines=len(lines),
            quantity=shown(sum((decimal_of(line.quantity) for line in lines), Decimal(0))),
            amount=amount_of(added([line.amount for line in lines]), digits),
        )
        for key, lines in found.items()
    ]


def own_total_differences(document: ReportDocument) -> dict[tuple[str, str], Decimal]:
    """The report's totals less the sums of what each sheet lists, by sheet and heading."""
    differences: dict[tuple[str, str], Decimal] = {}
    for sheet in (summary, detail, callouts):
        entries = sheet.entries(document)
        for column in sheet.COLUMNS:
            if column.role in MONEY:
                differences[sheet.NAME, column.heading] = REPORT_TOTALS[column.role](document) - column.sum(entries)
    return differences
