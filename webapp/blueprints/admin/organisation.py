"""The page of what holds for the organisation as a whole: its time zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.blueprints.admin.blueprint import blueprint
from webapp.blueprints.admin.forms import OrganisationForm
from webapp.blueprints.current import current_account, current_instance, database, organisation_zone
from webapp.services import organisation, periods


@blueprint.get("/organisation")
def show_organisation() -> ResponseReturnValue:
    """The time zone in use, and the form that changes it."""
    stored = organisation.stored(database())
    return _page(OrganisationForm(time_zone=stored.time_zone if stored else ""))


@blueprint.post("/organisation")
def save_organisation() -> ResponseReturnValue:
    """Begin days and months by another clock."""
    if current_instance().settings.organisation_time_zone:
        return _page(OrganisationForm()), 409
    form = OrganisationForm(request.form)
    if not form.validate():
        return _page(form), 422
    organisation.save(database(), form.time_zone.data or "", current_account().email)
    flash(f"Saved: days and months begin by the clock of {form.time_zone.data}.", "good")
    return redirect(url_for("admin.show_organisation"), 303)


def _page(form: OrganisationForm) -> str:
    zone = organisation_zone()
    now = clock.now()
    return render_template(
        "admin/organisation.html",
        form=form,
        stored=organisation.stored(database()),
        is_locked=bool(current_instance().settings.organisation_time_zone),
        zone=zone,
        now=now,
        last_month=periods.label(periods.last_month(now.astimezone(ZoneInfo(zone)).date())),
    )
