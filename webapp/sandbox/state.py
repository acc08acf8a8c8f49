"""What one running sandbox remembers, shared by its views."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import cast

from flask import current_app, g
from joserfc.jwk import RSAKey

from webapp.sandbox.credentials import REGIONS, Credentials
from webapp.sandbox.faults import Change, Faults
from webapp.sandbox.limits import Buckets, Logged
from webapp.sandbox.render_account import AccountRenderer
from webapp.sandbox.tokens import Tokens
from webapp.sandbox.world import World

_KEY = "sandbox"
KEYS = frozenset({"account", "full", "user"})
ABILITIES = ("teams", "urgencies", "priorities", "service_support_hours", "advanced_permissions", "read_only_users")


@dataclass(frozen=True)
class Grant:
    """What a credential allows, in which region; `name` is its rate bucket. An account key belongs to nobody."""

    region: str
    name: str
    person_id: str | None
    may_read: bool
    may_write: bool
    scopes: frozenset[str] | None = None
    """What a Scoped OAuth token may read, endpoint by endpoint; None: everything, if it may read."""


@dataclass
class State:
    """One sandbox. `base_url` is its own public address, without a slash at the end."""

    world: World
    credentials: Credentials
    base_url: str
    redirect_path: str
    latency_seconds: float
    buckets: Buckets
    tokens: Tokens
    oncalls_buckets: Buckets = field(default_factory=lambda: Buckets(None))
    """PagerDuty limits /oncalls by itself, by a number that it does not publish."""
    faults: Faults = field(default_factory=Faults)
    requests: list[Logged] = field(default_factory=list)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Method and endpoint of every REST request since the start; no reset forgets them."""
    revoked: set[tuple[str, str]] = field(default_factory=set)
    abilities: set[str] = field(default_factory=lambda: set(ABILITIES))
    is_transparent: bool = False
    """Whether a credential of the other region is served where it belongs; else it is 401. Nobody knows which."""
    is_clipping: bool = False
    """Whether /oncalls cuts shifts at the window. PagerDuty does not, as far as anybody has seen."""
    is_linkless: bool = False
    """Whether records lack the links from which a client learns subdomain and region."""
    is_odd: bool = False
    """Whether log entries hold what PagerDuty's own schema does not allow, and clients have met."""
    requires_headers: bool = False
    """Whether Accept and Content-Type must be there, as the specification says and nobody has seen."""

    @property
    def key_owner_id(self) -> str:
        """Whom the user API key belongs to: the account's owner."""
        return next(p.id for p in self.world.organisation.people if p.role == "owner")

    @cached_property
    def signing_key(self) -> RSAKey:
        """What id_tokens are signed with; new for each run."""
        return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)

    def renderer(self, region: str) -> AccountRenderer:
        """How a region prints."""
        return AccountRenderer(self.world, region, f"{self.base_url}/{region}", self.is_odd, self.is_linkless)

    def grant(self, region: str, header: str) -> Grant | None:
        """What an Authorization header allows at a region's door; the other region's only where that is let through."""
        found = self._grant(region, header)
        if found is None and self.is_transparent:
            return next((grant for other in REGIONS if other != region and (grant := self._grant(other, header))), None)
        return found

    def _grant(self, region: str, header: str) -> Grant | None:
        """What an Authorization header allows in a region.

        PagerDuty: `Token token=KEY` for API keys, `Bearer TOKEN` for OAuth; anything else is 401.
        """
        scheme, _, rest = header.partition(" ")
        if scheme == "Token" and rest.startswith("token="):
            return self._key_grant(region, rest.removeprefix("token=").strip('"'))
        if scheme.lower() == "bearer":
            delegation = self.tokens.delegation_of(rest)
            if delegation and delegation.region == region and self._is_here(delegation.person_id):
                scopes = delegation.scope.split()
                if delegation.kind == "scoped":
                    name = f"{region}:scoped:{delegation.person_id}"
                    may_write = any(scope.endswith(".write") for scope in scopes)
                    return Grant(
                        region, name, delegation.person_id, may_read=True, may_write=may_write, scopes=frozenset(scopes)
                    )
                return Grant(
                    region,
                    f"{region}:oauth:{delegation.person_id}",
                    delegation.person_id,
                    may_read="read" in scopes or "write" in scopes,
                    may_write="write" in scopes,
                )
        return None

    def _key_grant(self, region: str, key: str) -> Grant | None:
        keys = self.credentials.of(region)
        grants = {
            keys.read_only: Grant(region, "account", None, may_read=True, may_write=False),
            keys.full: Grant(region, "full", None, may_read=True, may_write=True),
            keys.user: Grant(region, "user", self.key_owner_id, may_read=True, may_write=False),
        }
        found = grants.get(key)
        return found if found and (region, found.name) not in self.revoked else None

    def _is_here(self, person_id: str) -> bool:
        return self.world.organisation.person[person_id].is_listed(self.world.now())

    def reset(self) -> None:
        """As it was at the start, but for the time."""
        self.faults.clear()
        self.buckets.refill()
        self.oncalls_buckets.refill()
        self.revoked.clear()
        self.requests.clear()
        self.tokens.revoke()
        self.world.forget_changes()
        self.abilities = set(ABILITIES)
        self.is_transparent = self.is_clipping = self.is_odd = self.requires_headers = self.is_linkless = False

    def change(self, ordered: Change) -> None:
        """Something happens to the data."""
        at, until = (datetime.fromisoformat(text).astimezone(UTC) for text in (ordered.at, ordered.until))
        match ordered.what:
            case "incident added":
                self.world.add_incident(at, until, ordered.person_id)
            case "incident resolved":
                self.world.resolve_incident(ordered.id, until, ordered.person_id)
            case "shift swapped":
                self.world.swap_shift(ordered.id, at, until, ordered.person_id)

    def end(self, grant: Grant) -> None:
        """Revoke the credential that a grant came from."""
        if grant.name in KEYS:
            self.revoked.add((grant.region, grant.name))
        else:
            self.tokens.revoke()


def install(state: State) -> dict[str, State]:
    """Where `state()` will find it."""
    return {_KEY: state}


def state() -> State:
    """The state of the sandbox that answers this request."""
    return cast("State", current_app.extensions[_KEY])


def renderer() -> AccountRenderer:
    """How the region prints that the credential belongs to."""
    grant: Grant = g.grant
    return state().renderer(grant.region)
