"""`flask --app wsgi account`: making and listing accounts without a browser."""

from __future__ import annotations

import sys

import click
from sqlalchemy import select

from webapp.blueprints.current import database
from webapp.commands.refusals import with_database
from webapp.models import Account
from webapp.roles import ROLES
from webapp.services import accounts
from webapp.services.accounts import AccountError


@click.group("account")
def account_commands() -> None:
    """Make and list accounts."""


@account_commands.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(list(ROLES)), default="admin", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@with_database
def add(email: str, role: str, *, password_stdin: bool) -> None:
    """Make an account for EMAIL."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        account = accounts.add_account(database(), email, password, role)
    except AccountError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"Made the account {account.email}, {account.role}.")


@account_commands.command("list")
@with_database
def show() -> None:
    """List all accounts: e-mail, role, day it was made, and whether it is disabled or has not joined yet."""
    for account in database().scalars(select(Account).order_by(Account.email)):
        state = "  disabled" if account.disabled_at else "" if account.password_hash else "  invited"
        click.echo(f"{account.email}  {account.role}  {account.created_at:%Y-%m-%d}{state}")
