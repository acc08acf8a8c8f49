"""Opening the database: SQLite beside the instance, or PostgreSQL; made and changed by `Database.migrate` alone."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from webapp.models.base import Base
from webapp.models.safety_copy import NoCopy, write_copy

MIGRATIONS = Path(__file__).parent.parent / "migrations"
CONNECT_SECONDS = 10
"""A server that does not answer is given up after that."""
_MIGRATING = 0x_CA11_0074
"""The key of PostgreSQL's lock while the schema changes."""
_VERSION_TABLE = "alembic_version"


class UnusableDatabase(RuntimeError):
    """The database cannot be used as it is; the message says in a sentence why, and what to do."""


class DumpFirst(UnusableDatabase):
    """A database of PostgreSQL would be changed, and nobody has said yet that there is a dump of it."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What bringing a database to a revision did."""

    is_new: bool
    """The database was made, or was empty."""
    copy: Path | None = None
    """Of SQLite's file, as it was before; None: nothing was to be changed, or the database is PostgreSQL's."""


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
            self._dump_address = _without_password(make_url(url))
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
            way = (
                "stop the server, and bring it to this one by “flask --app wsgi migrate”, which first copies it."
                if self._file
                else self._dump_words(newest)
            )
            raise UnusableDatabase(
                f"The database {self.name} is of an older version of CalloutPay ({revision}, not {newest}): {way}"
            )

    def require_dump(self) -> None:
        """Refuse where migrating would change a database of PostgreSQL: only its users can write a dump of it.

        Raises:
            DumpFirst: with the line that writes one. An empty database needs none, and SQLite's is copied by `migrate`.
            UnusableDatabase: it cannot be reached, or is newer, half or another program's.
        """
        revision, (newest, *_) = self.revision(), _revisions()
        if self._file is None and revision not in {None, newest}:
            raise DumpFirst(
                f"The database {self.name} is of an older version of CalloutPay ({revision}, not {newest}) and nothing "
                f"is changed yet: {self._dump_words(newest)}"
            )

    def _dump_words(self, newest: str) -> str:
        line = f"pg_dump --format=custom --file=calloutpay-before-{newest}.dump {shlex.quote(self._dump_address)}"
        return (
            f"stop the server, write a dump by “{line}”, then bring the database to this version by “flask --app wsgi "
            "migrate --yes”, and start the server again."
        )

    def migrate(self, revision: str = "head") -> Migration:
        """Bring the schema to a revision, whole or not at all; running it again changes nothing.

        A database of SQLite with something in it is copied beside itself first. Nobody writes between the copy and the
        change: both happen under one lock. A second process that waited for it finds nothing to do, and copies nothing.

        Raises:
            UnusableDatabase: it cannot be reached, is newer, half or another program's, cannot be copied, or cannot be
                brought there.
        """
        before = self.revision()
        is_made = self._make_file()
        config = alembic_config()
        target = _revisions()[0] if revision == "head" else revision
        copies: list[Path] = []

        def copy_first() -> None:
            if self._file and self.revision() not in {None, target}:
                copies.append(write_copy(self._file, target))

        config.attributes["before_change"] = copy_first
        try:
            with self.engine.connect() as connection:
                if self._file:  # readers do not wait for writers; the file remembers it, no transaction may change it
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                    connection.commit()
                config.attributes["connection"] = connection
                with connection.begin():
                    if self._file is None:  # a second process waits, and finds nothing to do
                        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
                    command.upgrade(config, revision)
        except BaseException as error:
            if is_made:
                self._remove_file()
            if isinstance(error, NoCopy):
                raise UnusableDatabase(
                    f"The database {self.name} is not brought from version {before} to {target}, because a copy of it "
                    f"must be written first: {error}. Put that right, and run this again; nothing is changed."
                ) from error
            if isinstance(error, SQLAlchemyError):
                aside = f" The copy from before is {copies[0]}." if copies else ""
                raise UnusableDatabase(
                    f"The database {self.name} could not be brought from version {before or 'nothing'} to this one and "
                    f"is as it was before, because of this: {driver_words(error)}.{aside}"
                ) from error
            raise
        return Migration(before is None, copies[0] if copies else None)

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
            if self._file is None:  # tables and mark of one moment, though somebody migrates
                connection.execution_options(isolation_level="REPEATABLE READ")
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


def _without_password(address: URL) -> str:
    """The address for PostgreSQL's own programs, which ask for the password or find it in their own places."""
    query = {name: value for name, value in address.query.items() if "password" not in name}
    plain = URL.create("postgresql", address.username, None, address.host, address.port, address.database, query)
    return plain.render_as_string(hide_password=False)


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
