"""A new master secret for everything stored: nothing is lost, wherever it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import ROOT
from tests.patience import PATIENCE_SECONDS
from webapp.models import Connection, Database, PagerDutyApp
from webapp.pd.oauth import AppKind
from webapp.services import accounts, pagerduty_app, rotation
from webapp.services.rotation import count_unopened, rotate, wrong_secret_sentence
from webapp.vault import Vault, VaultError, open_vault, read_secrets

HELD = ["first", "second", "third"]
SECRET = "the app's secret"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret.key"


@pytest.fixture
def vault(file: Path) -> Vault:
    return open_vault(file, may_create=True)


@pytest.fixture
def filled(database: Database, session: Session, vault: Vault) -> Database:
    """Three connections and the app, locked with the first secret."""
    for place, held in enumerate(HELD):
        account = accounts.keep(session, f"{held}@example.com", "manager", password_hash="")
        session.add(
            Connection(
                account_id=account.id, kind="api_key", region="us", subdomain="acme", last_four="last",
                secret=vault.encrypt(held), connected_at=datetime(2026, 11, 1 + place, tzinfo=UTC),
            )
        )  # fmt: skip
    session.commit()
    pagerduty_app.save(session, vault, kind=AppKind.CLASSIC, client_id="id", secret=SECRET, email="ada@example.com")
    return database


def opened(database: Database, vault: Vault) -> list[str]:
    """Everything stored, unlocked."""
    with database.session() as session:
        rows = list(session.scalars(select(Connection).order_by(Connection.id)))
        app = session.scalars(select(PagerDutyApp)).one()
        return [
            *(vault.decrypt(row.secret) for row in rows),
            vault.decrypt(app.client_secret, pagerduty_app.PURPOSE),
        ]


def test_everything_is_locked_anew_and_the_old_secret_is_kept(filled: Database, vault: Vault, file: Path) -> None:
    (before,) = read_secrets(file)
    done = rotate(filled.session, vault, file, may_write=True)
    assert (done.locked_anew, done.unopened, done.is_new, done.secrets_kept) == (4, 0, True, 2)
    newest, older = read_secrets(file)
    assert older == before
    assert opened(filled, Vault(newest)) == [*HELD, SECRET]
    with pytest.raises(VaultError):
        opened(filled, Vault(before))


def test_every_column_that_holds_a_secret_is_rotated() -> None:
    """A new locked column must join the list, or a rotation would leave it behind."""
    known = {f"{column.class_.__tablename__}.{column.key}" for _, column, _ in rotation.LOCKED}
    named = {
        f"{table.name}.{column.name}"
        for table in Connection.metadata.tables.values()
        for column in table.columns
        if "secret" in column.name or "token" in column.name
    }
    assert known == named


def test_running_it_twice_rotates_twice_and_loses_nothing(filled: Database, vault: Vault, file: Path) -> None:
    for kept in (2, 3):
        assert rotate(filled.session, vault, file, may_write=True).secrets_kept == kept
    assert opened(filled, Vault(read_secrets(file)[0])) == [*HELD, SECRET]


def test_forgetting_drops_the_older_secrets_and_makes_no_new_one(filled: Database, vault: Vault, file: Path) -> None:
    rotate(filled.session, vault, file, may_write=True)
    newest = read_secrets(file)[0]
    done = rotate(filled.session, vault, file, may_write=True, forget_old=True)
    assert (done.locked_anew, done.is_new, done.secrets_kept) == (0, False, 1)
    assert read_secrets(file) == (newest,)
    assert opened(filled, open_vault(file, may_create=False)) == [*HELD, SECRET]


def test_forgetting_at_once_locks_anew_first(filled: Database, vault: Vault, file: Path) -> None:
    file.write_bytes(b"n" * 40 + b"\n" + file.read_bytes())
    done = rotate(filled.session, vault, file, may_write=True, forget_old=True)
    assert (done.locked_anew, done.secrets_kept) == (4, 1)
    assert opened(filled, Vault(b"n" * 40)) == [*HELD, SECRET]


def test_a_secret_that_was_given_is_never_written(filled: Database, vault: Vault, file: Path) -> None:
    before = file.read_bytes()
    assert rotate(filled.session, vault, file, may_write=False).locked_anew == 0
    assert file.read_bytes() == before
    file.write_bytes(b"n" * 40 + b"\n" + before)
    done = rotate(filled.session, vault, file, may_write=False, forget_old=True)
    assert (done.locked_anew, done.secrets_kept) == (4, 2)


def test_a_token_that_was_renewed_meanwhile_is_not_overwritten(
    filled: Database, vault: Vault, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = vault.encrypt("renewed")  # a server that has not seen the new secret yet
    lock_anew = rotation._lock_anew

    def renewing(*words: object) -> int:
        monkeypatch.setattr(rotation, "_lock_anew", lock_anew)
        with filled.session() as session:
            session.scalars(select(Connection).order_by(Connection.id)).first().secret = renewed  # type: ignore[union-attr]  # there are three
            session.commit()
        return lock_anew(*words)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(rotation, "_lock_anew", renewing)
    rotate(filled.session, vault, file, may_write=True)
    assert opened(filled, Vault(read_secrets(file)[0])) == ["renewed", *HELD[1:], SECRET]


def test_two_rotations_at_once_do_not_overwrite_each_others_secret(
    filled: Database, vault: Vault, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_all_anew = rotation._lock_all_anew

    def meanwhile(*words: object) -> int:
        with pytest.raises(VaultError, match="Another rotation is running"):
            rotate(filled.session, vault, file, may_write=True)
        return lock_all_anew(*words)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(rotation, "_lock_all_anew", meanwhile)
    assert rotate(filled.session, vault, file, may_write=True).secrets_kept == 2


def test_what_nothing_opens_is_counted_left_alone_and_told(filled: Database, vault: Vault, file: Path) -> None:
    assert wrong_secret_sentence(filled.session, vault, file) == ""
    with filled.session() as session:
        rows = list(session.scalars(select(Connection)))
        rows[0].secret = Vault(b"x" * 32).encrypt("of another database")
        session.commit()
        before = rows[0].secret
    done = rotate(filled.session, vault, file, may_write=True)
    assert (done.locked_anew, done.unopened) == (3, 1)
    with filled.session() as session:
        assert session.get_one(Connection, rows[0].id).secret == before
    told = wrong_secret_sentence(filled.session, vault, file)
    assert f"The master secret {file} does not open 1 stored PagerDuty secret" in told
    assert count_unopened(filled.session, Vault(b"y" * 32)) == 4


# A process that rotates, and is killed

PROCESS = """
import json, os, signal, sys
from pathlib import Path
from webapp.models import Database
from webapp.services import rotation
from webapp.vault import open_vault

