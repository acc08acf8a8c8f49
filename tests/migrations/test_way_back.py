"""Before the schema changes: a copy or a dump; and the way back, by the very commands of docs/upgrade-and-backup.md."""

from __future__ import annotations

import os
import re
import resource
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from click.testing import Result
from sqlalchemy import create_engine, make_url, text

from tests.conftest import Need
from tests.migrations.conftest import OLDEST, Content, content_of, load_dump
from webapp import clock
from webapp.factory import create_app
from webapp.models import Database, UnusableDatabase, safety_copy
from webapp.models.database import alembic_config
from webapp.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
COPY = re.compile(r"calloutpay-before-(\d{4})-\d{4}-\d\d-\d\dT\d{6}\.db")


def documented(heading: str) -> str:
    """The commands of a section of the page, as one text for the shell."""
    page = (ROOT / "docs" / "upgrade-and-backup.md").read_text(encoding="utf-8")
    section = page.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


def shell(commands: str, folder: Path, **environment: str) -> None:
    done = subprocess.run(  # noqa: S602  the commands of our own page
        f"set -e\n{commands}",
        shell=True,
        executable="/bin/sh",
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def settings_of(folder: Path, database_url: str = "") -> Settings:
    return load_settings({"INSTANCE_DIR": str(folder / "instance"), "DATABASE_URL": database_url}, folder)


def run(settings: Settings, *words: str) -> Result:
    app = create_app(settings)
    answer = app.test_cli_runner().invoke(args=words)
    app.extensions["calloutpay"].database.close()
    return answer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The database of an instance of version 0.1.0, which was switched to write-ahead logging."""
    path = tmp_path / "instance" / "calloutpay.db"
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    database = Database(f"sqlite:///{path}")
    load_dump(database)
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return path


def read(path: Path) -> Content:
    database = Database(f"sqlite:///{path}")
    content = content_of(database)
    database.close()
    return content


def copies(file: Path) -> list[Path]:
    return sorted(path for path in file.parent.iterdir() if "-before-" in path.name or path.name.endswith(".part"))


def test_a_copy_is_written_before_and_the_documented_way_leads_back_to_it(tmp_path: Path, file: Path) -> None:
    before = read(file)
    answer = run(settings_of(tmp_path), "migrate")
    [copy] = copies(file)
    assert (answer.exit_code, answer.stderr) == (0, f"Copied the database before changing it: {copy}\n")
    assert COPY.fullmatch(copy.name)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert read(file) != before

    commands = documented("Back to the version before, with SQLite")
    [example] = {found.group() for found in COPY.finditer(commands)}
    shell(commands.replace(example, copy.name), tmp_path)
    assert read(file) == before
    back = Database(f"sqlite:///{file}")
    assert back.revision() == OLDEST
    back.close()
    # It is a database like any other: forward again. The copy is the same, so that one is enough.
    assert run(settings_of(tmp_path), "migrate").exit_code == 0
    assert copies(file) == [copy]


def test_nothing_to_change_means_no_copy(tmp_path: Path, file: Path) -> None:
    run(settings_of(tmp_path), "migrate")
    for copy in copies(file):
        copy.unlink()
    assert run(settings_of(tmp_path), "migrate").stderr == ""
    assert copies(file) == []


@pytest.mark.parametrize("form", ["sqlite:///instance/calloutpay.db", "sqlite:///instance/calloutpay.db?timeout=20"])
def test_a_relative_address_is_copied_beside_its_file(
    tmp_path: Path, file: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(settings_of(tmp_path, form), "migrate").exit_code == 0
    assert len(copies(file)) == 1


def test_what_stands_in_the_log_of_sqlite_is_in_the_copy(tmp_path: Path, file: Path) -> None:
    with closing(sqlite3.connect(file)) as open_connection:
        open_connection.execute("UPDATE accounts SET email = 'new@example.com' WHERE id = 1")
        open_connection.commit()
        assert Path(f"{file}-wal").stat().st_size
        run(settings_of(tmp_path), "migrate")
    [copy] = copies(file)
    assert read(copy)["accounts"][0]["email"] == "new@example.com"


def refused(tmp_path: Path, file: Path, why: str) -> None:
    before = read(file)
    answer = run(settings_of(tmp_path), "migrate")
    assert answer.exit_code == 1
    assert "is not brought from version 0004 to" in answer.output
    assert why in answer.output
    assert read(file) == before
    assert copies(file) == []


def test_a_full_disk_is_a_refusal_and_leaves_no_half_copy(tmp_path: Path, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE policy_versions SET text = ? WHERE version = 2", ("x" * 2_000_000,))
        connection.commit()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        refused(tmp_path, file, "cannot be written")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_folder_that_cannot_be_written_is_a_refusal(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(safety_copy, "give_name", no_room)
    refused(tmp_path, file, "Permission denied")


@pytest.mark.parametrize(
    "harm", ["DROP TABLE payroll_codes", "DELETE FROM accounts", "UPDATE alembic_version SET version_num = 9"]
)
def test_a_copy_that_differs_is_a_refusal(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    class Harmed(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, **options: object) -> None:
            super().backup(target, **options)
            target.execute(harm)
            target.commit()

    connect = sqlite3.connect
    monkeypatch.setattr(
        safety_copy.sqlite3, "connect", lambda *words, **options: connect(*words, **options, factory=Harmed)
    )
    refused(tmp_path, file, "not the same")


def test_a_damaged_database_is_a_refusal(tmp_path: Path, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'payroll_codes'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size + size - 40)
        stream.write(b"\xff" * 40)
    answer = run(settings_of(tmp_path), "migrate")
    assert answer.exit_code == 1
    assert "the database itself is damaged" in answer.output
    assert copies(file) == []


def test_an_attempt_that_was_killed_leaves_nothing_that_hinders_the_next(tmp_path: Path, file: Path) -> None:
    for ending in ("", "-journal"):
        Path(f"{file}.part{ending}").write_bytes(b"half a copy")
    assert run(settings_of(tmp_path), "migrate").exit_code == 0
    [copy] = copies(file)
    assert read(copy)["alembic_version"] == [{"version_num": OLDEST}]


def test_an_earlier_copy_is_never_overwritten(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    database = Database(f"sqlite:///{file}")
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    taken = file.with_name(f"calloutpay-before-{head}-{moment:%Y-%m-%dT%H%M%S}.db")
    taken.write_text("of somebody")
    copy = database.migrate().copy
    database.close()
    assert copy == taken.with_name(f"{taken.stem}-2.db")
    assert taken.read_text() == "of somebody"


@pytest.mark.slow
def test_two_that_start_at_once_make_one_copy(tmp_path: Path, file: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "INSTANCE_DIR": str(tmp_path / "instance")}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "migrate"]
    both = [
        subprocess.Popen(  # noqa: S603  our own command
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(2)
    ]
    outputs = [process.communicate()[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    [copy] = copies(file)
    assert sum(str(copy) in output for output in outputs) == 1
    assert read(copy)["alembic_version"] == [{"version_num": OLDEST}]


# PostgreSQL


@pytest.fixture
def postgres(need: Need) -> Iterator[str]:
    """The address of a database of our own, with the rows of version 0.1.0 in it."""
    url = os.environ.get("TEST_POSTGRES_URL", "")
    need(url, "TEST_POSTGRES_URL names no PostgreSQL database to test with")
    need(shutil.which("pg_dump") and shutil.which("psql"), "PostgreSQL's pg_dump and psql are not installed")
    address, name = make_url(url), f"test_{secrets.token_hex(8)}"
    engine = create_engine(address.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    own = address.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    database = Database(own)
    load_dump(database)
    database.close()
    yield own
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def content_at(url: str) -> Content:
    database = Database(url)
    content = content_of(database)
    database.close()
    return content


@pytest.mark.slow
def test_postgresql_waits_for_a_dump_and_the_documented_way_leads_back_to_it(tmp_path: Path, postgres: str) -> None:
    before, settings = content_at(postgres), settings_of(tmp_path, postgres)
    for words in (["migrate"], ["serve"]):
        answer = run(settings, *words)
        assert answer.exit_code == 15
        assert "nothing is changed yet" in answer.output
    assert content_at(postgres) == before
    assert not (tmp_path / "instance").exists()
    [line] = re.findall("“(pg_dump .*?)”", answer.output)
    shell(line, tmp_path)
    assert run(settings, "migrate", "--yes").exit_code == 0
    assert content_at(postgres) != before
    assert run(settings, "migrate").exit_code == 0  # nothing is to be changed any more

    commands = documented("Back to the version before, with PostgreSQL")
    [dump] = tmp_path.glob("*.dump")
    [example] = set(re.findall(r"calloutpay-before-\d{4}\.dump", commands))
    shell(commands.replace(example, dump.name), tmp_path, DATABASE_URL=postgres)
    assert content_at(postgres) == before
    back = Database(postgres)
    assert back.revision() == OLDEST
    back.close()


@pytest.mark.slow
def test_of_several_that_migrate_at_once_one_does_and_the_others_wait(postgres: str) -> None:
    databases = [Database(postgres) for _ in range(4)]
    with ThreadPoolExecutor() as threads:
        done = [threads.submit(database.migrate) for database in databases]
        assert [one.exception() for one in done] == [None] * 4
    databases[0].check()
    for database in databases:
        database.close()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:secret@host/pay", "postgresql://ada@host/pay"),
        ("postgres://ada:secret@host:5433/pay?sslmode=require", "'postgresql://ada@host:5433/pay?sslmode=require'"),
        ("postgresql://ada@/pay?host=/run&password=secret", "'postgresql://ada@/pay?host=%2Frun'"),
        ("postgresql://ada@/pay?host=/run&sslpassword=secret", "'postgresql://ada@/pay?host=%2Frun'"),
    ],
)
def test_the_line_of_the_dump_has_no_password_in_it(monkeypatch: pytest.MonkeyPatch, url: str, shown: str) -> None:
    database = Database(url)
    monkeypatch.setattr(database, "revision", lambda: OLDEST)
    refusals: list[Callable[[], None]] = [database.require_dump, database.check]
    for refuse in refusals:
        with pytest.raises(UnusableDatabase) as error:
            refuse()
        assert f".dump {shown}”" in str(error.value)
        assert "secret" not in str(error.value)
