"""OAuth codes and tokens: short-lived, single-use, and forgotten when the sandbox ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from threading import RLock
from uuid import uuid4

CODE_LIFE = timedelta(seconds=30)
# PagerDuty's text says 30 days for classic, its sample answer 10: clients may trust `expires_in` only.
ACCESS_LIFE = {"classic": timedelta(seconds=864_000), "scoped": timedelta(days=1)}


@dataclass(frozen=True)
class Delegation:
    """Who let the client in, to which account, and for what; it survives refreshes."""

    id: str
    region: str
    person_id: str
    scope: str
    kind: str = "classic"
    """Of the OAuth client that was let in: "classic" or "scoped"."""


@dataclass(frozen=True)
class Code:
    """An authorization code and what must be shown again to use it."""

    delegation: Delegation
    redirect_uri: str
    challenge: str | None
    expires: datetime


@dataclass(frozen=True)
class Pair:
    """An access token and the refresh token for its successor."""

    access: str
    refresh: str
    delegation: Delegation


class Tokens:
    """What the identity host has given out. Safe for several threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = RLock()
        self._codes: dict[str, Code] = {}
        self._access: dict[str, tuple[Delegation, datetime]] = {}
        self._refresh: dict[str, Delegation] = {}
        self._used: set[str] = set()
        self.renewals = 0
        """How often a refresh token was used, and how often one that had been used before."""
        self.reuses = 0

    def new_code(
        self, region: str, person_id: str, scope: str, redirect_uri: str, challenge: str | None, kind: str = "classic"
    ) -> str:
        """A code for 30 seconds."""
        delegation = Delegation(str(uuid4()), region, person_id, scope, kind)
        code = "pdac_" + token_hex(20)
        with self._lock:
            self._codes[code] = Code(delegation, redirect_uri, challenge, self._now() + CODE_LIFE)
        return code

    def take_code(self, code: str) -> Code | None:
        """Use up a code; None if it is unknown, used or too old."""
        with self._lock:
            found = self._codes.pop(code, None)
        return found if found and self._now() <= found.expires else None

    def issue(self, delegation: Delegation) -> Pair:
        """A new pair of tokens."""
        prefix = "pdeu+" if delegation.region == "eu" else "pdus+"
        pair = Pair(f"{prefix}_0XSANDBOX_{uuid4()}", f"{prefix}_1XSANDBOX_{uuid4()}", delegation)
        with self._lock:
            self._access[pair.access] = (delegation, self._now() + ACCESS_LIFE[delegation.kind])
            self._refresh[pair.refresh] = delegation
        return pair

    def take_refresh(self, token: str) -> Delegation | None:
        """Use up a refresh token; None if it is unknown, used or revoked."""
        with self._lock:
            self.reuses += token in self._used
            found = self._refresh.pop(token, None)
            if found:
                self.renewals += 1
                self._used.add(token)
            return found

    def delegation_of(self, access: str) -> Delegation | None:
        """What an access token allows; None if it is unknown, expired or revoked."""
        with self._lock:
            delegation, expires = self._access.get(access, (None, None))
        return delegation if expires and self._now() < expires else None

    def expire_access(self) -> None:
        """End all access tokens; refresh tokens stay good."""
        with self._lock:
            self._access.clear()

    def revoke(self, token: str | None = None) -> None:
        """End the delegation that an access or refresh token belongs to, or all of them."""
        with self._lock:
            known, _ = self._access.get(token or "", (None, None))
            known = known or self._refresh.get(token or "")
            if token and not known:
                return
            self._access = {k: v for k, v in self._access.items() if token and v[0] != known}
            self._refresh = {k: v for k, v in self._refresh.items() if token and v != known}
            if not token:
                self._codes.clear()
