"""Accounts of this instance: making, checking, changing and closing them."""

from __future__ import annotations

import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp import clock
from webapp.models import (
    Account,
    CalendarCategory,
    CalendarDay,
    CalloutDecision,
    EngineerFact,
    EngineerWork,
    NamedAct,
    OrganisationSettings,
    PayrollLayout,
    PayrollNumberChange,
    PolicyVersion,
    ReportAmendment,
    SeenReport,
)

LAST_ADMIN = "This is the only admin of this instance."
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
LONGEST_EMAIL = 254
CLOSED = "closed account"
"""Stands for the e-mail of an account that was closed, where a decision or a policy names who made it."""
SIGNED = (
    PolicyVersion.saved_by,
    EngineerFact.saved_by,
    PayrollNumberChange.saved_by,
    OrganisationSettings.changed_by,
    CalloutDecision.decided_by,
    EngineerWork.decided_by,
    NamedAct.decided_by,
    SeenReport.seen_by,
    ReportAmendment.made_by,
    ReportAmendment.dropped_by,
    PayrollLayout.saved_by,
    CalendarDay.saved_by,
    CalendarDay.removed_by,
    CalendarCategory.saved_by,
    CalendarCategory.removed_by,
)
"""Everywhere that an account's e-mail stands and stays."""

_EMAIL = re.compile(r"[^@\s<>\"(),:;\\\[\]]+@[^@\s<>\"(),:;\\\[\]]+")
_READABLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Nothing that can be misread: no I and 1, no O and 0."""

# The library's defaults follow RFC 9106 and move with it; `authenticate` brings older hashes along.
_hasher = PasswordHasher()


class AccountError(ValueError):
    """What was typed cannot be accepted; `field` is "email", "password" or "current"."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class Throttled(AccountError):
    """Too many failed tries; nothing was checked."""

    def __init__(self, minutes: int) -> None:
        unit = "minute" if minutes == 1 else "minutes"
        super().__init__("email", f"Too many failed attempts. Wait {minutes} {unit}, then try again.")


class FirstAccount:
    """The one-time code that lets whoever started the server, and nobody else, make the first account."""

    def __init__(self) -> None:
        self._code: str | None = None
        self._lock = Lock()

    def code(self) -> str:
        """The code, made when it is first asked for: three groups of four readable characters."""
        with self._lock:
            if self._code is None:
                self._code = "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(3))
            return self._code

    def known(self) -> bool:
        """Whether a code was made, and so was told to somebody."""
        return self._code is not None

    def matches(self, text: str) -> bool:
        """Whether that is the code; case, spaces and dashes do not matter."""
        typed = re.sub(r"[\s-]", "", text).upper().encode()
        return secrets.compare_digest(typed, self.code().replace("-", "").encode())

    def used(self) -> None:
        """The code was used; it never works again."""
        with self._lock:
            self._code = None


