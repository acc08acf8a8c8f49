"""A workbook that comes back: which are ours, what was altered in them, and what is no workbook at all."""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exports.conftest import VAULT, place, workbook_of
from webapp.exports import Outcome, ReportDocument, Verification, verify_package
from webapp.exports.package import NO_WORKBOOK, Limits, Package, Refused
from webapp.exports.report_json import canonical, report_json
from webapp.exports.sheets import detail
from webapp.services.files import PURPOSE
from webapp.vault import Vault

CHECK = partial(VAULT.verify, PURPOSE)
SHEETS = ("Summary", "Detail", "Callouts", "Rates", "Policy", "Checks", "Fingerprint")
Edit = Callable[[str], str]


def verified(content: bytes) -> Verification:
    return verify_package(Package(content), CHECK)


def told(content: bytes) -> list[str]:
    found = verified(content)
    assert found.outcome is Outcome.ALTERED
    return [str(alteration) for alteration in found.alterations]


@pytest.fixture(scope="session")
def made(document: ReportDocument) -> bytes:
    return workbook_of(document)


def part_of(sheet: str) -> str:
    return f"xl/worksheets/sheet{SHEETS.index(sheet) + 1}.xml"


def repacked(content: bytes, edits: dict[str, Edit], packing: int = ZIP_DEFLATED) -> bytes:
    """The file with some of its parts edited as text."""
    target = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(target, "w", packing) as copy:
        for name in source.namelist():
            text = source.read(name).decode()
            copy.writestr(name, edits[name](text) if name in edits else text)
    return target.getvalue()


def edited(content: bytes, sheet: str, edit: Edit) -> bytes:
    changed = repacked(content, {part_of(sheet): edit})
    assert changed != repacked(content, {}), "the test has changed nothing"
    return changed


def cells(content: bytes, sheet: str) -> list[tuple[str, str]]:
    """Place and XML of every cell that holds something."""
    with ZipFile(BytesIO(content)) as archive:
        text = archive.read(part_of(sheet)).decode()
    return [(found[1], found[0]) for found in re.finditer(r'<c r="([A-Z]+\d+)"[^>/]*>.*?</c>', text)]


def altered_cell(xml: str) -> str:
    """The same cell with another text, figure, or formula."""
    if "<f>" in xml:
        return xml.replace("<f>", "<f>0+")
    if "<v>" in xml:
        return re.sub(r"<v>-?(\d)", lambda found: f"<v>{(int(found[1]) + 1) % 10}", xml)
    return re.sub(r"(<t [^>]*>)", r"\1X", xml)


# Ours, unaltered


def test_a_file_as_it_was_made_is_unaltered_to_the_byte(document: ReportDocument, made: bytes) -> None:
    found = verified(made)

    assert (found.outcome, found.alterations) == (Outcome.UNALTERED, ())
    assert found.fingerprint is not None
    assert (found.fingerprint.scope, found.fingerprint.totals["total"]) == (
        "Platform team (team)",
        document.report.total,
    )
    assert (found.fingerprint.first, found.fingerprint.last) == (document.report.period.first, document.last_date)


def test_the_record_is_the_report(document: ReportDocument, made: bytes) -> None:
    assert canonical(report_json(document)) == canonical(verified(made).record())


def test_packed_anew_it_is_still_unaltered(made: bytes) -> None:
    assert verified(repacked(made, {}, ZIP_STORED)).outcome is Outcome.UNALTERED


def test_a_long_record_goes_on_in_the_next_cells(document: ReportDocument) -> None:
    long = replace(document, title="“long” " * 20_000)

    found = verified(workbook_of(long))

    record = found.record()
    assert record is not None
    assert (found.outcome, record["title"]) == (Outcome.UNALTERED, long.title)


@pytest.mark.parametrize("text", ["_x003D_1", "\ud800", "\u202e", "x" * 40_000, "=1", "a\tb", " two  spaces "])
def test_whatever_it_says_it_is_verified(document: ReportDocument, text: str) -> None:
    assert verified(workbook_of(replace(document, authority=text, scope_name=text))).outcome is Outcome.UNALTERED


# Ours, altered


