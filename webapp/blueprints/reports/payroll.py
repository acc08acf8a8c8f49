"""What payroll would get of a report: its rows, what is missing in them, and the files."""

from __future__ import annotations

from flask import render_template

from webapp.blueprints.current import database, today
from webapp.blueprints.reports.delivery import memory_context
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.working import working_set
from webapp.exports.payroll_numbers import shared_refusal
from webapp.services.confirmations import source_of
from webapp.services.deliveries import FORMATS

ROWS_SHOWN = 20


@blueprint.get("/<set_id>/payroll")
def payroll(set_id: str, problem: str = "") -> str:
    """The rows, and a button for each file; `problem`: why one of them was not made."""
    with working_set(set_id) as draft:
        source, title = source_of(database(), draft, today()), draft.title
    return render_template(
        "reports/payroll.html",
        set_id=set_id,
        title=title,
        source=source,
        document=source.document,
        shown=source.entries[:ROWS_SHOWN],
        formats=[row for row in FORMATS.values() if row.is_for_payroll],
        currency=source.document.report.policy.currency,
        problem=problem,
        numbers="" if problem else shared_refusal(source.document),
        **memory_context(),
    )
