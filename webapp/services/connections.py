"""Connecting to PagerDuty, keeping the connection working, and ending it.

No database transaction is open while PagerDuty is asked. Tokens are renewed under a lease, so that of several requests
(and the command line) exactly one uses the refresh token, which PagerDuty accepts once.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from webapp import clock
from webapp.models import Connection
from webapp.pd import oauth, probe
from webapp.pd.client import Client
from webapp.pd.errors import Forbidden, OAuthError, PagerDutyError, Refused
from webapp.pd.oauth import TokenSet
from webapp.pd.pace import MOST_PARALLEL
from webapp.pd.regions import Endpoints, Region
from webapp.pd.timing import Timing
from webapp.pd.transport import Credential, CredentialKind
from webapp.vault import Vault, VaultError

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(minutes=5)
LEASE = timedelta(seconds=90)
"""Longer than one request to PagerDuty's identity host may take."""
LEASE_WAIT_SECONDS = 0.2
OUR_FAULTS = {"invalid_client", "unauthorized_client"}
"""OAuth errors that correcting the settings heals: the refresh token is still good."""

REVOKED = "PagerDuty no longer accepts this connection: it was revoked, it expired, or its owner left."
NOT_CONNECTED = "PagerDuty is not connected. Connect it first, then make the report."
RECONNECT = "Reconnect PagerDuty, then make the report."
KEY_REFUSED = "PagerDuty no longer accepts this API key: it was deleted or replaced in PagerDuty."

Sessions = sessionmaker[Session]
_T = TypeVar("_T")


class NotConnected(PagerDutyError):
    """There is no connection that works; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the connection card shows; never a secret."""

    kind: str
    region: Region
    subdomain: str
    user_id: str | None
    user_name: str | None
    user_role: str | None
    last_four: str | None
    connected_at: datetime
    expires_at: datetime | None
    problem: str | None

    @property
    def sees_everything(self) -> bool:
        """Whether PagerDuty shows this credential the whole account, as far as its role tells."""
        return self.user_id is None or self.user_role in {"admin", "owner"}

    @property
    def authority(self) -> str:
        """With whose rights PagerDuty is read."""
        if self.user_name:
            return f"{self.user_name} ({self.subdomain}, PagerDuty {self.region.upper()})"
        return f"account API key …{self.last_four} ({self.subdomain}, PagerDuty {self.region.upper()})"


