"""Connecting by PagerDuty's OAuth, Classic User or Scoped: consent, tokens, renewal, revocation.

The only POSTs of CalloutPay to PagerDuty are the three to its identity host in this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client import OAuthError as AuthlibError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from webapp.pd.errors import OAuthError, RateLimited, Unavailable
from webapp.pd.pace import wait_seconds
from webapp.pd.regions import Endpoints, Region
from webapp.pd.transport import USER_AGENT

TIMEOUT_SECONDS = (10, 60)
CLOCK_LEEWAY_SECONDS = 300
ISSUER_PATH = "/global/oauth/anonymous"
AGAIN = "Press Connect PagerDuty again; if it stays so, use a read-only API key instead."


class AppKind(StrEnum):
    """PagerDuty's two ways for an app to read by a user's consent."""

    CLASSIC = "classic"
    """Classic User OAuth: one scope for all reading; works on every PagerDuty account."""
    SCOPED = "scoped"
    """Scoped OAuth: a scope for each kind of object; works on the account that registered the app."""


SCOPES = {
    AppKind.CLASSIC: ("read",),
    AppKind.SCOPED: (
        "users.read",
        "teams.read",
        "schedules.read",
        "oncalls.read",
        "incidents.read",
        "escalation_policies.read",
        "services.read",
    ),
}
"""What is asked for at the consent: nothing that writes."""
KIND_WORDS = {AppKind.CLASSIC: "Classic User OAuth", AppKind.SCOPED: "Scoped OAuth"}
"""What PagerDuty calls them."""
NOT_NEEDED = frozenset({"services.read"})
"""Asked for, but a grant without it reads everything that a report needs."""


@dataclass(frozen=True, slots=True)
class App:
    """The app as registered in PagerDuty, and where PagerDuty is."""

    client_id: str
    client_secret: str = field(repr=False)
    endpoints: Endpoints = field(default_factory=Endpoints)
    kind: AppKind = AppKind.CLASSIC

    @property
    def label(self) -> str:
        """What tells this app from another one; no secret."""
        return f"{self.kind}:{self.client_id}"

    @property
    def scope(self) -> str:
        """What is asked for."""
        return " ".join(SCOPES[self.kind])


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What lets us read; its repr shows no token."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: datetime
    scope: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who consented, of which account. PagerDuty: told once, at the consent; a renewal does not tell it again."""

    region: Region
    subdomain: str
    user_id: str
    delegation_id: str | None
    """Stable across renewals."""


def authorization_url(app: App, redirect_uri: str, state: str, code_verifier: str) -> str:
    """Where to send the browser for consent (code flow, PKCE S256).

    `openid` is not asked for: PagerDuty adds it to every grant, and authlib would then want a nonce that PagerDuty
    never returns.
    """
    with _session(app, scope=app.scope, redirect_uri=redirect_uri, code_challenge_method="S256") as session:
        url, _ = session.create_authorization_url(
            f"{app.endpoints.identity}/oauth/authorize", state=state, code_verifier=code_verifier
        )
    return str(url)


def exchange(app: App, redirect_uri: str, code: str, code_verifier: str, now: datetime) -> tuple[TokenSet, Identity]:
    """Turn the code that PagerDuty sent back (it lives 30 seconds) into tokens and the verified identity."""
    with _session(app, redirect_uri=redirect_uri) as session, _failures():
        body = session.fetch_token(_token_url(app), code=code, code_verifier=code_verifier, **_SEND)
    tokens = _token_set(body, now)
    # PagerDuty: an invalid scope is not an error, the grant is then "openid" alone and every read is 403.
    missing = [scope for scope in SCOPES[app.kind] if scope not in tokens.scope.split() and scope not in NOT_NEEDED]
    if missing:
        raise OAuthError(
            f"PagerDuty connected us without the right to read: it did not grant {', '.join(missing)}. In PagerDuty, "
            f"tick the scopes of the registered app ({KIND_WORDS[app.kind]}), then connect again.",
            "invalid_scope",
        )
    return tokens, _identity(app, body.get("id_token"), now)


def refresh(app: App, refresh_token: str, now: datetime) -> TokenSet:
    """New tokens for old. PagerDuty: the new refresh token replaces the old one, so store it before using anything.

    Raises:
        OAuthError: the connection is over, somebody must connect again.
        PagerDutyError: RateLimited or Unavailable, the old tokens may still work later.
    """
    with _session(app) as session, _failures():
        body = session.refresh_token(_token_url(app), refresh_token=refresh_token, **_SEND)
    return _token_set(body, now)


def revoke(app: App, tokens: TokenSet) -> bool:
    """Ask PagerDuty to end the grant, best effort: its revocation is undocumented. True if it said yes to all."""
    url = f"{app.endpoints.identity}/oauth/revoke"
    held = [token for token in (tokens.refresh_token, tokens.access_token) if token]
    try:
        with _session(app) as session:
            answers = [session.revoke_token(url, token=token, **_SEND) for token in held]
        return all(answer.ok for answer in answers)
    except requests.RequestException:
        return False


_SEND = {"timeout": TIMEOUT_SECONDS, "allow_redirects": False}  # a redirect would carry the secret elsewhere


def _token_url(app: App) -> str:
    return f"{app.endpoints.identity}/oauth/token"


