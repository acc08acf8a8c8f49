"""Secrets at rest and signatures: one master secret, one key derived from it for each purpose.

The master secret is made in the instance folder when that is set up, readable by its owner only, or named by
`SECRET_KEY_FILE`. Whoever restores a database needs the same secret beside it.

The file holds one master secret a line, the newest first: it locks and signs. Those below it only open what they locked
and check what they signed. The file is looked at again when it has changed, so a running server follows a rotation.
"""

from __future__ import annotations

import base64
import hmac
import logging
import os
import secrets
import stat
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

log = logging.getLogger(__name__)

CONNECTIONS = "connections"
"""The purpose of the key that locks PagerDuty's tokens and keys."""

_SHORTEST = 32
_Stamp = tuple[int, int, int]


class VaultError(RuntimeError):
    """The master secret is missing or unusable, or does not fit what it should open."""


class Verdict(StrEnum):
    """What a signature says of the bytes it came with."""

    GENUINE = "genuine"
    ALTERED = "altered"
    """Signed with a secret of ours, but these are not the bytes that were signed (or not for this purpose)."""
    UNKNOWN = "unknown"
    """Not signed with a secret that this instance holds, or no signature at all."""


@dataclass(frozen=True, slots=True)
class _Master:
    """One master secret, and what is derived from it."""

    secret: bytes = field(repr=False)

    def key(self, purpose: str) -> bytes:
        return _derive(self.secret, purpose)

    @property
    def id(self) -> str:
        """8 hexadecimal digits that name the secret and tell nothing of it."""
        return self.key("key id")[:4].hex()

    def fernet(self, purpose: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.key(purpose)))

    def mac(self, purpose: str, data: bytes) -> str:
        return hmac.new(self.key(f"sign {purpose}"), data, sha256).hexdigest()


@lru_cache(maxsize=64)
def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"calloutpay {purpose}".encode()).derive(secret)


class Vault:
    """Encrypts, decrypts, signs, and derives keys; never shows what it holds.

    Args:
        masters: master secrets, the newest first; none where the file is still to be made.
        file: where they were read; it is read again when it changes.
    """

    def __init__(self, *masters: bytes, file: Path | None = None) -> None:
        self._masters = tuple(map(_Master, masters))
        self._file = file
        self._stamp: _Stamp | None = None

    def key(self, purpose: str) -> bytes:
        """32 bytes that only this purpose uses, of the newest secret."""
        return self._ring()[0].key(purpose)

    def encrypt(self, text: str, purpose: str = CONNECTIONS) -> str:
        """A Fernet token that only this instance can open."""
        return self._ring()[0].fernet(purpose).encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str, purpose: str = CONNECTIONS) -> str:
        """What `encrypt` was given.

        Raises:
            VaultError: the token was made with another master secret or for another purpose, or altered.
        """
        try:
            return self._fernets(purpose).decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise VaultError(
                "A stored secret cannot be opened: the database belongs to another master secret "
                "(secret.key or SECRET_KEY_FILE). Restore the secret that belongs to it, or connect again."
            ) from error

    def is_current(self, token: str, purpose: str = CONNECTIONS) -> bool:
        """Whether the newest secret opens the token, so that it needs no other."""
        try:
            self._ring()[0].fernet(purpose).decrypt(token.encode())
        except InvalidToken:
            return False
        return True

    def sign(self, purpose: str, data: bytes) -> str:
        """A signature of `data`: the id of the secret, a dot, 64 hexadecimal digits (HMAC-SHA256).

        It proves to this instance, and to nobody else, that it has signed exactly these bytes for this purpose.
        """
        master = self._ring()[0]
        return f"{master.id}.{master.mac(purpose, data)}"

    def verify(self, purpose: str, data: bytes, signature: str) -> Verdict:
        """Whether `sign` made this signature of these bytes, with the newest secret or an older one that is kept."""
        key_id, _, mac = signature.partition(".")
        for master in self._ring():
            if master.id == key_id:
                same = hmac.compare_digest(master.mac(purpose, data).encode(), mac.encode())
                return Verdict.GENUINE if same else Verdict.ALTERED
        return Verdict.UNKNOWN

    @property
    def is_empty(self) -> bool:
        """Whether there is no master secret yet: the instance is not set up."""
        return not self._look()

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Names of the secrets at hand, the newest first; they tell nothing of the secrets."""
        return tuple(master.id for master in self._ring())

    def _fernets(self, purpose: str) -> MultiFernet:
        return MultiFernet([master.fernet(purpose) for master in self._ring()])

    def _ring(self) -> tuple[_Master, ...]:
        """The secrets, the newest first.

        Raises:
            VaultError: there is none yet.
        """
        masters = self._look()
        if not masters:
            raise VaultError(
                f"There is no master secret {self._file}: if that is the right place, make it by “flask --app wsgi "
                "migrate”, else correct INSTANCE_DIR or SECRET_KEY_FILE."
            )
        return masters

    def _look(self) -> tuple[_Master, ...]:
        """The secrets, as the file has them now; a file that cannot be read leaves us with what we know."""
        stamp = _stamp(self._file) if self._file else None
        if self._file and stamp and stamp != self._stamp:
            try:
                self._masters = tuple(map(_Master, read_secrets(self._file)))
            except VaultError as error:
                log.warning("%s The secrets read before stay in use.", error)
            self._stamp = stamp
        return self._masters


def open_vault(file: Path, *, may_create: bool) -> Vault:
    """Open the vault with the master secrets in `file`.

    Args:
        file: the file that holds them, one a line, the newest first.
        may_create: make a new secret, with mode 0600, when the file does not exist.

    Raises:
        VaultError: the file is missing, readable by others, or a secret too short.
    """
    if may_create and not file.exists():
        _create(file)
    masters = read_secrets(file)
    if may_create and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise VaultError(f"The master secret {file} can be read by others. Run: chmod 600 {file}")
    return Vault(*masters, file=file)


def read_secrets(file: Path) -> tuple[bytes, ...]:
    """The master secrets in a file, the newest first.

    Raises:
        VaultError: it cannot be read, or a line of it is too short to be a secret.
    """
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(f"The master secret {file} cannot be read: {error}") from error
    found = [line.strip() for line in lines if line.strip()] or [""]
    if min(map(len, found)) < _SHORTEST:
        raise VaultError(
            f"The master secret {file} is shorter than {_SHORTEST} characters. Put a long random text there, one line "
            "for each secret."
        )
    return tuple(line.encode() for line in found)


def write_secrets(file: Path, masters: tuple[bytes, ...]) -> None:
    """Put these secrets in place of those in the file, whole or not at all, even if the power goes.

    Raises:
        VaultError: the file or its folder cannot be written.
    """
    try:
        draft = _draft(file, b"".join(master + b"\n" for master in masters))
        draft.replace(file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise VaultError(f"The master secret {file} cannot be written: {error}") from error


def new_secret() -> bytes:
    """A master secret of 64 characters."""
    return secrets.token_urlsafe(48).encode()


def _create(file: Path) -> None:
    """Make the secret whole before it gets its name, so that two processes starting at once agree on one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(file, new_secret() + b"\n")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(file: Path, content: bytes) -> Path:
    """A file of its owner's only beside `file`, safely on the disk. One that a killed process left is overwritten."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(descriptor)
    return draft


def _stamp(file: Path) -> _Stamp | None:
    """What changes when the file does."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
