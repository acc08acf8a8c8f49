"""What an account of the simulated PagerDuty consists of: plain values, the same in both regions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.sandbox.incidents import Draft
    from webapp.sandbox.months import Month
    from webapp.sandbox.rota import Rota


@dataclass(frozen=True, slots=True)
class Person:
    """A user. After `left` only references to them remain, as PagerDuty does with deleted users."""

    id: str
    name: str
    email: str
    time_zone: str | None
    role: str
    job_title: str
    color: str
    joined: datetime | None = None
    left: datetime | None = None

    def is_listed(self, now: datetime) -> bool:
        """Whether /users knows this person at an instant."""
        return (self.joined is None or self.joined <= now) and (self.left is None or now < self.left)


@dataclass(frozen=True, slots=True)
class Team:
    """A team; its first member is its manager."""

    id: str
    name: str
    member_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a rule pages: a schedule or a user."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One level of an escalation policy."""

    id: str
    delay_minutes: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """An escalation policy; level 1 is its first rule."""

    id: str
    name: str
    team_id: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """What breaks."""

    id: str
    name: str
    policy_id: str
    team_id: str


@dataclass(frozen=True, slots=True)
class Layer:
    """A rotation: `turn_days` each from `start` (wall clock of the schedule), 0 = one person without an end.

    `daily` restricts it to some hours of each day: (from, hours).
    """

    id: str
    name: str
    member_ids: tuple[str, ...]
    start: datetime
    turn_days: int
    daily: tuple[time, int] | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule. PagerDuty has two kinds, in lists of their own.

    Layer-based: one person at a time, its layers never overlap. Shift-based ("v3"): each layer stands for a rotation,
    rotations may overlap, and then several people are on call at once.
    """

    id: str
    name: str
    time_zone: str
    team_id: str
    layers: tuple[Layer, ...]
    is_shift_based: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody takes over for a while; on a shift-based schedule it may be nobody: a gap."""

    id: str
    schedule_id: str
    user_id: str | None
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Organisation:
    """An account and the rules that write its history.

    `overrides_of` and `incidents_of` must answer the same for the same month, always and everywhere.
    `stride` is above the number of incidents of any month: incident numbers say which month they are of.
    """

    name: str
    account_id: str
    subdomains: dict[str, str]
    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    policies: tuple[Policy, ...]
    services: tuple[Service, ...]
    schedules: tuple[Schedule, ...]
    stride: int
    overrides_of: "Callable[[Month], tuple[Override, ...]]"
    incidents_of: "Callable[[Month, Rota], list[Draft]]"

    @cached_property
    def person(self) -> dict[str, Person]:
        """People by id, deleted ones included."""
        return {person.id: person for person in self.people}

    @cached_property
    def team(self) -> dict[str, Team]:
        """Teams by id."""
        return {team.id: team for team in self.teams}

    @cached_property
    def policy(self) -> dict[str, Policy]:
        """Escalation policies by id."""
        return {policy.id: policy for policy in self.policies}

    @cached_property
    def service(self) -> dict[str, Service]:
        """Services by id."""
        return {service.id: service for service in self.services}

    @cached_property
    def schedule(self) -> dict[str, Schedule]:
        """Schedules by id."""
        return {schedule.id: schedule for schedule in self.schedules}

    @cached_property
    def teams_of(self) -> dict[str, tuple[Team, ...]]:
        """The teams of each person that has any."""
        ids = {person_id for team in self.teams for person_id in team.member_ids}
        found: dict[str, list[Team]] = {person_id: [] for person_id in ids}
        for team in self.teams:
            for person_id in team.member_ids:
                found[person_id].append(team)
        return {person_id: tuple(teams) for person_id, teams in found.items()}

    @cached_property
    def policies_of(self) -> dict[str, tuple[Policy, ...]]:
        """The policies that use each schedule; a lonely schedule is in none."""
        return {
            schedule.id: tuple(
                policy
                for policy in self.policies
                if any(target.id == schedule.id for rule in policy.rules for target in rule.targets)
            )
            for schedule in self.schedules
        }
