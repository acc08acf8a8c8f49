"""The answer to a comparison, and the adjustments that a later report carries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_instance, database
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.working import working_set
from webapp.exports import ScopeKind
from webapp.exports.comparing import Comparison, ComparisonError
from webapp.exports.reasons import Cause
from webapp.services import comparisons, documents
from webapp.services.amendments import AmendmentError
from webapp.services.comparisons import OpenReport
from webapp.services.reporting import Draft
from webapp.services.working_sets import Busy, Ended


@blueprint.get("/<set_id>/comparison")
def comparison(set_id: str) -> AnyResponse | tuple[str, int]:
    """What differs between the file and what PagerDuty says now, by engineer and line."""
    with _compared(set_id) as draft:
        if draft.records is None or draft.undecided_parts:
            return redirect(url_for("reports.show", set_id=set_id), 303)
    return _page(set_id)


@blueprint.post("/<set_id>/comparison")
def add_adjustments(set_id: str) -> AnyResponse | tuple[str, int]:
    """Let a report of a later period carry the differences of the chosen engineers."""
    chosen, others = request.form.get("target", ""), _others(set_id)
    with _compared(set_id) as draft:
        known = {other.set_id for other in comparisons.targets(draft, others)}
    if chosen not in known:
        return _page(set_id, "Choose the report that is to carry the adjustments.")
    first, second = sorted((set_id, chosen))  # always in this order, or two requests could wait for each other
    try:
        with working_set(first) as one, working_set(second) as other:
            draft, target = (one, other) if first == set_id else (other, one)
            count = comparisons.add(draft, target, request.form.getlist("engineer"), database())
    except (AmendmentError, ComparisonError) as error:
        return _page(set_id, str(error))
    if not count:
        return _page(set_id, "Choose at least one engineer whose pay differs.")
    flash(f"{count} adjustment {'line' if count == 1 else 'lines'} added. The workbook carries them.", "good")
    return redirect(url_for("reports.show", set_id=chosen, _anchor="adjustments"), 303)


@blueprint.post("/<set_id>/adjustments/drop")
def drop_adjustments(set_id: str) -> AnyResponse:
    """Carry the adjustments of one earlier report no more."""
    with working_set(set_id) as draft:
        draft.carried.drop(request.form.get("report", ""))
    return redirect(url_for("reports.show", set_id=set_id), 303)


@contextmanager
def _compared(set_id: str) -> Iterator[Draft]:
    with working_set(set_id) as draft:
        if draft.carried.earlier is None:
            abort(404)
        yield draft


def _others(set_id: str) -> list[OpenReport]:
    """The other reports of this login session that may carry something; one that is at work is left out."""
    sets, sid = current_instance().working_sets, session["sid"]
    found: list[OpenReport | None] = []
    for other in sets.of_session(sid):
        with suppress(Busy, Ended):
            if other != set_id:
                with sets.use(other, sid) as draft:
                    found.append(comparisons.open_report(other, draft))
    return [report for report in found if report is not None]


def _page(set_id: str, problem: str = "") -> tuple[str, int]:
    others, found = _others(set_id), None
    with _compared(set_id) as draft:
        document = documents.document(draft, database())
        try:
            found = comparisons.compared(draft, document)
        except ComparisonError as error:
            problem = str(error)
        page = render_template(
            "reports/comparison.html",
            set_id=set_id,
            draft=draft,
            earlier=draft.carried.earlier,
            document=document,
            currency=document.report.policy.currency,
            found=found,
            left_out=_left_out(draft, found) if found else set(),
            targets=comparisons.targets(draft, others) if found else [],
            problem=problem,
        )
    return page, 422 if problem else 200


def _left_out(draft: Draft, found: Comparison) -> set[str]:
    """Who is not offered to be adjusted at first: joined the team since, and is perhaps paid by another's workbook."""
    if draft.scope.kind is not ScopeKind.TEAM:
        return set()
    return {one.payee.id for one in found.differences if any(reason.cause is Cause.ADDED for reason in one.reasons)}
