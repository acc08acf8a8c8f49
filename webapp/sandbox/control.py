"""What only the sandbox has: faults to order, tokens to end, and the log of REST requests. Loopback only."""

from dataclasses import asdict
from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from webapp.sandbox.credentials import REGIONS
from webapp.sandbox.faults import Change, Fault
from webapp.sandbox.state import ABILITIES, KEYS, state

control = Blueprint("control", __name__)


@control.before_request
def _loopback_only() -> None:
    if not ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104  # an address that is refused
        abort(403)


@control.post("/faults")
def add_fault() -> tuple[Response, int]:
    """Order a fault: any fields of `Fault`; `reset` is short for reset_seconds, `html` for body = "html"."""
    body = _body()
    reset, is_html = body.pop("reset", None), body.pop("html", False)
    if reset is not None:
        body["reset_seconds"] = reset
    if is_html:
        body["body"] = "html"
    if not body.keys() & {"kind", "status"}:
        return jsonify(error="kind or status must be given"), 400
    try:
        if "change" in body:
            body["change"] = Change(**body["change"])
        state().faults.add(Fault(**body))
    except (TypeError, ValueError) as error:
        return jsonify(error=str(error)), 400
    return jsonify(ordered=True), 201


@control.get("/faults")
def met_faults() -> Response:
    """Kind and path of every fault that a request has met."""
    return jsonify(met=[{"kind": kind, "path": path} for kind, path in list(state().faults.met)])


@control.post("/settings")
def settings() -> tuple[Response, int]:
    """How it is: {transparent?, clipping?, odd?, linkless?, requires_headers?: bool, without?: abilities}."""
    here, body = state(), _body()
    without = set(body.get("without", ()))
    known = {"transparent", "clipping", "odd", "linkless", "requires_headers", "without"}
    if not body.keys() <= known or not without <= set(ABILITIES):
        return jsonify(error=f"there are {', '.join(sorted(known))}, the last with some abilities"), 400
    here.is_transparent = bool(body.get("transparent", here.is_transparent))
    here.is_clipping = bool(body.get("clipping", here.is_clipping))
    here.is_odd = bool(body.get("odd", here.is_odd))
    here.is_linkless = bool(body.get("linkless", here.is_linkless))
    here.requires_headers = bool(body.get("requires_headers", here.requires_headers))
    here.abilities -= without
    return jsonify(set=True), 200


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
    elif name in KEYS:
        state().revoked.update((region, name) for region in REGIONS)
    else:
        return jsonify(error=f"credential must be oauth or one of {sorted(KEYS)}"), 400
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
