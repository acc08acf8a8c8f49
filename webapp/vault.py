"""Secrets at rest: one master secret, one key derived from it for each purpose.

The master secret is made on first run in the instance folder, readable by its owner only, or named by
`SECRET_KEY_FILE`. Whoever restores a database needs the same secret beside it.
"""

from __future__ import annotations

import base64
import os
import secrets
import stat
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SHORTEST = 32


class VaultError(RuntimeError):
    """The master secret is missing or unusable, or does not fit what it should open."""


class Vault:
    """Encrypts, decrypts and derives keys; never shows what it holds."""

    def __init__(self, master: bytes) -> None:
        self._master = master
        self._fernet = Fernet(base64.urlsafe_b64encode(self.key("connections")))

    def key(self, purpose: str) -> bytes:
        """32 bytes that only this purpose uses."""
        return HKDF(SHA256(), length=32, salt=None, info=f"calloutpay {purpose}".encode()).derive(self._master)

    def encrypt(self, text: str) -> str:
        """A Fernet token that only this instance can open."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """What `encrypt` was given.

        Raises:
            VaultError: the token was made with another master secret, or altered.
        """
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode()
        except InvalidToken as error:
            raise VaultError(
                "A stored secret cannot be opened: the database belongs to another master secret "
                "(secret.key or SECRET_KEY_FILE). Restore the secret that belongs to it, or connect again."
            ) from error


def open_vault(file: Path, *, may_create: bool) -> Vault:
    """Open the vault with the master secret in `file`.

    Args:
        file: the file that holds the secret.
        may_create: make a new secret, with mode 0600, when the file does not exist.

    Raises:
        VaultError: the file is missing, readable by others, or too short.
    """
    if may_create and not file.exists():
        _create(file)
    try:
        mode, text = stat.S_IMODE(file.stat().st_mode), file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(f"The master secret {file} cannot be read: {error}") from error
    if mode & 0o077 and may_create:
        raise VaultError(f"The master secret {file} can be read by others. Run: chmod 600 {file}")
    if len(text) < _SHORTEST:
        raise VaultError(
            f"The master secret {file} is shorter than {_SHORTEST} characters. Put a long random text there."
        )
    return Vault(text.encode())


def _create(file: Path) -> None:
    """Make the secret whole before it gets its name, so that two processes starting at once agree on one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(secrets.token_urlsafe(48) + "\n")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
