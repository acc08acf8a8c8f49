"""One engineer of a report: their own settings, why they are paid so, and decisions about their callouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, database, today
from webapp.blueprints.fields import given
from webapp.blueprints.rendering import is_htmx, render_block
from webapp.blueprints.reports.decision_form import decision_form
from webapp.blueprints.reports.delivery import EDITION
from webapp.blueprints.reports.rates_form import RateForm, rate_forms, refuse_taken, shown_on
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.why_form import WhyForm, explained
from webapp.blueprints.reports.working import (
    save_own,
    saved_now,
    saving,
    start_again,
    unread_incidents,
    working_set,
)
from webapp.pd.errors import PagerDutyError
from webapp.pricing.facts import Person
from webapp.services import callout_decisions, explanations
from webapp.services.earlier_reports import earlier_changes
from webapp.services.engineer_directory import near_number_words
from webapp.services.input_parts import short_digest
from webapp.services.people import NumberTaken, PaySettings
from webapp.services.reading_needs import ReportError
from webapp.services.reporting import Draft

PEOPLE_A_PAGE = 100


@blueprint.route("/<set_id>/rates", methods=["GET", "POST"])
def rates(set_id: str) -> AnyResponse | str | tuple[str, int]:
    """The table of engineers' own settings: posting it tries them out, or saves them."""
    with working_set(set_id) as draft:
        wanted = request.args.get("q", "").strip().casefold()
        found = [
            person for person in draft.people() if wanted in f"{person.name} {person.email} {person.id}".casefold()
        ]
        page = max(0, request.args.get("page", 0, int))
        shown = found[page * PEOPLE_A_PAGE : (page + 1) * PEOPLE_A_PAGE]
        typed = request.form if request.method == "POST" else None
        if typed is not None:  # somebody whom the sent table did not show was not emptied
            shown = [person for person in shown if f"{person.id}-hourly_rate" in typed]
        day, own = shown_on(draft.period), draft.inputs.own
        edition = short_digest([own.get(person.id) for person in shown])
        rows = rate_forms(shown, own, draft.period, typed)
        wrong = _wrong_rows(rows, draft, day) if typed is not None else []
        context = {
            "set_id": set_id,
            "draft": draft,
            "rows": rows,
            "wrong": wrong,
            "page": page,
            "pages": -(-len(found) // PEOPLE_A_PAGE),
            "wanted": wanted,
            "shown_on": day,
            "edition": edition,
        }
        if typed is not None and typed.get(EDITION, edition) != edition:
            return render_template("reports/rates.html", **context, stale=True), 409
        if typed is None or wrong:
            return render_template("reports/rates.html", **context), 422 if wrong else 200
        tried = [form.settings(person, own.get(person.id), day) for person, form in rows]
        earlier = list(earlier_changes(database(), draft.subdomain, tried, draft.period.first, today()))
        removed = [(person, what) for person, form in rows for what in form.removals(own.get(person.id), day)]
        asks = {
            "earlier": earlier if request.form.get("earlier") != "yes" else [],
            "removed": removed if request.form.get("removed") != "yes" else [],
        }
        if any(asks.values()):
            return render_template("reports/rates.html", **context, **asks), 422
        changed = {**own, **{settings.user_id: settings for settings in tried}}
        saved, before = draft.inputs.saved.own, own
        own = {key: one for key, one in changed.items() if key in saved or not one.is_empty}
        try:
            if "again" in request.form:
                set_id = start_again(set_id, draft, also=draft.scope.also, policy=draft.policy, own=own)
            else:
                draft.change(own=own)
        except (ReportError, PagerDutyError) as error:
            if draft.records is None:
                raise
            unread = getattr(error, "sentence", str(error))
            return render_template("reports/rates.html", **context, unread=unread), 422
        _say_near_numbers(before, own)
        if "save" in request.form and "again" not in request.form:
            try:
                save_own(draft, [settings.user_id for settings in tried])
            except NumberTaken as error:  # since the table was looked at
                context["edition"] = short_digest([draft.inputs.own.get(person.id) for person in shown])
                return render_template("reports/rates.html", **context, taken=str(error)), 409
            flash("Saved. These settings are used in every later report.", "good")
    return redirect(url_for("reports.show", set_id=set_id), 303)


def _say_near_numbers(before: Mapping[str, PaySettings], own: Mapping[str, PaySettings]) -> None:
    """Of numbers that are other ones than before."""
    had = {user_id: one.payroll_number for user_id, one in before.items()}
    changed = [user_id for user_id, one in own.items() if one.payroll_number != had.get(user_id, "")]
    for words in near_number_words(own.values(), changed):
        flash(f"Please check: {words}", "warn")


def _wrong_rows(rows: Sequence[tuple[Person, RateForm]], draft: Draft, day: date) -> list[tuple[Person, RateForm]]:
    """Those with an error beside a field."""
    own = draft.inputs.own
    for person, form in rows:
        if form.validate():
            form.can_begin(own.get(person.id), day)
    refuse_taken(rows, own, draft.inputs.taking_in(saved_now(draft)).own)
    return [row for row in rows if row[1].errors]


@blueprint.get("/<set_id>/why/<person_id>")
def why(set_id: str, person_id: str) -> str | tuple[str, int]:
    """Why a date or an instant of an engineer is paid as it is: in sentences, and stage by stage."""
    form = WhyForm(request.args)
    with working_set(set_id) as draft:
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
    """Decide about a callout, wherever it is booked; only the incident's id and the decision are kept."""
    with working_set(set_id) as draft:
        if unread := unread_incidents(set_id, draft):
            return unread
        facts = draft.priced.facts
        key = (incident_id, person_id)
        callout = next((one for one in facts.callouts if (one.id, one.person) == key), None)
        person = next((found for found in facts.people if found.id == person_id), None)
        if callout is None or person is None or person.zone is None:
            abort(404)
        shown = (row for statement in draft.report.statements for row in statement.callouts)
        rows = [row for row in shown if (row.incident.id, row.person_id) == key]
        form = decision_form(draft.document, facts, callout, person)
        if form.wants_more_rows() or not form.validate_on_submit():
            context = {"callout": callout, "incident": form.incident, "rows": rows, "person": person}
            page = render_template("reports/decide.html", form=form, set_id=set_id, draft=draft, **context)
            return page, 422 if form.errors else 200
        with saving(draft):
            if form.is_empty:
                callout_decisions.undecide(database(), draft.subdomain, incident_id=incident_id, user_id=person_id)
            else:
                callout_decisions.decide(
                    database(),
                    draft.subdomain,
                    incident_id=incident_id,
                    user_id=person_id,
                    pay=form.pay,
                    reason=given(form.reason),
                    decided_by=current_account().email,
                    times=form.spans(),
                    attested=form.attested(),
                )
        flash(f"Decided about incident #{form.incident.number}, {person.name}: {form.summary}.", "good")
    return redirect(url_for("reports.show", set_id=set_id, open=person_id, _anchor=f"e-{person_id}"), 303)
