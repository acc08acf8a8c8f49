"""The vault: one master secret, made once, readable by its owner; what it encrypts stays shut elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from webapp.vault import Vault, VaultError, Verdict, new_secret, open_vault, write_secrets

OLD, NEW = b"o" * 32, b"n" * 32


def test_the_secret_is_made_on_first_run_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "secret.key"
    vault = open_vault(file, may_create=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret.key"]
    assert open_vault(file, may_create=True).decrypt(vault.encrypt("text")) == "text"


def test_a_secret_that_was_given_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="cannot be read"):
        open_vault(tmp_path / "missing", may_create=False)


def test_our_own_secret_must_not_be_readable_by_others(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    open_vault(file, may_create=True)
    file.chmod(0o644)
    with pytest.raises(VaultError, match=f"chmod 600 {file}"):
        open_vault(file, may_create=True)


@pytest.mark.parametrize("content", [b"", b"short\n", b"x" * 31, b"\xff" * 40])
def test_a_secret_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(VaultError, match="master secret"):
        open_vault(file, may_create=True)


def test_starting_at_the_same_moment_agrees_on_one_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    open_vault(file, may_create=True)
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda _: open_vault(file, may_create=True).key("session"), range(8)))
    assert len(keys) == 1


def test_each_purpose_has_a_key_of_its_own() -> None:
    vault = Vault(b"x" * 32)
    assert len({vault.key("session"), vault.key("connections"), Vault(b"y" * 32).key("session")}) == 3
    assert len(vault.key("session")) == 32


def test_what_is_encrypted_does_not_show() -> None:
    vault = Vault(b"x" * 32)
    assert "canary" not in vault.encrypt("canary")
    assert vault.encrypt("canary") != vault.encrypt("canary")


def test_what_another_secret_encrypted_stays_shut() -> None:
    for token in ("", "no token", Vault(b"y" * 32).encrypt("text")):
        with pytest.raises(VaultError, match="another master secret"):
            Vault(b"x" * 32).decrypt(token)


# Several secrets


def test_the_newest_secret_locks_and_the_older_ones_still_open() -> None:
    before = Vault(OLD).encrypt("text")
    vault = Vault(NEW, OLD)
    assert vault.decrypt(before) == "text"
    assert not vault.is_current(before)
    assert vault.is_current(vault.encrypt("text"))
    assert Vault(NEW).decrypt(vault.encrypt("text")) == "text"


def test_what_was_locked_for_one_purpose_stays_shut_for_another() -> None:
    vault = Vault(OLD)
    with pytest.raises(VaultError):
        vault.decrypt(vault.encrypt("text", "app"))
    assert vault.decrypt(vault.encrypt("text", "app"), "app") == "text"


def test_a_running_server_follows_a_rotation(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    running = open_vault(file, may_create=True)
    before = running.encrypt("text")
    write_secrets(file, (NEW, file.read_bytes().strip()))
    assert running.key("session") == Vault(NEW).key("session")
    assert running.decrypt(before) == "text"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_text("short")])
def test_a_running_server_outlives_a_damaged_file(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    file = tmp_path / "secret.key"
    running = open_vault(file, may_create=True)
    token = running.encrypt("text")
    damage(file)
    assert running.decrypt(token) == "text"


def test_a_secret_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="cannot be written"):
        write_secrets(tmp_path / "missing" / "secret.key", (NEW,))


def test_a_draft_that_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    file.with_name(f"secret.key.{os.getpid()}.new").write_text("half a sec")
    assert open_vault(file, may_create=True).key_ids
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_new_secrets_are_long_and_never_the_same() -> None:
    assert len({new_secret() for _ in range(3)}) == 3
    assert len(new_secret()) == 64


# Signatures


def test_a_signature_holds_for_its_bytes_and_purpose_only() -> None:
    vault = Vault(NEW)
    signature = vault.sign("workbook", b"data")
    assert vault.verify("workbook", b"data", signature) is Verdict.GENUINE
    assert vault.verify("workbook", b"date", signature) is Verdict.ALTERED
    assert vault.verify("sign-off", b"data", signature) is Verdict.ALTERED


def test_what_was_signed_before_a_rotation_verifies_after_it() -> None:
    signature = Vault(OLD).sign("workbook", b"data")
    assert Vault(NEW, OLD).verify("workbook", b"data", signature) is Verdict.GENUINE
    assert Vault(NEW).verify("workbook", b"data", signature) is Verdict.UNKNOWN
    assert Vault(NEW, OLD).sign("workbook", b"data") == Vault(NEW).sign("workbook", b"data")


@pytest.mark.parametrize("text", ["", ".", "no signature", "ümlaut.ß", "00000000." + "0" * 64])
def test_what_is_no_signature_of_ours_is_unknown(text: str) -> None:
    assert Vault(NEW).verify("workbook", b"data", text) is Verdict.UNKNOWN


@pytest.mark.parametrize("mac", ["", "0" * 64, "ß"])
def test_a_signature_that_names_our_secret_must_still_fit(mac: str) -> None:
    vault = Vault(NEW)
    assert vault.verify("workbook", b"data", f"{vault.key_ids[0]}.{mac}") is Verdict.ALTERED


def test_the_name_of_a_secret_tells_nothing_of_it() -> None:
    vault = Vault(NEW, OLD)
    assert [len(key_id) for key_id in vault.key_ids] == [8, 8]
    assert vault.key_ids != (vault.key("connections")[:4].hex(), Vault(OLD).key("connections")[:4].hex())
    assert vault.key_ids[1] == Vault(OLD).key_ids[0]


def test_nothing_of_the_vault_shows_a_secret() -> None:
    vault = Vault(b"canary" * 8)
    assert "canary" not in repr(vault) + repr(vars(vault))
