"""The rows for payroll: quantity x rate is the amount, the sums are the report's, and no text is a formula."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exports.conftest import LONDON, POLICY, at, called_out, document_of, facts
from webapp.exports import ExportError, ReportDocument
from webapp.exports.amendments import Adjustment, Payee
from webapp.exports.formulas import hourly_amount
from webapp.exports.payroll import Codes, Entry, entries, fitting_quantity, missing
from webapp.exports.payroll_csv import COLUMNS, DATES, DELIMITERS, Layout, csv_bytes
from webapp.pricing.money import decimal_of

CODES = Codes({"stipend": "STBY", "callout fee": "CALL", "hourly pay": "OT", "adjustment": "ADJ"})
PENNY = Decimal("0.01")


def product(entry: Entry) -> Decimal:
    return (entry.quantity * entry.rate).quantize(PENNY, ROUND_HALF_UP)


def rows(made: bytes, layout: Layout) -> list[list[str]]:
    text = made.decode("utf-8-sig" if layout.mark else "utf-8")
    return list(csv.reader(StringIO(text), delimiter=DELIMITERS[layout.delimiter]))


@pytest.fixture(scope="session")
def odd() -> ReportDocument:
    """Every started minute is billed at rates with a third of a penny in them, and a month is amended."""
    told = facts()
    more = tuple(called_out(LONDON, 300 + turn, at(10, 4 + turn, 2), 61 + turn) for turn in range(9))
    people = tuple(replace(person, hourly_rate=Decimal("31.3333")) for person in told.people)
    policy = replace(POLICY, minimum_minutes=0, step_minutes=1)
    made = document_of(replace(told, callouts=(*told.callouts, *more), people=people), policy)
    late = Adjustment(
        Payee.of(LONDON), "3F2A-91C0-77DE-0B14", date(2026, 9, 12), "stipend", Decimal("35.00"), Decimal("0.00"),
        "weekend stipend, level 1", "Time on call changed.",
    )  # fmt: skip
    return replace(made, adjustments=(late,))


@pytest.mark.parametrize("together", [False, True])
def test_quantity_x_rate_is_the_amount_in_every_row_and_the_rows_add_up(odd: ReportDocument, *, together: bool) -> None:
    made = entries(odd, CODES, together=together)
    assert [entry for entry in made if product(entry) != entry.amount] == []
    assert sum(entry.amount for entry in made) == odd.to_pay == odd.report.total - 35
    for component, total in (("stipend", odd.report.stipends), ("callout fee", odd.report.fees)):
        assert sum(entry.amount for entry in made if entry.component == component) == total


def test_each_line_is_a_row_or_equal_ones_are_one(odd: ReportDocument) -> None:
    lines = [line for statement in odd.report.statements for line in statement.lines if line.amount]
    single, together = entries(odd, CODES), entries(odd, CODES, together=True)
    assert len(single) == len(lines) + 1
    assert len(together) < len(single) / 2
    weekdays = [line for line in lines if (line.person, line.label) == (LONDON.id, "weekday stipend, level 1")]
    (entry,) = [one for one in together if (one.payee.id, one.rule) == (LONDON.id, "weekday stipend, level 1")]
    assert (entry.quantity, entry.rate, entry.date) == (len(weekdays), Decimal(20), odd.last_date)


def test_hours_that_add_up_to_another_penny_stay_apart() -> None:
    """Two times 20 minutes at 10.00 are 3.33 each; 40 minutes would be 6.67."""
    told = facts()
    person = replace(LONDON, hourly_rate=Decimal(10))
    policy = replace(POLICY, minimum_minutes=0, step_minutes=1)
    calls = tuple(called_out(person, 400 + turn, at(10, 4 + turn, 2), 20) for turn in range(2))
    one = document_of(replace(told, people=(person,), on_call=told.on_call[::2], callouts=calls), policy)
    made = [entry for entry in entries(one, CODES, together=True) if entry.component == "hourly pay"]
    assert [(entry.quantity, entry.amount) for entry in made] == [(Decimal("0.333"), Decimal("3.33"))] * 2


@given(seconds=st.integers(1, 86_400), rate=st.decimals(Decimal("0.01"), Decimal(9999), places=4))
def test_every_length_of_time_has_a_quantity_that_gives_its_amount(seconds: int, rate: Decimal) -> None:
    amount = hourly_amount(seconds, rate, 2)
    quantity = fitting_quantity(decimal_of(Fraction(seconds, 3600)), rate, amount, 2)
    assert quantity is not None
    assert (quantity * rate).quantize(PENNY, ROUND_HALF_UP) == amount
    assert abs(quantity * 3600 - seconds) <= 36


def test_an_amount_that_is_no_product_is_a_quantity_of_one(document: ReportDocument) -> None:
    statement = document.report.statements[0]
    line = replace(statement.lines[0], amount=statement.lines[0].amount + Fraction(PENNY))
    totals = {"stipends": statement.stipends + PENNY, "total": statement.total + PENNY}
    changed = replace(statement, lines=(line, *statement.lines[1:]), **totals)
    report = document.report
    report = replace(report, statements=(changed, *report.statements[1:]), total=report.total + PENNY)
    entry = entries(replace(document, report=report), CODES)[0]
    assert (entry.quantity, entry.unit, entry.rate) == (1, "amount", line.amount)


def test_rows_that_do_not_add_up_are_no_file(document: ReportDocument) -> None:
    with pytest.raises(ExportError, match="do not add up"):
        entries(replace(document, report=replace(document.report, total=Decimal(1))), CODES)


# What payroll needs


def test_who_and_what_is_missing_is_named(document: ReportDocument) -> None:
    found = missing(entries(document, Codes({"callout fee": "CALL"})))
    assert [person.name for person in found.engineers] == ["Ben Beispiel"]
    assert found.components == ("stipend", "hourly pay")
    assert not missing([entry for entry in entries(document, CODES) if entry.payee.id == LONDON.id])


def test_a_rules_own_code_outranks_its_components(document: ReportDocument) -> None:
    codes = replace(CODES, rules={"weekend stipend, level 1": "STBY-WE"})
    made = entries(document, codes)
    assert {(entry.rule, entry.code) for entry in made if entry.component == "stipend"} == {
        ("weekday stipend, level 1", "STBY"),
        ("weekend stipend, level 1", "STBY-WE"),
        ("bank holiday stipend, level 1", "STBY"),
    }


# The file


def test_the_usual_file(document: ReportDocument) -> None:
    made = csv_bytes(entries(document, CODES), document, Layout())
    assert made.startswith(b"Payroll number,Code,Quantity,Rate,Amount,Date\r\n0042,STBY,1,20,20.00,2026-10-")
    assert csv_bytes(entries(document, CODES), document, Layout()) == made
    amounts = [Decimal(row[4]) for row in rows(made, Layout())[1:]]
    assert sum(amounts) == document.report.total


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("decimal", ["point", "comma"])
@pytest.mark.parametrize("dates", DATES)
def test_every_way_to_write_it_says_the_same(
    document: ReportDocument, delimiter: str, decimal: str, dates: str
) -> None:
    layout = Layout(tuple(COLUMNS), {"Amount": "Betrag"}, delimiter, decimal, dates, mark=True)
    if layout.problem():
        assert (delimiter, decimal) == ("comma", "comma")
        return
    made = entries(document, CODES)
    header, *body = rows(csv_bytes(made, document, layout), layout)
    assert header == [{"Amount": "Betrag"}.get(name, name) for name in COLUMNS]
    for entry, row in zip(made, body, strict=True):
        told = dict(zip(COLUMNS, row, strict=True))
        assert Decimal(told["Amount"].replace(",", ".")) == entry.amount
        assert ("," in told["Amount"]) is (decimal == "comma")
        assert told["Date"] == entry.date.strftime(DATES[dates])
        assert told["Name"] == entry.payee.name


def test_the_sample_dates_are_what_they_say() -> None:
    third = date(2026, 10, 2) + timedelta(days=1)
    assert all(third.strftime(pattern) == shown for shown, pattern in DATES.items())


NASTY = ["=1+1", "+44 1", "-2", "@SUM(A1)", " =1", "\t=1", "\r\n=1", "a\x00b", "\u202egnp", 'quo"te, semi;colon', "＝1"]  # noqa: RUF001  wide, on purpose


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_no_text_is_a_formula_or_breaks_a_row(document: ReportDocument, text: str, delimiter: str) -> None:
    layout = Layout(("Name", "Payroll number", "Code", "Rule", "Amount"), {"Name": text}, delimiter)
    ben = Payee("PBEN002", text, text, text)
    made = [replace(entry, payee=ben, code=text, rule=text) for entry in entries(document, CODES)[:2]]
    for row in rows(csv_bytes(made, document, layout), layout):
        assert len(row) == 5
        for cell in row[:4]:
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝"))  # noqa: RUF001  wide, on purpose
            assert cell.isprintable()


def test_a_layout_without_columns_is_none() -> None:
    assert Layout(columns=()).problem() == "Choose at least one column."
