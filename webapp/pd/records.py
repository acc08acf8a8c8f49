"""PagerDuty's objects as far as pay needs them, read tolerantly from its JSON.

Unknown keys are ignored, optional ones may be null or missing. What nothing can be computed without (an id, the time of
an incident) is required, and what is there must have the shape that PagerDuty promises: else the record raises
Incomplete rather than becoming a smaller total.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, Self, TypeVar

from webapp.pd.errors import Incomplete
from webapp.pd.zones import zone_of

Json = dict[str, Any]
LONGEST_SNOOZE_SECONDS = 366 * 86_400

_Told = ParamSpec("_Told")
_Record = TypeVar("_Record")


def _shaped(what: str) -> Callable[[Callable[_Told, _Record]], Callable[_Told, _Record]]:
    """Guard the reading of an object: one of another shape is Incomplete, with its name, whatever it stumbles over."""

    def guard(read: Callable[_Told, _Record]) -> Callable[_Told, _Record]:
        @wraps(read)
        def guarded(*args: _Told.args, **kwargs: _Told.kwargs) -> _Record:
            try:
                return read(*args, **kwargs)
            except (TypeError, AttributeError, LookupError, ValueError, ArithmeticError):
                told = next((one.get("id") for one in args if isinstance(one, dict)), None)
                name = f"{what} {told[:40]}" if isinstance(told, str) and told.isalnum() else what
                raise Incomplete(f"PagerDuty gave {name} in a shape that CalloutPay does not know") from None

        return guarded

    return guard


def plain_name(name: str) -> str:
    """A name as people read it: whichever blanks it has, and however its accents are encoded."""
    return " ".join(unicodedata.normalize("NFC", name).split())


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
    @_shaped("user")
    def read(cls, json: Json) -> Self:
        """From an object of /users."""
        said = text(json, "time_zone")
        zone = zone_of(said)
        return cls(
            id=identity(json, "user"),
            name=name_of(json),
            email=optional_text(json, "email"),
            time_zone=zone,
            zone_note="" if zone else said,
            role=optional_text(json, "role"),
            html_url=optional_text(json, "html_url"),
            team_names=tuple(names(json, "teams").values()),
        )


@dataclass(frozen=True, slots=True)
class TeamRecord:
    """A PagerDuty team."""

    id: str
    name: str

    @classmethod
    @_shaped("team")
    def read(cls, json: Json) -> Self:
        """From an object of /teams."""
        return cls(identity(json, "team"), name_of(json))


@_shaped("member of a team")
def member_id(json: Json) -> str:
    """The user id of a row of a team's members; empty where it names nobody."""
    return text(thing(json, "user"), "id")