class Throttle:
    """Counts failed tries in this process: at most 5 for an e-mail and 20 from an address within 15 minutes."""

    window_seconds = 15 * 60
    most_per_email = 5
    most_per_address = 20

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: dict[tuple[str, str], deque[float]] = {}
        self._lock = Lock()

    def attempt(self, email: str, address: str) -> None:
        """Count a try before it is made, so that tries at the same moment count, too; `succeeded` takes it back.

        Raises:
            Throttled: there were too many; this one is not counted.
        """
        now = self._clock()
        limits = {("email", normal_email(email)): self.most_per_email, ("address", address): self.most_per_address}
        with self._lock:
            self._drop_old(now)
            waits = [
                self._tries[key][0] + self.window_seconds - now
                for key, most in limits.items()
                if len(self._tries.get(key, ())) >= most
            ]
            if waits:
                raise Throttled(int(-(-max(waits) // 60)))
            for key in limits:
                self._tries.setdefault(key, deque()).append(now)

    def succeeded(self, email: str, address: str) -> None:
        """Forget the failures of the e-mail, and this one try of the address."""
        with self._lock:
            self._tries.pop(("email", normal_email(email)), None)
            if tries := self._tries.get(("address", address)):
                tries.pop()

    def _drop_old(self, now: float) -> None:
        for key, tries in list(self._tries.items()):
            while tries and tries[0] <= now - self.window_seconds:
                tries.popleft()
            if not tries:
                del self._tries[key]


def any_account(session: Session) -> bool:
    """Whether this instance has an account."""
    return session.scalars(select(Account.id).limit(1)).first() is not None


def add_account(session: Session, email: str, password: str, role: str = "admin") -> Account:
    """Make an account.

    Raises:
        AccountError: e-mail or password are not acceptable, or the e-mail has an account.
    """
    email = checked_email(email)
    check_new_password(password, email)
    return keep(session, email, role, password_hash=_hasher.hash(password))


def keep(session: Session, email: str, role: str, *, password_hash: str) -> Account:
    """Store a new account; without a hash nobody can log in with it yet.

    Raises:
        AccountError: the e-mail has an account.
    """
    account = Account(
        email=email, password_hash=password_hash, role=role, created_at=clock.now(), session_key=_new_session_key()
    )
    session.add(account)
    try:
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise AccountError("email", "There is an account with this e-mail address already.") from error
    return account


def authenticate(session: Session, email: str, password: str) -> Account | None:
    """The account with that e-mail and password, or None; an unknown e-mail takes as long as a wrong password.

    Raises:
        AccountError: both are right, but the account is disabled.
    """
    account = session.scalars(select(Account).where(Account.email == normal_email(email))).first()
    password = password[: LONGEST_PASSWORD + 1]
    if account is None or not account.password_hash:
        _hasher.hash(password)
        return None
    if not _fits(account, password):
        return None
    if account.disabled_at:
        raise AccountError("email", "This account is disabled. Ask an admin of this instance.")
    if _hasher.check_needs_rehash(account.password_hash):
        account.password_hash = _hasher.hash(password)
        session.commit()
    return account


def change_password(session: Session, account: Account, current: str, new: str) -> None:
    """Change the password and end all login sessions of the account.

    Raises:
        AccountError: the current password is wrong, or the new one not acceptable.
    """
    if not _fits(account, current):
        raise AccountError("current", "This is not your current password.")
    set_password(session, account, new)


def set_password(session: Session, account: Account, new: str) -> None:
    """Give the account a password and end all its login sessions.

    Raises:
        AccountError: the password is not acceptable.
    """
    check_new_password(new, account.email)
    account.password_hash = _hasher.hash(new)
    end_sessions(account)
    session.commit()


def end_sessions(account: Account) -> None:
    """Make every login session of the account worthless; to be committed by the caller."""
    account.session_key = _new_session_key()


def close_account(session: Session, account: Account, typed_email: str, *, disconnect: Callable[[int], None]) -> None:
    """Delete the account and everything stored for it; what it decided for the instance stays, without its e-mail.

    Args:
        session: where the account was loaded.
        account: to be closed.
        typed_email: typed by its owner to confirm.
        disconnect: deletes the account's PagerDuty connection and revokes it there; is given the account's id.

    Raises:
        AccountError: the typed e-mail is not the account's, or others would be left without an admin.
    """
    if normal_email(typed_email) != account.email:
        raise AccountError("email", f"This is not the e-mail of this account. Type {account.email} to confirm.")
    if is_last_admin(session, account) and session.scalars(select(Account.id).limit(2)).all() != [account.id]:
        raise AccountError("email", f"{LAST_ADMIN} Make somebody else an admin first, or remove the other accounts.")
    session.commit()  # no transaction is open while PagerDuty is asked
    disconnect(account.id)
    session.expire(account, ["connection"])
    for column in SIGNED:
        session.execute(update(column.class_).where(column == account.email).values({column: CLOSED}))
    session.delete(account)
    session.commit()


def is_last_admin(session: Session, account: Account) -> bool:
    """Whether nobody but this account could run the instance: others are no admins, disabled, or never logged in."""
    others = select(Account.id).where(
        Account.role == "admin", Account.disabled_at.is_(None), Account.password_hash != "", Account.id != account.id
    )
    return account.role == "admin" and session.scalars(others.limit(1)).first() is None


def checked_email(text: str) -> str:
    """An e-mail as it is stored.

    Raises:
        AccountError: it is none.
    """
    email = normal_email(text)
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise AccountError("email", "This is not an e-mail address. Write it like ada@example.com.")
    return email


def normal_email(text: str) -> str:
    """An e-mail as it is stored: without spaces around it, lower case."""
    return text.strip().lower()


def _fits(account: Account, password: str) -> bool:
    try:
        return _hasher.verify(account.password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def check_new_password(password: str, email: str) -> None:
    """Raises AccountError for a password that is too short, too long, or the e-mail."""
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError(
            "password", f"Use at least {SHORTEST_PASSWORD} characters; a few words make a good password."
        )
    if len(password) > LONGEST_PASSWORD:
        raise AccountError("password", f"Use at most {LONGEST_PASSWORD} characters.")
    if password.strip().lower() == email:
        raise AccountError("password", "Use a password that is not your e-mail address.")


def _new_session_key() -> str:
    """43 characters; part of every login session."""
    return secrets.token_urlsafe(32)
