"""Engineers' values as files: exported and imported again they change nothing, and nothing is read otherwise than it
looks."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from webapp.exports.engineers import engineers_csv, engineers_xlsx
from webapp.exports.payroll_numbers import clean_number
from webapp.services.engineer_facts import GRADE, HOURLY_RATE, WORKING_HOURS
from webapp.services.people import PaySettings
from webapp.services.people_files import LARGEST_FILE, FileError, engineers_table, table_of_file
from webapp.services.people_import import read_table

JULY = date(2026, 7, 1)
A_DAY, NOON = (datetime.combine(JULY, time(hour)) for hour in (0, 12))
ADA = (
    PaySettings(user_id="PADA001", name='Ada "=1+1" Lindqvist, Ängelholm', email=None, payroll_number="000123")
    .changed(HOURLY_RATE, "31.3500")
    .changed(HOURLY_RATE, "33.00", JULY)
    .changed(GRADE, "", date(2026, 8, 1))
    .changed(GRADE, "=B", JULY)
    .changed("contract", "casual")
)
BO = PaySettings(user_id="PBO0002", name="Bo", email="bo@example.com", payroll_number="-7")
CY = PaySettings(user_id="PCY0003", name="Cy", email=None).changed(WORKING_HOURS, "Mon, Wed 08:00-12:00", JULY)
DI = PaySettings(user_id="PDI0004", name="Di", email=None)
OWN = {one.user_id: one for one in (ADA, BO, CY, DI)}
FILES = [engineers_csv, engineers_xlsx]


@pytest.mark.parametrize("write", FILES)
def test_what_is_exported_and_imported_again_changes_nothing(write: Callable[..., bytes]) -> None:
    found = read_table(table_of_file(write(engineers_table(OWN.values()))), OWN)
    assert (found.rows, found.problems, found.unchanged) == ([], [], 8)


ODD = [
    "=1", "'=1", "''=1", "'-", "-", "--", "''-", "\uff1d1", "'\uff1d1", "@x", "-5", "1E5", "TRUE", "first day", '"q"',
    '"', "'", "a;b,c", "123\u200e", "\u200e=1", "_x0041_", "e\u0301", "\uff11\uff12", "\ufeff9",
]  # fmt: skip
NAMES = [
    "Band", "on_site", "Straße", "\ufb01", "a  b", "a,b", "a;b;c;d;e;f", "=x", "-", "'=x", "rate", "region", "zone",
    "hours", "since", "remark", "name", "from", "id", "e-mail", "email", "engineer", "payroll number", "Hourly_Rate",
    "attribute: x", "x\u200e",
]  # fmt: skip
DAYS = [date(1, 1, 2), date(1850, 1, 1), date(1899, 12, 31), date(1900, 2, 28), date(1900, 3, 1), date(9999, 12, 31)]
texts = st.sampled_from(ODD) | st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12).map(
    lambda text: " ".join(text.split())
)


@pytest.mark.parametrize("write", FILES)
@settings(max_examples=40)
@given(
    number=texts,
    grade=texts,
    name=texts,
    rate=st.decimals(0, 9999, places=4),
    day=st.sampled_from(DAYS) | st.dates(),
    attributes=st.dictionaries(st.sampled_from(NAMES), texts.filter(bool), max_size=4),
)
def test_whatever_was_typed_survives_the_file(
    write: Callable[..., bytes],
    number: str,
    grade: str,
    name: str,
    rate: Any,
    day: date,
    attributes: dict[str, str],
) -> None:
    own = PaySettings(user_id="PADA001", name=name, email=None, payroll_number=number).changed(HOURLY_RATE, str(rate))
    own = own.changed(GRADE, grade, day) if grade else own
    for what, value in attributes.items():
        own = own.changed(what, value, day)
    found = read_table(table_of_file(write(engineers_table([own]))), {"PADA001": own})
    assert (found.rows, found.problems) == ([], [])


@pytest.mark.parametrize("write", FILES)
@pytest.mark.parametrize("attribute", NAMES)
def test_values_of_any_attribute_come_back(write: Callable[..., bytes], attribute: str) -> None:
    own = PaySettings(user_id="PADA001", name="Ada", email=None).changed(attribute, "5", JULY)
    text = table_of_file(write(engineers_table([own], NAMES)))
    found = read_table(text, {"PADA001": own}, NAMES)
    assert (found.rows, found.problems, found.unchanged) == ([], [], 1)
    empty = PaySettings(user_id="PADA001", name="Ada", email=None)
    back = read_table(text, {"PADA001": empty}, NAMES)
    assert [(row.what, row.since, row.value) for row in back.rows] == [(attribute, JULY, "5")]


@pytest.mark.parametrize("write", FILES)
@pytest.mark.parametrize("value", [odd for odd in ODD if not set(odd) & set("\u200e\u0301\ufeff")])
def test_values_of_any_kind_come_back_to_where_there_is_none(write: Callable[..., bytes], value: str) -> None:
    own = PaySettings(user_id="PADA001", name="Ada", email=None, payroll_number=value).changed(GRADE, value, JULY)
    empty = PaySettings(user_id="PADA001", name="Ada", email=None)
    found = read_table(table_of_file(write(engineers_table([own]))), {"PADA001": empty})
    assert (found.problems, [row.value for row in found.rows]) == ([], [clean_number(value), value])


def test_identifiers_are_text_cells_that_stay_text_when_typed_over() -> None:
    sheet = load_workbook(BytesIO(engineers_xlsx(engineers_table(OWN.values())))).worksheets[0]
    assert [cell.value for cell in sheet[1]] == [
        "engineer", "name", "payroll number", HOURLY_RATE, GRADE, WORKING_HOURS, "contract", "from",
    ]  # fmt: skip
    number = sheet["C2"]
    assert (number.value, number.data_type, number.number_format) == ("000123", "s", "@")
    assert (sheet["D2"].value, sheet["D2"].data_type) == (31.35, "n")
    assert (sheet["H3"].value, sheet["H3"].number_format) == (A_DAY, "yyyy-mm-dd")
    assert sheet.column_dimensions["C"].number_format == "@"


def test_no_text_of_the_csv_is_a_formula() -> None:
    text = engineers_csv(engineers_table(OWN.values())).decode("utf-8-sig")
    assert "'=B" in text
    assert "'-7" in text
    assert "\r\nPADA001," in text


# Files that somebody brings


def workbook(*rows: list[Any], adapt: Callable[[Worksheet], None] = lambda _: None, sheets: int = 1) -> bytes:
    made = Workbook()
    sheet = made.worksheets[0]
    for row in rows:
        sheet.append(row)
    adapt(sheet)
    for _ in range(sheets - 1):
        made.create_sheet().append(rows[0])
    out = BytesIO()
    made.save(out)
    return out.getvalue()


HEADING = ["engineer", "payroll number", "hourly rate", "from"]


def test_cells_are_read_as_they_look() -> None:
    rows = [["PADA001", "000124", 31.1, A_DAY], ["PBO0002", 10042, "33,00", "first day"]]
    assert table_of_file(workbook(HEADING, *rows)) == (
        "engineer\tpayroll number\thourly rate\tfrom\n"
        "PADA001\t000124\t31.1\t2026-07-01\n"
        "PBO0002\t10042\t33,00\tfirst day\n"
    )


def test_lines_have_the_numbers_of_their_rows() -> None:
    table = table_of_file(workbook([], HEADING, [], ["PNOBODY", None, 1, "first day"]))
    (problem,) = read_table(table, OWN).problems
    assert problem.line == 4


def cell(place: str, value: Any = None, shown: str = "") -> Callable[[Worksheet], None]:
    def adapt(sheet: Worksheet) -> None:
        if value is not None:
            sheet[place] = value
        if shown:
            sheet[place].number_format = shown

    return adapt


@pytest.mark.parametrize(
    ("adapt", "sentence"),
    [
        (cell("C2", "=30+1"), "The cell C2 holds a formula."),
        (cell("C2", A_DAY), "The cell C2 holds a date or a time."),
        (cell("C2", 46143, "d-mmm"), "The cell C2 holds a date or a time."),
        (cell("B2", 123, "000000"), "The cell B2 does not show its figure as it is kept."),
        (cell("C2", 0.31, "0%"), "The cell C2 does not show its figure"),
        *[
            (cell("B2", 123, shown), "The cell B2 does not show its figure")
            for shown in (
                "000\\-00\\-0000",
                '"EMP"0000',
                "[$-409]000000",
                "000000;000000",
                "000 000",
                "[Red]000000",
                "0,",
                "0.0,",
                ";;;",
                '"000"0',
                '"EMP"0',
                "[$EMP]0",
                "[<100]0;0",
                "0.0",
                "#,##0",
                "*00",
                "0E+00",
                "# ?/?",
                'General"x"',
                "0;;",
            )
        ],
        (cell("C2", 30_000, "0,"), "The cell C2 does not show its figure"),
        (cell("C2", 31.35, "0"), "The cell C2 does not show its figure"),
        (cell("C2", 31.357, "#,##0.00"), "The cell C2 does not show its figure"),
        (cell("B2", 1234567890123456), "more than 15 digits"),
        (cell("B2", "00\n12"), "The cell B2 has a line break."),
        (cell("D2", 2026), "The cell D2 holds a figure, no day."),
        (cell("D2", 202607, "0"), "The cell D2 holds a figure, no day."),
        (cell("D2", A_DAY, "mmm yy"), "The cell D2 does not show its whole day."),
        (cell("D2", 59, "yyyy-mm-dd"), "The cell D2 holds no day."),
        (cell("C2", value=True), "The cell C2 holds neither a text nor a figure."),
        (cell("D2", NOON), "The cell D2 holds no day."),
        (cell("CX2", "far away"), "more than 100 columns"),
    ],
)
def test_what_would_be_read_otherwise_than_it_looks_is_refused(
    adapt: Callable[[Worksheet], None], sentence: str
) -> None:
    content = workbook(HEADING, ["PADA001", "000123", 31, "2026-07-01"], adapt=adapt)
    with pytest.raises(FileError, match=sentence):
        table_of_file(content)


@pytest.mark.parametrize(
    ("value", "shown", "read"),
    [
        (31.35, "General", "31.35"),
        (31.35, "0.00", "31.35"),
        (1031.5, "#,##0.00", "1031.5"),
        (31.35, '"£"#,##0.00', "31.35"),
        (31.35, "#,##0.00 [$€-407]", "31.35"),
        (31.35, "#,##0.00 €;[Red]-#,##0.00 €", "31.35"),
        (31, "0", "31"),
        (31, "@", "31"),
    ],
)
def test_an_amount_is_read_in_the_formats_that_show_it(value: float, shown: str, read: str) -> None:
    content = workbook(HEADING, ["PADA001", None, None, "2026-07-01"], adapt=cell("C2", value, shown))
    assert table_of_file(content).splitlines()[1].split("\t")[2] == read


def hidden(title: str, *rows: list[Any]) -> Callable[[Worksheet], None]:
    def adapt(sheet: Worksheet) -> None:
        other = sheet.parent.create_sheet(title)
        other.sheet_state = "hidden"
        for row in rows:
            other.append(row)

    return adapt


@pytest.mark.parametrize("adapt", [hidden("Lists"), hidden("Engineers", HEADING, ["PBO0002", "666"])])
def test_a_hidden_sheet_is_not_read(adapt: Callable[[Worksheet], None]) -> None:
    assert "PADA001\t777" in table_of_file(workbook(HEADING, ["PADA001", "777"], adapt=adapt))


def test_a_workbook_without_a_sheet_that_can_be_seen_and_holds_anything_is_refused() -> None:
    with pytest.raises(FileError, match="Sheets that are hidden are not read"):
        table_of_file(workbook(adapt=hidden("Engineers", HEADING)))


def bomb() -> bytes:
    """A workbook of a few kB that would be 20 MB."""
    out = BytesIO(workbook(HEADING))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"<sst>" + b" " * 20_000_000 + b"</sst>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: workbook(HEADING, sheets=2), "The workbook has 2 sheets."),
        (lambda: workbook(HEADING)[:-200], "The file is no workbook that can be read"),
        (lambda: b"PK\x03\x04 and nothing else", "The file is no workbook that can be read"),
        (lambda: b"\xd0\xcf\x11\xe0 an old one", "Save it as XLSX without a password."),
        (lambda: b"0" * (LARGEST_FILE + 1), "larger than 2 MB"),
        (lambda: b"0" * 500_001, "larger than 500 kB"),
        (lambda: "engineer,grade,from\nPADA001,Jürgen,first day\n".encode("cp1252"), "save it as “CSV UTF-8”"),
        (lambda: b"engineer\0", "save it as “CSV UTF-8”"),
        (lambda: workbook(HEADING, *[["PADA001"]] * 5_001), "At most 5,000 lines"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(content: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        table_of_file(content())


def test_a_file_that_unpacks_to_more_than_its_size_is_refused() -> None:
    with pytest.raises(FileError, match="too large"):
        table_of_file(bomb())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_that_excel_writes_are_read(encoding: str) -> None:
    text = "engineer;grade;from\nPADA001;Jürgen ß;first day\n"
    assert table_of_file(text.encode(encoding)) == text
