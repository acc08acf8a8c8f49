"""PagerDuty's objects as far as pay needs them, read tolerantly from its JSON.

Unknown keys are ignored, optional ones may be null or missing. What nothing can be computed without (an id, the time of
an incident) is required: without it the record raises Incomplete rather than becoming a smaller total.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from webapp.pd.errors import Incomplete
from webapp.pd.zones import zone_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A PagerDuty user."""

    id: str
    name: str
    email: str | None = None
    time_zone: str | None = None
    """IANA name; None where PagerDuty names none, or one that nobody knows."""
    zone_note: str = ""
    """What PagerDuty calls the zone where nobody knows it."""
    role: str | None = None
    html_url: str | None = None
    team_names: tuple[str, ...] = ()
    """The teams of today, as the lists of users name them."""
    deleted: bool = False
    """Known by references only. PagerDuty: a deleted user is in no list."""

    @classmethod
    def read(cls, json: Json) -> Self:
        """From an object of /users."""
        said = json.get("time_zone")
        zone = zone_of(said)
        return cls(
            id=identity(json, "user"),
            name=json.get("name") or json.get("summary") or json["id"],
            email=json.get("email"),
            time_zone=zone,
            zone_note=said if said and not zone else "",
            role=json.get("role"),
            html_url=json.get("html_url"),
            team_names=tuple(team.get("summary") or team["id"] for team in json.get("teams") or () if team.get("id")),
        )


@dataclass(frozen=True, slots=True)
class TeamRecord:
    """A PagerDuty team."""

    id: str
    name: str

    @classmethod
    def read(cls, json: Json) -> Self:
        """From an object of /teams."""
        return cls(identity(json, "team"), json.get("name") or json.get("summary") or json["id"])


@dataclass(frozen=True, slots=True)
class Agent:
    """Whoever or whatever did something: a person, a service, an integration."""

    id: str
    type: str
    name: str

    @classmethod
    def read(cls, json: Json | None) -> Self | None:
        """From a reference; None for none. PagerDuty: old references may lack a type."""
        if not json or not json.get("id"):
            return None
        return cls(json["id"], json.get("type") or "", json.get("summary") or json.get("name") or json["id"])


