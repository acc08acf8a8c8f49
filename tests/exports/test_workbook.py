import tracemalloc
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from types import ModuleType
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.exports.conftest import RATELESS, document_of, facts, place, workbook_of
from webapp.exports import ExportError, ReportDocument, ScopeKind
from webapp.exports.looks import Look, StyleBook, Tone
from webapp.exports.report_json import report_json
from webapp.exports.reread import reread
from webapp.exports.sheets import callouts, detail, summary
from webapp.exports.sheets.findings import DIFFERENCES, SOURCES
from webapp.exports.times import wall_clock
from webapp.pd.result import Tally

Open = Callable[[bytes], Workbook]

FORMATS = {
    "Weekdays": "#,##0",
    "Hours billed": "[h]:mm",
    "Total": '"£"#,##0.00',
}


def entries(sheet: Worksheet) -> list[dict[str, Any]]:
    """The rows of a sheet's table as a reader sees them, up to the total."""
    rows = sheet.iter_rows(values_only=True)
    header = next(row for row in rows if row[0] == "Engineer")
    found = []
    for row in rows:
        entry = dict(zip(header, row, strict=True))
        if entry["PagerDuty id"] is None and entry["Engineer"] != "nobody":
            break
        found.append(entry)
    return found


def money(value: Any) -> Decimal:
    return Decimal(str(value))


def test_there_are_six_sheets_and_a_hidden_one(document: ReportDocument, opened: Open) -> None:
    book = opened(workbook_of(document))

    assert book.sheetnames == ["Summary", "Detail", "Callouts", "Rates", "Policy", "Checks", "Fingerprint"]
    assert [sheet.title for sheet in book if sheet.sheet_state != "visible"] == ["Fingerprint"]


def test_the_summary_says_what_each_statement_says(document: ReportDocument, opened: Open) -> None:
    rows = entries(opened(workbook_of(document))["Summary"])

    assert len(document.report.statements) == len(rows)
    for statement, row in zip(document.report.statements, rows, strict=True):
        person = statement.person
        assert [person.name, person.payroll_number or None, person.email, person.id] == list(row.values())[:4]
        assert [statement.stipend_days.get(day, 0) for day in ("weekday", "weekend", "bank holiday")] == [
            row["Weekdays"],
            row["Weekend days"],
            row["Bank holidays"],
        ]
        assert (statement.payable_callouts, statement.sessions) == (row["Payable callouts"], row["Sessions"])
        assert timedelta(seconds=statement.worked_seconds) == row["Hours worked"]
        assert timedelta(seconds=statement.billed_seconds) == row["Hours billed"]
        assert (statement.stipends, statement.fees, statement.hourly_pay, statement.total) == tuple(
            money(row[heading]) for heading in ("Stipends", "Callout fees", "Hourly pay", "Total")
        )
    assert rows[0]["Also in the workbook of"] == "Search, Payments"


def test_the_detail_has_a_row_for_each_engineer_and_date(document: ReportDocument, opened: Open) -> None:
    rows = entries(opened(workbook_of(document))["Detail"])

    days = [(statement.person, day) for statement in document.report.statements for day in statement.days]
    assert len(days) == len(rows)
    for (person, day), row in zip(days, rows, strict=True):
        assert (person.id, day.date) == (row["PagerDuty id"], row["Date"].date())
        assert f"{day.date:%a}" == row["Weekday"]
        assert (day.day_type, day.day_name or None) == (row["Day type"], row["Holiday"])
        assert timedelta(seconds=day.on_call_seconds) == row["Hours on call"]
        assert (day.on_call_seconds, day.worked_seconds, day.billed_seconds) == (
            row["Seconds on call"],
            row["Seconds worked"],
            row["Seconds billed"],
        )
        assert (day.stipend, day.fees, day.hourly_pay, day.total) == tuple(
            money(row[heading]) for heading in ("Stipend", "Callout fees", "Hourly pay", "Total")
        )
        assert day.sessions == row["Sessions"]


