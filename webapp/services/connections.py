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
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from webapp import clock
from webapp.models import Connection
from webapp.pd import oauth, probe
from webapp.pd.check import Check, check
from webapp.pd.client import Client
from webapp.pd.errors import OAuthError, PagerDutyError, Refused
from webapp.pd.oauth import TokenSet
from webapp.pd.pace import MOST_PARALLEL
from webapp.pd.regions import Endpoints, Region
from webapp.pd.timing import Timing
from webapp.pd.transport import Credential, CredentialKind
from webapp.services import pagerduty_app
from webapp.services.connection_card import RENEW_BEFORE, Card, Trouble
from webapp.vault import Vault, VaultError

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than one request to PagerDuty's identity host may take."""
LEASE_WAIT_SECONDS = 0.2
OUR_FAULTS = {"invalid_client", "unauthorized_client"}
"""OAuth errors that correcting the app's settings heals: the refresh token is still good."""

NOT_CONNECTED = "PagerDuty is not connected. Connect it first, then make the report."
RECONNECT = "Reconnect PagerDuty, then make the report."

Sessions = sessionmaker[Session]
_T = TypeVar("_T")


class NotConnected(PagerDutyError):
    """There is no connection that works; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Connections:
    """Everything about the stored connections of one instance.

    Args:
        app: the registered PagerDuty app, if the settings name it; otherwise the one that the database holds, if any.
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
        """The connection that the account uses: its own, else the one shared with the instance, or None."""
        with self.sessions() as session:
            row = _row(session, account_id)
            return None if row is None else self._card(row, account_id, self._current_app(session))

    def own_card(self, account_id: int) -> Card | None:
        """The account's own connection, or None."""
        with self.sessions() as session:
            row = own_connection(session, account_id)
            return None if row is None else self._card(row, account_id, self._current_app(session))

    def shared_card(self, account_id: int) -> Card | None:
        """The connection that is shared with the instance, as the account sees it."""
        with self.sessions() as session:
            row = _shared(session)
            return None if row is None else self._card(row, account_id, self._current_app(session))

    # Making one

    def current_app(self) -> oauth.App | None:
        """The PagerDuty app that people connect through."""
        with self.sessions() as session:
            return self._current_app(session)

    def consent_url(self, redirect_uri: str, state: str, code_verifier: str) -> str:
        """Where to send the browser so that PagerDuty asks for consent."""
        return oauth.authorization_url(self._app(), redirect_uri, state, code_verifier)

    def connect_by_oauth(self, account_id: int, redirect_uri: str, code: str, code_verifier: str) -> Card:
        """Finish the consent and keep the connection, in place of an earlier one."""
        app = self._app()
        tokens, identity = oauth.exchange(app, redirect_uri, code, code_verifier, clock.now())
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
                app=app.label,
                scopes=tokens.scope[:500],
                delegation_id=identity.delegation_id,
            )
        )

    def connect_by_key(self, account_id: int, key: str, chosen: Region | None = None) -> Card:
        """Try a pasted API key, in both regions unless one was chosen, and keep it where it works.

        Raises:
            Refused: no region accepts it; an earlier connection stays.
            RegionUnclear: somebody must choose; an earlier connection stays.
        """
        key = key.strip()
        region, account = probe.find_region(self.endpoints, key, self.timing, chosen)
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
                raise self._broken(row, Trouble.REFUSED) from None
        row, credential = self._credential(account_id, refused=credential)
        try:
            return question(self._client(region, credential))
        except Refused:
            raise self._broken(row, Trouble.REVOKED) from None

    def test(self, account_id: int) -> Check:
        """Try out what the connection may read."""
        return self.ask(account_id, check)

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
            row = own_connection(session, account_id)
            if row is None:
                return
            app = self._current_app(session)
            session.execute(delete(Connection).where(Connection.id == row.id))
            session.commit()
        self._revoke(app, row)

    def end_grants(self, app: oauth.App) -> int:
        """Ask PagerDuty to end every grant of an app that is about to be replaced; how many connections it had."""
        with self.sessions() as session:
            rows = pagerduty_app.connections_through(session, app)
        for row in rows:
            tokens = self._tokens(row)
            if tokens and not oauth.revoke(app, tokens):
                log.warning("PagerDuty did not confirm the revocation of the replaced app's connections")
                break  # it would not for the others either
        return len(rows)

    # Inside

    def _current_app(self, session: Session) -> oauth.App | None:
        return self.app or pagerduty_app.usable(session, self.vault, self.endpoints)

    def _app(self) -> oauth.App:
        app = self.current_app()
        if app is None:
            raise NotConnected(
                "This instance has no PagerDuty app yet. An admin sets it up on the page PagerDuty app; until then, "
                "use a read-only API key."
            )
        return app

    def _revoke(self, app: oauth.App | None, row: Connection) -> None:
        """Ask PagerDuty to end a grant that is not stored any more; only the app that got it can."""
        tokens = self._tokens(row)
        if tokens and app and row.app in {None, app.label} and not oauth.revoke(app, tokens):
            log.warning("PagerDuty did not confirm the revocation of a deleted connection")

    def _card(self, row: Connection, account_id: int, app: oauth.App | None) -> Card:
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
            scopes=tuple((row.scopes or "").split()),
            trouble=self._trouble(row, app),
            owner=row.account.email,
            is_own=row.account_id == account_id,
            is_shared=bool(row.shared),
        )

    def _trouble(self, row: Connection, app: oauth.App | None) -> Trouble | None:
        """Why the connection must be made again, as far as is known here. Other secrets and apps may come back."""
        if row.problem:
            return Trouble(row.problem)
        if self._opened(row) is None:
            return Trouble.LOCKED
        if row.kind == "oauth" and app is None:
            return Trouble.APP_REMOVED
        return Trouble.APP_CHANGED if app and row.app not in {None, app.label} else None

    def _client(self, region: Region, credential: Credential) -> Client:
        return probe.connect(self.endpoints, region, credential, self.timing, self.parallel)

    def _sealed(self, tokens: TokenSet) -> str:
        held = {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token, "scope": tokens.scope}
        return self.vault.encrypt(json.dumps(held))

    def _keep(self, made: Connection) -> Card:
        """Store a connection that was tried, in place of the account's earlier one, which ends in PagerDuty, too.

        It stays shared if it leads to the same PagerDuty account.
        """
        with self.sessions() as session:
            app = self._current_app(session)
            old = own_connection(session, made.account_id)
            if old is not None:
                same = (old.region, old.subdomain) == (made.region, made.subdomain)
                made.shared = old.shared if same else None
                session.execute(delete(Connection).where(Connection.id == old.id))
                session.expunge(old)
            session.add(made)
            session.commit()
            card = self._card(made, made.account_id, app)
        # PagerDuty may take the second consent of a user for the first one: ending that would end both.
        if old is not None and old.delegation_id and old.delegation_id != made.delegation_id:
            self._revoke(app, old)
        return card

    def _opened(self, row: Connection) -> dict[str, Any] | None:
        """What the connection holds; None when the vault cannot open it."""
        try:
            held: dict[str, Any] = json.loads(self.vault.decrypt(row.secret))
        except VaultError:
            return None
        return held

    def _tokens(self, row: Connection) -> TokenSet | None:
        """What an OAuth connection holds; None for a key, or when the vault cannot open it."""
        held = self._opened(row)
        if held is None or row.kind != "oauth" or row.expires_at is None:
            return None
        return TokenSet(held["access_token"], held["refresh_token"], row.expires_at, held["scope"])

    def _credential(self, account_id: int, refused: Credential | None = None) -> tuple[Connection, Credential]:
        """A credential that should work now, renewed when it is due or was just refused."""
        give_up = time.monotonic() + LEASE.total_seconds()
        while True:
            with self.sessions() as session:
                row = _row(session, account_id)
                trouble = self._trouble(row, self._current_app(session)) if row else None
            if row is None:
                raise NotConnected(NOT_CONNECTED)
            held, tokens = self._opened(row), self._tokens(row)
            if trouble or held is None:
                raise NotConnected(f"{(trouble or Trouble.LOCKED).sentence} {RECONNECT}")
            if tokens is None or row.expires_at is None:
                return row, Credential(CredentialKind.KEY, str(held["api_key"]))
            credential = Credential(CredentialKind.OAUTH, tokens.access_token)
            if row.expires_at > clock.now() + RENEW_BEFORE and credential != refused:
                return row, credential
            lease = self._take_lease(row)
            if lease:
                return self._renew(row, tokens, lease)
            if time.monotonic() > give_up:
                raise NotConnected("The connection is being renewed and PagerDuty does not answer. Try again soon.")
            self.timing.sleep(LEASE_WAIT_SECONDS)

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
                raise self._broken(row, Trouble.REVOKED)
            renewed = oauth.refresh(self._app(), tokens.refresh_token, clock.now())
        except OAuthError as error:
            if error.code in OUR_FAULTS:
                self._change(row, lease_key=None, lease_until=None)
                raise
            raise self._broken(row, Trouble.REVOKED) from error
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

    def _broken(self, row: Connection, trouble: Trouble) -> NotConnected:
        """Remember that the connection must be made again; the error to raise."""
        self._change(row, problem=trouble.value, lease_key=None, lease_until=None)
        return NotConnected(f"{trouble.sentence} {RECONNECT}")

    def _change(self, row: Connection, **values: str | None) -> None:
        """Change the row unless it was replaced meanwhile."""
        with self.sessions() as session:
            session.execute(
                update(Connection).where(Connection.id == row.id, Connection.secret == row.secret).values(**values)
            )
            session.commit()


def own_connection(session: Session, account_id: int) -> Connection | None:
    """The connection that an account has made itself."""
    return session.scalars(select(Connection).where(Connection.account_id == account_id)).first()


def _shared(session: Session) -> Connection | None:
    return session.scalars(select(Connection).where(Connection.shared.is_(True))).first()


def _row(session: Session, account_id: int) -> Connection | None:
    """The connection that an account uses."""
    return own_connection(session, account_id) or _shared(session)
