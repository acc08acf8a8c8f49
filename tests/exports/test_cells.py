from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.exports.cells import (
    CUT_MARK,
    LONGEST_IN_A_SENTENCE,
    LONGEST_TEXT,
    Formula,
    Value,
    cell_xml,
    clean,
    csv_text,
    normal_figure,
    short,
    written,
)
from webapp.exports.errors import ExportError


def test_a_text_within_a_sentence_is_cut_visibly() -> None:
    longest = "x" * LONGEST_IN_A_SENTENCE
    assert short(longest) == longest
    assert short(f"{longest}x") == f"{longest[:-1]}…"
    assert short("Ada\u202e\nExample") == "Ada Example"


def parsed(value: Value) -> ET.Element:
    return ET.fromstring(cell_xml("A1", 0, written(value)))  # noqa: S314  written by us a moment ago


def figure(value: Value) -> str | None:
    return parsed(value).findtext("v")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "=1+1"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("bell\x07 and null\x00", "bell and null"),
        ("half \ud83d an emoji", "half  an emoji"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u2066isolated\u2069 \u200fmark", "isolated mark"),
        ("not a character \uffff", "not a character "),
        ("家族 👩‍👧 é", "家族 👩‍👧 é"),
    ],
)
def test_text_keeps_its_words_and_loses_what_cannot_be_printed(text: str, expected: str) -> None:
    assert expected == clean(text)


@pytest.mark.parametrize("letter", ["x", "👩"])
def test_a_text_too_long_for_a_cell_is_cut_with_a_mark(letter: str) -> None:
    cut = clean(letter * (LONGEST_TEXT + 1))

    assert cut.endswith(letter + CUT_MARK)
    assert LONGEST_TEXT - 1 <= len(cut.encode("utf-16-le")) // 2 <= LONGEST_TEXT


def test_a_text_that_just_fits_is_not_cut() -> None:
    assert clean("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT


def test_a_text_that_looks_like_an_escape_stays_as_typed() -> None:
    assert "_x005F_x003D_1" in cell_xml("A1", 0, written("_x003D_1"))


@given(st.text(st.characters()))
def test_any_text_is_one_well_formed_inline_string(text: str) -> None:
    cell = parsed(text)

    assert clean(text) == "" or cell.get("t") == "inlineStr"
    assert cell.findall("f") + cell.findall("v") == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "7"),
        (Decimal("96.35"), "96.35"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 10, 31), "46326"),
        (datetime(2026, 10, 31, 18, 0), "46326.7500000000"),  # noqa: DTZ001  wall clock
        (timedelta(hours=36), "1.500000000000"),
        (timedelta(seconds=1), "0.000011574074"),
    ],
)
def test_figures_are_written_exactly(value: Value, expected: str) -> None:
    assert expected == figure(value)


def test_a_formula_carries_its_value() -> None:
    cell = parsed(Formula("SUM(B1:B2)", Decimal("3.50")))

    assert (cell.findtext("f"), cell.findtext("v")) == ("SUM(B1:B2)", "3.50")


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ExportError, match="NaN"):
        written(Decimal("NaN"))


@pytest.mark.parametrize("figure", [Decimal(1234567890123456), Decimal("0.1234567890123456")])
def test_what_a_spreadsheet_would_round_is_refused(figure: Decimal) -> None:
    with pytest.raises(ExportError, match="more digits than a spreadsheet can hold"):
        written(figure)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)) | st.timedeltas(timedelta(), timedelta(days=99_999)))  # noqa: DTZ001  wall clock
def test_times_keep_their_second_and_their_digits_through_any_program(value: datetime | timedelta) -> None:
    text = written(value).text
    length = value - datetime(1899, 12, 30) if isinstance(value, datetime) else value  # noqa: DTZ001

    assert abs(Decimal(text) * 86_400 - length // timedelta(seconds=1)) < Decimal("0.00001")
    assert Decimal(text) == Decimal(normal_figure(text))


@pytest.mark.parametrize(
    ("left", "right"), [("45.00", "45"), ("45", "4.5E1"), ("-0", "0"), ("1.1574074E-05", "0.000011574074")]
)
def test_a_figure_is_the_same_however_a_program_writes_it(left: str, right: str) -> None:
    assert written("x").mark != normal_figure(left)
    assert normal_figure(left) == normal_figure(right)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada", "Ada"),
        ("=1+1", "'=1+1"),
        ("+44 20", "'+44 20"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "' =1+1"),
        ("\x00=1", "'=1"),
        ("\u202e=1", "'=1"),
        ("＝1+1", "'＝1+1"),  # noqa: RUF001  what is tested
        ("a=1", "a=1"),
    ],
)
def test_a_text_for_csv_is_never_calculated(text: str, expected: str) -> None:
    assert expected == csv_text(text)