def test_the_callouts_have_a_row_for_each_paid_or_not(document: ReportDocument, opened: Open) -> None:
    rows = entries(opened(workbook_of(document))["Callouts"])

    callouts = [(statement.person, row) for statement in document.report.statements for row in statement.callouts]
    assert len(callouts) + 2 == len(rows)
    for (person, callout), row in zip(callouts, rows, strict=False):
        assert person.zone is not None
        incident = callout.incident
        assert (person.id, callout.date) == (row["PagerDuty id"], row["Booked on"].date())
        assert (incident.number, incident.title, incident.service) == (row["Incident"], row["Title"], row["Service"])
        assert wall_clock(incident.triggered, person.zone) == row["Triggered"]
        assert person.zone == row["Times in"]
        assert (callout.fee, callout.hourly_pay) == (money(row["Callout fee"]), money(row["Hourly pay"]))
        assert (callout.worked_seconds, callout.billed_seconds) == (row["Seconds worked"], row["Seconds billed"])
        assert ("yes" if callout.payable else "no", callout.reason or None) == (row["Paid"], row["Reason"])
    assert tuple(rows[-1][key] for key in ("Engineer", "Title", "Reason")) == (
        "nobody",
        "Disk 80 % full",
        "auto-resolved",
    )
    assert tuple(rows[-2][key] for key in ("Engineer", "Title", "Paid", "Reason")) == (
        "Cat Ohne-Rate",
        "Disk 80 % full",
        "no",
        "joined as responder 2026-10-08 03:02:00 UTC; PagerDuty does not say when they worked",
    )


def test_the_callouts_say_what_a_manager_decided_of_them_and_of_their_evidence(
    document: ReportDocument, opened: Open
) -> None:
    rows = entries(opened(workbook_of(document))["Callouts"])

    decided = {row["Incident"]: row["Decision"] for row in rows if row["Decision"]}
    assert decided == {
        102: "it was Ada Example at 2026-10-03 03:10:00 BST: she said so (Mo Manager, 2026-11-01 09:00:00)",
        106: (
            "pay, from 2026-10-20 23:00:00 to 2026-10-20 23:04:00 and from 2026-10-20 23:06:00 to 2026-10-20 23:10:00"
            ": asked to help (Mo Manager, 2026-11-01 10:00:00)"
        ),
        200: (
            "it was a machine or somebody who is not paid at 2026-10-08 03:00:00 UTC: a bot"
            " (Mo Manager, 2026-11-01 09:00:00)"
        ),
    }


def test_evidence_stands_in_the_pay_zone_and_tells_a_repeated_hour_apart(
    document: ReportDocument, opened: Open
) -> None:
    rows = entries(opened(workbook_of(document))["Callouts"])

    evidence = next(row["Evidence"] for row in rows if row["Incident"] == 104)
    assert evidence.startswith("acknowledged 2026-10-25 01:30:00 BST by Ada Example")


def test_incidents_of_nobody_are_not_in_one_engineers_workbook(document: ReportDocument, opened: Open) -> None:
    one = replace(document, scope_kind=ScopeKind.ENGINEER)

    names = [row["Engineer"] for row in entries(opened(workbook_of(one))["Callouts"])]

    assert "nobody" not in names


def test_an_engineer_who_is_not_priced_has_a_reason_and_no_amount(document: ReportDocument, opened: Open) -> None:
    sheet = opened(workbook_of(document))["Summary"]

    rows = [[value for value in row if value is not None] for row in sheet.iter_rows(values_only=True)]

    assert ["Cat Ohne-Rate", "PCAT003", "not priced: no hourly rate"] in rows
    assert any(str(row[0]) == "Total in GBP, without 1 engineer: Cat Ohne-Rate" for row in rows if row)


def test_a_workbook_in_which_nobody_is_priced_does_not_say_that_nothing_happened(opened: Open) -> None:
    told = facts()
    rateless = replace(told, people=(RATELESS,), silent=(), joined=(), on_call=told.on_call[-1:])
    only = replace(rateless, callouts=tuple(one for one in told.callouts if one.person_id == RATELESS.id))
    book = opened(workbook_of(replace(document_of(only), warnings=())))

    texts = {str(cell) for name in ("Summary", "Callouts") for row in book[name].values for cell in row if cell}

    assert {"Nobody is priced: see below.", "No other warnings. Made by Example Ltd."} <= texts
    assert "Callouts of engineers who are not priced are not listed: Summary names the engineers." in texts
    assert not texts & {"No incident in this period.", "No warnings. Made by Example Ltd."}


def test_the_file_read_back_adds_up_to_the_report(document: ReportDocument) -> None:
    found = reread(workbook_of(document))

    report = document.report
    assert report.total == sum(amounts.total for amounts in found.summary.values())
    assert report.total == sum(amounts.total for amounts in found.detail.values())
    assert report.fees + report.hourly_pay == sum(each.fees + each.hourly_pay for each in found.callouts.values())
    assert {report.total} == {found.printed[name].total for name in ("Summary", "Detail")}


