"""A workbook that carries adjustments: a sheet of their lines, columns of the Summary, and checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.exports.conftest import workbook_of
from webapp.exports import ExportError, ReportDocument
from webapp.exports.reread import reread
from webapp.exports.statement import alone
from webapp.exports.xlsx import _refuse_other_adjustments

Opened = Callable[[bytes], Workbook]


def table(sheet: Worksheet) -> list[dict[str, object]]:
    """The rows of the sheet's table with its row of totals, by heading."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(number for number, row in enumerate(rows) if row[0] == "Engineer")
    ends = next(number for number, row in enumerate(rows[start:], start) if str(row[0]).startswith("Total"))
    return [dict(zip(map(str, rows[start]), row, strict=True)) for row in rows[start + 1 : ends + 1]]


def words(sheet: Worksheet) -> set[str]:
    return {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None}


def money(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def test_a_workbook_without_adjustments_has_no_such_sheet(document: ReportDocument, opened: Opened) -> None:
    book = opened(workbook_of(document))
    assert "Adjustments" not in book.sheetnames
    assert "To pay" not in table(book["Summary"])[0]


def test_every_line_names_the_report_it_amends(amended: ReportDocument, opened: Opened) -> None:
    book = opened(workbook_of(amended))
    assert book.sheetnames[:4] == ["Summary", "Detail", "Callouts", "Adjustments"]
    sheet = book["Adjustments"]
    *lines, total = table(sheet)
    assert [(one["Engineer"], one["Amends report"]) for one in lines] == [
        (one.payee.name, one.report_id) for one in amended.adjustments
    ]
    assert [money(one["Adjustment"]) for one in lines[:3]] == [Decimal("-35.00"), Decimal("39.19"), Decimal("45.00")]
    assert (lines[3]["Adjustment"], money(lines[3]["Hours off adjusted"])) == (None, Decimal("1.50"))
    assert money(total["Adjustment"]) == amended.adjusted == Decimal("49.19")
    told = words(sheet)
    first, second = amended.amends
    assert f"Amends report {first.report_id} ({first.title}) as number 2, after AAAA-BBBB-CCCC-DDDD." in told
    assert f"Amends report {second.report_id} ({second.title}) as number 1." in told


def test_the_summary_pays_with_the_adjustments(amended: ReportDocument, opened: Opened) -> None:
    sheet = opened(workbook_of(amended))["Summary"]
    *engineers, total = table(sheet)
    by_name = {one["Engineer"]: one for one in engineers}
    ada = next(one for one in amended.report.statements if one.person.name == "Ada Example")
    assert money(by_name["Ada Example"]["To pay"]) == ada.total + Decimal("4.19")
    dan = by_name["Dan Departed"]
    assert (money(dan["Total"]), money(dan["To pay"])) == (Decimal(0), Decimal("45.00"))
    assert (money(total["Total"]), money(total["To pay"])) == (amended.report.total, amended.to_pay)
    told = words(sheet)
    assert "Reviewed by mo@example.com, 2026-11-02 09:00:00 UTC." in told
    assert any(text.startswith("With adjustments of earlier reports, on the sheet Adjustments: ") for text in told)


def test_what_was_read_back_is_compared_with_the_report(amended: ReportDocument) -> None:
    found = reread(workbook_of(amended), adjusted=True)
    _refuse_other_adjustments(found, amended)
    less = replace(amended, adjustments=amended.adjustments[1:])
    with pytest.raises(ExportError, match="adjustments of PADA001"):
        _refuse_other_adjustments(found, less)


def test_a_statement_alone_has_its_own_adjustments_only(amended: ReportDocument) -> None:
    found = alone(amended, "PADA001")
    assert found
    assert found.adjusted == Decimal("4.19")
    assert [link.report_id for link in found.amends] == ["3F2A-91C0-77DE-0B14"]
    assert alone(amended, "PBEN002").amends == ()  # type: ignore[union-attr]


def test_the_same_document_gives_the_same_bytes(amended: ReportDocument) -> None:
    assert workbook_of(amended) == workbook_of(amended)