@pytest.mark.slow
@pytest.mark.parametrize("sheet", SHEETS[:-1])
def test_every_single_cell_that_is_altered_is_found_and_named(made: bytes, sheet: str) -> None:
    """Of each row and of each column one: every kind of cell of every table."""
    every = cells(made, sheet)
    rows, columns = set[str](), set[str]()
    for cell, xml in every:
        column, row = re.findall("[A-Z]+|[0-9]+", cell)
        if {column} <= columns and {row} <= rows:
            continue
        columns.add(column)
        rows.add(row)
        changed = edited(made, sheet, lambda text, xml=xml: text.replace(xml, altered_cell(xml), 1))
        assert [f"{sheet}: cell {cell}"] == told(changed)
    assert len(rows) > 5


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace("<v>", "<v>-"),
        lambda xml: re.sub("<v>.*</v>", "", xml),
        lambda xml: re.sub("<v>(.*)</v>", r"<f>\1</f><v>\1</v>", xml),
        lambda xml: re.sub("<v>(.*)</v>", r"<is><t>\1</t></is>", xml.replace(" s=", ' t="inlineStr" s=')),
        lambda xml: xml.replace(" s=", ' t="e" s='),
    ],
    ids=["sign", "emptied", "a formula", "a text", "an error"],
)
def test_another_kind_of_value_is_another_value(document: ReportDocument, made: bytes, change: Edit) -> None:
    cell = place(detail, document, "Total")
    xml = dict(cells(made, "Detail"))[cell]

    assert [f"Detail: cell {cell}"] == told(edited(made, "Detail", lambda text: text.replace(xml, change(xml))))


def test_a_formula_that_shows_another_value_is_found(made: bytes) -> None:
    cell, xml = next((cell, xml) for cell, xml in cells(made, "Checks") if "<f>ROUND" in xml)
    changed = xml.replace("<v>0</v>", "<v>5</v>")

    assert told(edited(made, "Checks", lambda text: text.replace(xml, changed))) == [f"Checks: cell {cell}"]


def test_several_cells_are_named_by_rows_and_columns(document: ReportDocument, made: bytes) -> None:
    altered = (("Stipend", 1), ("Stipend", 2), ("Total", 2), ("Total", 5))
    places = [place(detail, document, heading, entry) for heading, entry in altered]

    def change(text: str) -> str:
        for cell in places:
            xml = dict(cells(made, "Detail"))[cell]
            text = text.replace(xml, altered_cell(xml))
        return text

    stipend, total = places[0].rstrip("5"), places[-1].rstrip("9")
    assert told(edited(made, "Detail", change)) == [f"Detail: rows 5-6 and 9, columns {stipend} and {total}"]


def rows_of(text: str) -> list[str]:
    return re.findall(r"<row .*?</row>", text)


def test_a_removed_row_is_named(made: bytes) -> None:
    def remove(text: str) -> str:
        rows = rows_of(text)
        shifted = "".join(re.sub(r'(r="[A-Z]*)6"', r'\g<1>5"', rows[5]))
        return text.replace(rows[4] + rows[5], shifted)

    found = told(edited(made, "Policy", remove))

    assert len(found) == 1
    assert found[0].startswith("Policy: row")


def test_sorted_rows_are_told_from_altered_ones(made: bytes) -> None:
    def swap(text: str) -> str:
        fourth, fifth = rows_of(text)[3:5]
        moved = re.sub(r'(r="[A-Z]*)5"', r'\g<1>4"', fifth) + re.sub(r'(r="[A-Z]*)4"', r'\g<1>5"', fourth)
        return text.replace(fourth + fifth, moved)

    assert told(edited(made, "Detail", swap)) == [
        "Detail: rows 4-5 in another order; every single row is as it was made"
    ]


def test_a_renamed_and_an_added_sheet_are_named(made: bytes) -> None:
    changed = repacked(made, {"xl/workbook.xml": lambda text: text.replace('name="Rates"', 'name="Prices"')})

    assert told(changed) == ["Rates: the sheet is missing or has another name", "Prices: a sheet that was added"]


def test_dates_that_mean_others_are_found(made: bytes) -> None:
    def count_from_1904(text: str) -> str:
        return re.sub("<workbookPr ?/>", '<workbookPr date1904="1"/>', text)

    assert told(repacked(made, {"xl/workbook.xml": count_from_1904}))[0].startswith("All sheets: every date")


def test_an_altered_record_is_found_and_not_believed(made: bytes) -> None:
    changed = edited(made, "Fingerprint", lambda text: text.replace("PADA001", "PADA002", 1))

    assert told(changed) == ["Fingerprint: the record of the report or the digests of the other sheets"]
    assert verified(changed).record() is None


