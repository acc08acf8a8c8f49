"""A report for payroll: the rows of its CSV and what is missing in them, the CSV, and the whole report as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, database, today
from webapp.blueprints.downloads import download
from webapp.blueprints.reports.delivery import memory_context, not_priced_label, refusal, refuse_stale
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.working import working_set
from webapp.exports import ReportDocument, filename
from webapp.exports.payroll import Entry, entries, missing
from webapp.exports.payroll_csv import Layout, csv_bytes
from webapp.exports.payroll_numbers import shared_refusal
from webapp.exports.report_json import report_json_bytes
from webapp.services import amendments, documents
from webapp.services import payroll as settings
from webapp.services.amendments import AmendmentError

ROWS_SHOWN = 20


@blueprint.get("/<set_id>/payroll")
def payroll(set_id: str) -> str:
    """What payroll would get."""
    return _page(set_id, _file(set_id, sent=False))


@blueprint.post("/<set_id>/payroll.csv")
def payroll_csv(set_id: str) -> AnyResponse | tuple[str, int]:
    """The CSV; where a payroll number or a code is missing, only if somebody said to go on."""
    file = _file(set_id)
    document, made = file.document, file.entries
    problem = refusal(document)
    if document.report.not_priced and request.form.get("without") != "yes":
        problem = problem or (
            "Not downloaded: some engineers are not priced. Fill in what is missing, or tick "
            f"“{not_priced_label(document)}”."
        )
    elif missing(made) and request.form.get("incomplete") != "yes":
        problem = problem or (
            "Not downloaded: payroll numbers or codes are missing. Fill them in, or tick “With gaps where something is "
            "missing”."
        )
    if problem:
        return _page(set_id, file, problem), 422
    try:
        amendments.deliver(database(), document, current_account().email)
    except AmendmentError as error:
        return _page(set_id, file, str(error)), 409
    return download(filename(document, "csv"), csv_bytes(made, document, file.layout), "text/csv")


@blueprint.post("/<set_id>/report.json")
def report_json(set_id: str) -> AnyResponse | tuple[str, int]:
    """The whole report for programs; it says itself who is not priced."""
    file = _file(set_id)
    if problem := refusal(file.document):
        return _page(set_id, file, problem), 422
    try:
        amendments.deliver(database(), file.document, current_account().email)
    except AmendmentError as error:
        return _page(set_id, file, str(error)), 409
    return download(filename(file.document, "json"), report_json_bytes(file.document), "application/json")


@blueprint.get("/<set_id>/<any('payroll.csv', 'report.json'):_file_name>")
def back_to_payroll(set_id: str, _file_name: str) -> AnyResponse:
    """A refused download's page has the address of the file: a reload leads to what it is about."""
    return redirect(url_for("reports.payroll", set_id=set_id), 303)


@dataclass(frozen=True, slots=True)
class _File:
    """What payroll would get, made of one report."""

    title: str
    document: ReportDocument
    entries: list[Entry]
    layout: Layout


def _file(set_id: str, *, sent: bool = True) -> _File:
    session = database()
    layout = settings.layout(session)
    with working_set(set_id) as draft:
        if sent:
            refuse_stale(draft)
        document = documents.document(draft, session)
        codes = settings.codes(session, settings.policy_name(session, draft, today()))
        return _File(draft.title, document, entries(document, codes, together=layout.together), layout)


def _page(set_id: str, file: _File, problem: str = "") -> str:
    return render_template(
        "reports/payroll.html",
        set_id=set_id,
        title=file.title,
        document=file.document,
        made=file.entries,
        shown=file.entries[:ROWS_SHOWN],
        lacking=missing(file.entries),
        currency=file.document.report.policy.currency,
        problem=problem,
        numbers="" if problem else shared_refusal(file.document),
        **memory_context(),
    )
