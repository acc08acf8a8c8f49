"""Who only shadows on a shift-based schedule: its rotations, and which of them are unpaid."""

from __future__ import annotations

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import DateField
from wtforms.validators import Optional

from webapp.blueprints.current import current_account, database, today
from webapp.blueprints.fields import given, reason_field
from webapp.blueprints.reports.evidence_forms import FORGET
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.working import saving, working_set
from webapp.services import shadow_rotations
from webapp.services.earlier_reports import months_since
from webapp.services.facts import engineer_names
from webapp.services.reading_needs import ReportError
from webapp.services.reporting import STILL_READING, Draft
from webapp.services.schedule_warnings import period_instants
from webapp.services.shadow_rotations import Rotation, ShadowRotation, rotations


class ShadowForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """Set a rotation down as a shadow."""

    since = DateField(
        "Unpaid from",
        validators=[Optional()],
        description="By the schedule's clock. Empty: always, in reports of earlier months, too.",
    )
    reason = reason_field(
        "Such as: learning the rota until Christmas. It is printed beside the unpaid time.",
        required="Write the reason: it is printed beside the unpaid time.",
        longest=300,
    )


@blueprint.get("/<set_id>/shadows")
def shadows(set_id: str) -> str:
    """Through which rotation who holds the shift-based schedules of the report."""
    with working_set(set_id) as draft:
        found, kept = _rotations(draft), draft.inputs.saved.shadows
        known = {one.key for one in found}
        elsewhere = [one for key, one in kept.items() if key not in known]
        context = {"rotations": found, "kept": kept, "elsewhere": elsewhere, "labels": draft.schedules()}
        return render_template("reports/shadows.html", set_id=set_id, draft=draft, **context)


@blueprint.route("/<set_id>/shadows/<schedule_id>/<rotation_id>", methods=["GET", "POST"])
def shadow(set_id: str, schedule_id: str, rotation_id: str) -> AnyResponse | str | tuple[str, int]:
    """Set one rotation down as an unpaid shadow, or take that back; of it only ids and who is in it are kept."""
    with working_set(set_id) as draft:
        key = schedule_id, rotation_id
        old = draft.inputs.saved.shadows.get(key)
        rotation = next((one for one in _rotations(draft) if one.key == key), None)
        if rotation is None and old is None:
            abort(404)
        session = database()
        form = ShadowForm(data={"since": old.since, "reason": old.reason} if old else None)
        context = {"rotation": rotation, "old": old, "schedule": draft.schedules().get(schedule_id, schedule_id)}
        if months := _unconfirmed_months(draft, form, old):
            page = render_template(
                "reports/shadow.html", form=form, set_id=set_id, draft=draft, months=months, **context
            )
            return page, 422
        if FORGET in request.form:
            with saving(draft):
                shadow_rotations.take_back(session, draft.subdomain, key)
            flash("Taken back: the policy decides about that rotation again.", "good")
            return redirect(url_for("reports.shadows", set_id=set_id), 303)
        if rotation is None or not form.validate_on_submit():
            page = render_template("reports/shadow.html", form=form, set_id=set_id, draft=draft, **context)
            return page, 422 if form.errors else 200
        with saving(draft):
            shadow_rotations.set_down(
                session,
                draft.subdomain,
                key,
                name=rotation.name,
                since=form.since.data,
                reason=given(form.reason),
                decided_by=current_account().email,
            )
        when = "from that day on" if form.since.data else "on all days"
        flash(f"Set down: time through that rotation alone is unpaid {when}, in every later report, too.", "good")
    return redirect(url_for("reports.shadows", set_id=set_id), 303)


def _unconfirmed_months(draft: Draft, form: ShadowForm, old: ShadowRotation | None) -> tuple[str, ...]:
    """The months that were reviewed, shared or amended, and that what is sent may change, until that is confirmed."""
    if request.method != "POST" or request.form.get("earlier") == "yes":
        return ()
    if FORGET not in request.form and not form.validate():
        return ()
    days = [old.since or date.min] if old else []
    days += [] if FORGET in request.form else [form.since.data or date.min]
    return months_since(database(), draft.subdomain, None, min(days, default=date.max), today())


def _rotations(draft: Draft) -> list[Rotation]:
    if draft.records is None:
        raise ReportError(STILL_READING)
    return rotations(draft.records, engineer_names(draft.records, draft.inputs.own), period_instants(draft))
