"""The JSON shapes of what the account consists of, for one region of one organisation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from webapp.sandbox.months import BEGIN, wall
from webapp.sandbox.organisation import Layer, Person, Policy, Schedule, Service, Target, Team
from webapp.sandbox.rota import Assignment, Shift, layer_shifts, within
from webapp.sandbox.world import World

Json = dict[str, Any]

PRIORITIES = {1: ("PP1SEV01", "P1", "Customers cannot pay"), 2: ("PP2SEV02", "P2", "Some customers notice")}
_CREATED = BEGIN - timedelta(days=200)


def stamp(at: datetime, zone: ZoneInfo | None = None) -> str:
    """An instant as PagerDuty prints it: `Z` in UTC, the zone's offset at that instant elsewhere."""
    if zone is None or zone.key in {"UTC", "Etc/UTC"}:
        return at.isoformat()[:19] + "Z"
    return at.astimezone(zone).isoformat()


@dataclass(frozen=True)
class AccountRenderer:
    """Prints for one region; `self` links lead to the region's REST base, `html_url` to its web app."""

    world: World
    region: str
    rest_base: str
    is_odd: bool = False
    """Whether what PagerDuty's own schema does not allow is shown: unknown kinds of entries, agents without a type."""
    is_linkless: bool = False
    """Whether links to the web app are left out."""

    @cached_property
    def now(self) -> datetime:
        """One now for the whole answer."""
        return self.world.now()

    @cached_property
    def web_base(self) -> str:
        """The address of the account's web app, which nobody serves; clients read the subdomain off it."""
        infix = ".eu" if self.region == "eu" else ""
        return f"https://{self.world.organisation.subdomains[self.region]}{infix}.pagerduty.com"

    def reference(self, kind: str, key: str, summary: str, collection: str) -> Json:
        """A reference; with `kind` cut of `_reference` it is the head of a full object."""
        return {
            "id": key,
            "type": kind,
            "summary": summary,
            "self": f"{self.rest_base}/{collection}/{key}",
            "html_url": None if self.is_linkless else f"{self.web_base}/{collection}/{key}",
        }

    # People and teams

    def person_reference(self, person_id: str) -> Json:
        """PagerDuty: of a deleted user only id and summary remain."""
        person = self.world.organisation.person[person_id]
        answer = self.reference("user_reference", person.id, person.name, "users")
        if not person.is_listed(self.now):
            answer |= {"self": None, "html_url": None}
        return answer

    def person(self, person: Person, *, with_teams: bool = False) -> Json:
        """A user; teams are references unless included."""
        teams = self.world.organisation.teams_of.get(person.id, ())
        return self.reference("user", person.id, person.name, "users") | {
            "name": person.name,
            "email": person.email,
            "time_zone": person.time_zone,
            "color": person.color,
            "avatar_url": "https://pd-static-assets.pagerduty.com/users/blank-avatar.png",
            "billed": True,
            "role": person.role,
            "description": None,
            "invitation_sent": False,
            "job_title": person.job_title,
            "created_via_sso": True,
            "teams": [self.team(team) if with_teams else self.team_reference(team) for team in teams],
            "contact_methods": [],
            "notification_rules": [],
            "coordinated_incidents": [],
        }

    def team_reference(self, team: Team) -> Json:
        """A reference to a team."""
        return self.reference("team_reference", team.id, team.name, "teams")

    def team(self, team: Team) -> Json:
        """A team."""
        return self.reference("team", team.id, team.name, "teams") | {
            "name": team.name,
            "description": None,
            "default_role": "manager",
            "parent": None,
        }

    def member(self, team: Team, person: Person, *, full: bool) -> Json:
        """A row of /teams/{id}/members."""
        role = "manager" if person.id == team.member_ids[0] else "responder"
        return {"user": self.person(person) if full else self.person_reference(person.id), "role": role}

    # Policies, services, schedules, priorities

    def policy_reference(self, policy: Policy) -> Json:
        """A reference to an escalation policy."""
        return self.reference("escalation_policy_reference", policy.id, policy.name, "escalation_policies")

    def policy(self, policy: Policy) -> Json:
        """An escalation policy; the strategy is really an object."""
        organisation = self.world.organisation
        return self.reference("escalation_policy", policy.id, policy.name, "escalation_policies") | {
            "name": policy.name,
            "description": None,
            "num_loops": 2,
            "on_call_handoff_notifications": "if_has_services",
            "escalation_rules": [
                {
                    "id": rule.id,
                    "escalation_delay_in_minutes": rule.delay_minutes,
                    "targets": [self._target(target) for target in rule.targets],
                    "escalation_rule_assignment_strategy": {"type": "assign_to_everyone"},
                }
                for rule in policy.rules
            ],
            "services": [self.service_reference(s) for s in organisation.services if s.policy_id == policy.id],
            "teams": [self.team_reference(organisation.team[policy.team_id])],
        }

    def service_reference(self, service: Service) -> Json:
        """A reference to a service."""
        return self.reference("service_reference", service.id, service.name, "services")

    def service(self, service: Service) -> Json:
        """A service."""
        organisation = self.world.organisation
        return self.reference("service", service.id, service.name, "services") | {
            "name": service.name,
            "description": None,
            "auto_resolve_timeout": None,
            "acknowledgement_timeout": 1800,
            "created_at": stamp(_CREATED),
            "status": "active",
            "last_incident_timestamp": None,
            "teams": [self.team_reference(organisation.team[service.team_id])],
            "escalation_policy": self.policy_reference(organisation.policy[service.policy_id]),
            "integrations": [self.integration_reference(service)],
            "incident_urgency_rule": {"type": "constant", "urgency": "severity_based"},
            "support_hours": None,
            "scheduled_actions": [],
            "alert_creation": "create_alerts_and_incidents",
        }

    def integration_reference(self, service: Service) -> Json:
        """A reference to a service's one monitor."""
        key = "PI" + service.id[2:]
        return {
            "id": key,
            "type": "events_api_v2_inbound_integration_reference",
            "summary": "Monitoring",
            "self": f"{self.rest_base}/services/{service.id}/integrations/{key}",
            "html_url": f"{self.web_base}/services/{service.id}/integrations/{key}",
        }

    def schedule_reference(self, schedule: Schedule) -> Json:
        """A reference; the kind of a schedule shows in its type and in the address of its REST object."""
        kind = "schedule_v3" if schedule.is_shift_based else "schedule"
        answer = self.reference(f"{kind}_reference", schedule.id, schedule.name, "schedules")
        if schedule.is_shift_based:
            answer["self"] = f"{self.rest_base}/v3/schedules/{schedule.id}"
        return answer

    def schedule(self, schedule: Schedule) -> Json:
        """An item of /schedules: no layers and no entries."""
        organisation = self.world.organisation
        people = dict.fromkeys(person_id for layer in schedule.layers for person_id in layer.member_ids)
        return self.reference("schedule", schedule.id, schedule.name, "schedules") | {
            "name": schedule.name,
            "time_zone": schedule.time_zone,
            "description": None,
            "users": [self.person_reference(person_id) for person_id in people],
            "escalation_policies": [self.policy_reference(policy) for policy in organisation.policies_of[schedule.id]],
            "teams": [self.team_reference(organisation.team[schedule.team_id])],
        }

    def rendered_schedule(
        self, schedule: Schedule, window: tuple[datetime, datetime] | None, zone: ZoneInfo | None, *, overflow: bool
    ) -> Json:
        """A schedule with layers. PagerDuty: without a window there are no entries, and coverage is null."""
        rota = self.world.rota()
        covers = rota.overrides(schedule.id, *window) if window else []
        overrides = sorted(Shift(o.start, o.end, o.user_id or "") for o in covers)

        def part(shifts: list[Shift]) -> Json:
            return self._entries(shifts, window, zone, overflow=overflow)

        return self.schedule(schedule) | {
            # PagerDuty lists layers in the reverse of the order in which they were entered.
            "schedule_layers": [
                self._layer(layer, schedule, zone) | part(layer_shifts(schedule, layer, *window) if window else [])
                for layer in reversed(schedule.layers)
            ],
            "overrides_subschedule": {"name": "Overrides"} | part(within(overrides, *window) if window else []),
            "final_schedule": {"name": "Final Schedule"} | part(rota.shifts(schedule.id, *window) if window else []),
        }

    def shift_based(self, schedule: Schedule, window: tuple[datetime, datetime] | None) -> Json:
        """A shift-based schedule, with its final schedule for a window, cut there.

        PagerDuty: times in UTC, members by id alone, gaps as `empty_member`; overrides are not inline.
        """
        organisation = self.world.organisation
        answer = self.schedule_reference(schedule) | {
            "type": "schedule_v3",
            "name": schedule.name,
            "description": None,
            "time_zone": schedule.time_zone,
            "escalation_policies": [self.policy_reference(policy) for policy in organisation.policies_of[schedule.id]],
            "teams": [self.team_reference(organisation.team[schedule.team_id])],
            "rotations": [{"id": layer.id, "type": "schedule_rotation", "events": []} for layer in schedule.layers],
        }
        if window:
            answer["final_schedule"] = self._assigned(self.world.rota().assignments(schedule.id, *window), *window)
        return answer

    @staticmethod
    def _assigned(assignments: list[Assignment], since: datetime, until: datetime) -> Json:
        shown, covered, reached = [], timedelta(), since
        for known in assignments:
            start, end = max(known.start, since), min(known.end, until)
            if start >= end:
                continue
            source = {"type": "schedule_rotation", "rotation_id": known.rotation_id}
            if known.override_id:
                source |= {"type": "schedule_rotation_override", "override_id": known.override_id}
            member = {"type": "user_member", "user_id": known.user_id} if known.user_id else {"type": "empty_member"}
            shown.append({
                "type": "computed_shift_assignment",
                "start_time": stamp(start),
                "end_time": stamp(end),
                "member": member,
                "source": source,
            })  # fmt: skip
            if known.user_id and end > reached:
                covered, reached = covered + (end - max(start, reached)), end
        return {
            "type": "final_schedule",
            "rendered_coverage_percentage": round(100 * covered / (until - since), 1) if until > since else 0.0,
            "computed_shift_assignments": shown,
        }

    def priority(self, number: int) -> Json:
        """A priority."""
        key, name, description = PRIORITIES[number]
        return {
            "id": key,
            "type": "priority",
            "summary": name,
            "self": f"{self.rest_base}/priorities/{key}",
            "html_url": None,
            "name": name,
            "description": description,
        }

    def _layer(self, layer: Layer, schedule: Schedule, zone: ZoneInfo | None) -> Json:
        start = wall(layer.start.date(), layer.start.time(), schedule.time_zone)
        restrictions = []
        if layer.daily:
            clock, hours = layer.daily
            restrictions = [
                {
                    "type": "daily_restriction",
                    "start_time_of_day": clock.isoformat(),
                    "duration_seconds": hours * 3600,
                }
            ]
        return {
            "id": layer.id,
            "name": layer.name,
            "start": stamp(start, zone),
            "end": None,
            "rotation_virtual_start": stamp(start, zone),
            "rotation_turn_length_seconds": (layer.turn_days or 7) * 86400,
            "users": [{"user": self.person_reference(person_id)} for person_id in layer.member_ids],
            "restrictions": restrictions,
        }

    def _entries(
        self, shifts: list[Shift], window: tuple[datetime, datetime] | None, zone: ZoneInfo | None, *, overflow: bool
    ) -> Json:
        if window is None:
            return {"rendered_schedule_entries": [], "rendered_coverage_percentage": None}
        since, until = window
        cut = [Shift(max(s.start, since), min(s.end or until, until), s.user_id) for s in shifts]
        covered = sum(((s.end or until) - s.start).total_seconds() for s in cut)
        entries = [
            {
                "start": stamp(shift.start, zone),
                "end": stamp(shift.end or until, zone),
                "user": self.person_reference(shift.user_id),
            }
            for shift in (shifts if overflow else cut)
        ]
        length = (until - since).total_seconds()
        return {
            "rendered_schedule_entries": entries,
            "rendered_coverage_percentage": round(100 * covered / length, 1) if length else 0.0,
        }

    def _target(self, target: Target) -> Json:
        if target.kind == "user":
            return self.person_reference(target.id)
        return self.schedule_reference(self.world.organisation.schedule[target.id])
