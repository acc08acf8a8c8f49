"""The pages of accounts: who belongs to the instance, in which role."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.account.forms import LeaveForm
from webapp.blueprints.admin.blueprint import blueprint
from webapp.blueprints.admin.forms import InviteForm, RoleForm
from webapp.blueprints.current import current_account, current_instance, database
from webapp.models import Account
from webapp.services import membership, sharing
from webapp.services.accounts import AccountError


@blueprint.get("/accounts")
def accounts() -> ResponseReturnValue:
    """Everybody, and the form that invites somebody."""
    return _list(InviteForm(role="manager"))


@blueprint.post("/accounts")
def invite() -> ResponseReturnValue:
    """Make an account and show the link by which its owner chooses a password."""
    form = InviteForm(request.form)
    if not form.validate():
        return _list(form), 422
    try:
        account, token = membership.invite(database(), form.email.data or "", form.role.data)
    except AccountError as error:
        form[error.field].errors = [error.sentence]
        return _list(form), 422
    return _one(account, token=token)


@blueprint.get("/accounts/<int(max=2147483647):account_id>")
def account(account_id: int) -> ResponseReturnValue:
    """One account, and what can be done about it."""
    return _one(_found(account_id))


@blueprint.post("/accounts/<int(max=2147483647):account_id>/role")
def change_role(account_id: int) -> ResponseReturnValue:
    """Give it another role."""
    found, form = _found(account_id), RoleForm(request.form)
    try:
        if form.validate():
            membership.change_role(database(), found, form.role.data)
            flash(f"{found.email} is {found.role} now.", "good")
            return redirect(url_for("admin.accounts"), 303)
    except AccountError as error:
        return _one(found, problem=error.sentence), 422
    return _one(found, problem="Choose a role."), 422


@blueprint.post("/accounts/<int(max=2147483647):account_id>/link")
def new_link(account_id: int) -> ResponseReturnValue:
    """Make a new link for choosing a password."""
    found = _found(account_id)
    try:
        token = membership.new_link(database(), found)
    except AccountError as error:
        return _one(found, problem=error.sentence), 422
    return _one(found, token=token)


@blueprint.post("/accounts/<int(max=2147483647):account_id>/disable")
def disable(account_id: int) -> ResponseReturnValue:
    """Keep it from logging in; its connection ends, or goes to somebody else if it is shared."""
    found = _found(account_id)
    form = LeaveForm(request.form)
    form.offer(_heirs(found))
    instance, session = current_instance(), database()
    is_sharing = sharing.is_sharing(session, found.id)
    if is_sharing and not form.validate():
        return _one(found, problem="Choose who takes the shared connection over."), 422
    heir_id = form.heir_id if is_sharing else None
    touched = [*sharing.readers(session), heir_id] if is_sharing else [found.id]
    try:
        membership.disable(
            session, found, disconnect=lambda leaver: sharing.leave(instance.connections, leaver, heir_id)
        )
    except AccountError as error:
        return _one(found, problem=error.sentence), 422
    for reader in filter(None, touched):
        instance.working_sets.forget_account(reader)
    flash(f"{found.email} is disabled, and logged out everywhere.", "good")
    return redirect(url_for("admin.accounts"), 303)


@blueprint.post("/accounts/<int(max=2147483647):account_id>/enable")
def enable(account_id: int) -> ResponseReturnValue:
    """Let it log in again."""
    found = _found(account_id)
    membership.enable(database(), found)
    flash(f"{found.email} can log in again.", "good")
    return redirect(url_for("admin.accounts"), 303)


@blueprint.post("/accounts/<int(max=2147483647):account_id>/remove")
def remove(account_id: int) -> ResponseReturnValue:
    """Delete an account that nobody uses."""
    found = _found(account_id)
    try:
        membership.remove(database(), found, disconnect=current_instance().connections.disconnect)
    except AccountError as error:
        return _one(found, problem=error.sentence), 422
    flash(f"The account of {found.email} is removed.", "good")
    return redirect(url_for("admin.accounts"), 303)


def _heirs(leaver: Account) -> list[Account]:
    """Who could take a connection over: whoever is logged in, then the other admins."""
    return sorted(membership.other_admins(database(), leaver), key=lambda admin: admin.id != current_account().id)


def _found(account_id: int) -> Account:
    return database().get(Account, account_id) or abort(404)


def _list(form: InviteForm) -> str:
    everybody = membership.everybody(database())
    connections = current_instance().connections
    cards = {one.id: connections.own_card(one.id) for one in everybody}
    return render_template("admin/accounts.html", form=form, everybody=everybody, cards=cards)


def _one(account: Account, *, token: str = "", problem: str = "") -> str:
    instance = current_instance()
    leave_form = LeaveForm()
    leave_form.offer(_heirs(account))
    return render_template(
        "admin/account.html",
        account=account,
        role_form=RoleForm(role=account.role),
        leave_form=leave_form,
        card=instance.connections.own_card(account.id),
        link=instance.settings.base_url + url_for("auth.join", token=token) if token else "",
        link_days=membership.LINK_LIFE.days,
        problem=problem,
    )
