"""The finance workbook: six sheets and a hidden one, made whole in memory, re-read and re-added before it is given."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from webapp.exports.archive import Traces, archive_bytes
from webapp.exports.cells import clean
from webapp.exports.document import ReportDocument
from webapp.exports.errors import ExportError
from webapp.exports.grid import Sheet
from webapp.exports.looks import StyleBook
from webapp.exports.payroll_numbers import refuse_shared
from webapp.exports.reckoning import own_difference, own_total_differences
from webapp.exports.report_json import report_record
from webapp.exports.reread import Amounts, Totals, reread
from webapp.exports.sheets import adjustments, callouts, checks, detail, fingerprint, policy, rates, summary
from webapp.exports.sheets.fingerprint import Sign
from webapp.pricing.report.lines import Report

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDEST_ON_A4 = 260
"""In characters: on one page wide, more could not be read."""
_WRONG = DifferentialStyle(fill=PatternFill("solid", bgColor="F4B6B6"))


def workbook_bytes(document: ReportDocument, sign: Sign) -> bytes:
    """The whole file. The same document and the same signing secret give the same bytes.

    ExportError, and no file, where a total of the report or of the file just made does not add up, or two engineers
    have one payroll number.
    """
    refuse_shared(document)
    _refuse_unsound(document)
    traces, record = Traces(), report_record(document)
    document = replace(document, report_id=record["id"], digest=record["digest"])
    carried = [adjustments] * bool(document.adjustments)
    visible = [module.sheet(document) for module in (summary, detail, callouts, *carried, rates, policy, checks)]
    hidden = fingerprint.sheet(document, record, traces, sign)
    made = archive_bytes(*_prepared(document, [*visible, hidden]), traces)
    found = reread(made, adjusted=bool(document.adjustments))
    _refuse_different(found, document.report)
    _refuse_other_adjustments(found, document)
    return made


def _prepared(document: ReportDocument, sheets: list[Sheet]) -> tuple[Workbook, list[Sheet], StyleBook]:
    """The workbook with its properties and empty sheets, set up for reading and printing."""
    workbook = Workbook()
    styles = StyleBook(workbook, document.report.policy.currency, document.report.policy.minor_digits)
    styles.number(*fingerprint.LOOKS)
    workbook.remove(workbook.worksheets[0])
    properties = workbook.properties
    draft = "DRAFT. " if document.is_draft else ""
    properties.title = clean(f"{draft}{document.title}: {document.scope_name}")
    properties.subject = clean(f"On-call pay, {document.period_label}")
    properties.creator = "CalloutPay"
    properties.identifier = document.report_id
    properties.created = properties.modified = document.read_at.replace(tzinfo=None, microsecond=0)
    for sheet in sheets:
        ws = workbook.create_sheet(sheet.name)
        set_up(ws, sheet)
        if document.is_draft:
            ws.oddHeader = HeaderFooterItem(center=_HeaderFooterPart("DRAFT"))
    return workbook, sheets, styles


def set_up(ws: Worksheet, sheet: Sheet) -> None:
    """Make an empty worksheet ready for reading and printing."""
    for number, width in enumerate(sheet.widths, 1):
        ws.column_dimensions[get_column_letter(number)].width = width
    ws.sheet_view.showGridLines = False
    ws.sheet_state = "hidden" if sheet.hidden else "visible"
    ws.freeze_panes = sheet.frozen
    if sheet.filtered:
        table = sheet.filtered
        ws.auto_filter.ref = f"A{table.header_row}:{get_column_letter(len(table.columns))}{table.last}"
    if sheet.zero_range:
        wrong = Rule("cellIs", operator="notEqual", formula=["0"], dxf=_WRONG)
        ws.conditional_formatting.add(sheet.zero_range, wrong)
    if sheet.repeated_row:
        ws.print_title_rows = f"{sheet.repeated_row}:{sheet.repeated_row}"
    ws.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    ws.page_setup.orientation = "landscape"
    ws.page_setup.paperSize = Worksheet.PAPERSIZE_A3 if sum(sheet.widths) > _WIDEST_ON_A4 else Worksheet.PAPERSIZE_A4
    ws.page_setup.fitToWidth = 1
    ws.page_setup.fitToHeight = 0  # as many pages as it needs
    ws.page_margins.left = ws.page_margins.right = 0.4
    ws.page_margins.top, ws.page_margins.bottom, ws.page_margins.footer = 0.5, 0.8, 0.4
    ws.oddFooter = HeaderFooterItem(left=_HeaderFooterPart("&A"), right=_HeaderFooterPart("Page &P of &N"))


def _refuse_unsound(document: ReportDocument) -> None:
    """A report that contradicts itself is never printed."""
    digits = document.report.policy.minor_digits
    for statement in document.report.statements:
        if miss := own_difference(statement, digits):
            raise ExportError(
                f"The statement of {statement.person.name} does not add up: its parts and totals differ by {miss}. "
                "No file was made. Please report this as an error of the program."
            )
    for (sheet, heading), miss in own_total_differences(document).items():
        if miss:
            raise ExportError(
                f"The report does not add up: {heading} on the sheet {sheet} differs by {miss} from its rows. "
                "No file was made. Please report this as an error of the program."
            )


def _refuse_different(found: Totals, report: Report) -> None:
    """What was read back must be what the report says: for every engineer, on every sheet, and in all."""
    engineers = {
        statement.person.id: Amounts(statement.stipends, statement.fees, statement.hourly_pay, statement.total)
        for statement in report.statements
    }
    everybody = Amounts(report.stipends, report.fees, report.hourly_pay, report.total)
    only_callouts = Amounts(fees=report.fees, hourly_pay=report.hourly_pay)
    expected = {"Summary": everybody, "Detail": everybody, "Callouts": only_callouts}
    nothing = Amounts()
    for person_id in engineers | found.summary | found.detail | found.callouts:
        paid = engineers.get(person_id, nothing)
        called = Amounts(fees=paid.fees, hourly_pay=paid.hourly_pay)
        seen = [sheet.get(person_id, nothing) for sheet in (found.summary, found.detail, found.callouts)]
        if seen != [paid, paid, called]:
            raise ExportError(
                f"The file that was just made does not say what the report says for the engineer {person_id}. "
                "It was not handed out. Please report this as an error of the program."
            )
    if found.printed != expected:
        raise ExportError(
            "The totals of the file that was just made are not those of the report. "
            "It was not handed out. Please report this as an error of the program."
        )


def _refuse_other_adjustments(found: Totals, document: ReportDocument) -> None:
    """What the file pays with adjustments must be what the report says, for every engineer."""
    if not document.adjustments:
        return
    nothing = Decimal(0)
    totals = {statement.person.id: statement.total for statement in document.report.statements}
    payees = {one.payee.id for one in document.adjustments}
    for key in totals.keys() | payees | found.to_pay.keys() | found.adjustments.keys():
        adjusted = document.adjusted_of(key)
        expected = (adjusted, totals.get(key, nothing) + adjusted)
        if (found.adjustments.get(key, nothing), found.to_pay.get(key, nothing)) != expected:
            raise ExportError(
                f"The file that was just made does not say what the report says of the adjustments of {key}. "
                "It was not handed out. Please report this as an error of the program."
            )
