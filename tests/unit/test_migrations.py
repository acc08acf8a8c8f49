"""Every migration goes up and down, and the schema it makes is the one that the models describe."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import inspect

from webapp.models import Account, Database
from webapp.models.database import alembic_config


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def downgrade(database: Database, revision: str = "base") -> None:
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_up_down_and_up_again(database: Database) -> None:
    database.migrate()
    after_up = tables(database)
    assert "accounts" in after_up
    downgrade(database)
    assert tables(database) == set()
    database.migrate()
    assert tables(database) == after_up


def test_migrating_again_changes_nothing(database: Database) -> None:
    database.migrate()
    with database.session() as session:
        session.add(
            Account(email="a@b.c", password_hash="x", role="admin", created_at=datetime.now(UTC), session_key="y")
        )
        session.commit()
    database.migrate()
    with database.session() as session:
        assert session.query(Account).count() == 1


def test_the_schema_is_what_the_models_say(database: Database) -> None:
    database.migrate()
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.check(config)


def test_an_instant_keeps_its_moment(database: Database) -> None:
    database.migrate()
    instant = datetime(2026, 10, 25, 0, 59, 59, 123456, tzinfo=UTC)
    with database.session() as session:
        session.add(Account(email="a@b.c", password_hash="x", role="admin", created_at=instant, session_key="y"))
        session.commit()
    with database.session() as session:
        kept = session.query(Account).one().created_at
    assert kept == instant
    assert kept.tzinfo is UTC


@pytest.mark.parametrize(("kind", "problem"), [("oauth", "revoked"), ("api_key", "refused")])
def test_the_second_keeps_which_connections_must_be_made_again(database: Database, kind: str, problem: str) -> None:
    database.migrate("0001")
    old = sa.text("""
        INSERT INTO accounts (id, email, password_hash, role, created_at, session_key)
        VALUES (1, 'a@b.c', 'x', 'admin', '2026-11-01 00:00:00+00:00', 'y');
    """)
    connection = sa.text("""
        INSERT INTO connections (id, account_id, kind, region, subdomain, secret, connected_at, problem)
        VALUES (1, 1, :kind, 'us', 'acme', 'z', '2026-11-01 00:00:00+00:00', 'A sentence.');
    """)
    with database.engine.begin() as session:
        session.execute(old)
        session.execute(connection, {"kind": kind})
    database.migrate()
    with database.engine.begin() as session:
        assert session.execute(sa.text("SELECT problem, shared FROM connections")).one() == (problem, None)
    downgrade(database, "0001")
    with database.engine.begin() as session:
        told = session.execute(sa.text("SELECT problem FROM connections")).scalar_one()
    assert told.startswith("PagerDuty no longer accepts this")
