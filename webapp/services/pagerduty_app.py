"""The PagerDuty app of this instance that an admin set up on its page; settings from the environment outrank it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp import clock
from webapp.models import Connection, PagerDutyApp
from webapp.pd import oauth
from webapp.pd.oauth import AppKind
from webapp.pd.regions import Endpoints
from webapp.vault import Vault, VaultError

log = logging.getLogger(__name__)

PURPOSE = "pagerduty app"
_ID = 1


@dataclass(frozen=True, slots=True)
class StoredApp:
    """What the page shows of the app; the secret is never shown again."""

    kind: AppKind
    client_id: str
    changed_at: datetime
    changed_by: str
    is_locked: bool
    """Whether the secret cannot be opened with this instance's master secret."""


def stored(session: Session, vault: Vault) -> StoredApp | None:
    """The app as it was set up on the page."""
    row = session.get(PagerDutyApp, _ID)
    if row is None:
        return None
    return StoredApp(AppKind(row.kind), row.client_id, row.changed_at, row.changed_by, _secret(row, vault) is None)


def usable(session: Session, vault: Vault, endpoints: Endpoints) -> oauth.App | None:
    """The app to connect with; None where there is none, or its secret cannot be opened."""
    row = session.get(PagerDutyApp, _ID)
    secret = _secret(row, vault) if row else None
    return oauth.App(row.client_id, secret, endpoints, AppKind(row.kind)) if row and secret else None


def save(session: Session, vault: Vault, *, kind: AppKind, client_id: str, secret: str, email: str) -> None:
    """Set the app up, in place of an earlier one; without a new secret the stored one stays.

    Raises:
        ValueError: there is no secret to keep.
    """
    row = session.get(PagerDutyApp, _ID)
    if row is None:
        row = PagerDutyApp(id=_ID, client_secret="")
        session.add(row)
    elif row.client_id:
        # Connections of a version that did not take down their app were made through the one so far.
        old = oauth.App(row.client_id, "", kind=AppKind(row.kind)).label
        session.execute(update(Connection).where(Connection.kind == "oauth", Connection.app.is_(None)).values(app=old))
    if not secret and (not row.client_secret or row.client_id != client_id):
        session.rollback()
        raise ValueError("An app needs its client secret.")
    row.kind, row.client_id, row.changed_at, row.changed_by = kind.value, client_id, clock.now(), email
    if secret:
        row.client_secret = vault.encrypt(secret, PURPOSE)
    session.commit()
    log.info("the PagerDuty app was set up")


def remove(session: Session) -> None:
    """Forget the app; connections that were made through it must be made again."""
    row = session.get(PagerDutyApp, _ID)
    if row is not None:
        session.delete(row)
        session.commit()
        log.info("the PagerDuty app was removed")


def connections_through(session: Session, app: oauth.App) -> list[Connection]:
    """Connections that were consented to through an app, or through one that was not taken down."""
    through = Connection.app.is_(None) | (Connection.app == app.label)
    return list(session.scalars(select(Connection).where(Connection.kind == "oauth", through)))


def _secret(row: PagerDutyApp, vault: Vault) -> str | None:
    try:
        return vault.decrypt(row.client_secret, PURPOSE)
    except VaultError:
        return None
