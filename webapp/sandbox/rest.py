"""The REST API of one region; registered twice, as `us` and `eu`. It only reads.

Here stand its front doors and the list of endpoints; what they answer is in account and history.
"""

import time
from collections.abc import Callable, Iterator
from urllib.parse import unquote
from uuid import uuid4

from flask import Blueprint, Response, g, jsonify, request

from webapp.sandbox import account, history
from webapp.sandbox.errors import (
    ApiError,
    forbidden,
    invalid,
    missing_ability,
    missing_scope,
    not_found,
    not_simulated,
    rate_limited,
    unauthorized,
)
from webapp.sandbox.faults import Fault, hang_up, wait_for_the_client
from webapp.sandbox.limits import Allowance, Logged
from webapp.sandbox.render_account import Json
from webapp.sandbox.state import Grant, State, state

rest = Blueprint("rest", __name__)

_ANY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FAULTS = {
    400: invalid("Something about this request."),
    401: unauthorized(),
    402: missing_ability(),
    403: forbidden(),
    404: not_found(),
    408: ApiError(408, {"message": "Request Timeout", "code": 2016}),
    429: rate_limited(),
    500: ApiError(500, {"message": "Internal Server Error", "code": 2000}),
    502: ApiError(502, {"message": "Bad Gateway", "code": 2000}),
    503: ApiError(503, {"message": "Service Unavailable", "code": 2000}),
}

_PAGE = "<html><body><h1>{}</h1></body></html>"

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
    "/v3/schedules": account.v3_schedules,
    "/v3/schedules/<schedule_id>": account.v3_schedule,
}
_SCOPES = {
    "abilities": "abilities.read",
    "log_entries": "incidents.read",
    "v3": "schedules.read",  # presumably: none is published
}
"""Where the scope of an endpoint is not named like the first part of its path."""

for _rule, _view in _ENDPOINTS.items():
    rest.get(_rule)(_view)


@rest.before_request
def _admit() -> Response | None:
    """Faults, credential, rate limit, rights: in the order in which PagerDuty's front doors stand."""
    here = state()
    region = request.blueprint or ""
    header = request.headers.get("Authorization", "")
    g.fault = here.faults.take(request.path.removeprefix(f"/{region}"), unquote(request.query_string.decode()))
    if g.fault:
        answer = _meet(g.fault, here, here.grant(region, header))
        if answer:
            return answer
    grant = here.grant(region, header)
    g.allowance = _allow(here, grant)
    if g.allowance and g.allowance.is_exceeded:
        raise rate_limited()
    if grant is None:
        raise unauthorized()
    if request.method not in {"GET", "HEAD"}:
        raise not_simulated() if grant.may_write else forbidden()
    _hold_to_scope(grant)
    if here.requires_headers and not {"Accept", "Content-Type"} <= {name for name, _ in request.headers}:
        raise invalid("The Accept and Content-Type headers are required.")
    g.grant = grant
    return None


def _hold_to_scope(grant: Grant) -> None:
    """PagerDuty: Scoped OAuth wants a scope for each kind of object, and none for /users/me."""
    if not grant.may_read:
        raise missing_scope("read")
    path = request.path.removeprefix(f"/{request.blueprint}")
    first = path.lstrip("/").partition("/")[0]
    wanted = _SCOPES.get(first, f"{first}.read")
    if grant.scopes is not None and path != "/users/me" and wanted not in grant.scopes:
        raise missing_scope(wanted)


def _allow(here: State, grant: Grant | None) -> Allowance | None:
    """Count a request. PagerDuty: /oncalls has a limit of its own, and the headers tell of the nearest one."""
    name = f"{grant.region}:{grant.name}" if grant else "unknown"
    allowances = [here.buckets.take(name)]
    if request.path.endswith("/oncalls"):
        allowances.append(here.oncalls_buckets.take(name))
    return min((a for a in allowances if a), key=lambda a: (not a.is_exceeded, a.remaining), default=None)


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
    rule = str(request.url_rule).removeprefix(f"/{region}") if request.url_rule else path
    here.asked[request.method, rule] += 1
    fault: Fault | None = g.get("fault")
    if fault and fault.kind in {"cut", "stalled", "truncated"}:
        _halve(response, fault)
    began: float = request.environ.get("sandbox.began", 0.0)  # by a test client there is no waiting
    time.sleep(max(0.0, began + here.latency_seconds - time.monotonic()))
    return response


@rest.errorhandler(ApiError)
def _refuse(error: ApiError) -> tuple[Response, int]:
    return jsonify(error=error.error), error.status


def _meet(fault: Fault, here: State, grant: Grant | None) -> Response | None:
    """What a fault does before the question is looked at; None: the question is answered, somehow."""
    match fault.kind:
        case "status":
            return _refusal(fault)
        case "html":
            return Response(_PAGE.format("Scheduled maintenance"), mimetype="text/html")
        case "silent" | "dropped":
            connection = request.environ["werkzeug.socket"]
            if fault.kind == "silent":
                wait_for_the_client(connection)
            hang_up(connection)
            return Response(status=503)  # which nobody will read
        case "slow":
            time.sleep(fault.seconds)
        case "expired":
            here.tokens.expire_access()
        case "revoked" if grant:
            here.end(grant)
        case "change" if fault.change:
            here.change(fault.change)
    return None


def _refusal(fault: Fault) -> Response:
    bodies = {"html": _PAGE.format(fault.status), "text": f"{fault.status} upstream error", "empty": ""}
    if fault.body == "json":
        response = jsonify(error=_FAULTS[fault.status].error)
        response.status_code = fault.status
    else:
        kind = "text/html" if fault.body == "html" else "text/plain"
        response = Response(bodies[fault.body], fault.status, mimetype=kind)
    if fault.reset_seconds is not None:
        g.allowance = Allowance(state().buckets.limit or 960, 0, fault.reset_seconds, is_exceeded=True)
    return response


def _halve(response: Response, fault: Fault) -> None:
    """Half of an answer: all that comes before the connection ends, or all that there is."""
    whole = response.get_data()
    half = whole[: len(whole) // 2]
    if fault.kind == "truncated":
        response.set_data(half)
        return
    connection = request.environ["werkzeug.socket"]

    def give_up() -> Iterator[bytes]:
        yield half
        if fault.kind == "stalled":
            wait_for_the_client(connection)
        hang_up(connection)

    response.response = give_up()
    response.headers["Content-Length"] = str(len(whole))


@rest.route("/", defaults={"path": ""}, methods=_ANY_METHOD)
@rest.route("/<path:path>", methods=_ANY_METHOD)
def elsewhere(path: str) -> Json:  # noqa: ARG001  # Flask hands it over
    """Everything else; a request that is no GET was refused before it came here."""
    raise not_found()
