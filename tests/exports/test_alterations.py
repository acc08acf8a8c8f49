import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.exports.alterations import locate, shows_another_figure
from webapp.exports.digests import SheetDigest

MADE = [["a1", "b1"], ["a2", "b2"], ["a3", "b3"], ["a4", "b4"]]


def digest(rows: list[list[str]]) -> SheetDigest:
    found = SheetDigest()
    for number, row in enumerate(rows, 1):
        found.add(number, [(letter, mark) for letter, mark in zip("ABC", row, strict=False) if mark])
    return found


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["a1", "b1"], ["a2", "x"], ["a3", "b3"], ["a4", "b4"]], "cell B2"),
        ([["a1", "b1"], ["a2", ""], ["a3", "b3"], ["a4", "b4"]], "cell B2"),
        ([["a1", "b1"], ["a2", "b2", "c2"], ["a3", "b3"], ["a4", "b4"]], "cell C2"),
        ([["a1", "x"], ["a2", "x"], ["y", "b3"], ["a4", "b4"]], "rows 1-3, columns A and B"),
        ([["a2", "b2"], ["a1", "b1"], ["a3", "b3"], ["a4", "b4"]],
         "rows 1-2 in another order; every single row is as it was made"),
        ([["a1", "b1"], ["a4", "b4"]], "2 rows removed after row 1"),
        ([["a1", "b1"], ["a2", "b2"], ["a3", "b3"]], "1 row removed after row 3"),
        ([*MADE[:2], ["new", "new"], *MADE[2:]], "row 3 added"),
        ([*MADE, ["new", "new"]], "row 5 added"),
        ([MADE[0], ["new", "new"], MADE[3]], "row 2 in place of 2 others"),
        ([], "4 rows removed after row 0"),
    ],
)  # fmt: skip
def test_what_differs_is_said_by_rows_and_columns(rows: list[list[str]], expected: str) -> None:
    made = digest(MADE)

    assert expected == locate(made.rows, made.columns, digest(rows))


def test_many_places_are_counted() -> None:
    made, now = digest([[str(n)] for n in range(60)]), digest([[str(n) if n % 2 else "x"] for n in range(60)])

    words = locate(made.rows, made.columns, now)

    assert words.startswith("rows 1, 3, 5, ")
    assert words.endswith("23 and 18 more places, column A")


@given(st.lists(st.lists(st.sampled_from(["", "t", "n1", "n12", "2:t"]), max_size=3)), st.data())
def test_sheets_have_the_same_digests_only_if_they_hold_the_same(rows: list[list[str]], data: st.DataObject) -> None:
    others = data.draw(st.permutations(rows)) if rows else [["x"]]

    def held(table: list[list[str]]) -> list[list[str]]:
        cut = ["\n".join(row).rstrip("\n").split("\n") if any(row) else [] for row in table]
        while cut and not cut[-1]:
            cut.pop()
        return cut

    assert (held(rows) == held(others)) == (digest(rows).whole == digest(others).whole)


def test_a_text_cannot_pass_for_two_cells() -> None:
    one, two = SheetDigest(), SheetDigest()
    one.add(1, [("A", "tx"), ("B", "ty")])
    two.add(1, [("A", "txB2:ty")])

    assert one.whole != two.whole


@pytest.mark.parametrize(
    "code",
    [
        '"£"#,##0.00', '"KWD "#,##0.000', '"¥"#,##0', "#,##0.00##", "[h]:mm", "yyyy-mm-dd", "General",
        "yyyy\\-mm\\-dd hh:mm",
        "[$£-809]#,##0.00", "[$-409]yyyy\\-mm\\-dd", "#,##0.00;[Red]-#,##0.00", '_-"£"* #,##0.00_-;-"£"* #,##0.00_-',
        "[hh]:mm", "[$NOK] #,##0.00", "0.00;-0.00;;@",
    ],
)  # fmt: skip
def test_a_format_that_shows_what_a_cell_holds_is_no_alteration(code: str) -> None:
    assert not shows_another_figure(code)


@pytest.mark.parametrize(
    "code",
    [
        '"£900.00"',
        '"£9"#,##0.00',
        "\\9#,##0.00",
        "#,##0,",
        "#,##0.00,,",
        "0%",
        "-#,##0.00",
        ";;;",
        '"paid"',
        "0;;",
        "9000",
    ],
)
def test_a_format_that_shows_another_figure_is_one(code: str) -> None:
    assert shows_another_figure(code)
