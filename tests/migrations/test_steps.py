"""Each step from version 0.1.0 to the newest, and back, with data in every table: nothing that was stored is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, MetaData, Table, insert, inspect, select

from tests.migrations.conftest import OLDEST, Content, content_of
from webapp.models import Database
from webapp.models.database import MIGRATIONS, alembic_config
from webapp.services import accounts, callout_decisions, payroll, people, policies
from webapp.services.engineer_facts import HOURLY_RATE

SCRIPTS = ScriptDirectory.from_config(alembic_config())
EVERY = [script.revision for script in SCRIPTS.walk_revisions()][::-1]
STEPS = EVERY[EVERY.index(OLDEST) + 1 :]

MOVED: dict[str, set[tuple[str, str]]] = {
    "0005": {("callout_decisions", "start"), ("callout_decisions", "end")},
}
"""Columns whose values a migration moves or changes; a test of its own shows where they went (`test_migrations.py`)."""


def take_down(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def lost(before: Content, after: Content, moved: set[tuple[str, str]]) -> Iterator[str]:
    """Every stored value that is not what and where it was."""
    for table, rows in before.items():
        if table == "alembic_version":
            continue
        found = after.get(table, [])
        if len(found) != len(rows):
            yield f"{table}: {len(rows)} rows became {len(found)}"
        for row, new in zip(rows, found, strict=False):
            for column, value in row.items():
                if (table, column) not in moved and (column not in new or new[column] != value):
                    yield f"{table}.{column}: {value!r} became {new.get(column, 'nothing')!r}"


def some_value(column: Any, connection: Any) -> Any:
    for key in column.foreign_keys:
        return connection.execute(select(key.column)).scalars().first()
    if isinstance(column.type, JSON):
        return []
    samples = {int: 1, str: "x", bool: True, date: date(2026, 10, 1), datetime: datetime(2026, 10, 1, tzinfo=UTC)}
    return (samples | {Decimal: Decimal(1), time: time(14)})[column.type.python_type]


def fill_empty_tables(database: Database) -> None:
    """A row for each table that has none, so that the steps after the one that made it have something to lose."""
    with database.engine.begin() as connection:
        for name in inspect(connection).get_table_names():
            table = Table(name, MetaData(), autoload_with=connection)
            if connection.execute(select(table)).first() is None:
                row = {column.name: some_value(column, connection) for column in table.columns}
                connection.execute(insert(table).values(row))


def test_the_migrations_are_one_line_and_every_file_stands_in_it() -> None:
    files = sorted(path.name.partition("_")[0] for path in Path(MIGRATIONS, "versions").glob("*.py"))
    assert SCRIPTS.get_heads() == [EVERY[-1]]
    assert files == EVERY
    assert MOVED.keys() <= set(STEPS)


def test_the_dumps_have_rows_in_every_table_and_say_the_same(of_version_0_1_0: Database) -> None:
    content = content_of(of_version_0_1_0)
    assert content.pop("alembic_version") == [{"version_num": OLDEST}]
    assert {table: len(rows) for table, rows in content.items()} == {
        "accounts": 3,
        "callout_decisions": 3,
        "connections": 2,
        "engineer_facts": 8,
        "engineer_settings": 4,
        "pagerduty_app": 1,
        "payroll_codes": 3,
        "payroll_layouts": 1,
        "policy_versions": 2,
        "report_amendments": 1,
        "seen_reports": 1,
    }


def test_every_step_up_keeps_every_value(of_version_0_1_0: Database) -> None:
    database = of_version_0_1_0
    for revision in STEPS:
        before = content_of(database)
        database.migrate(revision)
        assert list(lost(before, content_of(database), MOVED.get(revision, set()))) == [], f"migration {revision}"
        fill_empty_tables(database)
    database.check()
    assert all(content_of(database).values())
    for revision in [OLDEST, *STEPS][-2::-1]:
        take_down(database, revision)
        assert database.revision() == revision


def test_the_way_down_gives_the_same_rows(of_version_0_1_0: Database) -> None:
    database = of_version_0_1_0
    before = content_of(database)
    database.migrate()
    for revision in [OLDEST, *STEPS][-2::-1]:
        take_down(database, revision)
    assert content_of(database) == before


def test_the_newest_program_reads_what_the_oldest_stored(of_version_0_1_0: Database) -> None:
    database = of_version_0_1_0
    database.migrate()
    database.check()
    with database.session() as session:
        assert accounts.any_account(session)
        assert [(one.version, one.name) for one in policies.saved_policies(session)] == [
            (1, "Standard policy"),
            (2, "Ops"),
        ]
        own = people.pay_settings(session, "acme")
        assert {key: one.payroll_number for key, one in own.items()} == {
            "PADA": "000123",
            "PBO": "000123",
            "PCY": "=1+1",
        }
        assert own["PADA"].on(HOURLY_RATE, date(2026, 7, 1)) == "33.00"
        decided = callout_decisions.decisions(session, "acme").callouts
        assert {key: len(one.times) for key, one in decided.items()} == {
            ("Q1", "PADA"): 1,
            ("Q2", "PBO"): 0,
            ("Q3", "PADA"): 0,
        }
        assert payroll.codes(session, "Standard policy").components == {"stipend": "100", "fee": "200"}


def test_a_lost_value_is_noticed() -> None:
    before = {"accounts": [{"id": 1, "email": "a@b.c"}, {"id": 2, "email": "b@b.c"}], "gone": [{"id": 1}]}
    after = {"accounts": [{"id": 1, "email": "A@b.c"}], "new": []}
    assert list(lost(before, after, set())) == [
        "accounts: 2 rows became 1",
        "accounts.email: 'a@b.c' became 'A@b.c'",
        "gone: 1 rows became 0",
    ]
