"""Every command and the server on a database that is not this version's: a sentence, and nothing is made or changed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from tests.exports.conftest import document_of, facts, workbook_of
from webapp.commands.refusals import Status
from webapp.demo import prepare
from webapp.factory import create_app
from webapp.models import Database, UnusableDatabase
from webapp.settings import Settings, load_settings
from webapp.vault import open_vault

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"

USING = (
    ["account", "list"],
    ["account", "add", "ada@example.com", "--password-stdin"],
    ["report", "--account", "ada@example.com", "--scope", "organisation"],
    ["rotate-key"],
)
MAKING = (["migrate", "--yes"], ["serve"])

OLD = "is of an older version of CalloutPay (0003, not"
NONE = "There is no database of CalloutPay at"
NEW = "is of a newer version of CalloutPay (9999) than this program"
UNMARKED = "has tables, but not the mark of CalloutPay's version"
HALF = "is only half there, without accounts"

STATES: dict[str, tuple[tuple[str, ...], str, str]] = {
    # What was done to a database; what a command says that uses it; what one says that migrates, "" where that works.
    "older": (("migrate 0003",), OLD, ""),
    "empty": ((), NONE, ""),
    "taken down to nothing": (("migrate", "DELETE FROM alembic_version", "DROP ALL"), NONE, ""),
    "newer": (("migrate", "UPDATE alembic_version SET version_num = '9999'"), NEW, NEW),
    "without its mark": (("migrate", "DROP TABLE alembic_version"), UNMARKED, UNMARKED),
    "with an empty mark": (("migrate", "DELETE FROM alembic_version"), UNMARKED, UNMARKED),
    "of another program": (("CREATE TABLE other (id INTEGER)",), UNMARKED, UNMARKED),
    "without a table": (("migrate", "DROP TABLE connections", "DROP TABLE accounts"), HALF, HALF),
    "older, with a table of later": (
        ("migrate 0002", "CREATE TABLE payroll_codes (id INTEGER)"),
        "(0002, not",
        "could not be brought from version 0002",
    ),
}  # fmt: skip


def bring_to(database: Database, steps: tuple[str, ...]) -> None:
    for step in steps:
        if step.startswith("migrate"):
            database.migrate(step.partition(" ")[2] or "head")
            continue
        if database.folder:
            Path(database.name).touch()
        with database.engine.begin() as connection:
            every = set(inspect(connection).get_table_names()) - {"alembic_version"}
            ending = " CASCADE" if connection.dialect.name == "postgresql" else ""
            if connection.dialect.name == "sqlite":
                connection.execute(text("PRAGMA foreign_keys=OFF"))
            drops = [f"DROP TABLE {name}" for name in every] if step == "DROP ALL" else [step]
            for one in drops:
                connection.execute(text(one + (ending if one.startswith("DROP") else "")))
    database.close()


def tree(folder: Path) -> dict[str, str]:
    """Everything below a folder, with what is in it."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in folder.rglob("*")
        if "-before-" not in path.name  # a copy from before a change that failed
    }


def content(database: Database) -> dict[str, list[str]]:
    """Every table with its rows."""
    if database.folder and not Path(database.name).exists():
        return {}
    with database.engine.connect() as connection:
        return {
            name: sorted(map(str, connection.execute(text(f"SELECT * FROM {name}"))))  # noqa: S608  names of our own
            for name in sorted(inspect(connection).get_table_names())
        }


