"""No file pays two engineers under one payroll number, and every identifier is a text cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.exports.conftest import BERLIN, LONDON, RATELESS, amended_of, document_of, facts, workbook_of
from webapp.exports import ExportError, ReportDocument
from webapp.exports.payroll import Codes, entries
from webapp.exports.payroll_csv import Layout, csv_bytes
from webapp.exports.payroll_numbers import clean_number, differ_in_zeros_only, number_key, shared_refusal, typed_number


def numbered(numbers: Mapping[str, str]) -> ReportDocument:
    """A report whose engineers have these numbers, by PagerDuty id."""
    people = tuple(replace(one, payroll_number=numbers.get(one.id, "")) for one in facts().people)
    return document_of(replace(facts(), people=people))


def payroll_csv(document: ReportDocument) -> bytes:
    return csv_bytes(entries(document, Codes()), document, Layout())


@pytest.mark.parametrize("make", [workbook_of, payroll_csv])
@pytest.mark.parametrize("other", ["A0042", " a0042  "])
def test_a_number_of_two_engineers_is_refused_with_both_names(make: Callable[..., bytes], other: str) -> None:
    with pytest.raises(ExportError) as refusal:
        make(numbered({LONDON.id: "A0042", BERLIN.id: other}))
    assert f"{LONDON.name} and {BERLIN.name} have the same payroll number, A0042." in str(refusal.value)


def test_somebody_who_is_not_priced_counts_too() -> None:
    assert RATELESS.name in shared_refusal(numbered({LONDON.id: "1", RATELESS.id: "1"}))


def test_somebody_who_is_only_adjusted_counts_too() -> None:
    amended = amended_of(numbered({LONDON.id: "1"}))
    assert shared_refusal(amended) == ""
    (payee, *_) = amended.only_adjusted()
    taken = replace(payee, payroll_number="1")
    adjustments = tuple(replace(one, payee=taken) if one.payee.id == payee.id else one for one in amended.adjustments)
    assert payee.name in shared_refusal(replace(amended, adjustments=adjustments))


@pytest.mark.parametrize("numbers", [{}, {LONDON.id: "0042", BERLIN.id: "42"}, {LONDON.id: "42"}])
def test_no_number_and_other_zeros_are_no_other_ones_number(numbers: dict[str, str]) -> None:
    assert shared_refusal(numbered(numbers)) == ""
    assert workbook_of(numbered(numbers))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("0042", "42", True), ("42", "42", False), ("", "0", False), ("a1", "A1", False), ("1", "2", False)],
)
def test_what_differs_in_zeros_only(one: str, other: str, expected: object) -> None:
    assert differ_in_zeros_only(one, other) is expected


def test_identifiers_are_text_cells_on_every_sheet() -> None:
    book = load_workbook(BytesIO(workbook_of(amended_of(numbered({LONDON.id: "000123"})))))
    seen = set()
    for sheet in book.worksheets[:-1]:  # the last one is for programs
        columns: dict[int, str] = {}
        for row in sheet.iter_rows():
            if "PagerDuty id" in {cell.value for cell in row}:
                wanted = {"PagerDuty id", "Payroll number", "Amends report"}
                columns = {n: cell.value for n, cell in enumerate(row) if cell.value in wanted}
            elif not row[1].value:
                columns = {}
            for number, heading in columns.items():
                if row[number].value is not None:
                    assert (row[number].data_type, row[number].number_format) == ("s", "@"), row[number]
                    seen.add((sheet.title, heading))
    assert {("Summary", "Payroll number"), ("Rates", "Payroll number"), ("Detail", "PagerDuty id")} <= seen
    assert {("Callouts", "PagerDuty id"), ("Adjustments", "Amends report"), ("Checks", "PagerDuty id")} <= seen


SAME_NUMBER = (
    "0a 7",
    " 0A  7 ",
    "0a\u00a07",
    "0a 7\u200e",
    "\u200b0a 7",
    "0\u00ada 7",
    "\ufeff0a 7\ufe0f",
    "０Ａ　７",  # noqa: RUF001  wide digits
)
"""Writings that nobody can tell apart, or that a typist would take for one."""


@pytest.mark.parametrize("number", SAME_NUMBER)
def test_a_number_is_compared_by_what_can_be_seen_of_it(number: str) -> None:
    assert number_key(number) == "0a 7"
    kept = clean_number(number)
    assert clean_number(kept) == kept
    assert number_key(kept) == "0a 7"
    assert shared_refusal(numbered({LONDON.id: "0A 7", BERLIN.id: number}))


def test_what_is_kept_of_a_number_has_nothing_that_nobody_sees() -> None:
    assert clean_number("\u200b000123\u200e ") == "000123"
    assert clean_number("e\u0301") == "\u00e9"
    assert typed_number("000123", "000123\u200e") == "000123\u200e"  # what was once let in is no change
    assert typed_number("A7", "a7") == "A7"
