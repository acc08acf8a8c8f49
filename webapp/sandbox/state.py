"""What one running sandbox remembers, shared by its views."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from flask import current_app, request
from joserfc.jwk import RSAKey

from webapp.sandbox.credentials import Credentials
from webapp.sandbox.limits import Buckets, Faults, Logged
from webapp.sandbox.render_account import AccountRenderer
from webapp.sandbox.tokens import Tokens
from webapp.sandbox.world import World

_KEY = "sandbox"


@dataclass(frozen=True)
class Grant:
    """What a credential allows; `name` is its rate bucket. An account key belongs to nobody."""

    name: str
    person_id: str | None
    may_read: bool
    may_write: bool


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
    faults: Faults = field(default_factory=Faults)
    requests: list[Logged] = field(default_factory=list)
    revoked: set[tuple[str, str]] = field(default_factory=set)

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
        return AccountRenderer(self.world, region, f"{self.base_url}/{region}")

    def grant(self, region: str, header: str) -> Grant | None:
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
                return Grant(
                    f"{region}:oauth:{delegation.person_id}",
                    delegation.person_id,
                    may_read="read" in scopes or "write" in scopes,
                    may_write="write" in scopes,
                )
        return None

    def _key_grant(self, region: str, key: str) -> Grant | None:
        keys = self.credentials.of(region)
        grants = {
            keys.read_only: Grant("account", None, may_read=True, may_write=False),
            keys.full: Grant("full", None, may_read=True, may_write=True),
            keys.user: Grant("user", self.key_owner_id, may_read=True, may_write=False),
        }
        found = grants.get(key)
        return found if found and (region, found.name) not in self.revoked else None

    def _is_here(self, person_id: str) -> bool:
        return self.world.organisation.person[person_id].is_listed(self.world.now())

    def reset(self) -> None:
        """As it was at the start, but for the time."""
        self.faults.clear()
        self.buckets.refill()
        self.revoked.clear()
        self.requests.clear()
        self.tokens.revoke()


def install(state: State) -> dict[str, State]:
    """Where `state()` will find it."""
    return {_KEY: state}


def state() -> State:
    """The state of the sandbox that answers this request."""
    return cast("State", current_app.extensions[_KEY])


def renderer() -> AccountRenderer:
    """How the region that was asked prints."""
    return state().renderer(request.blueprint or "")
