"""Every migration goes up and down, and the schema it makes is the one that the models describe."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, make_url, text

from webapp.models import Account, Database
from webapp.models.database import alembic_config


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind; PostgreSQL gets a schema of its own."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'test.db'}")
        yield made
        made.close()
        return
    url = os.environ.get("TEST_POSTGRES_URL")
    if not url:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("TEST_POSTGRES_URL is not set, and REQUIRE_ALL=1 skips nothing.")
        pytest.skip("TEST_POSTGRES_URL names no PostgreSQL database to test with.")
    address = make_url(url).set(drivername="postgresql+psycopg")
    schema = f"test_{secrets.token_hex(8)}"
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    inside = address.update_query_dict({"options": f"-csearch_path={schema}"})
    made = Database(inside.render_as_string(hide_password=False))
    yield made
    made.close()
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


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
