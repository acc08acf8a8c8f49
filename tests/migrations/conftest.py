"""Databases as version 0.1.0 left them, and what is in a database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, inspect, select

from webapp.models import Database

HERE = Path(__file__).parent
OLDEST = "0004"
"""The revision of the dumps."""

Content = dict[str, list[dict[str, Any]]]
"""Every table with its rows in the order of their keys."""


def read_dump(dialect: str) -> str:
    return (HERE / f"of_version_0_1_0.{dialect}.sql").read_text(encoding="utf-8")


def load_dump(database: Database) -> None:
    """Put the old rows into an empty database."""
    if database.folder:
        with closing(sqlite3.connect(database.name)) as connection:
            connection.executescript(read_dump("sqlite"))
        return
    with database.engine.begin() as connection:
        connection.exec_driver_sql(read_dump("postgresql"))


def content_of(database: Database) -> Content:
    with database.engine.connect() as connection:
        found: Content = {}
        for name in sorted(inspect(connection).get_table_names()):
            table = Table(name, MetaData(), autoload_with=connection)
            rows = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            found[name] = [dict(row) for row in rows]
    return found


@pytest.fixture
def of_version_0_1_0(database: Database) -> Database:
    load_dump(database)
    return database


@pytest.fixture(name="content_of")
def _content_of() -> Callable[[Database], Content]:
    return content_of