@dataclass(frozen=True, slots=True)
class Connections:
    """Everything about the stored connections of one instance.

    Args:
        app: the registered PagerDuty app; None when the settings name none.
        timing: clock, sleep and waits of all that is asked of PagerDuty.
        parallel: how many requests of one credential may run at once, 1 to 4.
    """

    sessions: Sessions
    vault: Vault
    endpoints: Endpoints
    app: oauth.App | None
    timing: Timing = field(default_factory=Timing)
    parallel: int = MOST_PARALLEL

    def card(self, account_id: int) -> Card | None:
        """The account's connection, or None."""
        with self.sessions() as session:
            row = _row(session, account_id)
            return None if row is None else _card(row)

    # Making one

    def consent_url(self, redirect_uri: str, state: str, code_verifier: str) -> str:
        """Where to send the browser so that PagerDuty asks for consent."""
        return oauth.authorization_url(self._app(), redirect_uri, state, code_verifier)

    def connect_by_oauth(self, account_id: int, redirect_uri: str, code: str, code_verifier: str) -> Card:
        """Finish the consent and keep the connection, in place of an earlier one."""
        tokens, identity = oauth.exchange(self._app(), redirect_uri, code, code_verifier, clock.now())
        access = Credential(CredentialKind.OAUTH, tokens.access_token)
        me = self._client(identity.region, access).me()
        return self._keep(
            Connection(
                account_id=account_id,
                kind="oauth",
                region=identity.region.value,
                subdomain=identity.subdomain,
                user_id=identity.user_id,
                user_name=me.name if me else None,
                user_role=me.role if me else None,
                secret=self._sealed(tokens),
                connected_at=clock.now(),
                expires_at=tokens.expires_at,
            )
        )

    def connect_by_key(self, account_id: int, key: str) -> Card:
        """Try a pasted API key in both regions and keep it where it works.

        Raises:
            Refused: neither region accepts it; an earlier connection stays.
        """
        key = key.strip()
        region, account = probe.find_region(self.endpoints, key, self.timing)
        return self._keep(
            Connection(
                account_id=account_id,
                kind="api_key",
                region=region.value,
                subdomain=account.subdomain or "unknown account",
                user_id=account.user_id,
                user_name=account.user_name,
                user_role=account.role,
                secret=self.vault.encrypt(json.dumps({"api_key": key})),
                last_four=key[-4:],
                connected_at=clock.now(),
            )
        )

    # Using one

    def ask(self, account_id: int, question: Callable[[Client], _T]) -> _T:
        """Ask PagerDuty with the account's connection.

        A token that PagerDuty refuses is renewed once and the question asked once more; a refusal after that marks the
        connection as broken.

        Raises:
            NotConnected: there is no connection, or it must be made again.
            PagerDutyError: whatever the question runs into.
        """
        row, credential = self._credential(account_id)
        region = Region(row.region)
        try:
            return question(self._client(region, credential))
        except Refused:
            if row.kind == "api_key":
                raise self._broken(row, KEY_REFUSED) from None
        row, credential = self._credential(account_id, refused=credential)
        try:
            return question(self._client(region, credential))
        except Refused:
            raise self._broken(row, REVOKED) from None

    def test(self, account_id: int) -> str:
        """Try the connection; says in words what works."""

        def question(client: Client) -> str:
            account = probe.describe(client)
            whose = f"{account.user_name}, role {account.role}" if account.user_name else "the whole account"
            reads = {"incidents": "/incidents", "on-call entries": "/oncalls", "schedules": "/schedules"}
            for what, path in reads.items():
                try:
                    client.page(path, path.strip("/"))
                except Forbidden as error:
                    raise Forbidden(f"The connection works, but may not read {what}. {error.sentence}") from None
            return f"The connection works, with the rights of {whose}."

        return self.ask(account_id, question)

    def working_card(self, account_id: int) -> Card:
        """The account's connection, if it can be used as far as is known."""
        card = self.card(account_id)
        if card is None:
            raise NotConnected(NOT_CONNECTED)
        if card.problem:
            raise NotConnected(f"{card.problem} {RECONNECT}")
        return card

    # Ending one

    def disconnect(self, account_id: int) -> None:
        """Delete what is stored, then ask PagerDuty to revoke it; whether PagerDuty does changes nothing here."""
        with self.sessions() as session:
            row = _row(session, account_id)
            if row is None:
                return
            tokens = self._tokens(row)
            session.execute(delete(Connection).where(Connection.id == row.id))
            session.commit()
        if tokens and self.app and not oauth.revoke(self.app, tokens):
            log.warning("PagerDuty did not confirm the revocation of a deleted connection")

    # Inside

    def _app(self) -> oauth.App:
        if self.app is None:
            raise NotConnected(
                "This instance has no PagerDuty app yet. Set PAGERDUTY_CLIENT_ID and PAGERDUTY_CLIENT_SECRET as "
                "docs/pagerduty.md explains, or use a read-only API key."
            )
        return self.app

    def _client(self, region: Region, credential: Credential) -> Client:
        return probe.connect(self.endpoints, region, credential, self.timing, self.parallel)

    def _sealed(self, tokens: TokenSet) -> str:
        held = {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token, "scope": tokens.scope}
        return self.vault.encrypt(json.dumps(held))

    def _keep(self, made: Connection) -> Card:
        with self.sessions() as session:
            session.execute(delete(Connection).where(Connection.account_id == made.account_id))
            session.add(made)
            session.commit()
            return _card(made)

    def _tokens(self, row: Connection) -> TokenSet | None:
        """What an OAuth connection holds; None for a key, or when the vault cannot open it."""
        try:
            held = json.loads(self.vault.decrypt(row.secret))
        except VaultError:
            return None
        if row.kind != "oauth" or row.expires_at is None:
            return None
        return TokenSet(held["access_token"], held["refresh_token"], row.expires_at, held["scope"])

    def _credential(self, account_id: int, refused: Credential | None = None) -> tuple[Connection, Credential]:
        """A credential that should work now, renewed when it is due or was just refused."""
        give_up = time.monotonic() + LEASE.total_seconds()
        while True:
            with self.sessions() as session:
                row = _row(session, account_id)
            if row is None:
                raise NotConnected(NOT_CONNECTED)
            if row.problem:
                raise NotConnected(f"{row.problem} {RECONNECT}")
            if row.kind == "api_key":
                return row, Credential(CredentialKind.KEY, self._api_key(row))
            tokens = self._tokens(row)
            if tokens is None or row.expires_at is None:
                raise self._broken(row, "The stored connection cannot be opened with this instance's master secret.")
            credential = Credential(CredentialKind.OAUTH, tokens.access_token)
            if row.expires_at > clock.now() + RENEW_BEFORE and credential != refused:
                return row, credential
            lease = self._take_lease(row)
            if lease:
                return self._renew(row, tokens, lease)
            if time.monotonic() > give_up:
                raise NotConnected("The connection is being renewed and PagerDuty does not answer. Try again soon.")
            self.timing.sleep(LEASE_WAIT_SECONDS)

    def _api_key(self, row: Connection) -> str:
        try:
            return str(json.loads(self.vault.decrypt(row.secret))["api_key"])
        except VaultError as error:
            raise self._broken(row, "The stored key cannot be opened with this instance's master secret.") from error

    def _take_lease(self, row: Connection) -> str | None:
        """Become the one who renews; None when somebody else is at it, or has just finished."""
        lease, now = secrets.token_urlsafe(16), clock.now()
        free = or_(Connection.lease_until.is_(None), Connection.lease_until < now)
        with self.sessions() as session:
            taken = session.execute(
                update(Connection)
                .where(Connection.id == row.id, Connection.secret == row.secret, free)
                .values(lease_key=lease, lease_until=now + LEASE)
                .returning(Connection.id)
            ).all()
            session.commit()
        return lease if taken else None

    def _renew(self, row: Connection, tokens: TokenSet, lease: str) -> tuple[Connection, Credential]:
        """Renew the tokens under the lease; the new pair is stored before it is used."""
        try:
            if tokens.refresh_token is None:
                raise self._broken(row, REVOKED)
            renewed = oauth.refresh(self._app(), tokens.refresh_token, clock.now())
        except OAuthError as error:
            if error.code in OUR_FAULTS:
                self._change(row, lease_key=None, lease_until=None)
                raise
            raise self._broken(row, REVOKED) from error
        except PagerDutyError:
            self._change(row, lease_key=None, lease_until=None)
            raise
        # PagerDuty may keep the old refresh token alive and not send a new one.
        kept = replace(renewed, refresh_token=renewed.refresh_token or tokens.refresh_token)
        with self.sessions() as session:
            stored = session.execute(
                update(Connection)
                .where(Connection.id == row.id, Connection.lease_key == lease)
                .values(secret=self._sealed(kept), expires_at=kept.expires_at, lease_key=None, lease_until=None)
                .returning(Connection.id)
            ).all()
            session.commit()
        if not stored:  # disconnected, or connected anew, while PagerDuty was answering
            raise NotConnected("The connection was changed meanwhile. Try again.")
        return row, Credential(CredentialKind.OAUTH, kept.access_token)

    def _broken(self, row: Connection, problem: str) -> NotConnected:
        """Remember that the connection must be made again; the error to raise."""
        self._change(row, problem=problem, lease_key=None, lease_until=None)
        return NotConnected(f"{problem} {RECONNECT}")

    def _change(self, row: Connection, **values: str | None) -> None:
        """Change the row unless it was replaced meanwhile."""
        with self.sessions() as session:
            session.execute(
                update(Connection).where(Connection.id == row.id, Connection.secret == row.secret).values(**values)
            )
            session.commit()


def _row(session: Session, account_id: int) -> Connection | None:
    return session.scalars(select(Connection).where(Connection.account_id == account_id)).first()


def _card(row: Connection) -> Card:
    return Card(
        kind=row.kind,
        region=Region(row.region),
        subdomain=row.subdomain,
        user_id=row.user_id,
        user_name=row.user_name,
        user_role=row.user_role,
        last_four=row.last_four,
        connected_at=row.connected_at,
        expires_at=row.expires_at,
        problem=row.problem,
    )
