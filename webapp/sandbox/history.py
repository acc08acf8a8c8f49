"""What happened: /oncalls, /incidents and /log_entries."""

from datetime import datetime, timedelta
from typing import Any

from flask import g, request

from webapp.sandbox import queries
from webapp.sandbox.errors import invalid, not_found
from webapp.sandbox.faults import Fault
from webapp.sandbox.incidents import Incident, state_at
from webapp.sandbox.months import BEGIN
from webapp.sandbox.queries import flag, page, several
from webapp.sandbox.render_account import Json
from webapp.sandbox.render_history import HistoryRenderer
from webapp.sandbox.rota import OnCall
from webapp.sandbox.state import renderer, state
from webapp.sandbox.world import Happening

_A_DAY, _SHOWN_AHEAD = timedelta(days=1), timedelta(days=90)
_STATUSES = {"triggered", "acknowledged", "resolved"}
_MOST_SORTS = 2


def oncalls() -> Json:
    """Who is on call. PagerDuty: shifts that overlap the window, whole, once per policy and level."""
    world, shown = state().world, HistoryRenderer(renderer())
    now = world.now()
    since, until = queries.instant("since") or now, queries.instant("until") or now
    queries.in_order(since, until)
    if until > queries.months_later(since, 3) + _A_DAY:
        raise invalid("The range must not exceed 3 months.", code=2005)
    rows = world.on_call(since, min(until, max(now + _SHOWN_AHEAD, since)))
    people, policies, places = several("user_ids"), several("escalation_policy_ids"), several("schedule_ids")
    if people or policies or places:
        rows = [
            row
            for row in rows
            if (not people or row.user_id in people)
            if (not policies or row.policy_id in policies)
            if (not places or (row.schedule_id or "null") in places)
        ]
    if flag("earliest"):
        first: dict[tuple[str, int, str], OnCall] = {}
        for row in rows:
            first.setdefault((row.policy_id, row.level, row.user_id), row)
        rows = list(first.values())
    if state().is_clipping:
        rows = [row._replace(start=_latest(row.start, since), end=_earliest(row.end, until)) for row in rows]
    zone, included = queries.shown_zone(queries.ACCOUNT_ZONE), several("include")
    answer = page("oncalls", rows, lambda row: shown.on_call(row, zone, included))
    fault: Fault | None = g.get("fault")
    if fault and fault.kind == "vacant":
        for row in answer["oncalls"][: fault.records]:
            row["user"] = None
    return answer


def _latest(start: datetime | None, since: datetime) -> datetime | None:
    return start and max(start, since)


def _earliest(end: datetime | None, until: datetime) -> datetime | None:
    return end and min(end, until)


def incidents() -> Json:
    """Incidents by their creation. PagerDuty: user_ids[] means assigned now, hence never a resolved one."""
    world, shown = state().world, HistoryRenderer(renderer())
    now = world.now()
    if request.args.get("date_range") == "all":
        since, until = BEGIN, now
    else:
        since, until = queries.window(now, most_months=6)
    found = _filtered(world.incidents(since, until))
    zone = queries.shown_zone(None)
    return page("incidents", _ordered(found), lambda incident: shown.incident(incident, zone))


def _filtered(found: list[Incident]) -> list[Incident]:
    organisation, now = state().world.organisation, state().world.now()
    teams, services, urgencies = several("team_ids"), several("service_ids"), several("urgencies")
    people, statuses = several("user_ids"), several("statuses") or _STATUSES
    if not statuses <= _STATUSES:
        raise invalid("Statuses must be one of triggered, acknowledged, resolved.")
    if teams:
        found = [i for i in found if organisation.service[i.service_id].team_id in teams]
    if services:
        found = [i for i in found if i.service_id in services]
    if urgencies:
        found = [i for i in found if i.urgency in urgencies]
    if statuses != _STATUSES:
        found = [i for i in found if state_at(i, now).status in statuses]
    if people:
        found = [i for i in found if any(who in people for _, who in state_at(i, now).assignments)]
    return found


def _ordered(found: list[Incident]) -> list[Incident]:
    now = state().world.now()
    keys: dict[str, Any] = {
        "incident_number": lambda i: i.number,
        "created_at": lambda i: i.created,
        "resolved_at": lambda i: state_at(i, now).resolved_at or now,
        "urgency": lambda i: i.urgency,
    }
    wanted = [part.partition(":") for part in request.args.get("sort_by", "").split(",") if part]
    if len(wanted) > _MOST_SORTS or any(name not in keys or way not in {"", "asc", "desc"} for name, _, way in wanted):
        raise invalid("sort_by is invalid.")
    for name, _, way in reversed(wanted):
        found = sorted(found, key=keys[name], reverse=way == "desc")
    return found


def incident(incident_id: str) -> Json:
    """One incident, by id or number."""
    return {"incident": HistoryRenderer(renderer()).incident(_known(incident_id), queries.shown_zone(None))}


def incident_log_entries(incident_id: str) -> Json:
    """What happened to one incident, newest first."""
    found = _known(incident_id)
    world = state().world
    since, until = queries.instant("since") or found.created, queries.instant("until") or world.now()
    happenings = [
        Happening(entry.at, found.number, place, entry, found)
        for place, entry in enumerate(found.entries)
        if since <= entry.at <= min(until, world.now())
    ]
    return _log_page(happenings[::-1])


def log_entries() -> Json:
    """What happened in the account, by the time it happened, newest first."""
    world = state().world
    since, until = queries.window(world.now(), most_months=6)
    return _log_page(world.happenings(since, until), (since, until))


def _log_page(happenings: list[Happening], window: object = None) -> Json:
    world, shown = state().world, HistoryRenderer(renderer())
    overview, teams = flag("is_overview"), several("team_ids")

    def kept() -> list[Happening]:
        services = world.organisation.service
        return [
            happening
            for happening in happenings
            if not (overview and happening.entry.kind == "notify")
            if not teams or services[happening.incident.service_id].team_id in teams
        ]

    if overview or teams:
        key = ("kept", window, len(happenings), overview, frozenset(teams))
        happenings = world.remember(key, kept) if window else kept()
    zone, included = queries.shown_zone(queries.ACCOUNT_ZONE), several("include")
    return page("log_entries", happenings, lambda happening: shown.entry(happening, zone, included))


def _known(incident_id: str) -> Incident:
    found = state().world.incident(incident_id)
    if found is None:
        raise not_found()
    return found
