"""Routes of the connection card. Every change is a POST; the way to PagerDuty's consent page is one, too."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, SelectField
from wtforms.validators import InputRequired, Length

from webapp import clock
from webapp.blueprints.current import current_account, current_instance, database, pagerduty
from webapp.blueprints.fields import options
from webapp.blueprints.rendering import is_htmx, render_block
from webapp.pd.check import Check
from webapp.pd.errors import PagerDutyError, RegionUnclear
from webapp.pd.oauth import App
from webapp.pd.regions import Region
from webapp.services import sharing
from webapp.services.connection_card import Card

blueprint = Blueprint("connection", __name__, url_prefix="/connection")

CONSENT = "pagerduty_consent"
"""Under this name the login session remembers the consent that is under way."""


class KeyForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """A pasted API key; it is never shown again."""

    api_key = PasswordField(
        "PagerDuty API key",
        validators=[InputRequired("Paste the key."), Length(max=200, message="That is too long for a key.")],
        description="A read-only key: in PagerDuty, Integrations, API Access Keys.",
    )
    region = SelectField(
        "Region", choices=options([("", "find out"), (Region.US, "US"), (Region.EU, "EU")]), default=""
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """What the card is made of."""

    card: Card | None
    """The connection that the account uses."""
    shared: Card | None
    """The one that is shared with the instance."""
    app: App | None
    key_form: KeyForm
    region_unclear: bool = False

    @property
    def is_expiring(self) -> bool:
        """Whether the token has ended unused."""
        return self.card is not None and self.card.is_expiring(clock.now())


@blueprint.get("")
def page() -> str:
    """The card on a page of its own."""
    return _answer()


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
        region = Region(form.region.data) if form.region.data else None
        card = pagerduty().connect_by_key(current_account().id, str(form.api_key.data), region)
    except RegionUnclear as error:
        form.region.errors = [error.sentence]
        return _answer(form, region_unclear=True), 422
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
    touched = _readers()
    pagerduty().disconnect(current_account().id)
    _forget(touched)
    flash("PagerDuty is disconnected. The stored credential and everything read with it are deleted.", "good")
    return _go(url_for("connection.page"))


@blueprint.post("/share")
def share() -> Response:
    """Let everybody read over one's own connection."""
    touched = sharing.readers(database())
    if sharing.share(pagerduty(), current_account().id):
        _forget([reader for reader in touched if reader != current_account().id])
        flash("Whoever has no PagerDuty connection of their own reads over yours now.", "good")
    else:
        flash("Your connection is not shared: you have none, or another one was shared at this moment.", "warn")
    return redirect(url_for("connection.page"), 303)


@blueprint.post("/stop-sharing")
def stop_sharing() -> Response:
    """Keep the shared connection to its owner; any admin may do that."""
    touched = sharing.readers(database())
    sharing.stop_sharing(pagerduty())
    _forget([reader for reader in touched if reader != current_account().id])
    flash("No PagerDuty connection is shared with everybody any more.", "good")
    return redirect(url_for("connection.page"), 303)


@blueprint.post("/take-over")
def take_over() -> Response:
    """Make the shared connection one's own."""
    touched = [*sharing.readers(database()), current_account().id]
    if sharing.take_over(pagerduty(), current_account().id):
        _forget(touched)
        flash("The shared connection is yours now. Everybody goes on reading over it.", "good")
    else:
        flash("No PagerDuty connection is shared any more.", "warn")
    return redirect(url_for("connection.page"), 303)


def _readers() -> list[int]:
    """Accounts whose reports were read over one's own connection."""
    account_id = current_account().id
    return sharing.readers(database()) if sharing.is_sharing(database(), account_id) else [account_id]


def _forget(account_ids: list[int]) -> None:
    """Drop the reports of accounts whose connection has changed."""
    for account_id in account_ids:
        current_instance().working_sets.forget_account(account_id)


def _connected(card: Card) -> Response:
    _forget(_readers())
    flash(f"PagerDuty is connected, with the rights of {card.authority}.", "good")
    return _go(url_for("reports.generator"))


def _go(url: str) -> Response:
    """Lead the browser on; htmx is told by a header, because it would follow a redirect inside the card."""
    return Response(status=204, headers={"HX-Redirect": url}) if is_htmx() else redirect(url)


def _answer(
    form: KeyForm | None = None,
    *,
    problem: str = "",
    tested: Check | None = None,
    confirming: bool = False,
    region_unclear: bool = False,
) -> str:
    """The card, alone for htmx or on its page."""
    context = {
        "slot": _slot(form, region_unclear=region_unclear),
        "problem": problem,
        "tested": tested,
        "confirming": confirming,
    }
    if is_htmx():
        return render_block("connection/page.html", "card_block", **context)
    return render_template("connection/page.html", **context)


@blueprint.app_context_processor
def card_for_other_pages() -> dict[str, Callable[[], Slot]]:
    """Let any page include `connection/_slot.html`; asked only where it is included."""
    return {"connection_slot": _slot}


def _slot(form: KeyForm | None = None, *, region_unclear: bool = False) -> Slot:
    connections, account_id = pagerduty(), current_account().id
    app = connections.current_app()
    g.leads_to_pagerduty = app is not None  # told to the browser by the page's security policy
    return Slot(
        connections.card(account_id), connections.shared_card(account_id), app, form or KeyForm(), region_unclear
    )


def _redirect_uri() -> str:
    return current_instance().settings.base_url + url_for("connection.callback")
