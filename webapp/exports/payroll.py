"""A report as payroll takes it: a row for each pay component, whose quantity x rate is its amount to the penny."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from webapp.exports.amendments import TIME_OFF, Adjustment, Payee, named
from webapp.exports.document import ReportDocument
from webapp.exports.errors import ExportError
from webapp.exports.formulas import hourly_amount
from webapp.pricing.engine.lines import PayLine
from webapp.pricing.money import decimal_of
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.policy.document import Component
from webapp.pricing.policy.units import UNITS
from webapp.pricing.report.amounts import printed_amount
from webapp.pricing.report.lines import Report

ADJUSTMENT = "adjustment"
COMPONENTS = (*(component.value for component in Component), TIME_OFF, ADJUSTMENT)
"""What can have a code of payroll's; a rule can have one of its own."""
HOUR, HOUR_OFF = "hour", "hour off"

_HOUR_SECONDS = 3600
_FEWEST_DECIMALS, _MOST_DECIMALS = 2, 10
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Codes:
    """Payroll's codes: for components, and for rules that have one of their own."""

    components: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)

    def of(self, component: str, rule: str) -> str:
        """The code of a pay line; "" where none is known."""
        return self.rules.get(rule) or self.components.get(component, "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row for payroll."""

    payee: Payee
    component: str
    rule: str
    code: str
    unit: str
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    """quantity x rate, rounded half up to the currency's minor unit: always."""
    date: date
    seconds: int
    amends: str = ""
    """The report that it amends; "" for pay of the report's own period."""
    reason: str = ""
    """Why it amends it."""

    @property
    def what(self) -> str:
        """Component and rule in words."""
        return named(self.component, self.rule)


@dataclass(frozen=True, slots=True)
class Missing:
    """What payroll cannot do without, and what is not there."""

    engineers: tuple[Payee, ...]
    """They have no payroll number."""
    components: tuple[str, ...]
    """They have no code, nor has every rule of them one of its own."""

    def __bool__(self) -> bool:
        return bool(self.engineers or self.components)


def entries(document: ReportDocument, codes: Codes, *, together: bool = False) -> list[Entry]:
    """A row for each pay line that pays anything, then each adjustment; their amounts add up to what is to pay.

    Args:
        document: the report.
        codes: payroll's codes.
        together: put lines of one engineer, code, unit and rate together, wherever the product stays the amount.

    Raises:
        ExportError: the rows do not add up to the report.
    """
    digits = document.report.policy.minor_digits
    own = [_entry(Payee.of(statement.person), line, codes, document.report.policy)
           for statement in document.report.statements for line in statement.lines if line.amount]  # fmt: skip
    if together:
        own = list(_together(own, document.last_date, digits))
    made = [*own, *(_adjusted(one, codes) for one in document.adjustments if one.amount)]
    hours_off = sum((entry.quantity for entry in made if entry.unit == HOUR_OFF), Decimal(0))
    paid = sum((entry.amount for entry in made), Decimal(0))
    if (paid, hours_off) != (document.to_pay, document.report.time_off + document.adjusted_time_off):
        raise ExportError(
            "The rows for payroll do not add up to the report. No file was made. Please report this as an error of the "
            "program."
        )
    return made


def rules_of(report: Report) -> list[str]:
    """The rules whose lines pay anything, by component, then by name: each can have a code."""
    order = {component: place for place, component in enumerate(COMPONENTS)}
    found = {
        (order[line.component], line.label)
        for statement in report.statements
        for line in statement.lines
        if line.amount
    }
    return list(dict.fromkeys(rule for _, rule in sorted(found)))


def missing(made: Iterable[Entry]) -> Missing:
    """The engineers without a payroll number and the components without a code, each once."""
    people: dict[str, Payee] = {}
    components: dict[str, None] = {}
    for entry in made:
        if not entry.payee.payroll_number:
            people.setdefault(entry.payee.id, entry.payee)
        if not entry.code:
            components.setdefault(entry.component)
    return Missing(tuple(people.values()), tuple(components))


def fitting_quantity(exact: Decimal, rate: Decimal, amount: Decimal, digits: int) -> Decimal | None:
    """The quantity with the fewest decimals whose product with the rate, rounded half up, is the amount.

    Payroll multiplies what it is given: a third of an hour needs as many decimals as the rate makes visible. None where
    the amount is no such product, for a policy may round in other ways.
    """
    if exact == exact.to_integral_value() and _product(exact, rate, digits) == amount:
        return exact.quantize(Decimal(1))
    for decimals in range(_FEWEST_DECIMALS, _MOST_DECIMALS + 1):
        step = Decimal(1).scaleb(-decimals)
        for rounding in (ROUND_HALF_UP, ROUND_CEILING, ROUND_FLOOR):
            quantity = exact.quantize(step, rounding)
            if _product(quantity, rate, digits) == amount:
                return quantity
    return None


def _product(quantity: Decimal, rate: Decimal, digits: int) -> Decimal:
    return _EXACT.multiply(quantity, rate).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _exact_quantity(quantity: Decimal, unit: str, seconds: int) -> Decimal:
    """Hours are told to the second: a printed quantity may be a rounded one."""
    return _EXACT.divide(Decimal(seconds), Decimal(_HOUR_SECONDS)) if unit == HOUR else quantity


def _entry(payee: Payee, line: PayLine, codes: Codes, policy: PolicyBrief) -> Entry:
    amount, label, booked, seconds = printed_amount(line, policy), line.label, line.booked, line.paid_seconds
    if line.as_ != "money":
        return _hours_off(payee, label, codes.of(TIME_OFF, label), amount, booked, seconds)
    unit, rate = UNITS[line.unit].printed, decimal_of(line.rate)
    exact = _exact_quantity(decimal_of(line.quantity), unit, seconds)
    quantity = fitting_quantity(exact, rate, amount, policy.minor_digits)
    if quantity is None:
        quantity, unit, rate = Decimal(1), "amount", amount
    component = line.component.value
    code = codes.of(component, label)
    return Entry(payee, component, label, code, unit, quantity, rate, amount, booked, seconds)


def _adjusted(one: Adjustment, codes: Codes) -> Entry:
    code = codes.of(ADJUSTMENT, "")
    if one.component == TIME_OFF:
        entry = _hours_off(one.payee, one.rule, code, one.amount, one.date, 0)
        return replace(entry, component=ADJUSTMENT, amends=one.report_id, reason=one.reason)
    return Entry(
        one.payee, ADJUSTMENT, one.what, code, "amount", Decimal(1), one.amount, one.amount,
        one.date, 0, one.report_id, one.reason,
    )  # fmt: skip


def _hours_off(payee: Payee, rule: str, code: str, hours: Decimal, day: date, seconds: int) -> Entry:
    """Hours off in lieu: no money, so the rate is 0."""
    zero = Decimal(0)
    return Entry(payee, TIME_OFF, rule, code, HOUR_OFF, hours, zero, zero, day, seconds)


def _together(single: Iterable[Entry], last: date, digits: int) -> Iterator[Entry]:
    """Rows of one engineer, code, unit and rate as one, dated on the period's last day; in the order of their first.

    Each line is rounded by itself. Where their sum is no longer the product of the summed hours, they stay apart.
    """
    groups: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for entry in single:
        groups[entry.payee.id, entry.component, entry.rule, entry.code, entry.unit, entry.rate].append(entry)
    for members in groups.values():
        first, seconds = members[0], sum(entry.seconds for entry in members)
        amount = sum((entry.amount for entry in members), Decimal(0))
        counted = sum((entry.quantity for entry in members), Decimal(0))
        exact = _exact_quantity(counted, first.unit, seconds)
        quantity = exact if first.unit == HOUR_OFF else fitting_quantity(exact, first.rate, amount, digits)
        is_product = first.unit != HOUR or hourly_amount(seconds, first.rate, digits) == amount
        if quantity is None or not is_product:
            yield from members
        else:
            yield replace(first, quantity=quantity, amount=amount, date=last, seconds=seconds)
