"""Live formulas that re-add every total of the workbook, beside the app's own difference as a value: all must be 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

from webapp.exports.cells import Formula, Value, shown
from webapp.exports.columns import MONEY, Column, Entry, Role, columns_for, gives_time_off
from webapp.exports.document import ReportDocument
from webapp.exports.formulas import (
    difference,
    each_engineer,
    hourly_amount,
    hours_times_rate,
    quantity_times_rate,
    rows_across,
    seconds_of,
    sum_for,
    sum_of_absolutes,
    total_down,
)
from webapp.exports.grid import BLANK, Row, Sheet, Table, section, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.reckoning import (
    Quantity,
    own_difference,
    own_line_difference,
    own_total_differences,
    quantities_of,
)
from webapp.exports.sheets import adjustments, callouts, detail, summary
from webapp.exports.sheets.findings import finding_rows
from webapp.exports.sheets.summary import title_row
from webapp.pricing.engine.lines import PayLine
from webapp.pricing.facts import Person
from webapp.pricing.money import decimal_of
from webapp.pricing.policy.document import Component
from webapp.pricing.report.amounts import money_of
from webapp.pricing.report.lines import Statement

NAME = "Checks"
_FIRST_HEADER_ROW = 6
_FINEST = 4
"""Decimals to which hours off in lieu are compared."""
_WIDTHS = (30, 17, 14, 14, 18, 14, 14, 14, 14, 14, 14, 14, 14)

Paid = TypeVar("Paid", PayLine, Quantity)


class TotalCheck(NamedTuple):
    """Something of a sheet added up again."""

    sheet: str
    what: str
    missed: Formula
    own: Decimal = Decimal(0)


class EngineerCheck(NamedTuple):
    """One engineer from sheet to sheet, in a row of the table."""

    statement: Statement
    row: int
    places: Places
    digits: int

    def sum(self, table: Table[Any], role: Role) -> str:
        """What a column adds up to for the engineer, in a formula."""
        return sum_for(table, role, self.places.engineers.cell(Role.KEY, self.row))

    def less(self, role: Role, left: Table[Any], right: Table[Any], digits: int | None = None) -> Formula:
        """How far the engineer's figure in one table misses the same figure in another one."""
        return difference(self.sum(left, role), self.sum(right, role), self.digits if digits is None else digits)


@dataclass(frozen=True, slots=True)
class AmountCheck(Generic[Paid]):
    """An amount made anew, in a row of the table."""

    person: Person
    paid: Paid
    row: int
    table: Table[AmountCheck[Paid]]
    digits: int

    def cell(self, role: Role) -> str:
        """A cell of the row, in a formula."""
        return self.table.cell(role, self.row)

    def missed(self) -> Formula:
        """The amount less what it is made anew."""
        return difference(self.cell(Role.AMOUNT), self.cell(Role.PRODUCT), self.digits)


class Places(NamedTuple):
    """Where every table that the checks read or make stands."""

    sheets: Mapping[str, Table[Any]]
    totals: Table[TotalCheck]
    engineers: Table[EngineerCheck]
    quantities: Table[AmountCheck[Quantity]]
    lines: Table[AmountCheck[PayLine]]


def _less(role: Role, left: str, right: str) -> Column[EngineerCheck]:
    return Column(
        f"{role}: {left} less {right}",
        Look.DIFFERENCE,
        lambda check: check.less(role, check.places.sheets[left], check.places.sheets[right]),
    )


def _seconds_billed(check: EngineerCheck) -> Formula:
    one, two = check.places.sheets[summary.NAME], check.places.sheets[detail.NAME]
    return difference(seconds_of(check.sum(one, Role.HOURS_BILLED)), check.sum(two, Role.SECONDS_BILLED), 0)


def _hourly_pay(check: EngineerCheck) -> Formula:
    paid = check.sum(check.places.sheets[summary.NAME], Role.HOURLY_PAY)
    return difference(paid, check.sum(check.places.lines, Role.PRODUCT), check.digits)


def _stipends_and_fees(check: EngineerCheck) -> Formula:
    paid = "+".join(check.sum(check.places.sheets[summary.NAME], role) for role in (Role.STIPENDS, Role.FEES))
    return difference(f"({paid})", check.sum(check.places.quantities, Role.PRODUCT), check.digits)


def _time_off(check: EngineerCheck) -> Formula:
    sheets = check.places.sheets
    return check.less(Role.TIME_OFF, sheets[summary.NAME], sheets[detail.NAME], _FINEST)


def _quantity_product(check: AmountCheck[Quantity]) -> Value:
    if not check.paid.is_product:
        return check.paid.amount
    return quantity_times_rate(check.cell(Role.QUANTITY), check.cell(Role.RATE), check.digits, check.paid.amount)


