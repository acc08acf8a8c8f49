"""Routes of one report. What was read lives in a working set of this login session; nothing is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, current_instance, database
from webapp.blueprints.downloads import XLSX, download
from webapp.blueprints.rendering import is_htmx, render_block
from webapp.blueprints.reports.policy_form import zones
from webapp.blueprints.reports.reading import read_on
from webapp.blueprints.reports.settings_form import SettingsForm, rules_of, settings_form
from webapp.blueprints.reports.warnings import warning_groups
from webapp.blueprints.reports.working import question_asked, start_again, working_set
from webapp.exports import ExportError, ScopeKind, local_words
from webapp.pd.errors import PagerDutyError
from webapp.pricing import PricingError
from webapp.pricing.facts import Span
from webapp.services import (
    amendments,
    documents,
    files,
    policies,
    reporting,
    seen,
)
from webapp.services.amendments import AmendmentError
from webapp.services.calendars import countries
from webapp.services.reporting import Draft, ReportError
from webapp.services.working_sets import WorkingSet

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

GONE = (
    "This report is no longer in memory: its file was delivered, it was forgotten, it was not used for a while, or "
    "CalloutPay was restarted. Press Preview again to read PagerDuty anew."
)


@blueprint.app_template_filter("instants")
def instants(evidence: str, zone: str) -> str:
    """The instants within an evidence text on the wall clock of a zone."""
    return local_words(evidence, zone)


@blueprint.app_template_filter("stretch")
def stretch(span: Span, zone: str) -> str:
    """A span on the wall clock of a zone, such as Sat 3 Oct, 16:00:36 to 16:50:36 CEST."""
    start, end = (instant.astimezone(ZoneInfo(zone)) for instant in (span.start, span.end))
    later = "" if start.date() == end.date() else f"{end:%a %-d %b}, "
    return f"{start:%a %-d %b, %H:%M:%S} to {later}{end:%H:%M:%S %Z}"


blueprint.add_app_template_filter(reporting.progress_words)
blueprint.add_app_template_global(countries, "countries")
blueprint.add_app_template_global(zones, "zones")


@blueprint.get("/<set_id>")
def show(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Read on for a slice, or show the report once everything is read."""
    kept = working_set(set_id)
    going_on = read_on(kept)
    if going_on is not None:
        return going_on
    if is_htmx():
        if "open" in request.args or "close" in request.args:
            return _engineer(kept, request.args.get("open") or request.args["close"])
        return Response(status=200, headers={"HX-Redirect": url_for("reports.show", set_id=set_id)})
    if kept.draft.carried.earlier is not None and not request.args:
        return redirect(url_for("reports.comparison", set_id=set_id), 303)
    return _report_page(kept)


