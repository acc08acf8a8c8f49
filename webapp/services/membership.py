"""Who belongs to this instance: inviting, roles, new links, disabling and removing; done by admins for others."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import clock
from webapp.models import Account
from webapp.roles import ROLES
from webapp.services import accounts
from webapp.services.accounts import LAST_ADMIN, AccountError

log = logging.getLogger(__name__)

LINK_LIFE = timedelta(days=7)


def everybody(session: Session) -> list[Account]:
    """All accounts, by e-mail."""
    return list(session.scalars(select(Account).order_by(Account.email)))


def other_admins(session: Session, leaver: Account) -> list[Account]:
    """Admins who could take over what an account leaves, by e-mail."""
    return [
        one
        for one in everybody(session)
        if one.role == "admin" and one.password_hash and not one.disabled_at and one.id != leaver.id
    ]


def invite(session: Session, email: str, role: str) -> tuple[Account, str]:
    """Make an account that has no password yet; the one-time token by which its owner chooses one.

    Raises:
        AccountError: the e-mail is none, or has an account.
    """
    account = accounts.keep(session, accounts.checked_email(email), _role(role), password_hash="")
    return account, new_link(session, account)


def new_link(session: Session, account: Account) -> str:
    """A one-time token for choosing a password, in place of an earlier one; only its digest is kept.

    Raises:
        AccountError: the account is disabled.
    """
    if account.disabled_at:
        raise AccountError("email", "This account is disabled. Enable it first.")
    token = secrets.token_urlsafe(32)
    account.link_hash, account.link_until = _digest(token), clock.now() + LINK_LIFE
    session.commit()
    log.info("account %d may choose a password by a new link", account.id)
    return token


def account_of_link(session: Session, token: str) -> Account | None:
    """Whose link that is; None if it was used, is too old, or never was."""
    account = session.scalars(select(Account).where(Account.link_hash == _digest(token))).first()
    if account is None or account.disabled_at or account.link_until is None or account.link_until < clock.now():
        return None
    return account


def use_link(session: Session, account: Account, password: str) -> None:
    """Choose the password that the link was for; the link ends, and so does every login session of the account.

    Raises:
        AccountError: the password is not acceptable; the link stays.
    """
    accounts.check_new_password(password, account.email)
    account.link_hash = account.link_until = None
    accounts.set_password(session, account, password)


def change_role(session: Session, account: Account, role: str) -> None:
    """Give an account another role, from its next request on.

    Raises:
        AccountError: nobody would be admin any more.
    """
    role = _role(role)
    if role != "admin" and accounts.is_last_admin(session, account):
        raise AccountError("role", f"{LAST_ADMIN} Make somebody else an admin first.")
    account.role = role
    session.commit()
    log.info("account %d is %s now", account.id, role)


def disable(session: Session, account: Account, *, disconnect: Callable[[int], None]) -> None:
    """Keep an account from logging in, end its sessions at once, and delete its PagerDuty connection.

    Raises:
        AccountError: nobody would be admin any more.
    """
    if accounts.is_last_admin(session, account):
        raise AccountError("email", f"{LAST_ADMIN} Make somebody else an admin first.")
    account.disabled_at, account.link_hash, account.link_until = clock.now(), None, None
    accounts.end_sessions(account)
    session.commit()  # before PagerDuty is asked: nobody comes in meanwhile
    disconnect(account.id)
    log.info("account %d is disabled", account.id)


def enable(session: Session, account: Account) -> None:
    """Let a disabled account log in again; its connection is gone."""
    account.disabled_at = None
    session.commit()
    log.info("account %d is enabled", account.id)


def remove(session: Session, account: Account, *, disconnect: Callable[[int], None]) -> None:
    """Delete an account that is disabled, or was invited and never came.

    Raises:
        AccountError: somebody uses it.
    """
    if account.password_hash and not account.disabled_at:
        raise AccountError("email", "Somebody uses this account. Disable it first.")
    accounts.close_account(session, account, account.email, disconnect=disconnect)


def _role(role: str) -> str:
    if role not in ROLES:
        raise AccountError("role", f"Choose a role: {', '.join(ROLES)}.")
    return role


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
