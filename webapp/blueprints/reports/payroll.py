"""A report for payroll: the rows of its CSV and what is missing in them, the CSV, and the whole report as JSON."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, current_instance, database, today
from webapp.blueprints.downloads import download
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.working import working_set
from webapp.exports import ReportDocument, filename
from webapp.exports.payroll import Entry, entries, missing
from webapp.exports.payroll_csv import csv_bytes
from webapp.exports.report_json import report_json_bytes
from webapp.services import amendments, documents
from webapp.services import payroll as settings
from webapp.services.amendments import AmendmentError
from webapp.services.working_sets import WorkingSet

ROWS_SHOWN = 20


@blueprint.get("/<set_id>/payroll")
def payroll(set_id: str) -> str:
    """What payroll would get."""
    kept = working_set(set_id)
    document, made = _made(kept)
    return _page(kept, document, made)


@blueprint.post("/<set_id>/payroll.csv")
def payroll_csv(set_id: str) -> AnyResponse | tuple[str, int]:
    """The CSV; where a payroll number or a code is missing, only if somebody said to go on."""
    kept = working_set(set_id)
    document, made = _made(kept)
    problem = ""
    if document.report.not_priced and request.form.get("without") != "yes":
        problem = "Some engineers are not priced. Tick the box to download the file without their pay."
    elif missing(made) and request.form.get("incomplete") != "yes":
        problem = "Payroll numbers or codes are missing. Fill them in, or tick the box to download the file with gaps."
    if problem:
        return _page(kept, document, made, problem), 422
    try:
        amendments.deliver(database(), document, current_account().email)
    except AmendmentError as error:
        return _page(kept, document, made, str(error)), 409
    content = csv_bytes(made, document, settings.layout(database()))
    return download(filename(document, "csv"), content, "text/csv")


@blueprint.post("/<set_id>/report.json")
def report_json(set_id: str) -> AnyResponse | tuple[str, int]:
    """The whole report for programs; it says itself who is not priced."""
    kept = working_set(set_id)
    document, made = _made(kept)
    try:
        amendments.deliver(database(), document, current_account().email)
    except AmendmentError as error:
        return _page(kept, document, made, str(error)), 409
    return download(filename(document, "json"), report_json_bytes(document), "application/json")


@blueprint.get("/<set_id>/<any('payroll.csv', 'report.json'):_file>")
def back_to_payroll(set_id: str, _file: str) -> AnyResponse:
    """A refused download's page has the address of the file: a reload leads to what it is about."""
    return redirect(url_for("reports.payroll", set_id=set_id), 303)


def _made(kept: WorkingSet) -> tuple[ReportDocument, list[Entry]]:
    session = database()
    with kept.lock:
        document = documents.document(kept.draft, session)
        codes = settings.codes(session, settings.policy_name(session, kept.draft, today()))
        return document, entries(document, codes, together=settings.layout(session).together)


def _page(kept: WorkingSet, document: ReportDocument, made: list[Entry], problem: str = "") -> str:
    return render_template(
        "reports/payroll.html",
        set_id=kept.id,
        draft=kept.draft,
        document=document,
        made=made,
        shown=made[:ROWS_SHOWN],
        lacking=missing(made),
        keeps=current_instance().settings.keep_after_download,
        currency=document.report.policy.currency,
        problem=problem,
    )
