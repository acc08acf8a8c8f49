"""The identity host: Classic User and Scoped OAuth with PKCE, refresh with rotation, revocation, discovery, keys."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from flask import Blueprint, Response, jsonify, redirect, render_template_string, request
from joserfc import jwt
from werkzeug.wrappers import Response as AnyResponse

from webapp.sandbox.credentials import REGIONS
from webapp.sandbox.faults import hang_up
from webapp.sandbox.render_account import Json
from webapp.sandbox.state import state
from webapp.sandbox.tokens import ACCESS_LIFE, Delegation, Pair

identity = Blueprint("identity", __name__)

_ISSUER_PATH = "/identity/global/oauth/anonymous"
_REGION_NAMES = {"us": "UnitedStates", "eu": "Europe"}  # the European spelling is documented nowhere
_LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "::1"}
_ID_TOKEN_SECONDS = 3600
_CLASSIC_SCOPES = frozenset({"read", "write"})
_SCOPED = frozenset(
    f"{what}.{how}"
    for what in ("abilities", "escalation_policies", "incidents", "oncalls", "priorities", "schedules", "services",
                 "teams", "users")
    for how in ("read", "write")
)  # fmt: skip

_CONSENT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Authorize CalloutPay</title></head>
<body>
<main>
<h1>Authorize CalloutPay</h1>
<p>CalloutPay asks to <strong>{{ scope }}</strong> your PagerDuty account.</p>
<p>This is the sandbox, nobody's real account.</p>
<form method="post">
{% for name, value in hidden %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}<p><label for="account">Account</label>
<select id="account" name="account">
{% for region, subdomain in accounts %}<option value="{{ region }}"{% if region == chosen %} selected{% endif %}>
{{- subdomain }} ({{ region | upper }})</option>
{% endfor %}</select></p>
<p><label for="person">Sign in as</label>
<select id="person" name="person">
{% for person in people %}<option value="{{ person.id }}"{% if person.id == owner_id %} selected{% endif %}>
{{- person.name }} ({{ person.role }})</option>
{% endfor %}</select></p>
<p><button name="decision" value="authorize">Authorize</button>
<button name="decision" value="deny">Deny</button></p>
</form>
</main>
</body>
</html>
"""
_REFUSED = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Not authorized</title></head>
<body><main><h1>Not authorized</h1><p>{{ why }}</p></main></body></html>
"""


@identity.before_request
def _meet_fault() -> tuple[str, int] | None:
    """Faults ordered for a path that begins with /identity."""
    fault = state().faults.take(request.path)
    if fault is None:
        return None
    if fault.kind in {"silent", "dropped"}:
        hang_up(request.environ["werkzeug.socket"])
    return f"<html><body><h1>{fault.status}</h1></body></html>", fault.status if fault.kind == "status" else 200


# The browser's side


@identity.get("/oauth/authorize")
def authorize() -> AnyResponse | tuple[str, int] | str:
    """The consent page. A wrong client or redirect address never leads anywhere."""
    refusal = _bad_request(request.args.to_dict())
    if refusal is not None:
        return refusal
    here = state()
    subdomains = here.world.organisation.subdomains
    hint = request.args.get("service_region", "")
    asked = next((region for region in REGIONS if request.args.get("subdomain") == subdomains[region]), hint)
    names = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method")
    return render_template_string(
        _CONSENT,
        scope=request.args["scope"],
        hidden=[(name, request.args[name]) for name in names if name in request.args],
        accounts=[(region, subdomains[region]) for region in REGIONS],
        chosen=asked,
        people=here.world.people(),
        owner_id=here.key_owner_id,
    )


@identity.post("/oauth/authorize")
def decide() -> AnyResponse | tuple[str, int]:
    """Back to the client, with a code or with a refusal; `state` is echoed."""
    refusal = _bad_request(request.form.to_dict())
    if refusal is not None:
        return refusal
    form, here = request.form, state()
    if form.get("decision") != "authorize":
        return _back(form.to_dict(), error="access_denied",
                     error_description="The resource owner or authorization server denied the request.")  # fmt: skip
    region, person_id = form.get("account", ""), form.get("person", "")
    if region not in REGIONS or person_id not in {person.id for person in here.world.people()}:
        return render_template_string(_REFUSED, why="No such account or user."), 400
    code = here.tokens.new_code(
        region,
        person_id,
        _granted(form["scope"], _kind()),
        form["redirect_uri"],
        form.get("code_challenge"),
        _kind(),
    )
    return _back(form.to_dict(), code=code)


def _bad_request(asked: dict[str, str]) -> AnyResponse | tuple[str, int] | None:
    if state().credentials.client(asked.get("client_id")) is None:
        return render_template_string(_REFUSED, why="Unknown client."), 400
    target = urlsplit(asked.get("redirect_uri", ""))
    if (
        target.hostname not in _LOOPBACK_HOSTS
        or target.scheme not in {"http", "https"}
        or target.path != state().redirect_path
        or target.query
        or target.fragment
    ):
        return render_template_string(_REFUSED, why="The redirect address is not registered."), 400
    if asked.get("response_type") != "code":
        return _back(asked, error="unsupported_response_type")
    is_challenged = "code_challenge" in asked and asked.get("code_challenge_method") == "S256"
    may_lack_it = _kind() == "classic" and "code_challenge" not in asked
    if not asked.get("scope") or not (is_challenged or may_lack_it):
        return _back(asked, error="invalid_request")
    return None


def _kind() -> str:
    """Of the OAuth client that asks, known to be one."""
    kind, _ = state().credentials.client(request.values.get("client_id")) or ("", "")
    return kind


def _granted(scope: str, kind: str) -> str:
    """PagerDuty: a wrong scope is no error, it grants `openid` alone."""
    known = set(scope.split()) <= _SCOPED if kind == "scoped" else scope in _CLASSIC_SCOPES
    return f"openid {scope}" if known else "openid"


def _back(asked: dict[str, str], **answer: str) -> AnyResponse:
    if "state" in asked:
        answer["state"] = asked["state"]
    return redirect(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)


# The server's side


@identity.post("/oauth/token")
def token() -> tuple[Response, int]:
    """Exchange a code or a refresh token. The client says who it is in the body, as PagerDuty documents."""
    form, (_, secret) = request.form, state().credentials.client(request.form.get("client_id")) or ("", "")
    if not secret or not compare_digest(form.get("client_secret", "").encode(), secret.encode()):
        return _denied("invalid_client", "Client authentication failed.", 401)
    match form.get("grant_type"):
        case "authorization_code":
            return _exchange()
        case "refresh_token":
            return _refresh()
    return _denied("unsupported_grant_type", "Only authorization_code and refresh_token are simulated.")


def _exchange() -> tuple[Response, int]:
    form, here = request.form, state()
    code = here.tokens.take_code(form.get("code", ""))
    if code is None or code.delegation.kind != _kind():
        return _denied("invalid_grant", "The code is unknown, used or older than 30 seconds.")
    if form.get("redirect_uri") != code.redirect_uri:
        return _denied("invalid_grant", "redirect_uri is not the one that the code was made for.")
    if code.challenge is not None and _challenge(form.get("code_verifier", "")) != code.challenge:
        return _denied("invalid_grant", "code_verifier does not fit.")
    pair = here.tokens.issue(code.delegation)
    return jsonify({"client_info": "prefix_legacy_app", "id_token": _id_token(pair)} | _answer(pair)), 200


def _refresh() -> tuple[Response, int]:
    """PagerDuty answers a new refresh token and no id_token; here the old one dies at once."""
    here = state()
    delegation = here.tokens.take_refresh(request.form.get("refresh_token", ""))
    if delegation is None or delegation.kind != _kind() or not _is_user(delegation):
        return _denied("invalid_grant", "The refresh token is unknown, used or revoked.")
    return jsonify(_answer(here.tokens.issue(delegation))), 200


def _is_user(delegation: Delegation) -> bool:
    world = state().world
    return world.organisation.person[delegation.person_id].is_listed(world.now())


@identity.post("/oauth/revoke")
def revoke() -> tuple[str, int]:
    """End a delegation, by either of its tokens; an unknown token is no error (RFC 7009)."""
    if request.form.get("token") and _kind():
        state().tokens.revoke(request.form["token"])
    return "", 200


@identity.get("/global/oauth/anonymous/.well-known/openid-configuration")
def discovery() -> Json:
    """What OpenID Connect clients read first."""
    base = f"{state().base_url}/identity"
    return {
        "issuer": state().base_url + _ISSUER_PATH,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "jwks_uri": state().base_url + _ISSUER_PATH + "/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", *sorted(_CLASSIC_SCOPES | _SCOPED)],
    }


@identity.get("/global/oauth/anonymous/jwks")
def jwks() -> Json:
    """The public key of the id_tokens."""
    return {"keys": [state().signing_key.as_dict(private=False)]}


def _answer(pair: Pair) -> Json:
    return {
        "token_type": "bearer",
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "scope": pair.delegation.scope,
        "expires_in": int(ACCESS_LIFE[pair.delegation.kind].total_seconds()),
    }


def _id_token(pair: Pair) -> str:
    """PagerDuty: `aud` lists the region's REST base and the client, `amr` is a string, there is no nonce."""
    here, delegation = state(), pair.delegation
    client_id, organisation = request.form["client_id"], here.world.organisation
    now = int(here.world.now().timestamp())
    how = f"acr:html-form:{_REGION_NAMES[delegation.region].lower()}"
    claims = {
        "iss": here.base_url + _ISSUER_PATH,
        "aud": [f"{here.base_url}/{delegation.region}", client_id],
        "azp": client_id,
        "sub": delegation.person_id,
        "user_id": delegation.person_id,
        "account_id": organisation.account_id,
        "subdomain": organisation.subdomains[delegation.region],
        "region": _REGION_NAMES[delegation.region],
        "delegation_id": delegation.id,
        "amr": how,
        "acr": how,
        "auth_time": now,
        "iat": now,
        "nbf": now,
        "exp": now + _ID_TOKEN_SECONDS,
        "at_hash": _base64(sha256(pair.access.encode()).digest()[:16]),
        "purpose": "id",
        "product_abilities": [],
        "jti": str(uuid4()),
        "sid": str(uuid4()),
    }
    key = here.signing_key
    return jwt.encode({"alg": "RS256", "kid": key.kid, "x5t": key.thumbprint()[:27]}, claims, key)


def _challenge(verifier: str) -> str:
    return _base64(sha256(verifier.encode()).digest())


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _denied(error: str, description: str, status: int = 400) -> tuple[Response, int]:
    return jsonify(error=error, error_description=description), status
