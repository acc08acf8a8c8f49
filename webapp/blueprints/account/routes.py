"""The account page."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import security
from webapp.blueprints.account.forms import CloseForm, PasswordForm
from webapp.blueprints.auth.forms import put_error
from webapp.blueprints.current import current_account, current_instance, database
from webapp.services import accounts
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
    form = CloseForm(request.form)
    if form.validate():
        instance, account = current_instance(), current_account()
        try:
            accounts.close_account(
                database(), account, form.email.data or "", disconnect=instance.connections.disconnect
            )
        except AccountError as error:
            put_error(form, error)
        else:
            instance.working_sets.forget_account(account.id)
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
    status = 422 if password_form.errors or close_form.errors else 200
    page = render_template(
        "account/show.html", account=current_account(), password_form=password_form, close_form=close_form
    )
    return page, status