@blueprint.post("/<set_id>/price")
def reprice(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Price what was read by other settings; asks PagerDuty nothing."""
    kept = working_set(set_id)
    form = settings_form(kept.draft, typed=True)
    if not form.validate():
        return _wrong(kept, form)
    with kept.lock:
        try:
            kept.draft.change(policy=rules_of(form))
        except ReportError as error:
            form.evidence.errors = [str(error)]
            return _wrong(kept, form)
        if is_htmx():
            return _preview(kept)
    return redirect(url_for("reports.show", set_id=set_id, open=request.form.getlist("open")), 303)


@blueprint.post("/<set_id>/text")
def as_text(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Go on with the form's fields written as a text, which can say more."""
    kept = working_set(set_id)
    form = settings_form(kept.draft, typed=True)
    if not form.validate():
        return _wrong(kept, form)
    rules = rules_of(form)
    text = policies.PolicyText(policies.text_of(rules), rules.evidence, rules.longest_lead_minutes)
    try:
        with kept.lock:
            kept.draft.change(policy=text)
    except ReportError as error:
        form.evidence.errors = [str(error)]
        return _wrong(kept, form)
    return redirect(url_for("reports.show", set_id=set_id, _anchor="settings-form"), 303)


@blueprint.post("/<set_id>/saved")
def back_to_saved(set_id: str) -> AnyResponse:
    """Drop what was tried out: the policy that is in force prices the report again."""
    kept = working_set(set_id)
    with kept.lock:
        versions = policies.saved_policies(database())
        saved = policies.in_force(versions, kept.draft.period.after - timedelta(days=1))
        if saved is not None:
            kept.draft.change(policy=saved.rules, versions=versions)
    return redirect(url_for("reports.show", set_id=set_id), 303)


@blueprint.get("/<set_id>/<any(price, text, saved, policy, again, also, without, workbook):_action>")
def back(set_id: str, _action: str) -> AnyResponse:
    """A refused form's page has the address of that form: its links and a reload lead to the report again."""
    return redirect(url_for("reports.show", set_id=set_id, **request.args.to_dict(flat=False)), 303)  # type: ignore[arg-type]  # lists are fine


@blueprint.post("/<set_id>/policy")
def save_policy(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Save the settings as the policy's next version, for everybody, from the day that is typed."""
    kept = working_set(set_id)
    form = settings_form(kept.draft, typed=True)
    if not form.validate() or not form.begin_is_said():
        return _wrong(kept, form)
    rules, session = rules_of(form), database()
    try:
        with kept.lock:
            kept.draft.change(policy=rules)
            note = (form.note.data or "").strip()
            saved = policies.save_policy(session, rules, current_account().email, effective=form.first_day(), note=note)
            versions = policies.saved_policies(session)
            kept.draft.change(versions=versions)
    except ReportError as error:
        form.evidence.errors = [str(error)]
        return _wrong(kept, form)
    except policies.TextError as error:
        form.refuse(error.mistakes)
        return _wrong(kept, form)
    flash(f"Saved: {saved.label}. {policies.in_force_words(versions, saved.version)}", "good")
    return redirect(url_for("reports.show", set_id=set_id), 303)


@blueprint.post("/<set_id>/again")
def read_again(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Read PagerDuty anew for the same scope and period, with the settings as typed."""
    kept = working_set(set_id)
    form = settings_form(kept.draft, typed=True)
    if not form.validate():
        return _wrong(kept, form)
    try:
        made = start_again(kept, also=kept.draft.scope.also, policy=rules_of(form))
    except PagerDutyError as error:
        return _report_page(kept, form, error.sentence), 422
    return redirect(url_for("reports.show", set_id=made.id), 303)


@blueprint.post("/<set_id>/also")
def also_include(set_id: str) -> AnyResponse | tuple[str, int]:
    """Take engineers of the team's schedules and policies who are no members into the report, or out of it."""
    kept = working_set(set_id)
    with kept.lock:
        others = kept.draft.others()
    chosen = tuple((user_id, name) for user_id, name in others.items() if user_id in request.form.getlist("also"))
    if chosen != kept.draft.scope.also:
        try:
            kept = start_again(kept, also=chosen, policy=kept.draft.policy)
        except PagerDutyError as error:
            return _report_page(kept, problem=error.sentence), 422
    return redirect(url_for("reports.show", set_id=kept.id), 303)


@blueprint.post("/<set_id>/without")
def do_without(set_id: str) -> AnyResponse:
    """Agree to a report without the parts that cannot be read; without any named, ask for them once more."""
    kept = working_set(set_id)
    with kept.lock:
        agreed = set(request.form.getlist("part"))
        if agreed:
            kept.draft.do_without(agreed)
        else:
            kept.draft.try_again()
    return redirect(url_for("reports.show", set_id=set_id), 303)


@blueprint.post("/<set_id>/workbook")
def workbook(set_id: str) -> AnyResponse | tuple[str, int]:
    """Send the workbook: made whole first, so that a failure is a page and never a cut file."""
    kept = working_set(set_id)
    instance = current_instance()
    with kept.lock:
        document = documents.document(kept.draft, database())
        if document.report.not_priced and request.form.get("without") != "yes":
            problem = "Some engineers are not priced. Tick the box to download the workbook without their pay."
            return _report_page(kept, problem=problem), 422
        try:
            file = files.workbook(kept.draft, document, instance.vault)
            amendments.deliver(database(), document, current_account().email)
        except AmendmentError as error:
            return _report_page(kept, problem=str(error)), 409
        except ExportError as error:
            return _report_page(kept, problem=str(error)), 500
    answer = download(file.name, file.content, XLSX)
    if not instance.settings.keep_after_download:
        answer.call_on_close(lambda: instance.working_sets.forget(set_id))
    return answer


@blueprint.post("/<set_id>/statement/<person_id>")
def statement(set_id: str, person_id: str) -> AnyResponse | tuple[str, int]:
    """Send the workbook of one engineer alone; what was read stays, for those of the others."""
    kept = working_set(set_id)
    with kept.lock:
        document = documents.document(kept.draft, database())
        try:
            file = files.statement(kept.draft, document, person_id, current_instance().vault)
        except ExportError as error:
            return _report_page(kept, problem=str(error)), 500
    if file is None:
        abort(404)
    return download(file.name, file.content, XLSX)


@blueprint.post("/<set_id>/forget")
def forget(set_id: str) -> AnyResponse:
    """Drop what was read, now."""
    current_instance().working_sets.forget(working_set(set_id).id)
    flash("Forgotten: what was read from PagerDuty for that report is no longer in memory.", "good")
    return redirect(url_for("reports.generator", **question_asked(set_id)), 303)


@blueprint.errorhandler(410)
def gone(_error: Exception) -> AnyResponse | tuple[str, int]:
    """The working set has ended; say so where the reader looks, and offer the same question again."""
    question = question_asked((request.view_args or {}).get("set_id", ""))
    context = {"message": GONE, "again": url_for("reports.generator", **question) if question else ""}
    if is_htmx():
        return render_template("reports/_gone.html", **context), 410
    return render_template("reports/gone.html", **context), 410


@blueprint.errorhandler(ReportError)
def still_reading(_error: ReportError) -> AnyResponse:
    """Asked for a report that is not read yet: show how far the reading is."""
    target = url_for("reports.show", set_id=(request.view_args or {})["set_id"])
    return Response(headers={"HX-Redirect": target}) if is_htmx() else redirect(target, 303)


@blueprint.errorhandler(policies.NotInForce)
@blueprint.errorhandler(PricingError)
def not_priceable(error: Exception) -> AnyResponse | tuple[str, int]:
    """The settings contradict themselves or the facts do: nothing was priced."""
    if is_htmx():
        return render_template("reports/_gone.html", message=str(error)), 422
    return render_template("reports/not_priceable.html", message=str(error)), 422


def _report_page(kept: WorkingSet, form: SettingsForm | None = None, problem: str = "") -> str:
    draft = kept.draft
    form = form or settings_form(draft, typed=False)
    return render_template("reports/report.html", form=form, problem=problem, **_report_context(kept))


def _engineer(kept: WorkingSet, person_id: str) -> str:
    """One engineer's rows of the summary, opened or closed in place."""
    with kept.lock:
        report = kept.draft.report
        statement = next((found for found in report.statements if found.person.id == person_id), None)
    if statement is None:
        abort(404)
    return render_template(
        "reports/_engineer_alone.html",
        set_id=kept.id,
        statement=statement,
        currency=report.policy.currency,
        off=report.policy.time_off_digits is not None,
        opened="open" in request.args,
    )


def _preview(kept: WorkingSet) -> str:
    return render_block("reports/report.html", "preview", problem="", **_report_context(kept))


def _report_context(kept: WorkingSet) -> dict[str, Any]:
    draft = kept.draft
    document = documents.document(draft, database())
    users = draft.records.users.values() if draft.records else ()
    return {
        "set_id": kept.id,
        "draft": draft,
        "document": document,
        "came_by": seen.came_by(database(), draft.carried.seen_id, document),
        "warnings": warning_groups(document, kept.id, {user.id for user in users if user.deleted}),
        "report": draft.report,
        "currency": draft.report.policy.currency,
        "off": draft.report.policy.time_off_digits is not None,
        "stipend_days": sum(sum(found.stipend_days.values()) for found in draft.report.statements),
        "opened": _opened(draft),
        "keeps": current_instance().settings.keep_after_download,
        "names": {user.id: user.name for user in users},
    }


def _opened(draft: Draft) -> set[str]:
    """The engineers that stand open: those asked for, and one who is the whole report."""
    if draft.scope.kind is ScopeKind.ENGINEER:
        return {draft.scope.id}
    return set(request.values.getlist("open"))


def _wrong(kept: WorkingSet, form: SettingsForm) -> str | tuple[str, int]:
    """What is wrong with the settings: where the preview stands for htmx, else the page with what was typed."""
    if is_htmx():
        return render_template("reports/_wrong.html", form=form), 422
    return _report_page(kept, form), 422
