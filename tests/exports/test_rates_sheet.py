"""The sheet Rates: a row for each stretch between two changes of an engineer's values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

from tests.exports.conftest import document_of, facts, workbook_of
from webapp.pricing.facts import BusinessHours


def test_a_change_within_the_period_makes_two_rows_and_what_is_before_or_after_none() -> None:
    told = facts()
    first, *others = told.people
    dated = replace(
        first,
        numbers={
            "hourly rate": (
                (date(2026, 1, 1), Decimal(30)), (date(2026, 10, 10), Decimal(33)), (date(2026, 11, 1), Decimal(40)),
            ),
            "salary": ((date.min, Decimal(52000)),),
        },
        hours=((date.min, BusinessHours(time(8), time(16), frozenset({1, 2}))), (date(2026, 10, 20), None)),
    )  # fmt: skip
    book = load_workbook(BytesIO(workbook_of(document_of(replace(told, people=(dated, *others))))))
    rows = [[cell.value for cell in row] for row in book["Rates"].iter_rows(min_row=4)]
    mine = [row for row in rows if row[1] == first.id]
    used = [(row[3], row[4], row[7], row[11].date(), row[12].date()) for row in mine if row[11]]
    assert used == [
        (30, "engineer", "Mon, Tue 08:00-16:00", date(2026, 10, 1), date(2026, 10, 9)),
        (33, "engineer", "Mon, Tue 08:00-16:00", date(2026, 10, 10), date(2026, 10, 19)),
        (33, "engineer", "Mon, Tue, Wed, Thu, Fri 09:00-17:30", date(2026, 10, 20), date(2026, 10, 31)),
    ]
    assert [row[:5] for row in mine if not row[11]] == [[first.name, first.id, "salary", "52000", "the first day"]]
