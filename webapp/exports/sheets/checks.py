"""Live formulas that re-add every total of the workbook, beside the app's own difference as a value: all must be 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from webapp.exports.cells import Formula, Value, shown
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
from webapp.exports.grid import BLANK, Column, Row, Sheet, Table, section, sentence
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
from webapp.exports.sheets.summary import HOURS_OFF, gives_time_off, title_row
from webapp.pricing.engine.lines import PayLine
from webapp.pricing.facts import Person
from webapp.pricing.money import decimal_of
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.policy.document import Component
from webapp.pricing.report.amounts import money_of
from webapp.pricing.report.lines import Statement

NAME = "Checks"
_DOWN_HEADER_ROW = 6
_FINEST = 4
"""Decimals to which hours off in lieu are compared."""
_DOWN_COLUMNS = (
    Column("Total of", Look.TEXT),
    Column("Column", Look.TEXT),
    Column("Difference", Look.DIFFERENCE),
    Column("App's own difference", Look.DIFFERENCE),
)
_ENGINEER_COLUMNS = (
    Column("Engineer", Look.TEXT),
    Column("PagerDuty id", Look.IDENTIFIER),
    Column("Stipends: Summary less Detail", Look.DIFFERENCE),
    Column("Callout fees: Summary less Detail", Look.DIFFERENCE),
    Column("Hourly pay: Summary less Detail", Look.DIFFERENCE),
    Column("Total: Summary less Detail", Look.DIFFERENCE),
    Column("Seconds billed: Summary less Detail", Look.DIFFERENCE),
    Column("Callout fees: Detail less Callouts", Look.DIFFERENCE),
    Column("Hourly pay: Detail less Callouts", Look.DIFFERENCE),
    Column("Seconds billed: Detail less Callouts", Look.DIFFERENCE),
    Column("Hourly pay: Summary less hours x rate", Look.DIFFERENCE),
    Column("Stipends and fees: Summary less quantity x rate", Look.DIFFERENCE),
    Column("App's own difference", Look.DIFFERENCE),
)
_TIME_OFF = Column("Hours off in lieu: Summary less Detail", Look.DIFFERENCE)
_QUANTITY_COLUMNS = (
    Column("Engineer", Look.TEXT),
    Column("PagerDuty id", Look.IDENTIFIER),
    Column("Lines", Look.WHOLE),
    Column("Quantity", Look.QUANTITY),
    Column("Unit", Look.TEXT),
    Column("Rate", Look.RATE),
    Column("Amount", Look.MONEY),
    Column("Quantity x rate", Look.MONEY),
    Column("Difference", Look.DIFFERENCE),
    Column("App's own difference", Look.DIFFERENCE),
    Column("Rule", Look.TEXT),
)
_LINE_COLUMNS = (
    Column("Engineer", Look.TEXT),
    Column("PagerDuty id", Look.IDENTIFIER),
    Column("Booked on", Look.DATE),
    Column("Session", Look.ORDINAL),
    Column("Rule", Look.TEXT),
    Column("Seconds billed", Look.WHOLE),
    Column("Hourly rate", Look.RATE),
    Column("Hourly pay", Look.MONEY),
    Column("Seconds x rate / 3600", Look.MONEY),
    Column("Difference", Look.DIFFERENCE),
    Column("App's own difference", Look.DIFFERENCE),
)
_WIDTHS = (30, 17, 14, 14, 18, 14, 14, 14, 14, 14, 14, 14, 14)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where every table that the checks read or make stands."""

    summary: Table
    detail: Table
    callouts: Table
    down: Table
    engineers: Table
    quantities: Table
    lines: Table


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    places = _places(document)
    ranges = _difference_ranges(places)
    return Sheet(
        NAME,
        _WIDTHS,
        _rows(document, places, ranges),
        repeated_row=1,
        zero_range=" ".join(cells.partition("!")[2].replace("$", "") for cells in ranges),
    )


