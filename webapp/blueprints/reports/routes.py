"""Routes of one report. What was read lives in a working set of this login session; nothing is stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import Gone
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, database, today
from webapp.blueprints.rendering import is_htmx, render_block
from webapp.blueprints.reports.delivery import (
    StalePage,
    memory_context,
    page_of,
    saving_refusal,
    send,
    unseen_versions,
)
from webapp.blueprints.reports.policy_form import zones
from webapp.blueprints.reports.reading import read_elsewhere, read_on
from webapp.blueprints.reports.settings_form import (
    SettingsForm,
    base_of,
    refuse_schedules,
    refuse_stale_save,
    refuse_stale_settings,
    refuse_unread,
    rules_of,
    settings_form,
)
from webapp.blueprints.reports.warnings import warning_groups
from webapp.blueprints.reports.working import (
    end_report,
    question_asked,
    save_own,
    saved_now,
    saving,
    start_again,
    take_in_saved,
    tell,
    working_set,
)
from webapp.exports import ExportError, ScopeKind, local_words
from webapp.pd.errors import PagerDutyError
from webapp.pricing import PricingError
from webapp.pricing.spans import Interval, instant_of
from webapp.services import documents, policies, reporting, rule_notices, seen
from webapp.services.amendments import AmendmentError
from webapp.services.calendars.national import region_note
from webapp.services.calendars.regions import choices
from webapp.services.confirmations import NotDelivered, Source, mark, tick_label
from webapp.services.deliveries import FORMATS, WORKBOOK, prepare
from webapp.services.doubt_warnings import act_words, alternative_words
from webapp.services.people import NumberTaken
from webapp.services.reading_needs import ReportError
from webapp.services.reporting import Draft
from webapp.services.schedule_names import ScheduleNameError
from webapp.services.working_sets import Busy

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

PAGES = ("payroll", "review", "comparison")
"""Of a report, besides its own: an update leads back to where it was asked for."""
PAGE_OF = {
    "reports.mark_reviewed": "reports.review",
    "reports.make_link": "reports.review",
}
"""Where a button stands that is not on the report's own page."""
STATUSES = {StalePage: 409, NotDelivered: 422, AmendmentError: 409, ExportError: 500}
"""Of the page that says why something was not done."""
GONE = (
    "This report is no longer in memory: it was forgotten, it was not used for a while, or CalloutPay was restarted. "
    "Press Preview again to read PagerDuty anew."
)


@blueprint.app_template_filter("instants")
def instants(evidence: str, zone: str) -> str:
    """The instants within an evidence text on the wall clock of a zone."""
    return local_words(evidence, zone)


@blueprint.app_template_filter("until")
def until(start: datetime, end: datetime, zone: str) -> str:
    """Two instants on the wall clock of a zone, such as Sat 3 Oct, 16:00:36 to 16:50:36 CEST."""
    start, end = (instant.astimezone(ZoneInfo(zone)) for instant in (start, end))
    later = "" if start.date() == end.date() else f"{end:%a %-d %b}, "
    return f"{start:%a %-d %b, %H:%M:%S} to {later}{end:%H:%M:%S %Z}"


@blueprint.app_template_filter("stretch")
def stretch(span: Interval, zone: str) -> str:
    """The same of a span of seconds."""
    start, end = map(instant_of, span)
    return until(start, end, zone)


blueprint.add_app_template_filter(reporting.progress_words)
blueprint.add_app_template_filter(mark)
blueprint.add_app_template_filter(act_words, "act")
blueprint.add_app_template_filter(alternative_words, "worth")
blueprint.add_app_template_filter(tick_label)
blueprint.add_app_template_global(choices, "regions")
blueprint.add_app_template_global(region_note)
blueprint.add_app_template_filter(region_note)
blueprint.add_app_template_global(zones, "zones")


