"""The pages of logging in; `webapp.security` keeps the session."""

from __future__ import annotations

import click
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp import security
from webapp.blueprints.auth.forms import JoinForm, LoginForm, SetupForm, put_error
from webapp.blueprints.current import current_instance, database
from webapp.models import Account
from webapp.services import accounts, membership
from webapp.services.accounts import AccountError

blueprint = Blueprint("auth", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Ask for e-mail and password, then go where the visitor wanted to go."""
    wanted = security.safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(wanted or url_for("pages.home"), 303)
    if not accounts.any_account(database()):
        return redirect(url_for("auth.setup"), 303)
    form = LoginForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            account = _authenticate(form.email.data or "", form.password.data or "")
        except AccountError as error:
            put_error(form, error)
        else:
            security.log_in(account)
            return redirect(wanted or url_for("pages.home"), 303)
    return _page("auth/login.html", form)


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    """End the login session and everything it holds."""
    security.log_out()
    flash("You are logged out.", "good")
    return redirect(url_for("auth.login"), 303)


@blueprint.route("/setup", methods=["GET", "POST"])
def setup() -> ResponseReturnValue:
    """Make the first account, an admin; with an account the page is gone."""
    if accounts.any_account(database()):
        return redirect(url_for("auth.login"), 303)
    instance = current_instance()
    if not instance.first_account.known():  # the last account was closed while the server runs
        click.echo(first_account_sentence(instance.settings.base_url, instance.first_account.code()))
    form = SetupForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            account = _first_account(form.code.data or "", form.email.data or "", form.password.data or "")
        except AccountError as error:
            put_error(form, error)
        else:
            security.log_in(account)
            flash("Your account is made. Next, connect PagerDuty.", "good")
            return redirect(url_for("pages.home"), 303)
    return _page("auth/setup.html", form)


@blueprint.route("/join", methods=["GET", "POST"])
def join() -> ResponseReturnValue:
    """Choose a password by a one-time link from an admin. Its token is in the query, which no log of ours holds."""
    account = membership.account_of_link(database(), request.args.get("token", ""))
    if account is None:
        return render_template("auth/join.html", form=JoinForm(), account=None), 404
    form = JoinForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            membership.use_link(database(), account, form.password.data or "")
        except AccountError as error:
            put_error(form, error)
        else:
            security.log_in(account)
            flash("Your password is set, and you are logged in.", "good")
            return redirect(url_for("pages.home"), 303)
    return render_template("auth/join.html", form=form, account=account), 422 if form.errors else 200


def first_account_sentence(base_url: str, code: str) -> str:
    """What the server prints for whoever started it."""
    return f"Make the first account at {base_url}/setup with the code {code}"


def _authenticate(email: str, password: str) -> Account:
    throttle, address = current_instance().throttle, request.remote_addr or ""
    throttle.attempt(email, address)
    account = accounts.authenticate(database(), email, password)
    if account is None:
        raise AccountError("password", "E-mail or password is wrong.")
    throttle.succeeded(email, address)
    return account


def _first_account(code: str, email: str, password: str) -> Account:
    instance, address = current_instance(), request.remote_addr or ""
    instance.throttle.attempt(email, address)
    if not instance.first_account.matches(code):
        raise AccountError("code", "This is not the code that the server printed last.")
    instance.throttle.succeeded(email, address)
    account = accounts.add_account(database(), email, password)
    instance.first_account.used()
    return account


def _page(template: str, form: LoginForm | SetupForm) -> ResponseReturnValue:
    return render_template(template, form=form), 422 if form.errors else 200