def test_with_an_altered_record_an_altered_sheet_is_still_found(document: ReportDocument, made: bytes) -> None:
    xml = dict(cells(made, "Detail"))[place(detail, document, "Total")]
    changed = edited(made, "Fingerprint", lambda text: text.replace("PADA001", "PADA002", 1))

    assert "Detail: somewhere" in told(edited(changed, "Detail", lambda text: text.replace(xml, altered_cell(xml))))


def test_an_altered_fingerprint_proves_nothing(made: bytes) -> None:
    changed = edited(made, "Fingerprint", lambda text: text.replace('"currency":"GBP"', '"currency":"EUR"'))

    found = verified(changed)

    assert (found.outcome, found.fingerprint, found.record()) == (Outcome.ALTERED, None, None)
    assert "do not fit each other" in found.sentence


# Saved again


def test_other_looks_are_not_other_values(made: bytes) -> None:
    changed = repacked(made, {"xl/styles.xml": lambda text: text.replace('name val="Calibri"', 'name val="Arial"')})

    assert verified(changed).outcome is Outcome.SAVED_AGAIN


def test_looks_that_tell_another_figure_are_an_alteration(made: bytes) -> None:
    def raise_by_a_thousand(text: str) -> str:
        return text.replace('&quot;£&quot;#,##0.00"', '&quot;£1&quot;#,##0.00"')

    changed = repacked(made, {"xl/styles.xml": raise_by_a_thousand})

    assert told(changed) == [
        'All sheets: cells that show another figure than they hold, by the number format "£1"#,##0.00'
    ]


def test_figures_and_texts_written_another_way_are_the_same(made: bytes) -> None:
    """As other programs do: figures with 17 digits, texts in a part of their own, columns without style."""
    texts: list[str] = []

    def share(found: re.Match[str]) -> str:
        texts.append(found[2])
        return f'<c r="{found[1]}" t="s"><v>{len(texts) - 1}</v></c>'

    def rewrite(text: str) -> str:
        text = re.sub(r'<c r="(\w+)" s="\d+" t="inlineStr"><is><t xml:space="preserve">(.*?)</t></is></c>', share, text)
        text = re.sub(r"<v>(-?\d+\.\d+)</v>", lambda found: f"<v>{float(found[1]):.17g}</v>", text)
        return text.replace("<f>", '<f aca="false">')

    changed = repacked(made, {part_of(name): rewrite for name in SHEETS})
    items = "".join(f'<si><r><t xml:space="preserve">{text}</t></r><rPh><t>said so</t></rPh></si>' for text in texts)
    with ZipFile(added := BytesIO(changed), "a") as archive:
        archive.writestr("xl/sharedStrings.xml", f'<?xml version="1.0"?><sst>{items}</sst>')

    found = verified(added.getvalue())

    assert (found.outcome, found.alterations) == (Outcome.SAVED_AGAIN, ())
    assert found.record() is not None


def test_formulas_that_a_program_wrote_once_for_many_cells_are_the_same(made: bytes) -> None:
    def share(text: str) -> str:
        """The first two engineers' rows: their formulas differ in the row alone."""
        first, second = re.findall(r'<c r="C\d+"[^>]*><f>ROUND\(SUMIFS[^<]*</f>', text)[:2]
        text = text.replace(first, first.replace("<f>", '<f t="shared" ref="C38:C39" si="0">'))
        return text.replace(second, re.sub("<f>.*</f>", '<f t="shared" si="0"/>', second))

    found = verified(edited(made, "Checks", share))

    assert (found.outcome, found.alterations) == (Outcome.SAVED_AGAIN, ())


# Not ours


def test_another_instance_did_not_make_it(made: bytes) -> None:
    other = Vault(b"the master secret of somebody else, as long")

    found = verify_package(Package(made), partial(other.verify, PURPOSE))

    assert (found.outcome, found.fingerprint, found.record()) == (Outcome.FOREIGN, None, None)


def test_what_is_signed_for_another_purpose_is_not_a_workbook(made: bytes) -> None:
    assert verify_package(Package(made), partial(VAULT.verify, "links")).outcome is Outcome.ALTERED


def test_after_a_rotation_of_the_secret_old_files_are_still_ours(made: bytes) -> None:
    rotated = Vault(b"a new master secret, and long enough, too", b"the master secret of a test, long enough")

    assert verify_package(Package(made), partial(rotated.verify, PURPOSE)).outcome is Outcome.UNALTERED


def test_a_workbook_without_fingerprint_is_not_ours(made: bytes) -> None:
    changed = repacked(made, {"xl/workbook.xml": lambda text: text.replace('name="Fingerprint"', 'name="Other"')})

    assert verified(changed).outcome is Outcome.FOREIGN