@blueprint.get("/<set_id>")
def show(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Read on for a slice, or show the report once everything is read."""
    with working_set(set_id) as draft:
        going_on = read_on(set_id, draft)
        if going_on is not None:
            return going_on
        if is_htmx():
            if "open" in request.args or "close" in request.args:
                return _engineer(set_id, draft, request.args.get("open") or request.args["close"])
            return Response(status=200, headers={"HX-Redirect": url_for("reports.show", set_id=set_id)})
        if draft.carried.earlier is not None and not request.args:
            return redirect(url_for("reports.comparison", set_id=set_id), 303)
        return _report_page(set_id, draft)


@blueprint.post("/<set_id>/price")
def reprice(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Price what was read by other settings; asks PagerDuty nothing."""
    with working_set(set_id) as draft:
        form = settings_form(draft, typed=True)
        if not _try_out(draft, form):
            return _wrong(set_id, draft, form)
        if is_htmx():
            return render_block("reports/report.html", "preview", problem="", **_report_context(set_id, draft))
    return redirect(url_for("reports.show", set_id=set_id, open=request.form.getlist("open")), 303)


@blueprint.post("/<set_id>/text")
def as_text(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Go on with the form's fields written as a text, which can say more."""
    with working_set(set_id) as draft:
        form = settings_form(draft, typed=True)
        if not _try_out(draft, form):
            return _wrong(set_id, draft, form)
        draft.change(policy=policies.as_text(draft.policy))
    return redirect(url_for("reports.show", set_id=set_id, _anchor="settings-form"), 303)


@blueprint.post("/<set_id>/saved")
def back_to_saved(set_id: str) -> AnyResponse | tuple[str, int]:
    """Drop what was tried out: the policy that is in force prices the report again."""
    with working_set(set_id) as draft:
        saved = saved_now(draft)
        others = draft.missing(saved)
        in_force = policies.in_force(saved.versions, draft.inputs.last_day)
        if in_force is not None:
            try:
                draft.change(policy=in_force.rules)
                draft.take_in(saved)
            except ScheduleNameError as error:
                return _report_page(set_id, draft, problem=f"The saved policy cannot price this report. {error}"), 422
            except ReportError:
                if draft.records is None:
                    raise
                set_id = start_again(set_id, draft, also=draft.scope.also, policy=in_force.rules)
            tell(others)
    return redirect(url_for("reports.show", set_id=set_id), 303)


@blueprint.get("/<set_id>/<any(price, text, saved, policy, download, update, again, also, without):_action>")
def back(set_id: str, _action: str) -> AnyResponse:
    """A refused form's page has the address of that form: its links and a reload lead to the report again."""
    return redirect(url_for("reports.show", set_id=set_id, **request.args.to_dict(flat=False)), 303)  # type: ignore[arg-type]  # lists are fine


@blueprint.post("/<set_id>/policy")
def save_policy(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Save the settings as the policy's next version, for everybody, from the day that is typed."""
    with working_set(set_id) as draft:
        form = settings_form(draft, typed=True)
        if not _save(draft, form):
            return _wrong(set_id, draft, form)
    return redirect(url_for("reports.show", set_id=set_id), 303)


@blueprint.post("/<set_id>/download")
def save_and_download(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Save everything that is tried out, and send the workbook that is priced by it."""
    with working_set(set_id) as draft:
        form = settings_form(draft, typed=True)
        if form.validate() and (form.first_day() or date.min) > draft.inputs.last_day:
            form.effective.errors = ["The report ends before this day, so its workbook would still be a draft."]
        if form.errors:
            return _wrong(set_id, draft, form)
        refuse_stale_save(draft, form)
        if problem := saving_refusal(documents.document(draft, database())):
            return _report_page(set_id, draft, form, problem), 422
        if not _save(draft, form):
            return _wrong(set_id, draft, form)
        problem = "Somebody saved another policy in the same moment. It is in this report now: look at it first."
        try:
            save_own(draft)
        except NumberTaken as error:
            problem = f"The policy is saved, engineers' own values are not. {error}"
        if not draft.inputs.is_saved:
            return _report_page(set_id, draft, problem=problem), 409
        delivery = prepare(database(), draft, WORKBOOK, request.form, today())
    return send(set_id, delivery)


@blueprint.post("/<set_id>/update")
def update(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Take in what was saved since, by anybody; what is tried out or typed stays."""
    with working_set(set_id) as draft:
        if "evidence" in request.form:  # the settings were sent, too
            form = settings_form(draft, typed=True)
            if not _try_out(draft, form):
                return _wrong(set_id, draft, form)
        try:
            take_in_saved(draft)
        except (ReportError, ScheduleNameError) as error:
            return _report_page(set_id, draft, problem=str(error)), 422
    page = request.form.get("page", "")
    return redirect(url_for(f"reports.{page if page in PAGES else 'show'}", set_id=set_id), 303)


@blueprint.post("/<set_id>/again")
def read_again(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """Read PagerDuty anew for the same scope and period, with the settings as typed."""
    with working_set(set_id) as draft:
        form = settings_form(draft, typed=True)
        if not form.validate():
            return _wrong(set_id, draft, form)
        refuse_stale_settings(draft, form)
        try:
            made = start_again(set_id, draft, also=draft.scope.also, policy=rules_of(form))
        except PagerDutyError as error:
            return _report_page(set_id, draft, form, error.sentence), 422
    return redirect(url_for("reports.show", set_id=made), 303)


@blueprint.post("/<set_id>/also")
def also_include(set_id: str) -> AnyResponse | tuple[str, int]:
    """Take engineers of the team's schedules and policies who are no members into the report, or out of it."""
    shown = set_id
    with working_set(set_id) as draft:
        wanted = request.form.getlist("also")
        chosen = tuple((user_id, name) for user_id, name in draft.others().items() if user_id in wanted)
        if chosen != draft.scope.also:
            try:
                shown = start_again(set_id, draft, also=chosen, policy=draft.policy)
            except PagerDutyError as error:
                return _report_page(set_id, draft, problem=error.sentence), 422
    return redirect(url_for("reports.show", set_id=shown), 303)


@blueprint.post("/<set_id>/without")
def do_without(set_id: str) -> AnyResponse:
    """Agree to a report without the parts that cannot be read; without any named, ask for them once more."""
    with working_set(set_id) as draft:
        agreed = set(request.form.getlist("part"))
        if agreed:
            draft.do_without(agreed)
        else:
            draft.try_again()
    return redirect(url_for("reports.show", set_id=set_id), 303)


@blueprint.post("/<set_id>/forget")
def forget(set_id: str) -> AnyResponse:
    """Drop what was read, now."""
    end_report(set_id)
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


@blueprint.errorhandler(Busy)
def busy(error: Busy) -> AnyResponse | str | tuple[str, int]:
    """Another request has the report: show how far the reading is, or say that it is at work."""
    set_id = (request.view_args or {})["set_id"]
    if error.is_reading:
        return read_elsewhere(set_id, error) if request.endpoint == "reports.show" else still_reading(ReportError())
    if is_htmx():
        return render_template("reports/_gone.html", message=str(error)), 503
    return render_template("reports/busy.html", message=str(error), set_id=set_id), 503


@blueprint.errorhandler(StalePage)
@blueprint.errorhandler(NotDelivered)
@blueprint.errorhandler(AmendmentError)
@blueprint.errorhandler(ExportError)
def not_done(error: Exception) -> AnyResponse | str | tuple[str, int]:
    """The page as it is now, with the settings as typed; the report may have ended, or be at work, since."""
    set_id = (request.view_args or {})["set_id"]
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    if is_htmx():
        return render_template("reports/_gone.html", message=str(error)), status
    try:
        return _as_it_is_now(set_id, error), status
    except Gone as ended:
        return gone(ended)
    except Busy as other:
        return busy(other)
    except (policies.NotInForce, PricingError) as contradiction:
        return not_priceable(contradiction)
    except ReportError as reading:
        return still_reading(reading)


def _as_it_is_now(set_id: str, error: Exception) -> str:
    file = (request.view_args or {}).get("name")
    page = page_of(FORMATS[file]) if file else PAGE_OF.get(request.endpoint or "", "reports.show")
    if page == "reports.show":
        with working_set(set_id) as draft:
            return _report_page(set_id, draft, getattr(error, "form", None), str(error))
    if isinstance(error, StalePage):
        flash(str(error), "bad")
        return str(current_app.view_functions[page](set_id))
    return str(current_app.view_functions[page](set_id, str(error)))


@blueprint.errorhandler(policies.NotInForce)
@blueprint.errorhandler(PricingError)
def not_priceable(error: Exception) -> AnyResponse | tuple[str, int]:
    """The settings contradict themselves or the facts do: nothing was priced."""
    if is_htmx():
        return render_template("reports/_gone.html", message=str(error)), 422
    return render_template("reports/not_priceable.html", message=str(error)), 422


def _try_out(draft: Draft, form: SettingsForm) -> bool:
    """Price by the settings as typed; False, with errors at the fields, where that is not possible."""
    if not form.validate():
        return False
    refuse_stale_settings(draft, form)
    try:
        draft.change(policy=rules_of(form))
    except ReportError as error:
        if draft.records is None:
            raise
        refuse_unread(form, error)
        return False
    except ScheduleNameError as error:
        refuse_schedules(form, error)
        return False
    return True


def _save(draft: Draft, form: SettingsForm) -> bool:
    """Save the policy as typed, and say so; False, with errors at the fields, where it cannot be."""
    if not form.validate() or not form.begin_is_said():
        return False
    refuse_stale_save(draft, form)
    if not _try_out(draft, form):
        return False
    unseen = unseen_versions(draft)
    if any(change.by_update for change in unseen):
        form.effective.errors = ["Somebody saved the policy meanwhile: see above. Press Update, then save yours."]
        return False
    if unseen:
        told = "; ".join(change.words for change in unseen)
        form.effective.errors = [f"{told}. Press “Back to the saved policy”, or tick that you save over it."]
        return False
    note = (form.note.data or "").strip()
    by, session = current_account().email, database()
    try:
        with saving(draft):
            saved = policies.save_policy(session, rules_of(form), by, effective=form.first_day(), note=note)
    except policies.TextError as error:
        form.refuse(error.mistakes)
        return False
    flash(f"Saved: {saved.label}. {policies.in_force_words(draft.inputs.saved.versions, saved.version)}", "good")
    return True


def _report_page(set_id: str, draft: Draft, form: SettingsForm | None = None, problem: str = "") -> str:
    form = form or settings_form(draft, typed=False)
    context = _report_context(set_id, draft)
    return render_template("reports/report.html", form=form, base=base_of(draft), problem=problem, **context)


def _engineer(set_id: str, draft: Draft, person_id: str) -> str:
    """One engineer's rows of the summary, opened or closed in place."""
    inputs, report = draft.priced.inputs, draft.report
    statement = next((found for found in report.statements if found.person.id == person_id), None)
    if statement is None:
        abort(404)
    return render_template(
        "reports/_engineer_alone.html",
        set_id=set_id,
        statement=statement,
        # Not the whole document: its reviews take a digest of everybody.
        document={
            "is_draft": not inputs.is_saved,
            "missing": draft.missing(saved_now(draft)),
            "edition": draft.edition,
        },
        currency=report.policy.currency,
        off=report.policy.time_off_digits is not None,
        opened="open" in request.args,
    )


def _report_context(set_id: str, draft: Draft) -> dict[str, Any]:
    document = documents.document(draft, database())
    report = document.report
    users = draft.records.users.values() if draft.records else ()
    return {
        "set_id": set_id,
        "draft": draft,
        "document": document,
        "workbook": WORKBOOK,
        "source": Source(document, draft.inputs),
        "came_by": seen.came_by(database(), draft.carried.seen_id, document),
        "warnings": warning_groups(document, set_id),
        "rule_changes": rule_notices.unread_changes(database()),
        "report": report,
        "currency": report.policy.currency,
        "off": report.policy.time_off_digits is not None,
        "stipend_days": sum(sum(found.stipend_days.values()) for found in report.statements),
        "opened": _opened(draft),
        "names": {user.id: user.name for user in users},
        **memory_context(),
    }


def _opened(draft: Draft) -> set[str]:
    """The engineers that stand open: those asked for, and one who is the whole report."""
    if draft.scope.kind is ScopeKind.ENGINEER:
        return {draft.scope.id}
    return set(request.values.getlist("open"))


def _wrong(set_id: str, draft: Draft, form: SettingsForm) -> str | tuple[str, int]:
    """What is wrong with the settings: where the preview stands for htmx, else the page with what was typed."""
    refuse_stale_settings(draft, form)  # or the page would pass what it did not show for shown
    if is_htmx():
        return render_template("reports/_wrong.html", form=form), 422
    return _report_page(set_id, draft, form), 422
