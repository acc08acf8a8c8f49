"""What the connection card shows of a stored connection; never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.pd.regions import Region

RENEW_BEFORE = timedelta(minutes=5)
"""A token that ends so soon is renewed before it is used."""


class Trouble(StrEnum):
    """Why a connection must be made again. The first two are stored, the others seen when the card is made."""

    REVOKED = "revoked"
    REFUSED = "refused"
    LOCKED = "locked"
    APP_REMOVED = "app removed"
    APP_CHANGED = "app changed"

    @property
    def sentence(self) -> str:
        """What happened."""
        return _SENTENCES[self]

    @property
    def badge(self) -> str:
        """The state in a few words."""
        return _BADGES[self]


_SENTENCES = {
    Trouble.REVOKED: "PagerDuty no longer accepts this connection: it was revoked, it expired, or its owner left.",
    Trouble.REFUSED: "PagerDuty no longer accepts this API key: it was deleted or replaced in PagerDuty.",
    Trouble.LOCKED: "The stored connection cannot be opened with this instance's master secret: the database belongs "
    "to another one. Whoever runs the instance can restore the secret that belongs to it; otherwise connect again.",
    Trouble.APP_REMOVED: "The PagerDuty app that this connection was made through is no longer set up here.",
    Trouble.APP_CHANGED: "This instance uses another PagerDuty app than the one that this connection was made through.",
}
_BADGES = {
    Trouble.REVOKED: "revoked in PagerDuty",
    Trouble.REFUSED: "refused by PagerDuty",
    Trouble.LOCKED: "cannot be opened",
    Trouble.APP_REMOVED: "app removed",
    Trouble.APP_CHANGED: "app changed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One connection, as the account sees it that may use it.

    `is_own` is false for the one that somebody else (`owner`, an e-mail) shares with the instance.
    """

    kind: str
    region: Region
    subdomain: str
    user_id: str | None
    user_name: str | None
    user_role: str | None
    last_four: str | None
    connected_at: datetime
    expires_at: datetime | None
    scopes: tuple[str, ...]
    trouble: Trouble | None
    owner: str
    is_own: bool
    is_shared: bool

    @property
    def problem(self) -> str | None:
        """Why the connection must be made again; None while it works as far as is known."""
        return self.trouble.sentence if self.trouble else None

    @property
    def sees_everything(self) -> bool:
        """Whether PagerDuty shows this credential the whole account, as far as its role tells."""
        return self.user_id is None or self.user_role in {"admin", "owner"}

    @property
    def authority(self) -> str:
        """With whose rights PagerDuty is read, and over whose connection if it is somebody else's."""
        whose = self.user_name or f"account API key …{self.last_four}"
        lent = "" if self.is_own else f"; connection shared by {self.owner}"
        return f"{whose} ({self.subdomain}, PagerDuty {self.region.upper()}{lent})"

    def is_expiring(self, now: datetime) -> bool:
        """Whether the token has ended, or is about to, without anybody having used it."""
        return self.expires_at is not None and self.expires_at <= now + RENEW_BEFORE
