"""Sign-off: a report is marked as reviewed, or linked to; and whether it is still what somebody saw."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, current_instance, database, pagerduty
from webapp.blueprints.reports.delivery import LINK, REVIEW, refusal, refuse_stale
from webapp.blueprints.reports.request_form import question_of
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.working import start, working_set
from webapp.exports import ReportDocument, ScopeKind
from webapp.models import SeenReport
from webapp.pd.client import Client
from webapp.pricing.report.lines import Period
from webapp.services import documents, periods, policies, seen
from webapp.services.reporting import Draft, Scope

DIGEST_SHOWN = 16


@blueprint.get("/<set_id>/review")
def review(set_id: str, problem: str = "") -> str:
    """Who reviewed this report, and whether it has changed since; `problem`: why something was not done."""
    with working_set(set_id) as draft:
        return _page(set_id, draft, problem=problem)


@blueprint.post("/<set_id>/review")
def mark_reviewed(set_id: str) -> AnyResponse | tuple[str, int]:
    """Mark exactly this report as reviewed, in one's own name."""
    with working_set(set_id) as draft:
        refuse_stale(draft)
        document = documents.document(draft, database())
        if problem := _refusal(document, REVIEW):
            return _page(set_id, draft, problem=problem), 422
    by = current_account().email
    if any(one.by == by for one in document.reviews):
        flash("You have marked exactly this report as reviewed already.", "info")
    else:
        seen.keep(database(), document, by, reviewed=True)
        flash("Marked as reviewed. The workbook names you, as long as the report stays as it is.", "good")
    return redirect(url_for("reports.review", set_id=set_id), 303)


@blueprint.post("/<set_id>/review/withdraw")
def withdraw_review(set_id: str) -> AnyResponse:
    """Take one's own review of exactly this report back."""
    with working_set(set_id) as draft:
        seen.withdraw(database(), documents.document(draft, database()), current_account().email)
    flash("Your review is withdrawn. Files that were downloaded before still name you.", "good")
    return redirect(url_for("reports.review", set_id=set_id), 303)


@blueprint.post("/<set_id>/link")
def make_link(set_id: str) -> str | tuple[str, int]:
    """A link by which others see later whether the report is still the same; it holds no amount and no name."""
    with working_set(set_id) as draft:
        refuse_stale(draft)
        document = documents.document(draft, database())
        if problem := _refusal(document, LINK):
            return _page(set_id, draft, problem=problem), 422
        row = seen.keep(database(), document, current_account().email, reviewed=False)
        return _page(set_id, draft, link=_link(row, draft))


@blueprint.get("/<set_id>/<any(link):_action>")
def back_to_review(set_id: str, _action: str) -> AnyResponse:
    """A reload of what a form gave leads to the page of the form."""
    return redirect(url_for("reports.review", set_id=set_id), 303)


@blueprint.get("/seen/<seen_id>")
def seen_report(seen_id: str) -> AnyResponse | str:
    """Where a link leads: what was seen, by whom, when; reading PagerDuty tells whether it is still the same."""
    row = seen.find(database(), seen_id)
    if row is None:
        abort(404)
    return render_template("reports/seen.html", row=row, period=periods.label(_period(row)))


@blueprint.post("/seen/<seen_id>")
def read_seen(seen_id: str) -> AnyResponse | tuple[str, int]:
    """Read PagerDuty for the same scope and period, by the policy in force, to be compared with what was seen."""
    row = seen.find(database(), seen_id)
    if row is None:
        abort(404)
    saved = policies.current_policy(database(), row.last)
    if saved is None:
        flash("No policy is saved yet, so nothing can be priced. Save one below a report first.", "bad")
        return redirect(url_for("reports.generator"), 303)
    card = pagerduty().working_card(current_account().id)
    if (card.region.value, card.subdomain) != (row.region, row.subdomain):
        message = (
            f"The report is of the PagerDuty account {row.subdomain} ({row.region.upper()}); you are connected to "
            f"{card.subdomain} ({card.region.value.upper()})."
        )
        return render_template("reports/seen.html", row=row, period=periods.label(_period(row)), problem=message), 422
    set_id = start(_scope(row), _period(row), saved.rules)
    with working_set(set_id) as draft:
        draft.carried.seen_id = row.id
    return redirect(url_for("reports.show", set_id=set_id), 303)


def _refusal(document: ReportDocument, act: str) -> str:
    """Why it is neither reviewed nor shared; "" where it may be."""
    if document.is_draft:
        return "Nobody can make this report again, because its settings are not saved. Save them on the report first."
    return refusal(document, act)


def _page(set_id: str, draft: Draft, link: str = "", problem: str = "") -> str:
    document = documents.document(draft, database())
    return render_template(
        "reports/review.html",
        set_id=set_id,
        draft=draft,
        document=document,
        own=any(one.by == current_account().email for one in document.reviews),
        outdated=seen.outdated(database(), document),
        came_by=seen.came_by(database(), draft.carried.seen_id, document),
        link=link,
        problem=problem,
    )


def _link(row: SeenReport, draft: Draft) -> str:
    """Scope, period, policy and digest stand in it for the reader; what counts is kept under the id."""
    told = question_of(draft.scope, draft.period) | {"policy": row.policy_label, "digest": row.digest[:DIGEST_SHOWN]}
    base = current_instance().settings.base_url.rstrip("/")
    return base + url_for("reports.seen_report", seen_id=row.id, **told)  # type: ignore[arg-type]  # texts are fine


def _period(row: SeenReport) -> Period:
    return periods.between(row.first, row.last)


def _scope(row: SeenReport) -> Scope:
    """The same scope; what people and teams are called today, PagerDuty says."""
    kind, also = ScopeKind(row.scope_kind), tuple((user_id, user_id) for user_id in row.also)
    if kind is ScopeKind.ORGANISATION:
        return Scope(kind, "", "Organisation")

    def name(client: Client) -> str:
        if kind is ScopeKind.ENGINEER:
            return client.user(row.scope_id).name
        return next((team.name for team in client.teams() if team.id == row.scope_id), row.scope_id)

    return Scope(kind, row.scope_id, pagerduty().ask(current_account().id, name), also)
