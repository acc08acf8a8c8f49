"""Opening the database: SQLite beside the instance, or PostgreSQL; made and changed by `Database.migrate` alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from webapp.models.base import Base

MIGRATIONS = Path(__file__).parent.parent / "migrations"
CONNECT_SECONDS = 10
"""A server that does not answer is given up after that."""
_VERSION_TABLE = "alembic_version"


class UnusableDatabase(RuntimeError):
    """The database cannot be used as it is; the message says in a sentence why, and what to do."""


class Database:
    """The engine and the maker of sessions.

    Raises:
        UnusableDatabase: the address names no database that we know how to use.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise _wrong_address() from None
        self._file: Path | None = None
        """Of SQLite."""
        if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
            parsed = parsed.update_query_dict({"connect_timeout": str(CONNECT_SECONDS), **parsed.query})
            self.name = parsed.set(query={}).render_as_string(hide_password=True).partition("://")[2]
        elif parsed.drivername in {"sqlite", "sqlite+pysqlite"} and parsed.database not in {None, "", ":memory:"}:
            self._file = Path(str(parsed.database)).absolute()
            self.name = str(self._file)
        else:
            raise _wrong_address()
        self.engine: Engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
        if self._file:
            event.listen(self.engine, "do_connect", _only_opening(self._file))
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "checkout", _hold_to_foreign_keys)
        self.session: sessionmaker[Session] = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def folder(self) -> Path | None:
        """Where SQLite's file is, or is to be."""
        return self._file and self._file.parent

    def check(self) -> None:
        """Refuse a database that is not exactly of this version; nothing is made or changed.

        Raises:
            UnusableDatabase: it is not there, cannot be reached, or is empty, older, newer, half or another program's.
        """
        revision, (newest, *_) = self.revision(), _revisions()
        if revision is None:
            raise UnusableDatabase(
                f"There is no database of CalloutPay at {self.name}: if that is the right place, make it by "
                "“flask --app wsgi migrate”, else correct INSTANCE_DIR or DATABASE_URL."
            )
        if revision != newest:
            raise UnusableDatabase(
                f"The database {self.name} is of an older version of CalloutPay ({revision}, not {newest}): back it "
                "up, and bring it to this one by “flask --app wsgi migrate”."
            )

    def migrate(self, revision: str = "head") -> bool:
        """Bring the schema to a revision, whole or not at all; running it again changes nothing.

        Returns:
            whether the database is new.

        Raises:
            UnusableDatabase: it cannot be reached, is newer, half or another program's, or cannot be brought there.
        """
        before = self.revision()
        is_made = self._make_file()
        config = alembic_config()
        try:
            with self.engine.connect() as connection:
                if self._file:  # readers do not wait for writers; the file remembers it, no transaction may change it
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                    connection.commit()
                config.attributes["connection"] = connection
                with connection.begin():
                    command.upgrade(config, revision)
        except BaseException as error:
            if is_made:
                self._remove_file()
            if isinstance(error, SQLAlchemyError):
                raise UnusableDatabase(
                    f"The database {self.name} could not be brought from version {before or 'nothing'} to this one and "
                    f"is as it was before, because of this: {driver_words(error)}."
                ) from error
            raise
        return before is None

    def close(self) -> None:
        """Give every pooled connection back."""
        self.engine.dispose()

    def revision(self) -> str | None:
        """The revision that the database is at, one of ours; None where it is empty, or not there at all.

        Raises:
            UnusableDatabase: it cannot be reached, or is newer, half or another program's.
        """
        if self._file and (not os.path.lexists(self._file) or (self._file.is_file() and not self._file.stat().st_size)):
            return None
        with self._in_words(), self.engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            found = MigrationContext.configure(connection).get_current_heads() if _VERSION_TABLE in tables else ()
        tables.discard(_VERSION_TABLE)
        if not found and not tables:
            return None
        known = _revisions()
        if not found:
            raise UnusableDatabase(
                f"The database {self.name} has tables, but not the mark of CalloutPay's version: it is another "
                "program's, or only half of it is here. Restore the backup, or name an empty database."
            )
        if not set(found) <= set(known):
            raise UnusableDatabase(
                f"The database {self.name} is of a newer version of CalloutPay ({', '.join(found)}) than this program: "
                "start the newer program, or restore the backup that was made before the upgrade."
            )
        lost = sorted(set(Base.metadata.tables) - tables) if found[0] == known[0] else []
        if lost:
            raise UnusableDatabase(
                f"The database {self.name} is only half there, without {', '.join(lost)}: restore the backup."
            )
        return str(found[0])

    def _make_file(self) -> bool:
        """Make SQLite's file where it is not there yet, for its owner only; whether it was made."""
        if self._file is None:
            return False
        try:
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        except OSError as error:
            raise UnusableDatabase(
                f"The database {self.name} cannot be made ({error.strerror}): correct INSTANCE_DIR or DATABASE_URL, or "
                "the rights of that folder."
            ) from error
        return True

    def _remove_file(self) -> None:
        self.close()
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{self._file}{ending}").unlink(missing_ok=True)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            hint = "that it may be read and written" if self._file else "that PostgreSQL runs, and DATABASE_URL"
            raise UnusableDatabase(
                f"The database {self.name} cannot be used; check {hint}: {driver_words(error)}."
            ) from error


def alembic_config() -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def driver_words(error: SQLAlchemyError) -> str:
    """What the database says of a failure, on one line; without what was stored or asked."""
    words = str(getattr(error, "orig", None) or error).partition("\nDETAIL")[0]
    return " ".join(words.split()).rstrip(".?")


@cache
def _revisions() -> tuple[str, ...]:
    """Every revision that this program knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def _wrong_address() -> UnusableDatabase:
    return UnusableDatabase(
        "DATABASE_URL is no address of a database that CalloutPay can use, such as sqlite:////srv/calloutpay.db or "
        "postgresql://user:password@host/name."
    )


def _only_opening(file: Path) -> Callable[[Any, Any, list[Any], dict[str, Any]], None]:
    """Let SQLite open the file, and never make it: a mistyped address would get an empty database of its own."""

    def address(_dialect: Any, _record: Any, words: list[Any], options: dict[str, Any]) -> None:
        words[0] = f"{file.as_uri()}?mode=rw"
        options["uri"] = True

    return address


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """A writer waits instead of failing; what is deleted is overwritten."""
    cursor = connection.cursor()
    for pragma in ("busy_timeout=10000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _hold_to_foreign_keys(connection: Any, _record: Any, _proxy: Any) -> None:
    """They are off by default, and after a migration, which cannot turn them on before it has ended."""
    connection.execute("PRAGMA foreign_keys=ON")