@dataclass(frozen=True, slots=True)
class Agent:
    """Whoever or whatever did something: a person, a service, an integration."""

    id: str
    type: str
    name: str

    @classmethod
    def read(cls, json: Json | None) -> Self | None:
        """From a reference; None for none. PagerDuty: old references may lack a type."""
        if json is None:
            return None
        key = text(json, "id")
        return cls(key, text(json, "type"), reference_name(json)) if key else None


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
    @_shaped("an on-call row")
    def read(cls, json: Json) -> Self:
        """From a row of /oncalls."""
        user, policy, schedule = (thing(json, name) for name in ("user", "escalation_policy", "schedule"))
        level = json.get("escalation_level")
        if type(level) is not int:  # true is none
            raise Incomplete("PagerDuty gave an on-call row without its escalation level")
        return cls(
            user_id=text(user, "id"),
            user_name=reference_name(user),
            policy_id=identity(policy, "escalation policy of an on-call row"),
            policy_name=reference_name(policy),
            level=level,
            schedule_id=identity(schedule, "schedule of an on-call row") if schedule else None,
            schedule_name=text(schedule, "summary") or text(schedule, "name"),
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
    @_shaped("incident")
    def read(cls, json: Json) -> Self:
        """From an object of /incidents."""
        created, number = instant(json.get("created_at")), json.get("incident_number")
        if created is None or type(number) is not int:  # true is none
            raise Incomplete("PagerDuty gave an incident without its number or the time it was triggered")
        status = text(json, "status")
        resolved = instant(json.get("resolved_at")) or instant(json.get("last_status_change_at"))
        reason = thing(json, "resolve_reason")
        merged = text(reason, "type") == "merge_resolve_reason"
        return cls(
            id=identity(json, "incident"),
            number=number,
            title=text(json, "title") or text(json, "summary"),
            status=status,
            urgency=text(json, "urgency"),
            created_at=created,
            resolved_at=resolved if status == "resolved" else None,
            service=text(thing(json, "service"), "summary"),
            policy_id=optional_text(thing(json, "escalation_policy"), "id"),
            team_ids=frozenset(names(json, "teams")),
            html_url=text(json, "html_url"),
            changed_by=Agent.read(json.get("last_status_change_by")),
            merged_into=optional_text(thing(reason, "incident"), "id") if merged else None,
            joined=tuple(_joined(things(json, "incidents_responders"))),
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
    @_shaped("log entry")
    def read(cls, json: Json, incident_id: str | None = None) -> Self:
        """From a log entry, of the account's list or (with `incident_id`) of an incident's own."""
        created = instant(json.get("created_at"))
        if created is None:
            raise Incomplete("PagerDuty gave a log entry without its time")
        kind = text(json, "type").removesuffix("_reference").removesuffix("_log_entry")
        channel = thing(json, "channel")
        # PagerDuty: a snooze made on its website tells how long in the channel, others beside it.
        duration = channel.get("duration") if json.get("duration") is None else json.get("duration")
        return cls(
            id=identity(json, "log entry"),
            # PagerDuty: its specification says "acknowledgement", its answers "acknowledge".
            kind="acknowledge" if kind == "acknowledgement" else kind,
            incident_id=incident_id or identity(thing(json, "incident"), "incident of a log entry"),
            created_at=created,
            agent=Agent.read(json.get("agent")),
            channel=text(channel, "type"),
            assignees=tuple(filter(None, map(Agent.read, things(json, "assignees")))),
            duration_seconds=_snooze_seconds(duration),
            chat_user=_chat_user(channel.get("user")),
        )


def _snooze_seconds(said: object) -> int | None:
    """A whole number of at least 0 and at most a year; None for anything else, which is no length of a snooze."""
    return said if type(said) is int and 0 <= said <= LONGEST_SNOOZE_SECONDS else None


def _chat_user(json: Json | None) -> Agent | None:
    """Whoever a channel carries; an extension of a chat may know a name without an id."""
    if json is None:
        return None
    name = text(json, "name") or text(json, "summary")
    return Agent.read({"id": name, **json} if name else json)


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
    @_shaped("schedule")
    def read(cls, json: Json) -> Self:
        """From an object of /schedules or /v3/schedules, or a reference."""
        return cls(
            id=identity(json, "schedule"),
            name=name_of(json),
            time_zone=zone_of(text(json, "time_zone")),
            policy_ids=frozenset(names(json, "escalation_policies")),
            user_ids=frozenset(names(json, "users")),
            shift_based=is_shift_based(json),
            team_ids=frozenset(names(json, "teams")),
            user_names=tuple(names(json, "users").items()),
        )


@dataclass(frozen=True, slots=True)
class FinalShift:
    """Time that somebody holds a schedule by its final rendering, overrides and all."""

    user_id: str
    name: str
    """Empty where PagerDuty gives the id alone (shift-based schedules)."""
    start: datetime
    end: datetime
    rotation_id: str = ""
    """Of a shift-based schedule, where it comes from a rotation, overridden or not."""


@_shaped("schedule")
def final_shifts(schedule: Json, *, vacant: bool = False) -> tuple[FinalShift, ...]:
    """The final rendering of a schedule of either kind; gaps are left out, entries that lack their user unless asked.

    PagerDuty: a shift-based schedule may have several people on at once and names a gap `empty_member`; in a
    layer-based one an entry may lack its user.
    """
    found = thing(schedule, "final_schedule").get(
        "computed_shift_assignments" if is_shift_based(schedule) else "rendered_schedule_entries"
    )
    if not isinstance(found, list):
        raise Incomplete("PagerDuty gave a schedule without its final entries")
    shifts = []
    for entry in found:
        member = thing(entry, "member") or thing(entry, "user")
        user_id = text(member, "user_id") or text(member, "id")
        start, end = (instant(entry.get(name) or entry.get(f"{name}_time")) for name in ("start", "end"))
        if start is None or end is None:
            raise Incomplete("PagerDuty gave an entry of a schedule without its start or end")
        if (user_id or vacant) and text(member, "type") != "empty_member":
            rotation_id = text(thing(entry, "source"), "rotation_id")
            shifts.append(FinalShift(user_id, text(member, "summary"), start, end, rotation_id))
    return tuple(shifts)


def _joined(responders: list[Json]) -> Iterator[tuple[str, datetime | None]]:
    for one in responders:
        user_id = text(thing(one, "user"), "id")
        if user_id and text(one, "state") == "joined":
            yield user_id, instant(one.get("updated_at") or one.get("requested_at"))


def is_shift_based(schedule: Json) -> bool:
    """Whether a schedule, or a reference to one, is of the newer kind."""
    return text(schedule, "type").startswith("schedule_v3")


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
    @_shaped("escalation policy")
    def read(cls, json: Json) -> Self:
        """From an object of /escalation_policies."""
        targets = [target for rule in things(json, "escalation_rules") for target in things(rule, "targets")]
        return cls(
            id=identity(json, "escalation policy"),
            name=name_of(json),
            team_ids=frozenset(names(json, "teams")),
            target_ids=frozenset(_names(targets)),
            user_names=tuple(_names(one for one in targets if text(one, "type").startswith("user")).items()),
        )


def instant(said: str | None) -> datetime | None:
    """A time of PagerDuty as an instant in UTC, whole seconds; its offset means nothing else."""
    if said is None:
        return None
    try:
        read = datetime.fromisoformat(said)
        if read.tzinfo is None:
            raise Incomplete("PagerDuty gave a time that does not tell its offset from UTC")
        if read.tzinfo is not UTC:
            read = read.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Incomplete("PagerDuty gave a time that cannot be read") from None
    if not MINYEAR < read.year < MAXYEAR:
        raise Incomplete("PagerDuty gave a time at the end of all calendars, which no zone has")
    return read.replace(microsecond=0) if read.microsecond else read


def identity(json: Json, what: str) -> str:
    """The id of an object, which PagerDuty promises is never null."""
    found = json.get("id")
    if not isinstance(found, str) or not found:
        raise Incomplete(f"PagerDuty gave the {what} without an id")
    return found


def text(json: Json, key: str) -> str:
    """A text of an object; "" where there is none."""
    found = json.get(key)
    if found is None:
        return ""
    if type(found) is not str:
        raise TypeError(key)
    return found


def optional_text(json: Json, key: str) -> str | None:
    """A text of an object; None where there is none."""
    return text(json, key) or None


def thing(json: Json, key: str) -> Json:
    """An object within another; an empty one where there is none."""
    found = json.get(key)
    if found is None:
        return {}
    if type(found) is not dict:
        raise TypeError(key)
    return found


def things(json: Json, key: str) -> list[Json]:
    """A list of objects within another; null members are skipped."""
    found = json.get(key)
    if found is None:
        return []
    if type(found) is not list:
        raise TypeError(key)
    if not all(one is None or type(one) is dict for one in found):
        raise TypeError(key)
    return [one for one in found if one is not None]


def name_of(json: Json) -> str:
    """What an object is called; its id where it has no name."""
    return text(json, "name") or text(json, "summary") or text(json, "id")


def reference_name(json: Json) -> str:
    """What a reference says its object is called."""
    return text(json, "summary") or text(json, "name") or text(json, "id")


def names(json: Json, key: str) -> dict[str, str]:
    """The names of a list of references by id."""
    return _names(things(json, key))


def _names(references: Iterable[Json]) -> dict[str, str]:
    return {key: text(one, "summary") or key for one in references if (key := text(one, "id"))}