def _session(app: App, **settings: str) -> Any:
    """An authlib session that puts the secret into the body, the only way PagerDuty documents."""
    session = OAuth2Session(
        app.client_id,
        app.client_secret,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method, no secret
        revocation_endpoint_auth_method="client_secret_post",
        **settings,
    )
    session.headers["User-Agent"] = USER_AGENT
    for answer in ("access_token_response", "refresh_token_response"):
        session.register_compliance_hook(answer, _answered)
    return session


def _answered(response: requests.Response) -> requests.Response:
    """Tell apart what may work later: authlib takes any JSON object for a token or an OAuth error."""
    if response.status_code == requests.codes.too_many_requests:
        raise RateLimited(wait_seconds(response.headers))
    if response.status_code >= requests.codes.server_error:
        raise Unavailable
    return response


@contextmanager
def _failures() -> Iterator[None]:
    """Translate what authlib and requests raise; their messages may quote what was sent."""
    try:
        yield
    except AuthlibError as error:
        code = error.error if isinstance(error.error, str) else ""
        raise _refusal(code) from None
    except requests.HTTPError:
        raise _refusal("") from None
    except (requests.RequestException, ValueError):
        raise Unavailable from None


def _refusal(code: str) -> OAuthError:
    """The sentence for an OAuth error code (RFC 6749, section 5.2)."""
    if code in {"invalid_client", "unauthorized_client"}:
        sentence = (
            "PagerDuty does not know this app. Check its client id and client secret against the app's page in "
            "PagerDuty."
        )
    elif code == "invalid_grant":
        sentence = f"PagerDuty no longer accepts this consent: it has ended or was used before. {AGAIN}"
    else:
        sentence = f"PagerDuty refused the connection. {AGAIN}"
    return OAuthError(sentence, code)


def _token_set(body: dict[str, Any], now: datetime) -> TokenSet:
    """Read an answer of the token endpoint. Only its `expires_in` tells how long a token lives."""
    access, renewal, seconds = (body.get(name) for name in ("access_token", "refresh_token", "expires_in"))
    if not isinstance(access, str) or not access:
        # PagerDuty's refusals are not always in OAuth's shape.
        raise _refusal("")
    lifetime = int(seconds) if isinstance(seconds, int | str) and str(seconds).isdecimal() else 0
    return TokenSet(access, renewal or None, now + timedelta(seconds=lifetime), str(body.get("scope") or ""))


def _identity(app: App, id_token: object, now: datetime) -> Identity:
    """Verify an id_token and read whose it is. It lives about an hour: the facts are kept, not the token.

    Checked here and not by authlib, which wants a nonce and refuses PagerDuty's `amr` (a string, not a list).
    """
    if not isinstance(id_token, str):
        raise OAuthError(f"PagerDuty did not say whose account was connected. {AGAIN}")
    claims = _verified_claims(app, id_token)
    moment = int(now.timestamp())
    expires, not_before, audience = claims.get("exp"), claims.get("nbf", 0), claims.get("aud")
    valid = (
        claims.get("iss") in {origin + ISSUER_PATH for origin in _origins(app)}
        and isinstance(audience, list)
        and app.client_id in audience
        and isinstance(expires, int)
        and isinstance(not_before, int)
        and not_before - CLOCK_LEEWAY_SECONDS <= moment < expires + CLOCK_LEEWAY_SECONDS
    )
    if not valid:
        raise OAuthError(
            "PagerDuty's proof of identity was not made for this app or this time. Check the clock of this server and "
            "the client id of the app, then connect again."
        )
    regions = [region for region in Region if app.endpoints.rest(region) in (audience or ())]
    user_id, subdomain, delegation = (claims.get(name) for name in ("user_id", "subdomain", "delegation_id"))
    if len(regions) != 1 or not isinstance(user_id, str) or not isinstance(subdomain, str):
        raise OAuthError(f"PagerDuty did not say whose account, in which region, was connected. {AGAIN}")
    return Identity(regions[0], subdomain, user_id, delegation if isinstance(delegation, str) else None)


def _verified_claims(app: App, id_token: str) -> dict[str, Any]:
    """The claims of a token that PagerDuty has signed with RS256; keys may rotate at any time, so none are kept."""
    metadata = _published(app.endpoints.identity + ISSUER_PATH + "/.well-known/openid-configuration")
    keys_url = str(metadata.get("jwks_uri"))
    parts = urlsplit(keys_url)
    if f"{parts.scheme}://{parts.netloc}" not in {_origin(url) for url in _origins(app)}:
        raise OAuthError(f"PagerDuty's signing keys are published at an unexpected address. {AGAIN}")
    try:
        keys = KeySet.import_key_set(_published(keys_url))  # type: ignore[arg-type]  # unknown JSON: checked there
        return jwt.decode(id_token, keys, algorithms=["RS256"]).claims
    except (JoseError, ValueError, KeyError, TypeError):
        raise OAuthError(f"PagerDuty's proof of identity is not signed as it should be. {AGAIN}") from None


def _published(url: str) -> dict[str, Any]:
    """A JSON object that PagerDuty's identity host publishes to everybody."""
    try:
        answer = requests.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False, headers={"User-Agent": USER_AGENT})
        body = answer.json()
    except (requests.RequestException, ValueError):
        raise Unavailable from None
    if not answer.ok or not isinstance(body, dict):
        raise Unavailable
    return body


def _origins(app: App) -> set[str]:
    """Base URLs that PagerDuty signs as. Its own documents show both the identity host and the app host."""
    identity = app.endpoints.identity
    return {identity, identity.replace("://identity.", "://app.", 1)}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
