"""Connections in the database, of either kind: kept, renewed once, ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.models import Connection, Database
from webapp.pd.client import Client
from webapp.pd.errors import Refused
from webapp.pd.oauth import App
from webapp.pd.regions import Endpoints
from webapp.sandbox import Running
from webapp.sandbox.tokens import Delegation
from webapp.services import accounts
from webapp.services.connections import Connections, NotConnected
from webapp.vault import Vault

FAR = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
def connections(database: Database, pagerduty: Running) -> Connections:
    endpoints = Endpoints(us=pagerduty.us_url, eu=pagerduty.eu_url, identity=pagerduty.identity_url)
    app = App(pagerduty.credentials.client_id, pagerduty.credentials.client_secret, endpoints)
    return Connections(database.session, Vault(b"0" * 32), endpoints, app)


@pytest.fixture
def account_id(session: Session) -> int:
    return accounts.add_account(session, "ada@example.com", "correct horse battery").id


@pytest.fixture
def by_consent(connections: Connections, account_id: int, pagerduty: Running) -> Connections:
    """With a stored OAuth connection, as a consent leaves it."""
    owner = pagerduty.state.key_owner_id
    pair = pagerduty.state.tokens.issue(Delegation("d", "us", owner, "openid read"))
    held = connections.vault.encrypt(
        f'{{"access_token": "{pair.access}", "refresh_token": "{pair.refresh}", "scope": "openid read"}}'
    )
    connections._keep(
        Connection(
            account_id=account_id, kind="oauth", region="us", subdomain="lanternworks", user_id=owner,
            user_name="Ada Lindqvist", secret=held, connected_at=datetime(2026, 11, 1, tzinfo=UTC), expires_at=FAR,
        )
    )  # fmt: skip
    return connections


def test_a_new_connection_takes_the_place_of_the_old_one(
    by_consent: Connections, account_id: int, session: Session, pagerduty: Running
) -> None:
    by_consent.connect_by_key(account_id, pagerduty.credentials.eu.read_only)
    (row,) = session.scalars(select(Connection))
    assert (row.kind, row.region, row.subdomain, row.expires_at) == ("api_key", "eu", "lanternworks-eu", None)
    with pytest.raises(Refused):
        by_consent.connect_by_key(account_id, "y_Nosuchkey")
    assert by_consent.working_card(account_id).region == "eu"


def test_of_many_who_need_a_new_token_one_renews_it(
    by_consent: Connections, account_id: int, session: Session, pagerduty: Running
) -> None:
    pagerduty.state.tokens.expire_access()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(by_consent.ask, account_id, Client.teams) for _ in range(4)]
        assert [len(one.result()) for one in asked] == [3] * 4
    (row,) = session.scalars(select(Connection))
    assert row.expires_at
    assert row.expires_at < FAR
    assert (row.problem, row.lease_key, row.lease_until) == (None, None, None)


def test_a_refused_renewal_is_remembered(by_consent: Connections, account_id: int, pagerduty: Running) -> None:
    pagerduty.state.tokens.revoke()
    with pytest.raises(NotConnected):
        by_consent.ask(account_id, Client.teams)
    with pytest.raises(NotConnected, match="Reconnect PagerDuty"):
        by_consent.working_card(account_id)


def test_disconnecting_deletes_the_row_and_ends_the_grant(
    by_consent: Connections, account_id: int, session: Session, pagerduty: Running
) -> None:
    by_consent.disconnect(account_id)
    by_consent.disconnect(account_id)
    assert session.scalars(select(Connection)).all() == []
    assert pagerduty.state.tokens._refresh == {}
    with pytest.raises(NotConnected, match="PagerDuty is not connected"):
        by_consent.ask(account_id, Client.teams)