def _hours_product(check: AmountCheck[PayLine]) -> Value:
    line = check.paid
    amount, rate = money_of(line, check.digits), shown(decimal_of(line.rate))
    if not (line.by_the_hour and hourly_amount(line.paid_seconds, rate, check.digits) == amount):
        return amount
    return hours_times_rate(check.cell(Role.QUANTITY), check.cell(Role.RATE), check.digits, amount)


TOTALS: tuple[Column[TotalCheck], ...] = (
    Column("Total of", Look.TEXT, lambda check: check.sheet),
    Column("Column", Look.TEXT, lambda check: check.what),
    Column("Difference", Look.DIFFERENCE, lambda check: check.missed, role=Role.DIFFERENCE),
    Column("App's own difference", Look.DIFFERENCE, lambda check: check.own, role=Role.OWN_DIFFERENCE),
)
ENGINEERS: tuple[Column[EngineerCheck], ...] = (
    Column("Engineer", Look.TEXT, lambda check: check.statement.person.name),
    Column("PagerDuty id", Look.IDENTIFIER, lambda check: check.statement.person.id, role=Role.KEY),
    *(_less(role, summary.NAME, detail.NAME) for role in MONEY),
    Column("Seconds billed: Summary less Detail", Look.DIFFERENCE, _seconds_billed),
    *(_less(role, detail.NAME, callouts.NAME) for role in (Role.FEES, Role.HOURLY_PAY, Role.SECONDS_BILLED)),
    Column("Hourly pay: Summary less hours x rate", Look.DIFFERENCE, _hourly_pay),
    Column("Stipends and fees: Summary less quantity x rate", Look.DIFFERENCE, _stipends_and_fees),
    Column("Hours off in lieu: Summary less Detail", Look.DIFFERENCE, _time_off, when=gives_time_off),
    Column("App's own difference", Look.DIFFERENCE, lambda check: own_difference(check.statement, check.digits)),
)
QUANTITIES: tuple[Column[AmountCheck[Quantity]], ...] = (
    Column("Engineer", Look.TEXT, lambda check: check.person.name),
    Column("PagerDuty id", Look.IDENTIFIER, lambda check: check.person.id, role=Role.KEY),
    Column("Lines", Look.WHOLE, lambda check: check.paid.lines),
    Column("Quantity", Look.QUANTITY, lambda check: check.paid.quantity, role=Role.QUANTITY),
    Column("Unit", Look.TEXT, lambda check: check.paid.unit),
    Column("Rate", Look.RATE, lambda check: check.paid.rate, role=Role.RATE),
    Column("Amount", Look.MONEY, lambda check: check.paid.amount, role=Role.AMOUNT),
    Column("Quantity x rate", Look.MONEY, _quantity_product, role=Role.PRODUCT),
    Column("Difference", Look.DIFFERENCE, lambda check: check.missed(), role=Role.DIFFERENCE),
    Column("App's own difference", Look.DIFFERENCE, lambda _: Decimal(0), role=Role.OWN_DIFFERENCE),
    Column("Rule", Look.TEXT, lambda check: check.paid.rule),
)
LINES: tuple[Column[AmountCheck[PayLine]], ...] = (
    Column("Engineer", Look.TEXT, lambda check: check.person.name),
    Column("PagerDuty id", Look.IDENTIFIER, lambda check: check.person.id, role=Role.KEY),
    Column("Booked on", Look.DATE, lambda check: check.paid.booked),
    Column("Session", Look.ORDINAL, lambda check: check.paid.session_number),
    Column("Rule", Look.TEXT, lambda check: check.paid.label),
    Column("Seconds billed", Look.WHOLE, lambda check: check.paid.paid_seconds, role=Role.QUANTITY),
    Column("Hourly rate", Look.RATE, lambda check: shown(decimal_of(check.paid.rate)), role=Role.RATE),
    Column("Hourly pay", Look.MONEY, lambda check: money_of(check.paid, check.digits), role=Role.AMOUNT),
    Column("Seconds x rate / 3600", Look.MONEY, _hours_product, role=Role.PRODUCT),
    Column("Difference", Look.DIFFERENCE, lambda check: check.missed(), role=Role.DIFFERENCE),
    Column(
        "App's own difference", Look.DIFFERENCE, lambda check: own_line_difference(check.paid, check.digits),
        role=Role.OWN_DIFFERENCE,
    ),
)  # fmt: skip


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    places = _places(document)
    ranges = _difference_ranges(places)
    return Sheet(
        NAME,
        (*_WIDTHS, *[_WIDTHS[-1]] * (len(places.engineers.columns) - len(_WIDTHS))),
        _rows(document, places, ranges),
        repeated_row=1,
        zero_range=" ".join(cells.partition("!")[2].replace("$", "") for cells in ranges),
    )


