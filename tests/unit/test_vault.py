"""The vault: one master secret, made once, readable by its owner; what it encrypts stays shut elsewhere."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from webapp.vault import Vault, VaultError, open_vault


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