def _places(document: ReportDocument) -> _Places:
    summary_table = summary.table(document)
    detail_table = detail.table(document)
    callouts_table = callouts.table(document)
    # And the two rows that add across; of adjustments one across, and one from sheet to sheet.
    count = sum(len(totals) for _, totals in _totals(document)) + 2 + 2 * bool(document.adjustments)
    down = Table(NAME, _DOWN_COLUMNS, _DOWN_HEADER_ROW, count)
    engineer_columns = (*_ENGINEER_COLUMNS[:-1], *[_TIME_OFF] * gives_time_off(document.report), _ENGINEER_COLUMNS[-1])
    engineers = Table(NAME, engineer_columns, down.last + 3, len(document.report.statements))
    count = sum(
        len(quantities_of(statement, document.report.policy.minor_digits)) for statement in document.report.statements
    )
    quantities = Table(NAME, _QUANTITY_COLUMNS, engineers.last + 3, count)
    lines = Table(NAME, _LINE_COLUMNS, quantities.last + 3, len(_hourly_lines(document)))
    return _Places(summary_table, detail_table, callouts_table, down, engineers, quantities, lines)


def _totals(document: ReportDocument) -> tuple[tuple[Table, dict[str, Value]], ...]:
    report = document.report
    carried = [(adjustments.table(document), adjustments.totals(document))] * bool(document.adjustments)
    return (
        (summary.table(document), summary.totals(document)),
        (detail.table(document), detail.totals(report)),
        (callouts.table(document), callouts.totals(report)),
        *carried,
    )


def _hourly_lines(document: ReportDocument) -> list[tuple[Person, PayLine]]:
    return [
        (statement.person, line)
        for statement in document.report.statements
        for line in statement.lines
        if line.component is Component.HOURLY_PAY
    ]


def _difference_ranges(places: _Places) -> tuple[str, ...]:
    """All cells that must be 0."""
    first, last = _ENGINEER_COLUMNS[2].heading, _ENGINEER_COLUMNS[-1].heading
    engineers = f"{places.engineers.range(first).partition(':')[0]}:{places.engineers.range(last).partition(':')[2]}"
    tables = (places.down, places.quantities, places.lines)
    differences = [table.range(heading) for table in tables for heading in ("Difference", "App's own difference")]
    return (*differences, engineers)


def _rows(document: ReportDocument, places: _Places, ranges: tuple[str, ...]) -> Iterator[Row]:
    digits = document.report.policy.minor_digits
    yield title_row(document, "Checks")
    yield sentence("Formulas re-add every total in this workbook. Every difference must be 0.", Tone.NOTE)
    figure = [Look.TEXT, Look.DIFFERENCE]
    yield Row(["Sum of all differences", sum_of_absolutes(ranges)], figure, [Tone.LABEL, Tone.KEY_FIGURE], height=20)
    yield BLANK
    yield section("Totals down and across")
    yield places.down.header()
    yield from _down_rows(document, places, digits)
    yield BLANK
    yield section("Each engineer, from sheet to sheet")
    yield places.engineers.header()
    for row, statement in enumerate(document.report.statements, places.engineers.first):
        yield _engineer_row(statement, row, places, digits)
    if not places.engineers.count:
        yield sentence("Nobody is priced.", Tone.NOTE)
    yield BLANK
    yield section("Stipends and fees: quantity x rate")
    yield places.quantities.header()
    row = places.quantities.first
    for statement in document.report.statements:
        for found in quantities_of(statement, digits):
            yield _quantity_row(statement.person, found, row, places.quantities, digits)
            row += 1
    if not places.quantities.count:
        yield sentence("No stipend and no fee.", Tone.NOTE)
    yield BLANK
    yield section("Hours x rate, line by line")
    yield places.lines.header()
    for row, (person, line) in enumerate(_hourly_lines(document), places.lines.first):
        yield _line_row(person, line, row, places.lines, document.report.policy)
    if not places.lines.count:
        yield sentence("No hourly pay.", Tone.NOTE)
    yield from finding_rows(document)


