"""Sharing a connection with the instance, and what becomes of it when its account leaves.

At most one connection is shared. Whoever has none of their own reads over it, with the rights that it has in PagerDuty.
"""

from __future__ import annotations

import logging

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.models import Account, Connection
from webapp.services.connections import Connections, own_connection

log = logging.getLogger(__name__)


def share(connections: Connections, account_id: int) -> bool:
    """Share the account's own connection, in place of one that is shared already.

    False where there is none, or somebody else shared one at this moment.
    """
    with connections.sessions() as session:
        row = own_connection(session, account_id)
        if row is None:
            return False
        session.execute(update(Connection).where(Connection.shared.is_(True)).values(shared=None))
        try:
            session.execute(update(Connection).where(Connection.id == row.id).values(shared=True))
            session.commit()
        except IntegrityError:
            return False
    log.info("account %d shares its connection with the instance", account_id)
    return True


def stop_sharing(connections: Connections) -> None:
    """Make the shared connection its owner's alone."""
    with connections.sessions() as session:
        session.execute(update(Connection).where(Connection.shared.is_(True)).values(shared=None))
        session.commit()
    log.info("no connection is shared with the instance any more")


def take_over(connections: Connections, account_id: int) -> bool:
    """Make the shared connection this account's, which ends its own.

    The rights in PagerDuty stay those of whoever connected it. False where none is shared, or the account made another
    one of its own at this moment.
    """
    with connections.sessions() as session:
        shared = session.scalars(select(Connection).where(Connection.shared.is_(True))).first()
        if shared is None:
            return False
        if shared.account_id == account_id:
            return True
    connections.disconnect(account_id)
    with connections.sessions() as session:
        try:
            moved = session.execute(
                update(Connection)
                .where(Connection.id == shared.id, Connection.shared.is_(True))
                .values(account_id=account_id)
                .returning(Connection.id)
            ).all()
            session.commit()
        except IntegrityError:
            return False
    log.info("account %d has taken the shared connection over", account_id)
    return bool(moved)


def leave(connections: Connections, account_id: int, heir_id: int | None) -> None:
    """End an account's connection; a shared one goes to the heir, if there is one, instead of ending."""
    with connections.sessions() as session:
        shares = is_sharing(session, account_id)
    if not (shares and heir_id and take_over(connections, heir_id)):
        connections.disconnect(account_id)


def is_sharing(session: Session, account_id: int) -> bool:
    """Whether the account's own connection is the shared one."""
    row = own_connection(session, account_id)
    return row is not None and bool(row.shared)


def readers(session: Session) -> list[int]:
    """Accounts that read over the shared connection: all that have none of their own, and its owner."""
    own = select(Connection.account_id).where(Connection.shared.is_(None))
    return list(session.scalars(select(Account.id).where(Account.id.not_in(own))))