def test_a_fingerprint_of_another_time_is_refused_and_not_guessed(made: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.exports.sheets.fingerprint.FORMAT", 2)

    with pytest.raises(Refused, match="another version of CalloutPay"):
        verified(made)


# No workbook


def zipped(**parts: str) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"a,b\n1,2\n",
        b"\xd0\xcf\x11\xe0old excel",
        zipped(),
        zipped(hello_xml="<hello/>"),
        zipped(xl__workbook_xml="<a>"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="no workbook of CalloutPay"):
        verified(content)


def test_a_cut_file_is_refused(made: bytes) -> None:
    for size in range(0, len(made), 997):
        with pytest.raises(Refused):
            verified(made[:size])


def test_entities_cannot_multiply(made: bytes) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "xxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">]>'

    with pytest.raises(Refused, match="no workbook"):
        verified(edited(made, "Fingerprint", lambda text: f"{bomb}{text}"))


def test_a_part_that_unpacks_without_end_is_given_up(made: bytes) -> None:
    limits = Limits(unpacked_bytes=2_000_000, kept_bytes=1_000_000)
    for sheet in ("Detail", "Fingerprint"):
        bomb = edited(made, sheet, lambda text: text.replace("<sheetData>", "<sheetData>" + " " * 3_000_000))
        assert len(bomb) < 100_000
        with pytest.raises(Refused, match="Unpacked, this file is larger than"):
            verify_package(Package(bomb, limits), CHECK)


def test_a_file_that_takes_too_long_is_given_up(made: bytes) -> None:
    seconds = iter(range(0, 10_000, 7))

    with pytest.raises(Refused, match="within 60 seconds"):
        verify_package(Package(made, clock=lambda: next(seconds)), CHECK)


def test_a_file_that_is_too_large_is_not_opened(made: bytes) -> None:
    with pytest.raises(Refused, match="larger than 0 MB"):
        Package(made, Limits(packed_bytes=1_000))


def test_two_parts_of_one_name_are_refused(made: bytes) -> None:
    doubled = BytesIO(made)
    with pytest.warns(UserWarning, match="Duplicate name"), ZipFile(doubled, "a") as archive:
        archive.writestr(part_of("Detail"), "<worksheet/>")

    with pytest.raises(Refused, match="no workbook"):
        verified(doubled.getvalue())


@pytest.mark.parametrize(
    "cell",
    [
        '<row r="0"/>',
        '<row r="2000000"/>',
        '<row r="x"/>',
        "<row/>",
        '<row r="1"><c><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="AAAA1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t>' + "x" * 50_000 + "</t></is></c></row>",
    ],
)
def test_cells_that_no_program_writes_are_refused(made: bytes, cell: str) -> None:
    with pytest.raises(Refused) as refused:
        verified(edited(made, "Fingerprint", lambda text: text.replace("<sheetData>", f"<sheetData>{cell}")))

    assert str(refused.value) == NO_WORKBOOK


def flipped(content: bytes, place: int) -> bytes:
    place %= len(content)
    return content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(min_value=0))
def test_a_damaged_file_is_refused_or_tells_the_truth(made: bytes, place: int) -> None:
    try:
        found = verified(flipped(made, place))
    except Refused:
        return
    # What a zip says of dates and systems is no part of a workbook.
    assert found.outcome is Outcome.UNALTERED
    with ZipFile(BytesIO(flipped(made, place))) as now, ZipFile(BytesIO(made)) as then:
        assert [now.read(name) for name in then.namelist()] == [then.read(name) for name in then.namelist()]


def damaged_texts() -> Iterator[bytes]:
    for text in ("<", "</row>", "&#0;", "<c", '<c r="A1">', "\x00"):
        yield text.encode()


@pytest.mark.parametrize("text", list(damaged_texts()))
def test_a_damaged_sheet_is_refused(made: bytes, text: bytes) -> None:
    with pytest.raises(Refused):
        verified(edited(made, "Fingerprint", lambda whole: whole.replace("<sheetData>", f"<sheetData>{text.decode()}")))


def test_a_part_with_a_wrong_checksum_is_refused(made: bytes) -> None:
    place = made.index(zlib.crc32(ZipFile(BytesIO(made)).read(part_of("Detail"))).to_bytes(4, "little"))

    with pytest.raises(Refused):
        verified(made[:place] + bytes(4) + made[place + 4 :].replace(made[place : place + 4], bytes(4)))
