"""The page of the PagerDuty app: what to do in PagerDuty, step by step, and what to copy from there."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.blueprint import blueprint
from webapp.blueprints.admin.forms import AppForm
from webapp.blueprints.current import current_account, current_instance, database, pagerduty
from webapp.pd.oauth import KIND_WORDS, SCOPES, AppKind
from webapp.services import pagerduty_app


@blueprint.get("/app")
def show_app() -> ResponseReturnValue:
    """The app as it is set up, and how to set one up."""
    instance = current_instance()
    app = pagerduty_app.stored(database(), instance.vault)
    kind = AppKind(request.args["kind"]) if request.args.get("kind") in SCOPES else app.kind if app else None
    return _page(AppForm(kind=(kind or AppKind.CLASSIC).value, client_id=app.client_id if app else ""))


@blueprint.post("/app")
def save_app() -> ResponseReturnValue:
    """Set the app up. Another one than before ends what was connected through the old one."""
    instance = current_instance()
    if instance.settings.names_app:
        return _page(AppForm()), 409
    form = AppForm(request.form)
    if not form.validate():
        return _page(form), 422
    kind, client_id = AppKind(form.kind.data), (form.client_id.data or "").strip()
    secret = (form.client_secret.data or "").strip()
    before = pagerduty().current_app()
    is_another = before is not None and before.label != f"{kind}:{client_id}"
    if not secret and (before is None or before.client_id != client_id):
        form.client_secret.errors = ["Copy the Client Secret from PagerDuty; it is shown there once."]
        return _page(form), 422
    ended = instance.connections.end_grants(before) if before and is_another else 0
    pagerduty_app.save(
        database(), instance.vault, kind=kind, client_id=client_id, secret=secret, email=current_account().email
    )
    told = f" {_people(ended)} must connect again." if ended else ""
    flash(f"The PagerDuty app is set up.{told}", "good")
    return redirect(url_for("admin.show_app"), 303)


@blueprint.post("/app/remove")
def remove_app() -> ResponseReturnValue:
    """Forget the app; what was connected through it ends."""
    instance = current_instance()
    if instance.settings.names_app:
        return _page(AppForm()), 409
    before = pagerduty().current_app()
    ended = instance.connections.end_grants(before) if before else 0
    pagerduty_app.remove(database())
    told = f" {_people(ended)} must connect again." if ended else ""
    flash(f"The PagerDuty app is removed here. Delete it in PagerDuty, too.{told}", "good")
    return redirect(url_for("admin.show_app"), 303)


def _people(count: int) -> str:
    return "Whoever connected through the old one" if count == 1 else f"The {count} who connected through the old one"


def _page(form: AppForm) -> str:
    instance = current_instance()
    settings = instance.settings
    form.client_secret.description = ""
    app = pagerduty_app.stored(database(), instance.vault)
    if app and not app.is_locked:
        form.client_secret.description = "Stored encrypted, and never shown. Leave it empty to keep it."
    return render_template(
        "admin/app.html",
        form=form,
        app=app,
        settings=settings if settings.names_app else None,
        redirect_uri=settings.base_url + url_for("connection.callback"),
        scopes=SCOPES,
        kinds=KIND_WORDS,
    )