@pytest.fixture
def open_app() -> Iterator[Callable[[Settings], Flask]]:
    made: list[Flask] = []

    def make(settings: Settings) -> Flask:
        made.append(create_app(settings))
        return made[-1]

    yield make
    for app in made:
        app.extensions["calloutpay"].database.close()


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that `serve` went over to, in place of going."""
    begun: list[str] = []
    monkeypatch.setattr(os, "execv", lambda program, _words: begun.append(program))
    monkeypatch.chdir(ROOT)
    return begun


def settings_of(folder: Path, database_url: str = "") -> Settings:
    return load_settings({"INSTANCE_DIR": str(folder), "DATABASE_URL": database_url}, folder.parent)


def refuses(app: Flask, words: list[str], sentence: str, status: int = 1) -> None:
    answer = app.test_cli_runner().invoke(args=words, input=f"{PASSWORD}\n")
    assert (answer.exit_code, answer.output.count("\n")) == (status, 1), (words, answer.output, answer.exception)
    assert answer.output.startswith("Error: ")
    assert sentence in answer.output


@pytest.mark.parametrize("state", STATES)
def test_a_database_that_is_not_of_this_version(
    database: Database, tmp_path: Path, state: str, open_app: Callable[[Settings], Flask], serving: list[str]
) -> None:
    steps, sentence, refusal = STATES[state]
    bring_to(database, steps)
    url = database.engine.url.render_as_string(hide_password=False)
    before, here = content(database), tree(tmp_path)
    database.close()
    app = open_app(settings_of(tmp_path / "instance", url))
    for words in USING:
        refuses(app, words, sentence)
    for words in MAKING if refusal else ():
        if database.folder is None and words == ["serve"] and steps[0] == "migrate 0002":
            refuses(app, words, "nothing is changed yet: stop the server, write a dump", Status.DUMP_FIRST)
        else:
            refuses(app, words, refusal)
    assert content(database) == before
    database.close()
    assert tree(tmp_path) == here
    with pytest.raises(UnusableDatabase):
        app.extensions["calloutpay"].check()
    assert serving == []
    if not refusal:
        answer = app.test_cli_runner().invoke(args=["migrate", "--yes"])
        assert (answer.exit_code, answer.stdout) == (0, "The database is at this version.\n")
        assert ("Made a new, empty database" in answer.stderr) == (sentence is NONE)
        app.extensions["calloutpay"].check()
        assert app.test_cli_runner().invoke(args=["account", "list"]).exit_code == 0


PLACES = {
    "no folder": (lambda _: None, NONE, ""),
    "no file": (lambda folder: folder.mkdir(), NONE, ""),
    "a file without a byte": (lambda folder: (folder.mkdir(), (folder / "calloutpay.db").touch(0o600)), NONE, ""),
    "a file that is no database": (
        lambda folder: (folder.mkdir(), (folder / "calloutpay.db").write_bytes(b"no database" * 99)),
        "file is not a database", "file is not a database",
    ),
    "a folder in its place": (
        lambda folder: (folder / "calloutpay.db").mkdir(parents=True), "unable to open", "unable to open",
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_place_without_a_database(
    tmp_path: Path, place: str, open_app: Callable[[Settings], Flask], serving: list[str]
) -> None:
    prepare_place, sentence, refusal = PLACES[place]
    prepare_place(tmp_path / "instance")
    before = tree(tmp_path)
    app = open_app(settings_of(tmp_path / "instance"))
    for words in (*USING, *(MAKING if refusal else ())):
        refuses(app, words, sentence)
    assert tree(tmp_path) == before
    assert serving == []
    if not refusal:
        answer = app.test_cli_runner().invoke(args=["serve"])
        assert (answer.exit_code, serving) == (0, [sys.executable])
        assert answer.stderr == f"Made a new, empty database: {tmp_path / 'instance' / 'calloutpay.db'}\n"
        assert set(tree(tmp_path / "instance")) == {"calloutpay.db", "secret.key"}
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / "instance").iterdir()} == {0o600}
        assert app.test_cli_runner().invoke(args=["migrate"]).stderr == ""


def test_a_mistyped_folder_of_the_database_is_not_made(
    tmp_path: Path, open_app: Callable[[Settings], Flask], serving: list[str]
) -> None:
    app = open_app(settings_of(tmp_path / "instance", f"sqlite:///{tmp_path / 'mistyped' / 'calloutpay.db'}"))
    for words in USING:
        refuses(app, words, NONE)
    for words in MAKING:
        refuses(app, words, f"There is no folder {tmp_path / 'mistyped'} for the database")
    assert tree(tmp_path) == {}
    assert serving == []


@pytest.mark.parametrize("words", [["price", "policy.toml", "facts.json"], ["routes"], ["--help"]])
def test_what_needs_no_database_makes_none(tmp_path: Path, words: list[str]) -> None:
    cases = ROOT / "tests" / "cases"
    assert cases.is_dir()
    app = create_app(settings_of(tmp_path / "instance"))
    answer = app.test_cli_runner().invoke(args=words)
    assert "Traceback" not in answer.output
    assert tree(tmp_path) == {}


def test_a_workbook_is_not_called_foreign_where_there_is_no_secret(
    tmp_path: Path, open_app: Callable[[Settings], Flask]
) -> None:
    file = tmp_path / "october.xlsx"
    file.write_bytes(workbook_of(document_of(facts())))
    app = open_app(settings_of(tmp_path / "mistyped"))
    refuses(app, ["verify", str(file)], f"There is no master secret {tmp_path / 'mistyped' / 'secret.key'}")
    assert set(tree(tmp_path)) == {"october.xlsx"}


def test_a_database_without_its_secret_is_not_served(
    tmp_path: Path, migrated: Path, open_app: Callable[[Settings], Flask]
) -> None:
    (tmp_path / "instance").mkdir()
    shutil.copy(migrated, tmp_path / "instance" / "calloutpay.db")
    app = open_app(settings_of(tmp_path / "instance"))
    refuses(app, ["rotate-key"], "The master secret")
    assert app.test_cli_runner().invoke(args=["account", "list"]).exit_code == 0
    app.extensions["calloutpay"].database.close()
    assert set(tree(tmp_path / "instance")) == {"calloutpay.db"}


@pytest.mark.parametrize(
    "url",
    ["calloutpay.db", "sqlite://", "sqlite:///:memory:", "mysql://ada:secret@host/pay", "postgresql+pg8000://h/d", "://"],
)  # fmt: skip
def test_an_address_of_no_database_is_named_without_what_it_holds(tmp_path: Path, url: str) -> None:
    with pytest.raises(UnusableDatabase, match="DATABASE_URL is no address") as refused:
        create_app(settings_of(tmp_path / "instance", url))
    assert "secret" not in str(refused.value)
    assert tree(tmp_path) == {}


def test_a_write_that_fails_is_a_sentence(
    tmp_path: Path, migrated: Path, open_app: Callable[[Settings], Flask]
) -> None:
    """Another process holds the database: a command waits, then says so."""
    (tmp_path / "instance").mkdir()
    shutil.copy(migrated, tmp_path / "instance" / "calloutpay.db")
    open_vault(tmp_path / "instance" / "secret.key", may_create=True)
    app = open_app(settings_of(tmp_path / "instance"))
    other = Database(f"sqlite:///{tmp_path / 'instance' / 'calloutpay.db'}")
    with app.extensions["calloutpay"].database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
    with other.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        refuses(app, USING[1], "failed: database is locked")
    other.close()


# PostgreSQL's ways of not being there


@pytest.fixture
def refusing_server() -> Iterator[Callable[[str, str], int]]:
    """A server that speaks PostgreSQL only so far as to refuse, with a code and a sentence; its port."""
    listening: list[socket.socket] = []

    def start(code: str, words: str) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listening.append(listener)

        def answer() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    asked = client.recv(1024)
                    if asked[4:8] == (80877103).to_bytes(4, "big"):  # it asks for TLS first
                        client.sendall(b"N")
                        client.recv(1024)
                    body = b"".join(
                        field.encode() + b"\0" for field in ("SFATAL", "VFATAL", f"C{code}", f"M{words}")
                    ) + b"\0"  # fmt: skip
                    client.sendall(b"E" + (len(body) + 4).to_bytes(4, "big") + body)

        Thread(target=answer, daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listening:
        listener.close()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("28P01", 'password authentication failed for user "ada"'),
        ("3D000", 'database "pay" does not exist'),
        ("57P03", "the database system is starting up"),
        ("", "Connection refused"),
    ],
)
def test_a_server_that_refuses_is_quoted_without_the_password(
    tmp_path: Path, code: str, words: str, refusing_server: Callable[[str, str], int], serving: list[str]
) -> None:
    port = refusing_server(code, words) if code else closed_port()
    app = create_app(settings_of(tmp_path / "instance", f"postgresql://ada:canary@127.0.0.1:{port}/pay"))
    for asked in (*USING, *MAKING):
        refuses(app, asked, words)
        assert "canary" not in app.test_cli_runner().invoke(args=asked, input=f"{PASSWORD}\n").output
    assert tree(tmp_path) == {}
    assert serving == []


@pytest.mark.slow
def test_a_postgresql_without_the_database_is_quoted(tmp_path: Path, need: Callable[[object, str], None]) -> None:
    url = os.environ.get("TEST_POSTGRES_URL", "")
    need(url, "TEST_POSTGRES_URL names no PostgreSQL database to test with")
    app = create_app(settings_of(tmp_path / "instance", url.replace("calloutpay_test", "calloutpay_nowhere")))
    for asked in (*USING, *MAKING):
        refuses(app, asked, 'database "calloutpay_nowhere" does not exist')
    assert tree(tmp_path) == {}


# The real processes


SERVERS = {
    "flask run": ["-m", "flask", "--app", "wsgi", "run", "--port", "1"],
    "flask serve": ["-m", "flask", "--app", "wsgi", "serve"],
    "gunicorn as serve starts it": ["-m", "gunicorn", "--config", "python:webapp.server", "wsgi:app"],
    "gunicorn alone": ["-m", "gunicorn", "--no-control-socket", "--log-level", "critical", "wsgi:app"],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "state"),
    [
        (server, state)
        for server in SERVERS
        for state in ("no folder", "older", "newer")
        if server != "flask serve" or state == "newer"  # it is the one that makes and migrates
    ],
)
def test_no_server_starts_on_it(tmp_path: Path, server: str, state: str) -> None:
    folder = tmp_path / "instance"
    if state != "no folder":
        folder.mkdir()
        bring_to(Database(f"sqlite:///{folder / 'calloutpay.db'}"), STATES[state][0])
    before = tree(tmp_path)
    port = str(closed_port())
    done = subprocess.run(  # noqa: S603  our own commands
        [sys.executable, *SERVERS[server]],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "INSTANCE_DIR": str(folder), "PORT": port},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in {1, 3}, done.stderr
    sentence = {"no folder": NONE, "older": OLD, "newer": NEW}[state]
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stdout == ""
    assert tree(tmp_path) == before


def test_the_demo_makes_its_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'calloutpay.db'}"
    prepare(url)
    database = Database(url)
    database.check()
    database.close()
