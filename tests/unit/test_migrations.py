"""Every migration goes up and down, and the schema it makes is the one that the models describe."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from sqlalchemy import inspect

from webapp.models import Account, Database
from webapp.models.database import alembic_config


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def downgrade(database: Database) -> None:
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")


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
