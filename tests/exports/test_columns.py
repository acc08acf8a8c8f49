"""The columns of every sheet, walked: printed where the table says, read back, added up, and named by the formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from tests.exports.conftest import VAULT, amended_of, workbook_of
from tests.exports.test_time_off import report_document
from webapp.exports import ExportError, ReportDocument, workbook_bytes
from webapp.exports.cells import Written, written
from webapp.exports.columns import MONEY, Column, Role
from webapp.exports.looks import Look
from webapp.exports.package import Package
from webapp.exports.rows import Cells
from webapp.exports.sheets import adjustments, callouts, checks, detail, findings, rates, summary
from webapp.services.files import PURPOSE

SHEETS = (summary, detail, callouts, adjustments, rates)
"""Those of one table."""
PAY = (summary, detail, callouts)
SEVERAL = (
    checks.TOTALS, checks.ENGINEERS, checks.QUANTITIES, checks.LINES, rates.AMOUNTS, rates.CALENDARS, findings.REASONS,
    findings.LATE, findings.ALWAYS_ON_CALL, findings.DIFFERENCES, findings.SOURCES,
)  # fmt: skip
"""Tables that share a sheet's widths."""
EVERY = [(sheet, column) for sheet in SHEETS for column in sheet.COLUMNS]
named = partial(pytest.mark.parametrize, ids=lambda value: getattr(value, "NAME", getattr(value, "heading", None)))


@pytest.fixture(scope="module")
def full(document: ReportDocument) -> ReportDocument:
    """A report that has every column: of a team, with adjustments and time off."""
    return amended_of(report_document(document))


@pytest.fixture(scope="module")
def read(full: ReportDocument) -> Mapping[str, dict[int, Cells]]:
    """The rows of its workbook by sheet, as they are read back."""
    package = Package(workbook_of(full))
    return {sheet: dict(package.rows(sheet)) for sheet in package.sheets}


def formulas(read: Mapping[str, dict[int, Cells]]) -> list[tuple[list[str], str]]:
    """Every formula of the Checks, with the texts of its row."""
    rows = [[*cells.values()] for cells in read["Checks"].values()]
    return [
        ([each.text for each in row if each.kind == "t"], cell.formula) for row in rows for cell in row if cell.formula
    ]


@named("columns", [*(sheet.COLUMNS for sheet in SHEETS), *SEVERAL])
def test_a_table_has_each_heading_and_each_role_once(columns: tuple[Column[Any], ...]) -> None:
    headings, roles = [column.heading for column in columns], [column.role for column in columns if column.role]
    assert all(headings)
    assert (len(headings), len(roles)) == (len(set(headings)), len(set(roles)))


@named(("sheet", "column"), EVERY)
def test_a_column_is_printed_where_its_table_says_and_read_back(
    sheet: ModuleType, column: Column[Any], full: ReportDocument, read: Mapping[str, dict[int, Cells]]
) -> None:
    table, entries = sheet.table(full), sheet.entries(full)
    letter, rows = table.letter(column), read[sheet.NAME]
    assert column.width
    assert rows[table.header_row][letter].text == column.heading
    assert len(entries) == table.count
    assert [written(column.value(entry)) for entry in entries] == [
        rows[row].get(letter, Written()) for row in range(table.first, table.last + 1)
    ]


@named(("sheet", "column"), [(sheet, column) for sheet, column in EVERY if column.added])
def test_a_total_is_printed_and_added_up_again_by_a_formula(
    sheet: ModuleType, column: Column[Any], full: ReportDocument, read: Mapping[str, dict[int, Cells]]
) -> None:
    table = sheet.table(full)
    printed = read[sheet.NAME][table.total_row][table.letter(column)]
    assert printed == written(column.total(full, sheet.entries(full)))
    found = [formula for texts, formula in formulas(read) if texts == [sheet.NAME, column.heading]]
    assert len(found) == 1
    assert table.total_cell(column) in found[0]
    assert f"SUM({table.range(column)})" in found[0]


@pytest.mark.parametrize("role", [*MONEY, Role.SECONDS_BILLED, Role.TIME_OFF])
def test_a_figure_of_two_sheets_is_compared_for_each_engineer(
    role: Role, full: ReportDocument, read: Mapping[str, dict[int, Cells]]
) -> None:
    sheets = [(sheet, column) for sheet in PAY for column in sheet.COLUMNS if column.role is role]
    assert len(sheets) > 1
    every = " ".join(formula for _, formula in formulas(read) if "SUMIFS" in formula)
    for sheet, column in sheets:
        table = sheet.table(full)
        if (sheet, role) != (callouts, Role.TIME_OFF):
            assert f"SUMIFS({table.range(column)},{table.range(table.of(Role.KEY))}," in every


@pytest.mark.parametrize("table", ["totals", "engineers", "quantities", "lines"])
@pytest.mark.parametrize("which", ["document", "full"])
def test_every_column_of_the_checks_is_printed_and_every_difference_is_0(
    which: str, table: str, request: pytest.FixtureRequest
) -> None:
    """Of a policy that gives time off, too: it has a column more."""
    document = request.getfixturevalue(which)
    where = getattr(checks._places(document), table)
    rows = dict(Package(workbook_of(document)).rows("Checks"))
    assert where.count
    for column in where.columns:
        letter = where.letter(column)
        assert rows[where.header_row][letter].text == column.heading
        cells = [rows[row].get(letter, Written()) for row in range(where.first, where.last + 1)]
        assert any(cell.kind for cell in cells), column.heading
        if column.look is Look.DIFFERENCE:
            assert {float(cell.text) for cell in cells} == {0}


@named(("sheet", "column"), [(sheet, column) for sheet, column in EVERY if sheet in PAY and column.role in MONEY])
def test_money_that_is_not_the_reports_gives_no_file(
    sheet: ModuleType, column: Column[Any], full: ReportDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_more(entry: Any) -> Any:
        value = column.value(entry)
        return value if value is None else value + 1

    for name, columns in [*vars(sheet).items()]:
        if isinstance(columns, tuple) and column in columns:
            changed = [replace(each, value=one_more) if each is column else each for each in columns]
            monkeypatch.setattr(sheet, name, tuple(changed))
    with pytest.raises(ExportError, match=f"{column.heading} on the sheet {sheet.NAME} differs"):
        workbook_bytes(full, partial(VAULT.sign, PURPOSE))
