"""What the account consists of: users, teams, schedules, escalation policies, services, abilities, priorities."""

from flask import g, request

from webapp.sandbox import queries
from webapp.sandbox.errors import ApiError, not_found
from webapp.sandbox.organisation import Person, Schedule
from webapp.sandbox.queries import flag, page, several
from webapp.sandbox.render_account import PRIORITIES, Json
from webapp.sandbox.state import ABILITIES, Grant, renderer, state

_ME = (
    "Because this request was made using an account-level access token, we were unable to determine the user's "
    "identity. Please use a user-level token."
)


def users() -> Json:
    """Users that are not deleted."""
    query, teams = request.args.get("query", "").casefold(), several("team_ids")
    organisation, shown = state().world.organisation, renderer()
    found = [
        person
        for person in state().world.people()
        if query in person.name.casefold() or query in person.email.casefold()
        if not teams or any(team.id in teams for team in organisation.teams_of.get(person.id, ()))
    ]
    with_teams = "teams" in several("include")
    return page("users", found, lambda person: shown.person(person, with_teams=with_teams))


def users_me() -> Json:
    """The user behind a user credential. PagerDuty: with an account key `error` is a plain string."""
    grant: Grant = g.grant
    if grant.person_id is None:
        raise ApiError(400, _ME)
    return _one_user(grant.person_id)


def user(person_id: str) -> Json:
    """One user; a deleted one is not found."""
    return _one_user(person_id)


def _one_user(person_id: str) -> Json:
    person = state().world.organisation.person.get(person_id)
    if person is None or not person.is_listed(state().world.now()):
        raise not_found()
    return {"user": renderer().person(person, with_teams="teams" in several("include"))}


def teams() -> Json:
    """Teams, where the plan has them."""
    queries.require("teams")
    query = request.args.get("query", "").casefold()
    return page("teams", [t for t in state().world.organisation.teams if query in t.name.casefold()], renderer().team)


def team(team_id: str) -> Json:
    """One team."""
    queries.require("teams")
    found = state().world.organisation.team.get(team_id)
    if found is None:
        raise not_found()
    return {"team": renderer().team(found)}


def team_members(team_id: str) -> Json:
    """Present members; PagerDuty keeps no history of them."""
    queries.require("teams")
    world, shown = state().world, renderer()
    team = world.organisation.team.get(team_id)
    if team is None:
        raise not_found()
    full, now = "users" in several("include"), world.now()
    people = [world.organisation.person[person_id] for person_id in team.member_ids]
    listed = [person for person in people if person.is_listed(now)]

    def member(person: Person) -> Json:
        return shown.member(team, person, full=full)

    return page("members", listed, member)


def schedules() -> Json:
    """Layer-based schedules, without their entries. PagerDuty: shift-based ones are in another list."""
    query = request.args.get("query", "").casefold()
    found = [schedule for schedule in _schedules(is_shift_based=False) if query in schedule.name.casefold()]
    return page("schedules", found, renderer().schedule)


def v3_schedules() -> Json:
    """Shift-based schedules, as references. PagerDuty: up to 1,000 a page, and no total."""
    answer = page(
        "schedules", _schedules(is_shift_based=True), renderer().schedule_reference, default_limit=100, most=1000
    )
    del answer["total"]
    return answer


def _schedules(*, is_shift_based: bool) -> list[Schedule]:
    teams = several("team_ids")
    return [
        schedule
        for schedule in state().world.organisation.schedules
        if schedule.is_shift_based == is_shift_based and (not teams or schedule.team_id in teams)
    ]


def _schedule(schedule_id: str, *, is_shift_based: bool) -> Schedule:
    """A schedule of one kind. PagerDuty: asked for through the door of the other kind, it is an error of its own."""
    found = state().world.organisation.schedule.get(schedule_id)
    if found is None:
        raise not_found()
    if found.is_shift_based != is_shift_based:
        kind, door = ("layer-based", "v2") if is_shift_based else ("shift-based", "v3")
        message = f"This is a {kind} schedule. Use the {door} Schedules API to access it."
        raise ApiError(400, {"message": message, "code": 2001})
    return found


def v3_schedule(schedule_id: str) -> Json:
    """One shift-based schedule; its final schedule where the query includes it and has both bounds."""
    found = _schedule(schedule_id, is_shift_based=True)
    window = None
    if "final_schedule" in several("include"):
        since, until = queries.instant("since"), queries.instant("until")
        if since and until:
            queries.in_order(since, until)
            window = since, until
    return {"schedule": renderer().shift_based(found, window)}


def schedule(schedule_id: str) -> Json:
    """One layer-based schedule; its entries only where the query has a window."""
    found = _schedule(schedule_id, is_shift_based=False)
    window, zone = queries.entries_window(), queries.shown_zone(found.time_zone)
    return {"schedule": renderer().rendered_schedule(found, window, zone, overflow=flag("overflow"))}


def escalation_policies() -> Json:
    """Escalation policies; user_ids[] asks for direct targets and members of schedules."""
    organisation = state().world.organisation
    query, teams, users = request.args.get("query", "").casefold(), several("team_ids"), several("user_ids")
    on = {s.id: {p for layer in s.layers for p in layer.member_ids} for s in organisation.schedules}
    found = [
        policy
        for policy in organisation.policies
        if query in policy.name.casefold() and (not teams or policy.team_id in teams)
        if not users or any(users & on.get(t.id, {t.id}) for rule in policy.rules for t in rule.targets)
    ]
    return page("escalation_policies", found, renderer().policy)


def services() -> Json:
    """Services."""
    query, teams = request.args.get("query", "").casefold(), several("team_ids")
    found = [
        service
        for service in state().world.organisation.services
        if query in service.name.casefold() and (not teams or service.team_id in teams)
    ]
    return page("services", found, renderer().service)


def abilities() -> Json:
    """What the plan allows; not paged."""
    return {"abilities": [ability for ability in ABILITIES if ability in state().abilities]}


def priorities() -> Json:
    """Priorities, where the plan has them."""
    queries.require("priorities")
    return page("priorities", sorted(PRIORITIES), renderer().priority)
