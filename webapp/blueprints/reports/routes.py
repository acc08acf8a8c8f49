"""Routes of the report generator. What was read lives in a working set of this login session; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from webapp import clock
from webapp.blueprints.current import current_account, current_instance, database, pagerduty
from webapp.blueprints.downloads import XLSX, download
from webapp.blueprints.fields import options
from webapp.blueprints.rendering import is_htmx, render_block
from webapp.blueprints.reports.decision_form import decision_form
from webapp.blueprints.reports.policy_form import form_values, zones
from webapp.blueprints.reports.rates_form import rate_forms, shown_on
from webapp.blueprints.reports.reading import read_on
from webapp.blueprints.reports.request_form import Question, RequestForm, TextRequestForm, prefilled
from webapp.blueprints.reports.settings_form import SettingsForm, rules_of, settings_form
from webapp.blueprints.reports.why_form import WhyForm, explained
from webapp.blueprints.reports.working import question_asked, start, start_again, working_set
from webapp.exports import ExportError, ScopeKind, local_words
from webapp.pd.client import Client
from webapp.pd.errors import PagerDutyError
from webapp.pd.records import UserRecord
from webapp.pricing import PricingError
from webapp.pricing.facts import Span
from webapp.pricing.lines import Period
from webapp.services import (
    amendments,
    callout_decisions,
    documents,
    explanations,
    files,
    people,
    policies,
    reporting,
    seen,
)
from webapp.services.amendments import AmendmentError
from webapp.services.calendars import countries
from webapp.services.policies import Rules, SavedPolicy
from webapp.services.reporting import Draft, ReportError, Scope
from webapp.services.working_sets import WorkingSet

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

PEOPLE_A_PAGE = 100
FOUND_AT_MOST = 20
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


@blueprint.route("", methods=["GET", "POST"])
def generator() -> AnyResponse | str | tuple[str, int]:
    """The form; posting it starts a report."""
    versions = policies.saved_policies(database())
    saved = policies.in_force(versions, clock.now().date())
    form = _question_form(saved)
    teams, problem = _offer_teams(form)
    if request.method == "GET":
        return _generator_page(form, saved, problem)
    valid = form.validate()
    period = form.chosen_period(clock.now().date())
    try:
        pagerduty().working_card(current_account().id)  # without a connection nothing about the scope can be said
        scope, found = _chosen_scope(form, teams, problem)
    except PagerDutyError as error:
        return _generator_page(form, saved, error.sentence), 422
    if not valid or period is None or scope is None:
        return _generator_page(form, saved, problem, found), 422
    try:
        made = start(scope, period, _rules_asked(form, versions, saved, period))
    except PagerDutyError as error:
        return _generator_page(form, saved, error.sentence), 422
    except policies.NotInForce as error:
        return _generator_page(form, saved, str(error)), 422
    return redirect(url_for("reports.show", set_id=made.id), 303)


@blueprint.get("/engineers")
def find_engineers() -> str:
    """Engineers that fit what was typed, as options for the field."""
    text = request.args.get("engineer", "").strip()
    try:
        found = _search(text)[:FOUND_AT_MOST] if len(text) > 1 and "(" not in text else []
    except PagerDutyError:
        found = []  # only a hint while typing: what is wrong is said when the form is sent
    return Markup().join(
        Markup('<option value="{} ({})">{}</option>').format(user.name, user.id, user.email or "") for user in found
    )


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


@blueprint.route("/<set_id>/rates", methods=["GET", "POST"])
def rates(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """The table of engineers' own settings: posting it tries them out, or saves them."""
    kept = working_set(set_id)
    draft = kept.draft
    with kept.lock:
        wanted = request.args.get("q", "").strip().casefold()
        found = [
            person for person in draft.people() if wanted in f"{person.name} {person.email} {person.id}".casefold()
        ]
        page = max(0, request.args.get("page", 0, int))
        shown = found[page * PEOPLE_A_PAGE : (page + 1) * PEOPLE_A_PAGE]
        typed = request.form if request.method == "POST" else None
        if typed is not None:  # somebody whom the sent table did not show was not emptied
            shown = [person for person in shown if f"{person.id}-hourly_rate" in typed]
        day = shown_on(draft.period)
        rows = rate_forms(shown, draft.own, day, typed)
        wrong = [row for row in rows if typed is not None and not row[1].validate()]
        context = {
            "set_id": set_id,
            "draft": draft,
            "rows": rows,
            "wrong": wrong,
            "page": page,
            "pages": -(-len(found) // PEOPLE_A_PAGE),
            "wanted": wanted,
            "shown_on": day,
        }
        if typed is None or wrong:
            return render_template("reports/rates.html", **context), 422 if wrong else 200
        changed = [form.settings(person, draft.own.get(person.id), day) for person, form in rows]
        own = {**draft.own, **{settings.user_id: settings for settings in changed}}
        draft.change(own={user_id: settings for user_id, settings in own.items() if not settings.is_empty})
        subdomain = draft.subdomain
    if "save" in request.form:
        people.save_pay_settings(database(), subdomain, changed, current_account().email)
        flash("Saved. These settings are used in every later report.", "good")
    return redirect(url_for("reports.show", set_id=set_id), 303)


@blueprint.get("/<set_id>/why/<person_id>")
def why(set_id: str, person_id: str) -> str | tuple[str, int]:
    """Why a date or an instant of an engineer is paid as it is: in sentences, and stage by stage."""
    kept = working_set(set_id)
    form = WhyForm(request.args)
    with kept.lock:
        draft = kept.draft
        statement = next((found for found in draft.report.statements if found.person.id == person_id), None)
        if statement is None or statement.person.zone is None:
            abort(404)
        reasons: list[explanations.Reason] | None = None
        if form.validate():
            reasons = explained(form, draft, statement)
    context = {"set_id": set_id, "person": statement.person, "form": form, "reasons": reasons}
    status = 422 if form.errors else 200
    if is_htmx():
        return render_block("reports/why.html", "reasons_block", **context), status
    return render_template("reports/why.html", **context), status


@blueprint.route("/<set_id>/callouts/<incident_id>/<person_id>", methods=["GET", "POST"])
def decide(set_id: str, incident_id: str, person_id: str) -> AnyResponse | str | tuple[str, int]:
    """Decide about one callout against the rule, with a reason; only the incident's id and the decision are kept."""
    kept = working_set(set_id)
    draft = kept.draft
    with kept.lock:
        rows = [
            row
            for statement in draft.report.statements
            if statement.person.id == person_id
            for row in statement.callouts
            if row.callout.incident.id == incident_id
        ]
        person = next((found for found in draft.people() if found.id == person_id), None)
    if not rows or person is None or person.zone is None:
        abort(404)
    old = draft.decisions.get((incident_id, person_id))
    form = decision_form(draft.document, old, person.zone)
    if not form.validate_on_submit():
        page = render_template(
            "reports/decide.html", form=form, rows=rows, person=person, set_id=set_id, decision=old, draft=draft
        )
        return page, 422 if form.is_submitted() else 200
    if form.is_empty:
        callout_decisions.undecide(database(), draft.subdomain, incident_id=incident_id, user_id=person_id)
    else:
        callout_decisions.decide(
            database(),
            draft.subdomain,
            incident_id=incident_id,
            user_id=person_id,
            pay=form.pay,
            reason=(form.reason.data or "").strip(),
            decided_by=current_account().email,
            corrected=form.corrected(person.zone),
            attested=form.attested(),
        )
    with kept.lock:
        draft.change(decisions=callout_decisions.decisions(database(), draft.subdomain))
    return redirect(url_for("reports.show", set_id=set_id, open=person_id, _anchor=f"e-{person_id}"), 303)


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


def _question_form(saved: SavedPolicy | None) -> RequestForm | TextRequestForm:
    """As posted, or with what the address and the policy in force today say; a text has pages of its own."""
    asked: dict[str, Any] = prefilled(request.args)
    if saved is not None and saved.form is None:
        return TextRequestForm(data=asked)
    form = RequestForm(data=form_values(saved.form if saved else None) | asked)
    form.schedules_left_out.choices = list(form.schedules_left_out.data or ())
    return form


def _rules_asked(
    form: RequestForm | TextRequestForm, versions: list[SavedPolicy], saved: SavedPolicy | None, period: Period
) -> Rules:
    """What is tried out; where that is no more than what is in force today, what was in force at the period's end."""
    typed = form.policy() if isinstance(form, RequestForm) else None
    if typed is None or (saved is not None and saved.rules == typed):
        saved = policies.in_force(versions, period.after - timedelta(days=1)) or saved
        return saved.rules if saved else abort(400)
    return typed


def _generator_page(
    form: RequestForm | TextRequestForm,
    saved: SavedPolicy | None,
    problem: str = "",
    found: list[UserRecord] | None = None,
) -> str:
    return render_template(
        "reports/generator.html", form=form, saved=saved, problem=problem, found_engineers=found or []
    )


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
    return {
        "set_id": kept.id,
        "draft": draft,
        "document": document,
        "came_by": seen.came_by(database(), draft.carried.seen_id, document),
        "report": draft.report,
        "currency": draft.report.policy.currency,
        "off": draft.report.policy.time_off_digits is not None,
        "stipend_days": sum(sum(found.stipend_days.values()) for found in draft.report.statements),
        "opened": _opened(draft),
        "keeps": current_instance().settings.keep_after_download,
        "names": {user.id: user.name for user in draft.records.users.values()} if draft.records else {},
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


def _offer_teams(form: Question) -> tuple[dict[str, str], str]:
    """Fill in the list of teams: names by id, and in words what went wrong if it cannot be read."""
    connections, account = pagerduty(), current_account()
    teams: dict[str, str] = {}
    problem = ""
    card = connections.card(account.id)
    if card is not None and not card.problem:
        try:
            found = connections.ask(account.id, Client.teams)
            teams = {team.id: team.name for team in sorted(found, key=lambda team: team.name.casefold())}
        except PagerDutyError as error:
            problem = error.sentence
    chosen = form.team.data
    unknown = [(chosen, chosen)] if problem and chosen else []  # so that it stays chosen until the list is back
    form.team.choices = options([("", "choose a team"), *teams.items(), *unknown])
    return teams, problem


def _chosen_scope(form: Question, teams: Mapping[str, str], problem: str) -> tuple[Scope | None, list[UserRecord]]:
    """Whose pay is asked; None with an error at the field (or with a problem of the list of teams), and who fits."""
    match form.scope.data:
        case "organisation":
            return Scope(ScopeKind.ORGANISATION, "", "Organisation"), []
        case "team":
            team = form.team.data or ""
            if team not in teams:
                form.team.errors = [] if problem else ["Choose a team."]
                return None, []
            return Scope(ScopeKind.TEAM, team, teams[team]), []
    text = form.picked_engineer() or (form.engineer.data or "").strip()
    if not text:
        form.engineer.errors = ["Write a name, an e-mail or a PagerDuty id."]
        return None, []
    found = _search(text)
    exact = [
        user
        for user in found
        if text.casefold() in {user.id.casefold(), user.name.casefold(), (user.email or "").casefold()}
    ]
    if len(found) == 1 or len(exact) == 1:
        one = (exact or found)[0]
        return Scope(ScopeKind.ENGINEER, one.id, one.name), []
    form.engineer.errors = [
        f"{len(found)} engineers fit “{text}”. Write more, or the id in brackets."
        if found
        else f"PagerDuty knows no engineer “{text}”. Try a part of the name, the e-mail, or the id."
    ]
    return None, found[:FOUND_AT_MOST]


def _search(text: str) -> list[UserRecord]:
    return pagerduty().ask(current_account().id, lambda client: client.find_users(text))