@dataclass(frozen=True, slots=True)
class OnCallRow:
    """One row of /oncalls: a person on call through one schedule at one level of one policy.

    PagerDuty: rows have no id and repeat for every policy and level that uses the schedule. A null start and end mean
    always on call (a direct target); a null end alone means a schedule with one person around the clock. A null user
    means nobody.
    """

    user_id: str
    """Empty: nobody."""
    user_name: str
    policy_id: str
    policy_name: str
    level: int
    schedule_id: str | None
    schedule_name: str
    start: datetime | None
    end: datetime | None
    shift_based: bool = False
    """Whether the schedule is of the newer kind."""

    @classmethod
    def read(cls, json: Json) -> Self:
        """From a row of /oncalls."""
        user, policy, schedule = (json.get(name) or {} for name in ("user", "escalation_policy", "schedule"))
        level = json.get("escalation_level")
        if not isinstance(level, int):
            raise Incomplete("PagerDuty gave an on-call row without its escalation level")
        return cls(
            user_id=user.get("id") or "",
            user_name=user.get("summary") or user.get("name") or user.get("id") or "",
            policy_id=identity(policy, "escalation policy of an on-call row"),
            policy_name=policy.get("summary") or policy.get("name") or policy["id"],
            level=level,
            schedule_id=identity(schedule, "schedule of an on-call row") if schedule else None,
            schedule_name=schedule.get("summary") or schedule.get("name") or "",
            start=instant(json.get("start")),
            end=instant(json.get("end")),
            shift_based=is_shift_based(schedule),
        )


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """An incident. PagerDuty: once resolved it names neither who was assigned nor who acknowledged it."""

    id: str
    number: int
    title: str
    status: str
    urgency: str
    created_at: datetime
    resolved_at: datetime | None
    service: str
    policy_id: str | None
    team_ids: frozenset[str]
    html_url: str
    changed_by: Agent | None
    """Whoever triggered, acknowledged or resolved it last: the resolver of a resolved one."""
    merged_into: str | None
    """Id of the incident that this one was merged into."""
    joined: tuple[tuple[str, datetime | None], ...] = ()
    """User ids of the responders who joined, each with when. PagerDuty: only on plans that have them."""

    @classmethod
    def read(cls, json: Json) -> Self:
        """From an object of /incidents."""
        created, number = instant(json.get("created_at")), json.get("incident_number")
        if created is None or not isinstance(number, int):
            raise Incomplete("PagerDuty gave an incident without its number or the time it was triggered")
        status = json.get("status") or ""
        resolved = instant(json.get("resolved_at")) or instant(json.get("last_status_change_at"))
        reason = json.get("resolve_reason") or {}
        merged = reason.get("type") == "merge_resolve_reason"
        return cls(
            id=identity(json, "incident"),
            number=number,
            title=json.get("title") or json.get("summary") or "",
            status=status,
            urgency=json.get("urgency") or "",
            created_at=created,
            resolved_at=resolved if status == "resolved" else None,
            service=(json.get("service") or {}).get("summary") or "",
            policy_id=(json.get("escalation_policy") or {}).get("id"),
            team_ids=frozenset(ids(json.get("teams"))),
            html_url=json.get("html_url") or "",
            changed_by=Agent.read(json.get("last_status_change_by")),
            merged_into=(reason.get("incident") or {}).get("id") if merged else None,
            joined=tuple(_joined(json.get("incidents_responders"))),
        )


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Something that happened to an incident. `kind` is PagerDuty's type without its ending: "acknowledge"."""

    id: str
    kind: str
    incident_id: str
    created_at: datetime
    agent: Agent | None
    channel: str
    assignees: tuple[Agent, ...]
    duration_seconds: int | None = None
    """Of a snooze: how long the incident sleeps."""
    chat_user: Agent | None = None
    """Who the channel says it was: a user of a chat, or of PagerDuty."""

    @property
    def channel_user(self) -> Agent | None:
        """The PagerDuty user whom the channel refers to. A chat may call its own users "user"."""
        return self.chat_user if self.chat_user and self.chat_user.type == "user_reference" else None

    @classmethod
    def read(cls, json: Json, incident_id: str | None = None) -> Self:
        """From a log entry, of the account's list or (with `incident_id`) of an incident's own."""
        created = instant(json.get("created_at"))
        if created is None:
            raise Incomplete("PagerDuty gave a log entry without its time")
        kind = str(json.get("type") or "").removesuffix("_reference").removesuffix("_log_entry")
        channel = json.get("channel") or {}
        # PagerDuty: a snooze made on its website tells how long in the channel, others beside it.
        duration = channel.get("duration") if json.get("duration") is None else json.get("duration")
        return cls(
            id=identity(json, "log entry"),
            # PagerDuty: its specification says "acknowledgement", its answers "acknowledge".
            kind="acknowledge" if kind == "acknowledgement" else kind,
            incident_id=incident_id or identity(json.get("incident") or {}, "incident of a log entry"),
            created_at=created,
            agent=Agent.read(json.get("agent")),
            channel=channel.get("type") or "",
            assignees=tuple(filter(None, map(Agent.read, json.get("assignees") or ()))),
            duration_seconds=duration if isinstance(duration, int) else None,
            chat_user=_chat_user(channel.get("user")),
        )


def _chat_user(json: Json | None) -> Agent | None:
    """Whoever a channel carries; an extension of a chat may know a name without an id."""
    name = (json or {}).get("name") or (json or {}).get("summary") or ""
    return Agent.read({"id": name, **(json or {})} if name else json)


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """A schedule of either kind. PagerDuty lists layer-based and shift-based ones apart, never both in one list."""

    id: str
    name: str
    time_zone: str | None
    """None also for a shift-based one whose details were not read: its list gives references only."""
    policy_ids: frozenset[str]
    """Empty: the schedule is on no escalation policy. PagerDuty: nobody in it is ever in /oncalls."""
    user_ids: frozenset[str]
    """Who is in its layers today; unknown of a shift-based one."""
    shift_based: bool = False
    team_ids: frozenset[str] = frozenset()
    user_names: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, json: Json) -> Self:
        """From an object of /schedules or /v3/schedules, or a reference."""
        return cls(
            id=identity(json, "schedule"),
            name=json.get("name") or json.get("summary") or json["id"],
            time_zone=zone_of(json.get("time_zone")),
            policy_ids=frozenset(ids(json.get("escalation_policies"))),
            user_ids=frozenset(ids(json.get("users"))),
            shift_based=is_shift_based(json),
            team_ids=frozenset(ids(json.get("teams"))),
            user_names=tuple(names(json.get("users")).items()),
        )


