"""Values of several engineers from a pasted table: whole or not at all, each mistake with its line."""

from __future__ import annotations

from datetime import date

import pytest

from webapp.services.engineer_facts import GRADE, HOURLY_RATE, WORKING_HOURS
from webapp.services.people import PaySettings
from webapp.services.people_import import Imported, read_table

JULY = date(2026, 7, 1)
ADA = PaySettings(user_id="PADA001", name="Ada Example", email="ada@example.com", payroll_number="0042")
BEN = PaySettings(user_id="PBEN002", name="Ben Example", email="ben@example.com").changed(HOURLY_RATE, "30")
KNOWN = {one.user_id: one for one in (ADA, BEN)}


def rates(found: Imported) -> list[tuple[str, str, date, str, str]]:
    assert found.problems == []
    return [(row.name, row.what, row.since, row.before, row.value) for row in found.rows]


def problems(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.text) for one in read_table(text, KNOWN).problems]


def test_engineers_are_known_by_payroll_number_e_mail_or_id() -> None:
    table = "engineer,hourly rate,from\n0042,31.35,2026-07-01\nBEN@example.com,40,first day\npben002,41,2026-08-01\n"
    assert rates(read_table(table, KNOWN)) == [
        ("Ada Example", HOURLY_RATE, JULY, "", "31.35"),
        ("Ben Example", HOURLY_RATE, date.min, "30", "40"),
        ("Ben Example", HOURLY_RATE, date(2026, 8, 1), "40", "41"),
    ]


def test_a_table_from_a_spreadsheet_is_read_with_its_tabs_and_commas() -> None:
    table = "\ufeffE-Mail\tName\tRate\tGrade\tFrom\r\nada@example.com\tAda\t31,35\tB\t2026-07-01\r\n\r\n"
    found = read_table(table, KNOWN)
    assert [(row.what, row.value) for row in found.rows] == [(HOURLY_RATE, "31.35"), (GRADE, "B")]


def test_three_columns_need_no_heading() -> None:
    assert rates(read_table("0042;31,35;2026-07-01", KNOWN)) == [("Ada Example", HOURLY_RATE, JULY, "", "31.35")]


def test_an_empty_cell_changes_nothing_and_a_dash_is_the_policys() -> None:
    found = read_table("id,hourly rate,grade,from\nPBEN002,-,,2026-07-01\n", KNOWN)
    assert found.people["PBEN002"].rate_on(date(2026, 6, 30)) == 30
    assert found.people["PBEN002"].rate_on(JULY) is None
    assert GRADE not in found.people["PBEN002"].facts


def test_a_payroll_number_is_a_column_of_its_own_or_the_engineer() -> None:
    found = read_table("e-mail,payroll number\nben@example.com,0043\n", KNOWN)
    assert (found.rows, found.people["PBEN002"].payroll_number) == ([], "0043")


def test_a_cell_with_a_comma_stands_in_quotes_and_lines_are_those_of_the_text() -> None:
    table = 'id,working hours,from\nPADA001,"Mon, Wed 8:00-12:00",2026-07-01\nPBEN002,never,2026-07-01\n'
    found = read_table(table, KNOWN)
    assert [row.value for row in found.rows] == ["Mon, Wed 08:00-12:00"]
    assert [(one.line, one.text[:14]) for one in found.problems] == [(3, f"{WORKING_HOURS}:")]


def test_every_mistake_of_a_table_is_told_with_its_line() -> None:
    table = (
        "engineer,hourly rate,from\nada@exampel.com,31,2026-07-01\n0042,31.35,01/07/2026\n0042,lots,2026-07-01\n"
        '0042,31,\n0042,1,2,3\n0042,31,2026-07-01\nPADA001,32,2026-07-01\n0042,"1,234",2026-09-01\n'
    )  # fmt: skip
    assert [(line, text.split(". ")[0]) for line, text in problems(table)] == [
        (2, "Nobody is known as “ada@exampel.com”"),
        (3, "“01/07/2026” is not a day"),
        (4, "hourly rate: “lots” is not an amount"),
        (5, "From when is missing"),
        (6, "4 cells, but 3 columns"),
        (8, "Ada Example: hourly rate from the same day stands in a line before."),
        (9, "hourly rate: “1,234” is not an amount"),
    ]
    assert 'Did you mean "ada@example.com"?' in problems(table)[0][1]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "There is nothing to read."),
        ("engineer,hourly rate\n0042,1\n", "The column “from” is missing"),
        ("hourly rate,engineer,from\n", "The first column must be the engineer"),
        ("engineer,houly rate,from\n", "“houly rate” is not a column. Did you mean"),
        ("what,is,this,table\n", "The first line must name the columns"),
        ("engineer,grade,grade,from\n", "Two columns have the same name."),
        ("engineer,grade,from\n" + "0042,B,2026-07-01\n" * 5_000, "At most 5,000 lines"),
    ],
)
def test_a_table_that_is_none_is_refused(table: str, sentence: str) -> None:
    assert sentence in problems(table)[0][1]


def test_a_number_that_two_engineers_have_is_nobodys() -> None:
    twice = KNOWN | {"PCY": PaySettings(user_id="PCY", name="Cy", email=None, payroll_number="0042")}
    (problem,) = read_table("engineer,grade,from\n0042,B,2026-07-01", twice).problems
    assert problem.text == "“0042” stands for 2 engineers. Write the PagerDuty id."


def test_attributes_that_the_policy_asks_for_are_columns() -> None:
    found = read_table("engineer,contract,from\n0042,casual,2026-07-01", KNOWN, ["contract"])
    assert found.people["PADA001"].on("contract", JULY) == "casual"
