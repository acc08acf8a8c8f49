"""Values of several engineers from a pasted table: whole or not at all, each mistake with its line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from time import process_time

import pytest

from webapp.services.engineer_facts import FACT_KINDS, GRADE, HOURLY_RATE, WORKING_HOURS, FactKind, read_value
from webapp.services.people import PaySettings
from webapp.services.people_changes import Imported, Row
from webapp.services.people_import import read_table
from webapp.services.people_table import PAYROLL_NUMBER, builtin

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
    assert found.rows == [Row(2, "PBEN002", "Ben Example", PAYROLL_NUMBER, None, "", "0043")]
    assert found.people["PBEN002"].payroll_number == "0043"


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
        (7, "Ada Example: another hourly rate from 1 July 2026 stands in line 8."),
        (8, "Ada Example: another hourly rate from 1 July 2026 stands in line 7."),
        (9, "hourly rate: “1,234” is not an amount"),
    ]
    assert "Did you mean “ada@example.com”?" in problems(table)[0][1]


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


@pytest.mark.parametrize("heading", ["callout_rate", "callout rate", "Callout_Rate"])
def test_an_attribute_is_found_whichever_its_capitals_and_underscores(heading: str) -> None:
    found = read_table(f"engineer,{heading},from\n0042,50,first day\n", KNOWN, ["callout_rate", "Straße"])
    assert [(row.what, row.value) for row in found.rows] == [("callout_rate", "50")]


SHORT_WORDS = [
    "rate", "region", "zone", "hours", "since", "remark", "name", "from", "id", "e-mail", "email", "engineer",
    "Hourly_Rate",
]  # fmt: skip


@pytest.mark.parametrize("word", SHORT_WORDS)
def test_an_attribute_named_like_a_column_is_refused_until_it_is_marked(word: str) -> None:
    day = "since" if word == "from" else "from"
    told = problems_of(f"engineer,{word},{day}\n0042,5,2026-07-01\n", [word])
    assert f"“attribute: {word}”" in told[0][1]
    found = read_table(f"engineer,attribute: {word},{day}\n0042,5,2026-07-01\n", KNOWN, [word])
    assert [(row.what, row.value) for row in found.rows] == [(word, "5")]
    both = read_table(f"engineer,attribute: {word},from\n0042,5,2026-07-01\n", KNOWN, [word])
    assert [(row.what, row.value) for row in both.rows] == [(word, "5")]


def problems_of(table: str, attributes: list[str]) -> list[tuple[int, str]]:
    return [(one.line, one.text) for one in read_table(table, KNOWN, attributes).problems]


def test_two_attributes_that_differ_in_capitals_must_be_written_exactly() -> None:
    table = "engineer,Band,from\n0042,5,first day\n"
    assert [row.what for row in read_table(table, KNOWN, ["Band", "band"]).rows] == ["Band"]
    assert problems_of(table.replace("Band", "BAND"), ["Band", "band"])[0] == (1, "“BAND” may be “Band” or “band”.")


def test_from_and_since_together_are_refused() -> None:
    told = problems("engineer,hourly rate,since,from\n0042,30,2026-01-01,2026-07-01\n")
    assert told == [(1, "“from” and “since” are one column, which stands twice.")]


@pytest.mark.parametrize("heading", ["engineer\tskills, a, b\tfrom", "engineer;skills, a, b;from"])
def test_commas_in_a_heading_do_not_beat_what_separates_the_cells(heading: str) -> None:
    mark = heading[8]
    found = read_table(f"{heading}\n0042{mark}x{mark}first day\n", KNOWN, ["skills, a, b"])
    assert [row.value for row in found.rows] == ["x"]


def test_the_line_by_which_excel_names_the_separator_is_skipped() -> None:
    found = read_table("sep=;\r\nengineer;grade;from\r\n0042;B;first day\r\n", KNOWN)
    assert [(row.line, row.value) for row in found.rows] == [(3, "B")]


# Quotation marks


@pytest.mark.parametrize(
    "cell",
    [
        '"Bob,,31,2026-07-01',
        '"Bob,,"31,2026-07-01',
        '"Bob,,31,2026-07-01,"x',
        'x,,31,2026-07-01,"see mail',
        '"Bo\nb",,31,2026-07-01',
    ],
)
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_a_cell_that_does_not_end_in_its_line_is_refused_with_all_that_it_takes(cell: str, mark: str) -> None:
    table = (
        "id,name,payroll number,hourly rate,from,remark\nPADA001,Ada,,30,2026-07-01,x\n"
        f"PBEN002,{cell}\nPBEN002,Ben,,33,2026-08-01,x\n"
    ).replace(",", mark)
    found = read_table(table, KNOWN)
    assert (found.problems[0].line, found.problems[0].text[:22]) == (3, "A quotation mark opens")
    assert found.rows[0].line == 2
    told = {row.line for row in found.rows} | {one.line for one in found.problems}
    first, last = 3, table.count("\n") + 1
    left = found.left_out.splitlines()[1:]
    assert set(table.splitlines()[first - 1 : last]) <= {*left, *(table.splitlines()[line - 1] for line in told)}


def test_a_quotation_mark_in_the_last_line_is_told() -> None:
    assert problems('id,grade,from,remark\n0042,B,2026-07-01,"see mail')[0][0] == 2


@pytest.mark.parametrize("cell", ["x" * 140_000, '"' * 300_000, '"' + "x\n" * 100_000])
def test_a_cell_that_is_too_long_is_refused_with_its_line(cell: str) -> None:
    found = read_table(f"id,remark,payroll number\nPBEN002,,7\nPADA001,{cell},9\n", KNOWN)
    assert [row.line for row in found.rows] == [2]
    assert found.problems[0].text.startswith("A cell is too long to be read.")
    assert (found.problems[0].line, cell in found.left_out or cell.strip() in found.left_out) == (3, True)


# What is not written as such values are


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("PADA001,1_000,2026-07-01", ["“1_000” is not an amount"]),
        ("PADA001,٣٠,2026-07-01", ["“٣٠” is not an amount"]),
        ("PADA001,1E3,2026-07-01", ["“1E3” is not an amount"]),
        ("PADA001,30,2026-W27-3", ["“2026-W27-3” is not a day"]),
        ("PADA001,30,20260701", ["“20260701” is not a day"]),
        ("PNOBODY,lots,01/07/2026", ["Nobody is known", "“01/07/2026” is not a day", "“lots” is not an amount"]),
    ],
)
def test_a_line_with_several_mistakes_tells_all_of_them(line: str, sentences: list[str]) -> None:
    told = problems(f"id,hourly rate,from\n{line}\n")
    assert [sentence in text for sentence, (_, text) in zip(sentences, told, strict=True)] == [True] * len(sentences)


def test_a_wrong_value_beside_a_taken_number_tells_both() -> None:
    told = problems("id,payroll number,hourly rate,from\nPBEN002,0042,lots,2026-07-01\n")
    assert [text.split(":")[0] for _, text in told] == ["hourly rate", "Ben Example"]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("bo.achterberg@example.com", "Nobody is known as “bo.achterberg@example.com”. Write"),
        ("BEN@exampel.com", "Did you mean “ben@example.com”?"),
        ("PBEM002", "Did you mean “PBEN002”?"),
        ("ben example", "but Ben Example is PBEN002. Use that PagerDuty id."),
    ],
)
def test_a_hint_is_given_for_a_slip_of_the_pen_or_a_name(written: str, sentence: str) -> None:
    assert sentence in problems(f"engineer,grade,from\n{written},B,first day\n")[0][1]


# Lines that are left out


def test_the_other_lines_stay_and_those_left_out_are_a_table_again() -> None:
    table = (
        "id;hourly rate;working hours;from\r\n"
        "PADA001;31,35;;2026-07-01\r\n"
        "PNOBODY;20;;2026-07-01\r\n"
        'PBEN002;lots;"Mon\n08:00-12:00";2026-07-01\r\n'
        "PBEN002;33;;2026-08-01"
    )
    found = read_table(table, KNOWN)
    assert [(row.line, row.value) for row in found.rows] == [(2, "31.35"), (6, "33")]
    assert [one.line for one in found.problems] == [3, 4]
    assert found.lines_left_out == 3
    again = read_table(found.left_out, KNOWN)
    assert (again.rows, [one.line for one in again.problems]) == ([], [2, 3])


def test_nothing_of_a_line_is_used_that_is_left_out() -> None:
    found = read_table("id,payroll number,grade,hourly rate,from\nPBEN002,0043,B,lots,2026-07-01\n", KNOWN)
    assert (found.rows, found.people) == ([], {})


def test_what_is_saved_already_is_no_change() -> None:
    table = "id,payroll number,hourly rate,from\nPADA001,0042,,\nPBEN002,,30.00,first day\nPBEN002,,31,2026-07-01\n"
    found = read_table(table, KNOWN)
    assert (found.unchanged, [row.value for row in found.rows]) == (2, ["31"])
    assert [one.value for one in found.people["PBEN002"].facts[HOURLY_RATE]] == ["30", "31"]


# Payroll numbers


def number_problems(table: str) -> list[tuple[int, str]]:
    return problems(f"id,payroll number\n{table}")


def test_a_number_of_somebody_else_is_refused_by_name() -> None:
    assert number_problems("PBEN002,0042\n") == [
        (2, "Ben Example: Payroll number 0042 is Ada Example's. Write another one, or change Ada Example's first.")
    ]


def test_one_number_for_two_engineers_is_refused_in_both_lines() -> None:
    assert number_problems("PADA001,0050\nPBEN002,0050\n") == [
        (2, "Ada Example: Payroll number 0050 is given to Ben Example, too, in line 3."),
        (3, "Ben Example: Payroll number 0050 is given to Ada Example, too, in line 2."),
    ]


def test_two_numbers_for_one_engineer_are_refused_in_both_lines() -> None:
    assert number_problems("PADA001,0050\nPADA001,0051\n") == [
        (2, "Ada Example: another payroll number stands in line 3."),
        (3, "Ada Example: another payroll number stands in line 2."),
    ]


def test_a_swap_within_one_table_works_and_half_of_one_does_not() -> None:
    own = KNOWN | {"PBEN002": replace(BEN, payroll_number="7")}
    table = "id,payroll number\nPADA001,7\nPBEN002,0042\n"
    found = read_table(table, own)
    assert (found.problems, {key: one.payroll_number for key, one in found.people.items()}) == (
        [],
        {"PADA001": "7", "PBEN002": "0042"},
    )
    half = read_table(table.replace("PBEN002,0042", "PNOBODY,0042"), own)
    assert half.people == {}
    assert [one.line for one in half.problems] == [2, 3]


def test_a_dash_removes_a_number() -> None:
    found = read_table("id,payroll number\nPADA001,-\n", KNOWN)
    assert [(row.before, row.value) for row in found.rows] == [("0042", "")]


def test_numbers_that_differ_in_leading_zeros_only_are_accepted_with_a_note() -> None:
    found = read_table("id,payroll number\nPBEN002,42\n", KNOWN)
    assert found.problems == []
    assert [one.text for one in found.notes] == [
        "Ben Example: 42 differs from Ada Example's 0042 in leading zeros only."
    ]


def test_two_new_numbers_that_differ_in_leading_zeros_only_are_told_too() -> None:
    found = read_table("id,payroll number\nPADA001,0077\nPBEN002,77\n", KNOWN)
    assert {one.line: one.text for one in found.notes} == {
        2: "Ada Example: 0077 differs from Ben Example's 77 in leading zeros only.",
        3: "Ben Example: 77 differs from Ada Example's 0077 in leading zeros only.",
    }


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("pada001", "Payroll number pada001 is Ada Example's PagerDuty id. Write another one."),
        ("1\x002", "payroll number: There is a character in it that nobody can see"),
        ("0042\u200e", "Payroll number 0042 is Ada Example's."),
        ("7" * 41, "payroll number: At most 40 characters."),
    ],
)
def test_a_number_that_cannot_be_kept_is_refused_with_its_line(number: str, told: str) -> None:
    found = read_table(f"id,payroll number\nPBEN002,{number}\n", KNOWN)
    assert found.people == {}
    (problem,) = found.problems
    assert problem.line == 2
    assert told in problem.text


def test_a_pagerduty_id_stands_for_its_engineer_whatever_numbers_others_have() -> None:
    own = KNOWN | {"PBEN002": replace(BEN, payroll_number="PADA001")}  # from before such numbers were refused
    table = "engineer,grade,from\nPADA001,B,first day\nPBEN002,C,first day\n"
    found = read_table(table, own)
    assert found.problems == []
    assert {one.name: one.on("grade", date(2026, 7, 1)) for one in found.people.values()} == {
        "Ada Example": "B",
        "Ben Example": "C",
    }
    (problem,) = read_table("payroll number,grade,from\nPADA001,B,first day\n", own).problems
    assert "in a first column “engineer”" in problem.text


@pytest.mark.parametrize("name", ["x" * 201, "a\x00b"])
def test_a_newcomers_name_that_cannot_be_kept_is_refused_with_its_line(name: str) -> None:
    found = read_table(f"id,name,grade,from\nPNEW0001,{name},B,first day\n", KNOWN, may_add=True)
    assert (found.people, [one.line for one in found.problems]) == ({}, [2])


# Leavers


def test_an_id_that_nobody_knows_can_be_added_with_a_name() -> None:
    table = "id,name,grade,from\nPGONE01,Gil Gone,B,first day\n"
    found = read_table(table, KNOWN, may_add=True)
    assert (found.problems, found.newcomers) == ([], {"PGONE01": "Gil Gone"})
    assert found.people["PGONE01"].on(GRADE, JULY) == "B"
    assert [one.line for one in read_table(table, KNOWN).problems] == [2]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("PGONE01,,B,first day", "say who it is in a column “name”"),
        ("PGONE01,ada example,B,first day", "Ada Example is PADA001. Use that PagerDuty id, or remove the line."),
        ("gone,Gil Gone,B,first day", "Write the PagerDuty id of the engineer, or remove the line."),
        ("000999,Gil Gone,B,first day", "Write the PagerDuty id of the engineer, or remove the line."),
    ],
)
def test_whoever_is_nobody_is_refused_with_the_way_out(line: str, sentence: str) -> None:
    (problem,) = read_table(f"engineer,name,grade,from\n{line}\n", KNOWN, may_add=True).problems
    assert sentence in problem.text


def test_a_payroll_number_that_looks_like_an_id_is_nobody_new() -> None:
    (problem,) = read_table("payroll number,name,grade,from\nPGONE01,Gil,B,first day\n", KNOWN, may_add=True).problems
    assert "Nobody is known as “PGONE01”" in problem.text


def test_one_unknown_id_with_two_names_is_left_out() -> None:
    table = "id,name,grade,from\nPGONE01,Gil,B,first day\nPGONE01,Max,C,2026-07-01\n"
    found = read_table(table, KNOWN, may_add=True)
    assert (found.people, [one.text for one in found.problems]) == (
        {},
        ["PGONE01: another name stands in line 3.", "PGONE01: another name stands in line 2."],
    )


# Large tables

MANY = {
    key: PaySettings(user_id=key, name=f"N{key}", email=f"{key}@example.com", payroll_number=key[1:])
    for key in (f"P{number:06}" for number in range(5_000))
}


@pytest.mark.parametrize(
    "line",
    [
        lambda n: f"P{n:06},{n + 1:06},",  # each takes the number of the next, and the last one's is taken
        lambda n: f"P{4_998 - n:06},{4_999 - n:06},",
        lambda n: f"X{n:06},{n},",
        lambda n: f"n{n}@exampel.com,{n},",
        lambda n: f"P{n:06},9999999,",
        lambda n: f"P{n:06},,Europe/Londn{n}",
    ],
)
def test_a_large_table_is_read_in_seconds_whatever_it_holds(line: Callable[[int], str]) -> None:
    table = "engineer,payroll number,zone,from\n" + "".join(f"{line(n)},first day\n" for n in range(4_999))
    begun = process_time()
    found = read_table(table, MANY)
    assert process_time() - begun < 10  # took a minute or never ended
    assert (found.rows, found.lines_left_out) == ([], 4_999)


EXAMPLES = {
    "hourly rate": "31.35",
    "salary": "52000",
    "daily rate": "240.00",
    "grade": "B",
    "holiday region": "GB-SCT",
    "time zone": "Europe/London",
    "working hours": "Mon-Fri 09:00-17:30",
}


@pytest.mark.parametrize("kind", FACT_KINDS, ids=lambda kind: kind.name)
def test_every_value_has_its_column_and_is_read_as_its_hint_shows_it(kind: FactKind) -> None:
    example = EXAMPLES[kind.name]
    assert {builtin(kind.name), builtin(kind.heading or kind.name)} == {kind.name}
    assert read_value(kind.name, example) == example
    assert kind.name == GRADE or example in kind.hint
