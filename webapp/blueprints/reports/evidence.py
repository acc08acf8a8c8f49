"""What a manager knows of an incident and PagerDuty does not: who acted, and who worked from when to when."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, database
from webapp.blueprints.fields import given
from webapp.blueprints.reports.evidence_forms import FORGET, name_act_form, record_work_form
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.working import saving, unread_incidents, working_set
from webapp.pd.evidence import merge_targets
from webapp.services import callout_decisions
from webapp.services.doubt_warnings import act_words
from webapp.services.facts import incident_of


@blueprint.route("/<set_id>/acts/<entry_id>", methods=["GET", "POST"])
def name_act(set_id: str, entry_id: str) -> AnyResponse | str | tuple[str, int]:
    """Say who was behind an act that PagerDuty does not name; of it only ids and its time are kept."""
    with working_set(set_id) as draft:
        if unread := unread_incidents(set_id, draft):
            return unread
        what_if = draft.priced.what_if
        question, answer = what_if.question(entry_id), what_if.answer(entry_id)
        if question is None and answer is None:
            abort(404)
        session = database()
        if FORGET in request.form:
            with saving(draft):
                callout_decisions.forget_act(session, draft.subdomain, entry_id=entry_id)
            flash("Forgotten: nobody is named." if question else "The answer is taken back.", "good")
            return redirect(url_for("reports.show", set_id=set_id, _anchor="unnamed"), 303)
        if question is None:
            return render_template("reports/forget_act.html", set_id=set_id, draft=draft, answer=answer)
        old = answer.decision if answer else None
        form = name_act_form(question, draft.priced.facts.people, draft.document.currency, old)
        if not form.validate_on_submit():
            context = {"incident": incident_of(question.incident), "words": act_words(question.act), "old": old}
            page = render_template("reports/name_act.html", form=form, set_id=set_id, draft=draft, **context)
            return page, 422 if form.errors else 200
        with saving(draft):
            callout_decisions.name_act(
                session,
                draft.subdomain,
                entry_id=entry_id,
                incident_id=question.act.incident_id,
                at=question.act.at,
                user_id=form.user_id,
                reason=given(form.reason),
                decided_by=current_account().email,
            )
        flash("Kept, for this report and every later one.", "good")
    return redirect(url_for("reports.show", set_id=set_id, open=form.user_id, _anchor="unnamed"), 303)


@blueprint.route("/<set_id>/work/<incident_id>", methods=["GET", "POST"])
def record_work(set_id: str, incident_id: str) -> AnyResponse | str | tuple[str, int]:
    """Record when an engineer worked on an incident, or on what it was merged into; of it only its id is kept."""
    with working_set(set_id) as draft:
        if unread := unread_incidents(set_id, draft):
            return unread
        people, records = draft.priced.facts.people, draft.records
        if records is None or incident_id not in records.incidents:
            abort(404)
        targets = merge_targets(records.incidents)
        incident = targets.get(incident_id, records.incidents[incident_id])
        engineer_id = request.form.get("engineer", request.args.get("engineer", ""))
        recorded = {
            user_id: one
            for (key, user_id), one in draft.inputs.decisions.work.items()
            if key == incident.id or (key in targets and targets[key] is incident)
        }
        merged = [records.incidents[key] for key, target in targets.items() if target is incident]
        form = record_work_form(records, [incident, *merged], people, recorded.get(engineer_id), engineer_id)
        forgets = FORGET in request.form and engineer_id in recorded
        if not forgets and (form.wants_more_rows() or not form.validate_on_submit()):
            names = {person.id: person.name for person in people}
            context = {"incident": incident_of(incident), "recorded": recorded, "names": names}
            page = render_template("reports/record_work.html", form=form, set_id=set_id, draft=draft, **context)
            return page, 422 if form.errors else 200
        session = database()
        with saving(draft):
            if engineer_id in recorded:  # maybe before the incident was merged into this one
                was = recorded[engineer_id].incident_id
                callout_decisions.forget_work(session, draft.subdomain, incident_id=was, user_id=engineer_id)
            if not forgets:
                callout_decisions.record_work(
                    session,
                    draft.subdomain,
                    incident_id=incident.id,
                    user_id=engineer_id,
                    times=form.spans(),
                    reason=given(form.reason),
                    decided_by=current_account().email,
                )
        flash("Forgotten: PagerDuty's evidence counts." if forgets else "Recorded. The policy judges it.", "good")
    return redirect(url_for("reports.show", set_id=set_id, open=engineer_id, _anchor=f"e-{engineer_id}"), 303)


@blueprint.get("/<set_id>/work")
def find_incident(set_id: str) -> AnyResponse:
    """Go to an incident of the reading by its number, wherever it stands in the report, or nowhere."""
    number = request.args.get("number", "").strip().lstrip("#")
    with working_set(set_id) as draft:
        if unread := unread_incidents(set_id, draft):
            return unread
        incidents = draft.records.incidents.values() if draft.records else ()
        found = next((one for one in incidents if str(one.number) == number), None)
    if found is None:
        flash(f"No incident “{number[:40]}” was read for this report.", "warn")
        return redirect(url_for("reports.show", set_id=set_id), 303)
    return redirect(url_for("reports.record_work", set_id=set_id, incident_id=found.id), 303)