def test_an_engineer_called_total_is_an_engineer(document: ReportDocument) -> None:
    first, *others = document.report.statements
    renamed = replace(first, person=replace(first.person, name="Total Recall"))
    report = replace(document.report, statements=(renamed, *others))

    assert reread(workbook_of(document)).printed == reread(workbook_of(replace(document, report=report))).printed


def test_a_team_called_like_a_heading_is_a_team(document: ReportDocument) -> None:
    named = replace(document, scope_name="PagerDuty id", title="PagerDuty id", scope_notes=("PagerDuty id",))

    assert reread(workbook_of(named)).printed == reread(workbook_of(document)).printed


@pytest.mark.parametrize("part", ["stipends", "fees", "hourly_pay", "total"])
def test_a_report_that_contradicts_itself_gives_no_file(document: ReportDocument, part: str) -> None:
    wrong = replace(document.report, **{part: getattr(document.report, part) + Decimal("0.01")})

    with pytest.raises(ExportError, match=r"differs by 0\.01"):
        workbook_of(replace(document, report=wrong))


@pytest.mark.parametrize("part", ["stipends", "fees", "hourly_pay", "total", "billed_seconds"])
def test_a_statement_that_contradicts_itself_gives_no_file(document: ReportDocument, part: str) -> None:
    first, *others = document.report.statements
    wrong = replace(first, **{part: getattr(first, part) + 1})

    with pytest.raises(ExportError, match="statement of Ada Example does not add up"):
        workbook_of(replace(document, report=replace(document.report, statements=(wrong, *others))))