@dataclass(frozen=True, slots=True)
class FinalShift:
    """Time that somebody holds a schedule by its final rendering, overrides and all."""

    user_id: str
    name: str
    """Empty where PagerDuty gives the id alone (shift-based schedules)."""
    start: datetime
    end: datetime


def final_shifts(schedule: Json) -> tuple[FinalShift, ...]:
    """The final rendering of a schedule of either kind; gaps are left out.

    PagerDuty: a shift-based schedule may have several people on at once and names a gap `empty_member`; in a
    layer-based one an entry may lack its user.
    """
    final = schedule.get("final_schedule")
    found = (final or {}).get("computed_shift_assignments" if is_shift_based(schedule) else "rendered_schedule_entries")
    if not isinstance(found, list):
        raise Incomplete("PagerDuty gave a schedule without its final entries")
    shifts = []
    for entry in found:
        member = entry.get("member") or entry.get("user") or {}
        user_id = member.get("user_id") or member.get("id")
        start, end = (instant(entry.get(name) or entry.get(f"{name}_time")) for name in ("start", "end"))
        if start is None or end is None:
            raise Incomplete("PagerDuty gave an entry of a schedule without its start or end")
        if user_id and member.get("type") != "empty_member":
            shifts.append(FinalShift(user_id, member.get("summary") or "", start, end))
    return tuple(shifts)


def _joined(responders: list[Json | None] | None) -> Iterator[tuple[str, datetime | None]]:
    for one in responders or ():
        user_id = ((one or {}).get("user") or {}).get("id")
        if one and user_id and one.get("state") == "joined":
            yield user_id, instant(one.get("updated_at") or one.get("requested_at"))


def is_shift_based(schedule: Json) -> bool:
    """Whether a schedule, or a reference to one, is of the newer kind."""
    return str(schedule.get("type") or "").startswith("schedule_v3")


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """An escalation policy as it is today; its past is not readable."""

    id: str
    name: str
    team_ids: frozenset[str]
    target_ids: frozenset[str]
    """Schedules and users of all its levels."""
    user_names: tuple[tuple[str, str], ...] = ()
    """Who is a direct target: id and name."""

    @classmethod
    def read(cls, json: Json) -> Self:
        """From an object of /escalation_policies."""
        targets = [
            target for rule in json.get("escalation_rules") or () for target in rule.get("targets") or () if target
        ]
        return cls(
            id=identity(json, "escalation policy"),
            name=json.get("name") or json.get("summary") or json["id"],
            team_ids=frozenset(ids(json.get("teams"))),
            target_ids=frozenset(ids(targets)),
            user_names=tuple(
                names([target for target in targets if str(target.get("type")).startswith("user")]).items()
            ),
        )


def instant(said: str | None) -> datetime | None:
    """A time of PagerDuty as an instant in UTC, whole seconds; its offset means nothing else."""
    if said is None:
        return None
    try:
        read = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        raise Incomplete("PagerDuty gave a time that cannot be read") from None
    if read.tzinfo is None:
        raise Incomplete("PagerDuty gave a time that does not tell its offset from UTC")
    if read.tzinfo is not UTC:
        read = read.astimezone(UTC)
    return read.replace(microsecond=0) if read.microsecond else read


def identity(json: Json, what: str) -> str:
    """The id of an object, which PagerDuty promises is never null."""
    found = json.get("id")
    if not isinstance(found, str) or not found:
        raise Incomplete(f"PagerDuty gave the {what} without an id")
    return found


def ids(references: list[Json | None] | None) -> list[str]:
    """The ids of a list of references; null members are skipped."""
    return [reference["id"] for reference in references or () if reference and reference.get("id")]


def names(references: list[Json | None] | None) -> dict[str, str]:
    """The names of a list of references by id; null members are skipped."""
    return {one["id"]: one.get("summary") or one["id"] for one in references or () if one and one.get("id")}