given = json.loads(sys.argv[1])
file, database = Path(given["file"]), Database(given["database"])
count = 0

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(module, name):
    real = getattr(module, name)
    setattr(module, name, lambda *words: die(real(*words)))

def on(nth, real):
    def counted(*words):
        global count
        count += 1
        return die() if count == nth else real(*words)
    return counted

match given["dies"]:
    case "before the new secret is written": rotation.write_secrets = die
    case "with the new secret in a draft": Path.replace = die
    case "after the new secret is written": after(rotation, "write_secrets")
    case "before the second row": rotation._lock_anew = on(2, rotation._lock_anew)
    case "in the transaction of a row": rotation.update = die
    case "after the last row": after(rotation, "_lock_all_anew")
    case "before the old ones are dropped": rotation._forget_older = die
    case "after the old ones are dropped": after(rotation, "write_secrets")
vault = open_vault(file, may_create=False)
rotation.rotate(database.session, vault, file, may_write=True, forget_old=given["forget"])
"""
MOMENTS = [
    ("before the new secret is written", False),
    ("with the new secret in a draft", False),
    ("after the new secret is written", False),
    ("before the second row", False),
    ("in the transaction of a row", False),
    ("after the last row", False),
    ("before the old ones are dropped", True),
    ("after the old ones are dropped", True),
]


@pytest.mark.slow
@pytest.mark.parametrize(("dies", "forget"), MOMENTS)
def test_a_kill_at_any_step_loses_nothing_and_the_next_run_finishes(
    filled: Database,
    vault: Vault,
    file: Path,
    dies: str,
    forget: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    if forget:
        rotate(filled.session, vault, file, may_write=True)
    given = {
        "file": str(file),
        "database": filled.engine.url.render_as_string(hide_password=False),
        "dies": dies,
        "forget": forget,
    }
    killed = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", PROCESS, json.dumps(given)],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert opened(filled, vault) == [*HELD, SECRET]  # a server that runs on
    assert opened(filled, open_vault(file, may_create=False)) == [*HELD, SECRET]  # one that was restarted
    done = rotate(filled.session, open_vault(file, may_create=False), file, may_write=True, forget_old=forget)
    assert done.unopened == 0
    newest = read_secrets(file)[0]
    assert opened(filled, Vault(newest)) == [*HELD, SECRET]
    unfinished = dies in {"after the new secret is written", "before the second row", "in the transaction of a row"}
    assert len(read_secrets(file)) == (1 if forget else 3 if dies == "after the last row" else 2)
    assert done.is_new == (not forget and not unfinished)
