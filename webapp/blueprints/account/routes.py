"""The account page."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import security
from webapp.blueprints.account.forms import CloseForm, PasswordForm
from webapp.blueprints.auth.forms import put_error
from webapp.blueprints.current import current_account, current_instance, database
from webapp.services import accounts, membership, sharing
from webapp.services.accounts import AccountError

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Everything about one's own account."""
    return _page(PasswordForm(), CloseForm())


@blueprint.post("/password")
def change_password() -> ResponseReturnValue:
    """Change the password; all other login sessions of the account end."""
    form = PasswordForm(request.form)
    if form.validate():
        try:
            _change_password(form.current.data or "", form.password.data or "")
        except AccountError as error:
            put_error(form, error)
        else:
            flash("Your password is changed. Everywhere else you are logged out.", "good")
            return redirect(url_for("account.show"), 303)
    return _page(form, CloseForm())


@blueprint.post("/close")
def close() -> ResponseReturnValue:
    """Delete the account and all that is stored for it."""
    instance, account, session = current_instance(), current_account(), database()
    form = CloseForm(request.form)
    is_sharing = _offer_heirs(form)
    if form.validate():
        heir_id = form.heir_id if is_sharing else None
        touched = [*sharing.readers(session), heir_id] if is_sharing else [account.id]
        try:
            accounts.close_account(
                session,
                account,
                form.email.data or "",
                disconnect=lambda leaver: sharing.leave(instance.connections, leaver, heir_id),
            )
        except AccountError as error:
            put_error(form, error)
        else:
            for reader in filter(None, touched):
                instance.working_sets.forget_account(reader)
            security.log_out()
            flash("Your account is closed, and everything stored for it is deleted.", "good")
            return redirect(url_for("auth.login"), 303)
    return _page(PasswordForm(), form)


def _change_password(current: str, new: str) -> None:
    """A stolen session must not become a way to guess the password."""
    throttle, account, address = current_instance().throttle, current_account(), request.remote_addr or ""
    try:
        throttle.attempt(account.email, address)
    except AccountError as error:
        raise AccountError("current", error.sentence) from error
    accounts.change_password(database(), account, current, new)
    throttle.succeeded(account.email, address)
    security.stay_logged_in(account)


def _page(password_form: PasswordForm, close_form: CloseForm) -> ResponseReturnValue:
    is_sharing = _offer_heirs(close_form)
    status = 422 if password_form.errors or close_form.errors else 200
    page = render_template(
        "account/show.html",
        account=current_account(),
        password_form=password_form,
        close_form=close_form,
        is_sharing=is_sharing,
    )
    return page, status


def _offer_heirs(form: CloseForm) -> bool:
    """Offer who may take the account's shared connection over; whether it shares one."""
    form.offer(membership.other_admins(database(), current_account()))
    return sharing.is_sharing(database(), current_account().id)
