"""The rules of the file format that Excel is strict about, and LibreOffice and openpyxl are not."""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from openpyxl.utils import column_index_from_string

from tests.exports.conftest import workbook_of
from webapp.exports import ReportDocument

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetProtection", "autoFilter",
    "mergeCells", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter",
)  # fmt: skip
"""ISO/IEC 29500-1, 18.3.1.99: the elements of a worksheet come in this order."""


@pytest.fixture(scope="module")
def parts(document: ReportDocument) -> dict[str, bytes]:
    with ZipFile(BytesIO(workbook_of(document))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def sheets(parts: dict[str, bytes]) -> dict[str, ET.Element]:
    return {name: ET.fromstring(text) for name, text in parts.items() if "worksheets" in name}  # noqa: S314  ours


def cells(sheet: ET.Element) -> Iterator[ET.Element]:
    return sheet.iter(f"{MAIN}c")


def split(place: str) -> tuple[int, int]:
    letters, number = re.fullmatch("([A-Z]+)([0-9]+)", place).groups()  # type: ignore[union-attr]
    return int(number), column_index_from_string(letters)


def test_the_elements_of_a_sheet_stand_in_their_order(sheets: dict[str, ET.Element]) -> None:
    for name, sheet in sheets.items():
        places = [ORDER.index(element.tag.removeprefix(MAIN)) for element in sheet]
        assert places == sorted(places), name
        once = [element.tag for element in sheet if not element.tag.endswith("conditionalFormatting")]
        assert len(once) == len(set(once)), name


def test_rows_and_cells_ascend_and_say_where_they_stand(sheets: dict[str, ET.Element]) -> None:
    for sheet in sheets.values():
        rows = list(sheet.iter(f"{MAIN}row"))
        assert [row.attrib["r"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
        for row in rows:
            places = [split(cell.attrib["r"]) for cell in row]
            assert {number for number, _ in places} <= {int(row.attrib["r"])}
            assert all(left < right for left, right in pairwise(places))
            assert 0 < float(row.attrib.get("ht", "15")) <= 409


def test_every_cell_has_a_style_that_exists(parts: dict[str, bytes], sheets: dict[str, ET.Element]) -> None:
    styles = ET.fromstring(parts["xl/styles.xml"])  # noqa: S314  ours
    known = styles.find(f"{MAIN}cellXfs")
    differing = styles.find(f"{MAIN}dxfs")
    assert known is not None
    assert differing is not None
    assert known.attrib["count"] == str(len(known))
    assert {int(cell.attrib["s"]) for sheet in sheets.values() for cell in cells(sheet)} <= set(range(len(known)))
    rules = [rule for sheet in sheets.values() for rule in sheet.iter(f"{MAIN}cfRule")]
    assert rules
    assert {int(rule.attrib["dxfId"]) for rule in rules} <= set(range(len(differing)))


def test_cells_hold_text_figures_or_formulas_with_their_value(sheets: dict[str, ET.Element]) -> None:
    kinds = set()
    for sheet in sheets.values():
        for cell in cells(sheet):
            inside = tuple(element.tag.removeprefix(MAIN) for element in cell)
            kinds.add((cell.attrib.get("t", "n"), inside))
            for text in cell.iter(f"{MAIN}t"):
                assert len((text.text or "").encode("utf-16-le")) // 2 <= 32_767
    assert kinds == {("n", ()), ("n", ("v",)), ("n", ("f", "v")), ("inlineStr", ("is",))}


def test_formulas_are_short_and_name_cells_of_their_own_workbook(sheets: dict[str, ET.Element]) -> None:
    formulas = [formula.text or "" for sheet in sheets.values() for formula in sheet.iter(f"{MAIN}f")]

    assert max(map(len, formulas)) < 8_192
    names = {name for formula in formulas for name in re.findall(r"([A-Za-z]+)!", formula)}
    assert names <= {"Summary", "Detail", "Callouts", "Checks"}
    functions = {name for formula in formulas for name in re.findall(r"([A-Z]+)\(", formula)}
    assert functions <= {"ABS", "ROUND", "SUM", "SUMIFS", "SUMPRODUCT"}, "what every spreadsheet program knows"


def test_merged_cells_hold_one_value_and_do_not_overlap(sheets: dict[str, ET.Element]) -> None:
    for sheet in sheets.values():
        filled = {split(cell.attrib["r"]) for cell in cells(sheet) if len(cell)}
        rows = set()
        for merged in sheet.iter(f"{MAIN}mergeCell"):
            (top, left), (bottom, right) = map(split, merged.attrib["ref"].split(":"))
            assert top == bottom
            assert top not in rows
            rows.add(top)
            assert [place for place in filled if place[0] == top and left < place[1] <= right] == []


def test_every_part_has_a_type_and_every_target_exists(parts: dict[str, bytes]) -> None:
    types = ET.fromstring(parts["[Content_Types].xml"])  # noqa: S314  ours
    named = {element.attrib["PartName"][1:] for element in types if "PartName" in element.attrib}
    endings = {element.attrib["Extension"] for element in types if "Extension" in element.attrib}
    assert named <= parts.keys()
    assert [name for name in parts if name not in named and name.rpartition(".")[2] not in endings] == []
    targets = re.findall(r'Target="/?([^"]+)"', parts["xl/_rels/workbook.xml.rels"].decode())
    assert {target if target.startswith("xl/") else f"xl/{target}" for target in targets} <= parts.keys()


def test_names_are_defined_once_for_sheets_that_exist(parts: dict[str, bytes]) -> None:
    workbook = ET.fromstring(parts["xl/workbook.xml"])  # noqa: S314  ours
    names = [(name.attrib["name"], name.attrib.get("localSheetId")) for name in workbook.iter(f"{MAIN}definedName")]
    sheets = [sheet.attrib["name"] for sheet in workbook.iter(f"{MAIN}sheet")]

    assert len(names) == len(set(names)) > 5
    assert {int(local or 0) for _, local in names} <= set(range(len(sheets)))
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in sheets)