def test_a_file_that_says_something_else_is_not_handed_out(
    document: ReportDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    less = replace(document.report, statements=document.report.statements[:1])
    others = reread(workbook_of(replace(document, report=_readded(less))))
    monkeypatch.setattr("webapp.exports.xlsx.reread", lambda _, **__: others)

    with pytest.raises(ExportError, match="does not say what the report says for the engineer PBEN002"):
        workbook_of(replace(document))


def _readded(report: Any) -> Any:
    sums = {
        part: sum(getattr(statement, part) for statement in report.statements)
        for part in ("stipends", "fees", "hourly_pay", "total")
    }
    return replace(report, **sums)


def test_a_period_without_anything_is_a_whole_workbook(nothing_happened: ReportDocument, opened: Open) -> None:
    book = opened(workbook_of(nothing_happened))

    texts = [row[0] for row in book["Summary"].iter_rows(values_only=True)]
    assert "Nobody in this scope has time on call or pay in this period." in texts


def part(sheet: Worksheet, title: str) -> list[tuple[Any, ...]]:
    """The rows below a title, up to the next blank one, without the cells behind the last value."""
    rows = iter(sheet.iter_rows(values_only=True))
    assert any(row[0] == title for row in rows)
    found = []
    for row in rows:
        if all(value is None for value in row):
            break
        found.append(tuple(value for value in row if value is not None))
    return found


def test_the_checks_print_the_proof_of_the_reading(document: ReportDocument, opened: Open) -> None:
    rows = part(opened(workbook_of(document))["Checks"], "Read from PagerDuty")

    assert rows == [
        tuple(column.heading for column in SOURCES),
        ("shifts", 4, 2, 4, 310, 12, 1, 3, 5, "2026-08-31 to 2026-11-02"),
        ("engineers", 1, 0, 0, 3, 0, 0, 0, 0),
    ]
    assert len(SOURCES) == len(fields(Tally)) + 1  # and the window


def test_the_checks_name_where_pagerduty_contradicts_itself(document: ReportDocument, opened: Open) -> None:
    title = "On call by PagerDuty's list of on-calls (paid) and by the schedule itself: where they differ"
    checks = opened(workbook_of(document))["Checks"]

    assert part(checks, title) == [
        tuple(column.heading for column in DIFFERENCES),
        (
            "Platform",
            datetime(2026, 10, 6, 8),  # noqa: DTZ001  a cell holds a wall clock; its heading says which
            datetime(2026, 10, 6, 20),  # noqa: DTZ001
            timedelta(hours=12),
            "Ben Beispiel",
            "nobody",
        ),
    ]
    assert part(opened(workbook_of(replace(document, differences=())))["Checks"], title) == [("None.",)]


def test_the_summary_says_who_is_in_the_scope(document: ReportDocument, opened: Open) -> None:
    assert opened(workbook_of(document))["Summary"]["A3"].value == "The members of the team on 2 November 2026."


def test_a_partial_report_says_so_on_every_sheet_and_names_what_is_missing(
    document: ReportDocument, opened: Open
) -> None:
    partial = replace(document, left_out=("shifts", "incidents", "log entries"))
    made = workbook_of(partial)
    book = opened(made)

    assert book["Summary"]["A3"].value == (
        "PARTIAL: made without the shifts, incidents and log entries, which PagerDuty did not let this connection "
        "read. Pay may be missing."
    )
    titles = [book[name]["A1"].value for name in ("Detail", "Callouts", "Rates", "Policy", "Checks")]
    assert [title.endswith("(PARTIAL)") for title in titles] == [True] * 5
    assert part(book["Checks"], "Not read from PagerDuty") == [(partial.partial_words,)]
    assert reread(made).printed["Summary"].total == document.report.total


def test_the_same_document_gives_the_same_bytes(document: ReportDocument) -> None:
    assert workbook_of(document) == workbook_of(replace(document))


def test_the_file_knows_no_clock_but_the_reading(document: ReportDocument, opened: Open) -> None:
    made = workbook_of(document)

    properties = opened(made).properties
    assert (document.read_at, document.read_at) == (
        properties.created.replace(tzinfo=UTC),
        properties.modified.replace(tzinfo=UTC),
    )
    assert (properties.creator, properties.title) == ("CalloutPay", "On-call pay: Platform team")
    assert properties.identifier == report_json(document)["id"]
    with ZipFile(BytesIO(made)) as archive:
        assert {(1980, 1, 1, 0, 0, 0)} == {entry.date_time for entry in archive.infolist()}


def test_no_temporary_file_is_made(document: ReportDocument, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a temporary file was asked for")

    monkeypatch.setenv("TMPDIR", "/nonexistent")
    monkeypatch.setattr("tempfile.tempdir", "/nonexistent")
    for name in ("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "mkstemp", "mkdtemp", "_mkstemp_inner"):
        monkeypatch.setattr(f"tempfile.{name}", refuse)
    monkeypatch.setattr("openpyxl.worksheet._writer.NamedTemporaryFile", refuse)

    assert workbook_of(replace(document)).startswith(b"PK")


def test_figures_have_the_formats_of_what_they_are(document: ReportDocument, opened: Open) -> None:
    book = opened(workbook_of(document))

    def format_of(sheet: ModuleType, heading: str) -> str:
        return str(book[sheet.NAME][place(sheet, document, heading)].number_format)

    assert {heading: format_of(summary, heading) for heading in FORMATS} == FORMATS
    assert format_of(detail, "Date") == "yyyy-mm-dd"
    assert format_of(callouts, "Triggered") == "yyyy-mm-dd hh:mm"


@pytest.mark.parametrize(
    ("currency", "digits", "expected"),
    [
        ("GBP", 2, '"£"#,##0.00'),
        ("JPY", 0, '"¥"#,##0'),
        ("CHF", 2, '"CHF "#,##0.00'),
        ("KWD", 3, '"KWD "#,##0.000'),
    ],
)
def test_money_has_the_sign_and_the_decimals_of_its_currency(currency: str, digits: int, expected: str) -> None:
    workbook = Workbook()
    styles = StyleBook(workbook, currency, digits)

    number = styles.number(Look.MONEY, Tone.ENTRY)

    cell = workbook.worksheets[0]["A1"]
    cell._style = workbook._cell_styles[number]
    assert expected == cell.number_format


def test_sheets_are_set_up_for_reading_and_printing(document: ReportDocument, opened: Open) -> None:
    book = opened(workbook_of(document))

    assert tuple(book[name].freeze_panes for name in ("Summary", "Detail", "Callouts")) == ("B12", "D4", "B4")
    days = detail.table(document)
    assert book["Detail"].auto_filter.ref == f"A{days.header_row}:{days.letter(days.columns[-1])}{days.last}"
    assert [book[name].print_title_rows for name in ("Summary", "Detail", "Checks")] == ["$11:$11", "$3:$3", "$1:$1"]
    for sheet in book:
        assert (
            sheet.page_setup.orientation,
            sheet.page_setup.fitToWidth,
            sheet.page_setup.fitToHeight,
        ) == ("landscape", 1, 0)
        assert sheet.oddFooter.right.text == "Page &P of &N"


@pytest.mark.slow
def test_a_large_organisation_takes_little_memory(large: ReportDocument) -> None:
    """150 of 1,000 engineers take at most as much of 100 MB; `make bench` measures all of them."""
    tracemalloc.start()
    try:
        workbook_of(large)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 15_000_000
