"""What only the sandbox has: faults to order, tokens to end, and the log of REST requests. Loopback only."""

from dataclasses import asdict
from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from webapp.sandbox.credentials import REGIONS
from webapp.sandbox.limits import Fault
from webapp.sandbox.state import state

control = Blueprint("control", __name__)

_STATUSES = {401, 403, 429, 500, 502, 503}
_KEYS = {"account", "full", "user"}


@control.before_request
def _loopback_only() -> None:
    if not ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104  # an address that is refused
        abort(403)


@control.post("/faults")
def add_fault() -> tuple[Response, int]:
    """Order a fault: {status, times = 1, path?, reset?, html?}."""
    body = _body()
    if body.get("status") not in _STATUSES:
        return jsonify(error=f"status must be one of {sorted(_STATUSES)}"), 400
    state().faults.add(
        Fault(
            status=body["status"],
            times=int(body.get("times", 1)),
            path=body.get("path"),
            reset_seconds=body.get("reset"),
            html=bool(body.get("html", False)),
        )
    )
    return jsonify(ordered=True), 201


@control.post("/reset")
def reset() -> Response:
    """As at the start: no faults, full buckets, empty log, nothing revoked, no token."""
    state().reset()
    return jsonify(reset=True)


@control.post("/revoke")
def revoke() -> tuple[Response, int]:
    """End credentials: {credential: oauth | account | full | user}; a key ends in both regions."""
    name = _body().get("credential", "oauth")
    if name == "oauth":
        state().tokens.revoke()
    elif name in _KEYS:
        state().revoked.update((region, name) for region in REGIONS)
    else:
        return jsonify(error=f"credential must be oauth or one of {sorted(_KEYS)}"), 400
    return jsonify(revoked=name), 200


@control.post("/expire")
def expire() -> Response:
    """End all access tokens; refresh tokens stay good."""
    state().tokens.expire_access()
    return jsonify(expired=True)


@control.get("/requests")
def requests() -> Response:
    """Every REST request since the start or the last reset."""
    return jsonify(requests=[asdict(logged) for logged in list(state().requests)])


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
