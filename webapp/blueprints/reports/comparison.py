"""The answer to a comparison, and the adjustments that a later report carries."""

from __future__ import annotations

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
from webapp.services.reporting import Draft
from webapp.services.working_sets import WorkingSet


@blueprint.get("/<set_id>/comparison")
def comparison(set_id: str) -> AnyResponse | tuple[str, int]:
    """What differs between the file and what PagerDuty says now, by engineer and line."""
    kept = _compared_set(set_id)
    if kept.draft.records is None or kept.draft.undecided_parts:
        return redirect(url_for("reports.show", set_id=set_id), 303)
    return _page(kept)


@blueprint.post("/<set_id>/comparison")
def add_adjustments(set_id: str) -> AnyResponse | tuple[str, int]:
    """Let a report of a later period carry the differences of the chosen engineers."""
    kept = _compared_set(set_id)
    target = next((other for key, other in _targets(kept) if key == request.form.get("target")), None)
    if target is None:
        return _page(kept, "Choose the report that is to carry the adjustments.")
    try:
        with kept.lock, working_set(request.form["target"]).lock:
            count = comparisons.add(kept.draft, target, request.form.getlist("engineer"), database())
    except (AmendmentError, ComparisonError) as error:
        return _page(kept, str(error))
    if not count:
        return _page(kept, "Choose at least one engineer whose pay differs.")
    flash(f"{count} adjustment {'line' if count == 1 else 'lines'} added. The workbook carries them.", "good")
    return redirect(url_for("reports.show", set_id=request.form["target"], _anchor="adjustments"), 303)


@blueprint.post("/<set_id>/adjustments/drop")
def drop_adjustments(set_id: str) -> AnyResponse:
    """Carry the adjustments of one earlier report no more."""
    kept = working_set(set_id)
    with kept.lock:
        kept.draft.carried.drop(request.form.get("report", ""))
    return redirect(url_for("reports.show", set_id=set_id), 303)


def _compared_set(set_id: str) -> WorkingSet:
    kept = working_set(set_id)
    if kept.draft.carried.earlier is None:
        abort(404)
    return kept


def _targets(kept: WorkingSet) -> list[tuple[str, Draft]]:
    own = current_instance().working_sets.of_session(session["sid"])
    return comparisons.targets(kept.draft, [(other.id, other.draft) for other in own if other.id != kept.id])


def _page(kept: WorkingSet, problem: str = "") -> tuple[str, int]:
    draft = kept.draft
    found: Comparison | None = None
    try:
        with kept.lock:
            document = documents.document(draft, database())
            found = comparisons.compared(draft, database())
    except ComparisonError as error:
        problem = str(error)
    page = render_template(
        "reports/comparison.html",
        set_id=kept.id,
        draft=draft,
        earlier=draft.carried.earlier,
        document=document,
        currency=document.report.policy.currency,
        found=found,
        left_out=_left_out(draft, found) if found else set(),
        targets=_targets(kept) if found else [],
        problem=problem,
    )
    return page, 422 if problem else 200


def _left_out(draft: Draft, found: Comparison) -> set[str]:
    """Who is not offered to be adjusted at first: joined the team since, and is perhaps paid by another's workbook."""
    if draft.scope.kind is not ScopeKind.TEAM:
        return set()
    return {one.payee.id for one in found.differences if any(reason.cause is Cause.ADDED for reason in one.reasons)}
