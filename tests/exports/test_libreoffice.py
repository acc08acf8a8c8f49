"""The workbook as LibreOffice calculates it, from the formulas alone."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from tests.exports.conftest import workbook_of
from webapp.exports import ReportDocument
from webapp.exports.reread import reread

pytestmark = pytest.mark.slow

Recalculate = Callable[[bytes], Workbook]


@pytest.fixture
def recalculate(tmp_path: Path) -> Recalculate:
    """Opens a file in LibreOffice, which calculates every formula anew, and gives what it saves."""
    soffice = shutil.which("soffice")
    if soffice is None:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("LibreOffice is required (REQUIRE_ALL=1), but there is no soffice on the path.")
        pytest.skip("LibreOffice is not installed: no soffice on the path.")

    def convert(made: bytes) -> Workbook:
        source, target = tmp_path / "made.xlsx", tmp_path / "out"
        source.write_bytes(made)
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = [soffice, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
        subprocess.run([*command, str(target), str(source)], check=True, capture_output=True, timeout=120)  # noqa: S603
        return load_workbook(target / "made.xlsx", data_only=True)

    return convert


def without_values(made: bytes) -> bytes:
    """The file with every formula's value spoiled: what LibreOffice shows, it has calculated."""
    target = BytesIO()
    with ZipFile(BytesIO(made)) as source, ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet6.xml":
                content = re.sub(rb"</f><v>[^<]*</v>", b"</f>", content)
            copy.writestr(name, content)
    return target.getvalue()


def zeros(book: Workbook) -> tuple[Decimal, list[object]]:
    """The sum of all differences, and every single one."""
    sheet = book["Checks"]
    total = next(row[1] for row in sheet.iter_rows(values_only=True) if row[0] == "Sum of all differences")
    columns: list[int] = []
    found: list[object] = []
    for row in sheet.iter_rows(values_only=True):
        if row[0] is None:
            columns = []
        elif row[1] in {"Column", "PagerDuty id"}:
            words = ("ifference", " less ")
            columns = [n for n, heading in enumerate(row) if heading and any(word in heading for word in words)]
        else:
            found += [row[number] for number in columns]
    return Decimal(str(total)), found


def test_recalculated_every_check_is_zero(document: ReportDocument, recalculate: Recalculate) -> None:
    book = recalculate(without_values(workbook_of(document)))

    total, differences = zeros(book)

    assert total == 0
    assert {0} == set(differences)
    assert len(differences) > 60
    book.close()


def test_recalculated_every_check_of_adjustments_is_zero(amended: ReportDocument, recalculate: Recalculate) -> None:
    book = recalculate(without_values(workbook_of(amended)))

    total, differences = zeros(book)

    assert total == 0
    assert {0} == set(differences)
    book.close()


def test_a_changed_adjustment_is_found_by_the_formulas(amended: ReportDocument, recalculate: Recalculate) -> None:
    made = workbook_of(amended)
    changed = load_workbook(BytesIO(made))
    sheet = changed["Adjustments"]
    cell = next(row[9] for row in sheet.iter_rows() if row[0].value == "Ada Example")
    cell.value = float(cell.value) + 1
    target = BytesIO()
    changed.save(target)
    changed.close()

    book = recalculate(target.getvalue())

    assert zeros(book)[0] == 2  # against the total of the sheet, and against the engineer's row of the Summary
    book.close()


def test_recalculated_hours_times_rate_are_what_was_paid(document: ReportDocument, recalculate: Recalculate) -> None:
    book = recalculate(without_values(workbook_of(document)))

    rows = list(book["Checks"].iter_rows(values_only=True))
    start = next(number for number, row in enumerate(rows) if "Seconds x rate / 3600" in row)
    column = rows[start].index("Seconds x rate / 3600")
    table = takewhile(lambda row: row[0], rows[start + 1 :])  # further tables stand below it
    again = [Decimal(str(row[column])) for row in table]
    lines = [line for each in document.report.statements for line in each.lines if line.component == "hourly pay"]

    assert [line.amount for line in lines] == again
    assert document.report.hourly_pay == sum(again)
    book.close()


def test_what_libreoffice_saves_has_the_same_totals(document: ReportDocument, recalculate: Recalculate) -> None:
    made = workbook_of(document)
    book = recalculate(made)

    for name in ("Summary", "Detail"):
        totals = [
            row
            for row in book[name].iter_rows(values_only=True)
            if str(row[0]).startswith("Total in GBP") or row[0] == "Total"
        ]
        header = next(row for row in book[name].iter_rows(values_only=True) if row[0] == "Engineer")
        assert [document.report.total] == [Decimal(str(row[header.index("Total")])) for row in totals]
    assert reread(made).printed["Summary"].total == document.report.total
    book.close()


def test_a_changed_amount_is_found_by_the_formulas(document: ReportDocument, recalculate: Recalculate) -> None:
    """A check that cannot fail is no check."""
    made = workbook_of(document)
    changed = load_workbook(BytesIO(made))
    sheet = changed["Detail"]
    sheet["H4"].value = float(sheet["H4"].value) + 1
    target = BytesIO()
    changed.save(target)
    changed.close()

    book = recalculate(target.getvalue())
    total, _ = zeros(book)

    assert total > 0
    book.close()


def test_an_empty_workbook_calculates_too(nothing_happened: ReportDocument, recalculate: Recalculate) -> None:
    book = recalculate(without_values(workbook_of(nothing_happened)))

    assert zeros(book)[0] == 0
    book.close()
