"""Routes of the connection card. Every change is a POST; the way to PagerDuty's consent page is one, too."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from webapp.blueprints.current import current_account, current_instance, pagerduty
from webapp.blueprints.rendering import is_htmx, render_block
from webapp.pd.errors import PagerDutyError
from webapp.services.connections import Card

blueprint = Blueprint("connection", __name__, url_prefix="/connection")

CONSENT = "pagerduty_consent"
"""Under this name the login session remembers the consent that is under way."""


class KeyForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """A pasted API key; it is never shown again."""

    api_key = PasswordField(
        "PagerDuty API key",
        validators=[InputRequired("Paste the key."), Length(max=200, message="That is too long for a key.")],
        description="A read-only key: in PagerDuty, Integrations, API Access Keys. We try it in the US and EU regions.",
    )


@blueprint.get("")
def page() -> str:
    """The card on a page of its own."""
    return render_template("connection/page.html", card=_card(), key_form=KeyForm())


@blueprint.post("/connect")
def connect() -> Response | tuple[str, int]:
    """Send the browser to PagerDuty's consent page."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    try:
        url = pagerduty().consent_url(_redirect_uri(), state, verifier)
    except PagerDutyError as error:
        return _answer(problem=error.sentence), 422
    session[CONSENT] = {"state": state, "verifier": verifier}
    return redirect(url)


@blueprint.get("/callback")
def callback() -> Response:
    """PagerDuty sends the browser back, with a code or with a refusal. A consent is finished once."""
    consent = session.pop(CONSENT, None)
    state = request.args.get("state", "")
    if consent is None or not secrets.compare_digest(consent["state"].encode(), state.encode()):
        flash(
            "This consent was not started here, or was finished already. Press Connect PagerDuty to start anew.", "bad"
        )
        return redirect(url_for("connection.page"))
    if "code" not in request.args:
        refused = request.args.get("error") == "access_denied"
        flash(
            "PagerDuty was not connected, because access was denied there. Nothing has changed."
            if refused
            else "PagerDuty sent no consent. Press Connect PagerDuty to try again.",
            "warn",
        )
        return redirect(url_for("connection.page"))
    try:
        card = pagerduty().connect_by_oauth(
            current_account().id, _redirect_uri(), request.args["code"], consent["verifier"]
        )
    except PagerDutyError as error:
        flash(error.sentence, "bad")
        return redirect(url_for("connection.page"))
    return _connected(card)


@blueprint.post("/key")
def key() -> Response | tuple[str, int]:
    """Connect by a pasted key."""
    form = KeyForm()
    if not form.validate_on_submit():
        return _answer(form), 422
    try:
        card = pagerduty().connect_by_key(current_account().id, str(form.api_key.data))
    except PagerDutyError as error:
        form.api_key.errors = [error.sentence]
        return _answer(form), 422
    return _connected(card)


@blueprint.post("/test")
def test() -> str | tuple[str, int]:
    """Ask PagerDuty whether the connection works."""
    try:
        return _answer(tested=pagerduty().test(current_account().id))
    except PagerDutyError as error:
        return _answer(problem=error.sentence), 422


@blueprint.get("/disconnect")
def confirm_disconnect() -> str:
    """Ask before disconnecting."""
    return _answer(confirming=True)


@blueprint.post("/disconnect")
def disconnect() -> Response:
    """End the connection, here at once and in PagerDuty as far as it lets us."""
    instance, account = current_instance(), current_account()
    pagerduty().disconnect(account.id)
    instance.working_sets.forget_account(account.id)
    flash("PagerDuty is disconnected. The stored credential and everything read with it are deleted.", "good")
    return _go(url_for("connection.page"))


def _connected(card: Card) -> Response:
    current_instance().working_sets.forget_account(current_account().id)
    flash(f"PagerDuty is connected, with the rights of {card.authority}.", "good")
    return _go(url_for("reports.generator"))


def _go(url: str) -> Response:
    """Lead the browser on; htmx is told by a header, because it would follow a redirect inside the card."""
    return Response(status=204, headers={"HX-Redirect": url}) if is_htmx() else redirect(url)


def _answer(form: KeyForm | None = None, *, problem: str = "", tested: str = "", confirming: bool = False) -> str:
    """The card, alone for htmx or on its page."""
    context = {
        "card": _card(),
        "key_form": form or KeyForm(),
        "problem": problem,
        "tested": tested,
        "confirming": confirming,
    }
    if is_htmx():
        return render_block("connection/page.html", "card_block", **context)
    return render_template("connection/page.html", **context)


@blueprint.app_context_processor
def card_for_other_pages() -> dict[str, Callable[[], tuple[Card | None, KeyForm]]]:
    """Let any page include `connection/_slot.html`; asked only where it is included."""
    return {"connection_card": lambda: (_card(), KeyForm())}


def _card() -> Card | None:
    return pagerduty().card(current_account().id)


def _redirect_uri() -> str:
    return current_instance().settings.base_url + url_for("connection.callback")
