"""The REST API of one region; registered twice, as `us` and `eu`. It only reads.

Here stand its front doors and the list of endpoints; what they answer is in account and history.
"""

import time
from collections.abc import Callable
from uuid import uuid4

from flask import Blueprint, Response, g, jsonify, request

from webapp.sandbox import account, history
from webapp.sandbox.errors import (
    ApiError,
    forbidden,
    missing_scope,
    not_found,
    not_simulated,
    rate_limited,
    unauthorized,
)
from webapp.sandbox.limits import Allowance, Fault, Logged
from webapp.sandbox.render_account import Json
from webapp.sandbox.state import state

rest = Blueprint("rest", __name__)

_ANY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FAULTS = {
    401: unauthorized(),
    403: forbidden(),
    429: rate_limited(),
    500: ApiError(500, {"message": "Internal Server Error", "code": 2000}),
    502: ApiError(502, {"message": "Bad Gateway", "code": 2000}),
    503: ApiError(503, {"message": "Service Unavailable", "code": 2000}),
}

_ENDPOINTS: dict[str, Callable[..., Json]] = {
    "/abilities": account.abilities,
    "/escalation_policies": account.escalation_policies,
    "/incidents": history.incidents,
    "/incidents/<incident_id>": history.incident,
    "/incidents/<incident_id>/log_entries": history.incident_log_entries,
    "/log_entries": history.log_entries,
    "/oncalls": history.oncalls,
    "/priorities": account.priorities,
    "/schedules": account.schedules,
    "/schedules/<schedule_id>": account.schedule,
    "/services": account.services,
    "/teams": account.teams,
    "/teams/<team_id>": account.team,
    "/teams/<team_id>/members": account.team_members,
    "/users": account.users,
    "/users/<person_id>": account.user,
    "/users/me": account.users_me,
}
for _rule, _view in _ENDPOINTS.items():
    rest.get(_rule)(_view)


@rest.before_request
def _admit() -> Response | None:
    """Latency, faults, credential, rate limit, rights: in the order in which PagerDuty's front doors stand."""
    here = state()
    time.sleep(here.latency_seconds)
    region = request.blueprint or ""
    fault = here.faults.take(request.path.removeprefix(f"/{region}"))
    if fault:
        return _faulty(fault)
    grant = here.grant(region, request.headers.get("Authorization", ""))
    g.allowance = here.buckets.take(f"{region}:{grant.name}" if grant else "unknown")
    if g.allowance and g.allowance.is_exceeded:
        raise rate_limited()
    if grant is None:
        raise unauthorized()
    if request.method not in {"GET", "HEAD"}:
        raise not_simulated() if grant.may_write else forbidden()
    if not grant.may_read:
        raise missing_scope()
    g.grant = grant
    return None


@rest.after_request
def _finish(response: Response) -> Response:
    here, region = state(), request.blueprint or ""
    allowance: Allowance | None = g.get("allowance")
    if allowance:
        response.headers["ratelimit-limit"] = str(allowance.limit)
        response.headers["ratelimit-remaining"] = str(allowance.remaining)
        response.headers["ratelimit-reset"] = str(allowance.reset_seconds)
    response.headers["x-request-id"] = uuid4().hex
    path = request.path.removeprefix(f"/{region}")
    here.requests.append(Logged(request.method, path, region, response.status_code))
    return response


@rest.errorhandler(ApiError)
def _refuse(error: ApiError) -> tuple[Response, int]:
    return jsonify(error=error.error), error.status


def _faulty(fault: Fault) -> Response:
    if fault.html:
        response = Response(f"<html><body><h1>{fault.status}</h1></body></html>", fault.status, mimetype="text/html")
    else:
        response = jsonify(error=_FAULTS[fault.status].error)
        response.status_code = fault.status
    if fault.reset_seconds is not None:
        g.allowance = Allowance(state().buckets.limit or 960, 0, fault.reset_seconds, is_exceeded=True)
    return response


@rest.route("/", defaults={"path": ""}, methods=_ANY_METHOD)
@rest.route("/<path:path>", methods=_ANY_METHOD)
def elsewhere(path: str) -> Json:  # noqa: ARG001  # Flask hands it over
    """Everything else; a request that is no GET was refused before it came here."""
    raise not_found()