def _places(document: ReportDocument) -> Places:
    carried = [adjustments] * bool(document.adjustments)
    sheets = {each.NAME: each.table(document) for each in (summary, detail, callouts, *carried)}
    # And the two rows that add across; of adjustments one across, and one from sheet to sheet.
    count = sum(column.added for table in sheets.values() for column in table.columns) + 2 + 2 * len(carried)
    totals = Table(NAME, TOTALS, _FIRST_HEADER_ROW, count)
    statements = document.report.statements
    engineers = _below(totals, columns_for(document, ENGINEERS), len(statements))
    quantities = _below(
        engineers,
        QUANTITIES,
        sum(len(quantities_of(statement, document.report.policy.minor_digits)) for statement in statements),
    )
    lines = _below(quantities, LINES, len(_hourly_lines(document)))
    return Places(sheets, totals, engineers, quantities, lines)


def _below(table: Table[Any], columns: tuple[Column[Entry], ...], count: int) -> Table[Entry]:
    """The next table: between the two stand an empty row and a title."""
    return Table(NAME, columns, table.last + 3, count)


def _hourly_lines(document: ReportDocument) -> list[tuple[Person, PayLine]]:
    return [
        (statement.person, line)
        for statement in document.report.statements
        for line in statement.lines
        if line.component is Component.HOURLY_PAY
    ]


def _difference_ranges(places: Places) -> tuple[str, ...]:
    """All cells that must be 0."""
    compared = [column for column in places.engineers.columns if column.look is Look.DIFFERENCE]
    tables: tuple[Table[Any], ...] = (places.totals, places.quantities, places.lines)
    roles = (Role.DIFFERENCE, Role.OWN_DIFFERENCE)
    differences = [table.range(table.of(role)) for table in tables for role in roles]
    return (*differences, places.engineers.range(compared[0], compared[-1]))


def _rows(document: ReportDocument, places: Places, ranges: tuple[str, ...]) -> Iterator[Row]:
    digits, statements = document.report.policy.minor_digits, document.report.statements
    yield title_row(document, NAME)
    yield sentence("Formulas re-add every total in this workbook. Every difference must be 0.", Tone.NOTE)
    figure = [Look.TEXT, Look.DIFFERENCE]
    yield Row(["Sum of all differences", sum_of_absolutes(ranges)], figure, [Tone.LABEL, Tone.KEY_FIGURE], height=20)
    yield from _part("Totals down and across", places.totals, _total_checks(document, places, digits), "")
    engineers = (
        EngineerCheck(statement, row, places, digits)
        for row, statement in enumerate(statements, places.engineers.first)
    )
    yield from _part("Each engineer, from sheet to sheet", places.engineers, engineers, "Nobody is priced.")
    found = (
        (statement.person, one)
        for statement in statements
        for one in quantities_of(statement, document.report.policy.minor_digits)
    )
    quantities = _amount_checks(found, places.quantities, digits)
    yield from _part("Stipends and fees: quantity x rate", places.quantities, quantities, "No stipend and no fee.")
    lines = _amount_checks(_hourly_lines(document), places.lines, digits)
    yield from _part("Hours x rate, line by line", places.lines, lines, "No hourly pay.")
    yield from finding_rows(document)


def _part(title: str, table: Table[Entry], entries: Iterable[Entry], nothing: str) -> Iterator[Row]:
    yield BLANK
    yield section(title)
    yield table.header()
    yield from table.rows(entries)
    if not table.count:
        yield sentence(nothing, Tone.NOTE)


def _amount_checks(
    amounts: Iterable[tuple[Person, Paid]], table: Table[AmountCheck[Paid]], digits: int
) -> Iterator[AmountCheck[Paid]]:
    for row, (person, paid) in enumerate(amounts, table.first):
        yield AmountCheck(person, paid, row, table, digits)


def _total_checks(document: ReportDocument, places: Places, digits: int) -> Iterator[TotalCheck]:
    own = own_total_differences(document)
    finest = max(digits, document.report.policy.time_off_digits or 0)
    for name, table in places.sheets.items():
        for column in table.columns:
            if column.added:
                missed = total_down(table, column, finest)
                yield TotalCheck(name, column.heading, missed, own.get((name, column.heading), Decimal(0)))
    *parts, whole = MONEY
    for name in (summary.NAME, detail.NAME):
        yield TotalCheck(name, "every row", rows_across(places.sheets[name], parts, whole, digits))
    if document.adjustments:
        name, table = summary.NAME, places.sheets[summary.NAME]
        across = rows_across(table, (Role.TOTAL, Role.ADJUSTMENTS), Role.TO_PAY, digits)
        yield TotalCheck(name, "To pay, every row", across)
        missed = each_engineer(table, places.sheets[adjustments.NAME], Role.ADJUSTMENTS, digits)
        yield TotalCheck(name, "Adjustments, each engineer", missed)