def _down_rows(document: ReportDocument, places: _Places, digits: int) -> Iterator[Row]:
    own = own_total_differences(document.report)
    looks = places.down.looks
    for table, totals in _totals(document):
        for heading, total in totals.items():
            finest = max(digits, document.report.policy.time_off_digits or 0)
            formula = total_down(table, heading, finest, is_duration=isinstance(total, timedelta))
            yield Row([table.sheet, heading, formula, own.get((table.sheet, heading), Decimal(0))], looks)
    across = (
        (places.summary, ("Stipends", "Callout fees", "Hourly pay")),
        (places.detail, ("Stipend", "Callout fees", "Hourly pay")),
    )
    for table, parts in across:
        missed = rows_across(table, parts, "Total", digits)
        yield Row([table.sheet, "every row", missed, Decimal(0)], looks)
    if document.adjustments:
        table = places.summary
        missed = rows_across(table, ("Total", "Adjustments"), "To pay", digits)
        yield Row([table.sheet, "To pay, every row", missed, Decimal(0)], looks)
        missed = each_engineer(table, "Adjustments", adjustments.table(document), "Adjustment", digits)
        yield Row([table.sheet, "Adjustments, each engineer", missed, Decimal(0)], looks)


def _engineer_row(statement: Statement, row: int, places: _Places, digits: int) -> Row:
    key = f"$B{row}"

    def less(left: Table, left_heading: str, right: Table, right_heading: str) -> Formula:
        return difference(sum_for(left, left_heading, key), sum_for(right, right_heading, key), digits)

    one, two, three = places.summary, places.detail, places.callouts
    billed = difference(seconds_of(sum_for(one, "Hours billed", key)), sum_for(two, "Seconds billed", key), 0)
    time_off = []
    if _TIME_OFF in places.engineers.columns:
        time_off = [difference(sum_for(one, HOURS_OFF, key), sum_for(two, HOURS_OFF, key), _FINEST)]
    return Row(
        [
            statement.person.name,
            statement.person.id,
            less(one, "Stipends", two, "Stipend"),
            less(one, "Callout fees", two, "Callout fees"),
            less(one, "Hourly pay", two, "Hourly pay"),
            less(one, "Total", two, "Total"),
            billed,
            less(two, "Callout fees", three, "Callout fee"),
            less(two, "Hourly pay", three, "Hourly pay"),
            less(two, "Seconds billed", three, "Seconds billed"),
            less(one, "Hourly pay", places.lines, "Seconds x rate / 3600"),
            difference(
                f"({sum_for(one, 'Stipends', key)}+{sum_for(one, 'Callout fees', key)})",
                sum_for(places.quantities, "Quantity x rate", key),
                digits,
            ),
            *time_off,
            own_difference(statement, digits),
        ],
        places.engineers.looks,
    )


def _quantity_row(person: Person, found: Quantity, row: int, table: Table, digits: int) -> Row:
    def cell(heading: str) -> str:
        return f"${table.letter(heading)}{row}"

    formula = quantity_times_rate(cell("Quantity"), cell("Rate"), digits, found.amount)
    return Row(
        [
            person.name,
            person.id,
            found.lines,
            found.quantity,
            found.unit,
            found.rate,
            found.amount,
            formula if found.is_product else found.amount,
            difference(cell("Amount"), cell("Quantity x rate"), digits),
            Decimal(0),
            found.rule,
        ],
        table.looks,
    )


def _line_row(person: Person, line: PayLine, row: int, table: Table, policy: PolicyBrief) -> Row:
    def cell(heading: str) -> str:
        return f"${table.letter(heading)}{row}"

    rate, amount = shown(decimal_of(line.rate)), money_of(line, policy)
    formula = hours_times_rate(cell("Seconds billed"), cell("Hourly rate"), policy.minor_digits, amount)
    checked = line.by_the_hour and hourly_amount(line.paid_seconds, rate, policy.minor_digits) == amount
    return Row(
        [
            person.name,
            person.id,
            line.booked,
            line.session_number,
            line.label,
            line.paid_seconds,
            rate,
            amount,
            formula if checked else amount,
            difference(cell("Hourly pay"), cell("Seconds x rate / 3600"), policy.minor_digits),
            own_line_difference(line, policy.minor_digits),
        ],
        table.looks,
    )
