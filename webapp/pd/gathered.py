"""What has come so far: records by identity, and what follows from all of them together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from webapp.pd.acts import may_be_response
from webapp.pd.crosscheck import DutyDifference, differences
from webapp.pd.cycles import ALIVE
from webapp.pd.errors import NotFound
from webapp.pd.records import (
    FinalShift,
    IncidentRecord,
    LogEntry,
    OnCallRow,
    PolicyRecord,
    ScheduleRecord,
    UserRecord,
    plain_name,
)
from webapp.pd.request import Individual, Organisation, ReadRequest, Team
from webapp.pd.result import Records, Tally, is_human
from webapp.pd.shifts import ALWAYS, FOREVER

RESPONDING = frozenset({"acknowledge", "resolve", "trigger", "reopen"})
"""Kinds of log entry that can be, or start, somebody's response."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Gathered:
    """The records of one reading while it goes on."""

    def __init__(self, request: ReadRequest, now: datetime) -> None:
        self.request = request
        self.now = now
        self.until = min(request.until, now + timedelta(seconds=1))
        """Where incidents and their log end: nothing of the future has happened."""
        self.users: dict[str, UserRecord] = {}
        self.rows: dict[tuple[object, ...], OnCallRow] = {}
        self.vacant_rows: dict[tuple[object, ...], OnCallRow] = {}
        """Those that name nobody."""
        self.incidents: dict[str, IncidentRecord] = {}
        self.entries: dict[str, LogEntry] = {}
        self.schedules: dict[str, ScheduleRecord] = {}
        self.policies: dict[str, PolicyRecord] = {}
        self.finals: dict[str, list[FinalShift]] = defaultdict(list)
        self.also: dict[str, set[FinalShift]] = {}
        """Whole shifts of schedules on no policy whose time is asked for."""
        self.unseen: set[str] = set()

    # Keeping a record; False: it was known already

    def keep_user(self, user: UserRecord) -> bool:
        """A user of a list."""
        return _add(self.users, user.id, user)

    def keep_schedule(self, schedule: ScheduleRecord) -> bool:
        """A schedule of either list, or a fuller record of one."""
        return _add(self.schedules, schedule.id, schedule)

    def keep_policy(self, policy: PolicyRecord) -> bool:
        """An escalation policy."""
        return _add(self.policies, policy.id, policy)

    def keep_row(self, row: OnCallRow) -> bool:
        """A row of /oncalls."""
        return _add(self.rows if row.user_id else self.vacant_rows, row_key(row), row)

    def keep_incident(self, incident: IncidentRecord) -> bool:
        """An incident of the list, if it was triggered within the window."""
        if not self.request.since <= incident.created_at < self.until:
            return True
        return _add(self.incidents, incident.id, incident)

    def keep_entry(self, entry: LogEntry) -> bool:
        """An entry of the account's log, if it lies within the window."""
        return self.keep_own_entry(entry) if self.request.since <= entry.created_at < self.until else True

    def keep_own_entry(self, entry: LogEntry) -> bool:
        """An entry of an incident's own log, which is wanted whole."""
        if entry.kind == "notify" or entry.created_at > self.now:
            return True
        return _add(self.entries, entry.id, entry)

    # What follows

    def missing_incidents(self) -> set[str]:
        """Incidents that somebody worked on but that were triggered before the window, and the targets of merges."""
        worked_on = {entry.incident_id for entry in self.entries.values() if self._is_response(entry)}
        merged_into = {incident.merged_into for incident in self.incidents.values() if incident.merged_into}
        return (worked_on | merged_into) - self.incidents.keys()

    def unfinished_incidents(self) -> set[str]:
        """Incidents whose log goes on after the window."""
        if self.until > self.now:
            return set()
        return {
            incident.id
            for incident in self.incidents.values()
            if incident.resolved_at is None or incident.resolved_at >= self.until
        }

    def disagreeing_incidents(self) -> set[str]:
        """Incidents that their log contradicts: something happened between the two requests."""
        triggered, resolved = set(), set()
        last: dict[str, LogEntry] = {}
        for entry in sorted(self.entries.values(), key=lambda entry: (entry.created_at, entry.kind == "resolve")):
            if entry.kind == "trigger":
                triggered.add(entry.incident_id)
            if entry.kind == "resolve":
                resolved.add(entry.incident_id)
            if entry.kind == "resolve" or entry.kind in ALIVE:
                last[entry.incident_id] = entry
        found = set()
        for incident in self.incidents.values():
            ended = incident.resolved_at is not None and incident.resolved_at < self.until
            is_open = incident.resolved_at is None and last.get(incident.id) and last[incident.id].kind == "resolve"
            unresolved = ended and not incident.merged_into and incident.id not in resolved
            if incident.id not in triggered or unresolved or is_open:
                found.add(incident.id)
        return found

    def also_paid(self) -> list[ScheduleRecord]:
        """The schedules whose time is asked for, by id or, where nothing has that id, by name."""
        known = self.known_schedules().values()
        ids = {one.id for one in known}
        names = {plain_name(word) for word in self.request.also_pay}
        return [one for one in known if one.id in names or plain_name(one.name) in names - ids]

    def unlisted(self) -> frozenset[str]:
        """The words that are no id of a listed schedule: where one has that name, a hidden one may, too."""
        return frozenset(plain_name(word) for word in self.request.named) - self.schedules.keys()

    def team_policies(self, team_id: str) -> tuple[set[str], set[str]]:
        """A team's own policies, and those that use a schedule of the team."""
        schedules = self.team_schedules(team_id)
        own = {policy.id for policy in self.policies.values() if team_id in policy.team_ids}
        return own, {policy.id for policy in self.policies.values() if policy.target_ids & schedules} - own

    def team_schedules(self, team_id: str) -> set[str]:
        """A team's schedules. PagerDuty: of shift-based ones the list does not tell the team."""
        return {schedule.id for schedule in self.schedules.values() if team_id in schedule.team_ids}

    # What comes out

    def records(self, tallies: tuple[Tally, ...], left_out_parts: tuple[str, ...], *, has_finals: bool) -> Records:
        """All of it, once the reading is complete; `has_finals`: final schedules were not left out."""
        return Records(
            request=self.request,
            read_at=self.now,
            users=self.engineers(),
            on_call=self.sorted_rows(),
            incidents=dict(sorted(self.incidents.items(), key=lambda one: (one[1].created_at, one[0]))),
            log_entries=tuple(sorted(self.entries.values(), key=lambda entry: (entry.created_at, entry.id))),
            schedules=self.known_schedules(),
            policies=dict(sorted(self.policies.items(), key=lambda one: (one[1].name.casefold(), one[0]))),
            unseen_incident_ids=frozenset(self.unseen),
            tallies=tallies,
            differences=self.differences(),
            others=self.others(),
            vacant_rows=self.sorted_vacant_rows(),
            also_on_call=self.also_rows(),
            assignments=self.assignments(),
            also_read=frozenset(one.id for one in self.also_paid()) if has_finals else frozenset(),
            left_out_parts=left_out_parts,
        )

    def known_schedules(self) -> dict[str, ScheduleRecord]:
        """By name, with the policies that use them. PagerDuty: the list of shift-based ones does not tell these."""
        used = defaultdict(set)
        for policy in self.policies.values():
            for target in policy.target_ids:
                used[target].add(policy.id)
        known = sorted(self.schedules.values(), key=lambda schedule: (schedule.name.casefold(), schedule.id))
        return {one.id: _with_policies(one, used[one.id]) for one in known}

    def sorted_rows(self) -> tuple[OnCallRow, ...]:
        """In an order that does not depend on which answer came first."""
        return tuple(sorted(self.rows.values(), key=_row_order))

    def sorted_vacant_rows(self) -> tuple[OnCallRow, ...]:
        """The rows that name nobody, in the same order."""
        vacant = [*self.vacant_rows.values(), *(row for row in self._also_rows() if not row.user_id)]
        return tuple(sorted(vacant, key=_row_order))

    def also_rows(self) -> tuple[OnCallRow, ...]:
        """Time on the schedules that are also paid, in the same order."""
        return tuple(sorted((row for row in self._also_rows() if row.user_id), key=_row_order))

    def _also_rows(self) -> Iterator[OnCallRow]:
        """As rows at level 1 of no policy; what the rows of a policy tell of the same shift is not told twice."""
        names = self.names()
        for key, shifts in self.also.items():
            schedule = self.schedules[key]
            on_policy = bool(self.known_schedules()[key].policy_ids)
            for shift in shifts:
                if on_policy and not shift.user_id:  # the policy's own rows tell who is missing
                    continue
                name = shift.name or names.get(shift.user_id, "")
                known = [row for row in self.rows.values() if (row.schedule_id, row.user_id) == (key, shift.user_id)]
                for start, end in _less(shift, known):
                    yield OnCallRow(
                        shift.user_id, name, "", "", 1, key, schedule.name, start, end, schedule.shift_based
                    )

    def engineers(self) -> dict[str, UserRecord]:
        """The engineers of the scope, with the deleted ones that only references name."""
        names = self.names()
        match self.request.scope:
            case Organisation():
                users = self.users | {gone: _deleted(gone, names) for gone in sorted(names.keys() - self.users.keys())}
            case Individual(user_id) if self.users[user_id].deleted and user_id not in names:
                raise NotFound(f"PagerDuty knows no engineer {user_id}, and nothing of that time names one.")
            case _:
                users = self.users
        return {key: _deleted(key, names) if user.deleted else user for key, user in users.items()}

    def names(self) -> dict[str, str]:
        """Names by id that references of people tell."""
        names = {row.user_id: row.user_name for row in self.sorted_rows()}
        names |= {shift.user_id: shift.name for shift in self._also_shifts() if names.get(shift.user_id, "") == ""}
        entries = sorted(self.entries.values(), key=lambda one: (one.created_at, one.id))
        agents = [agent for entry in entries for agent in (entry.agent, entry.channel_user)]
        agents += [incident.changed_by for incident in self.incidents.values()]
        for agent in agents:
            if agent and is_human(agent, self.users):
                names.setdefault(agent.id, agent.name)
        return names

    def _also_shifts(self) -> list[FinalShift]:
        found = (shift for shifts in self.also.values() for shift in shifts if shift.user_id)
        return sorted(found, key=lambda shift: (shift.user_id, shift.start))

    def others(self) -> dict[str, str]:
        """Engineers of a team's schedules and policies who are not in scope: by layers, shifts and direct targets."""
        if not isinstance(self.request.scope, Team):
            return {}
        team_id = self.request.scope.team_id
        schedules, (own, _) = self.team_schedules(team_id), self.team_policies(team_id)
        found = dict(name for key in schedules for name in self.schedules[key].user_names)
        found |= dict(name for key in own for name in self.policies[key].user_names)
        found |= {
            row.user_id: row.user_name
            for row in self.sorted_rows()
            if row.schedule_id in schedules or row.policy_id in own
        }
        found |= {row.user_id: row.user_name for row in self.also_rows() if row.schedule_id in schedules}
        left = {key: name for key, name in found.items() if key not in self.users}
        return dict(sorted(left.items(), key=lambda one: (one[1].casefold(), one[0])))

    def assignments(self) -> dict[str, tuple[FinalShift, ...]]:
        """Who holds the shift-based schedules through which rotation, in order of time."""
        known = sorted(key for key in {*self.finals, *self.also} if self.schedules[key].shift_based)
        shifts = {key: {*self.finals.get(key, ()), *self.also.get(key, ())} for key in known}
        return {
            key: tuple(sorted((one for one in found if one.user_id), key=lambda one: (one.start, one.user_id, one.end)))
            for key, found in shifts.items()
        }

    def differences(self) -> tuple[DutyDifference, ...]:
        """Where /oncalls and the final schedules disagree about engineers of the scope."""
        known = self.known_schedules()
        names = self.names() | {key: user.name for key, user in self.users.items() if user.name}
        rows = defaultdict(list)
        for row in self.rows.values():
            if row.schedule_id and self._in_scope(row.user_id):
                rows[row.schedule_id].append(row)
        found: list[DutyDifference] = []
        for key in sorted(self.finals, key=lambda key: (known[key].name.casefold(), key)):
            final = [shift for shift in self.finals[key] if self._in_scope(shift.user_id)]
            called = {shift.user_id: shift.name for shift in final if shift.name} | names
            window = (self.request.since, self.request.until)
            found += differences(known[key], rows[key], final, window, called)
        return tuple(found)

    def _in_scope(self, user_id: str) -> bool:
        return isinstance(self.request.scope, Organisation) or user_id in self.users

    def _is_response(self, entry: LogEntry) -> bool:
        if entry.kind not in RESPONDING:
            return False
        return (entry.agent is not None and is_human(entry.agent, self.users)) or may_be_response(entry)


def row_key(row: OnCallRow) -> tuple[object, ...]:
    """Rows of /oncalls have no id: what they say, as instants, is their identity."""
    return (row.user_id, row.schedule_id, row.policy_id, row.level, row.start, row.end)


def _row_order(row: OnCallRow) -> tuple[object, ...]:
    return (row.start or ALWAYS, row.user_id, row.policy_id, row.level, row.schedule_id or "")


def _add(known: dict[_Key, _Value], key: _Key, value: _Value) -> bool:
    """Keep the newest under its key; False: the key was known."""
    fresh = key not in known
    known[key] = value
    return fresh


def _less(shift: FinalShift, rows: Iterable[OnCallRow]) -> list[tuple[datetime, datetime]]:
    """What of a shift no row tells."""
    left = [(shift.start, shift.end)]
    for row in rows:
        begins, ends = row.start or ALWAYS, row.end or FOREVER
        left = [
            (start, end)
            for first, last in left
            for start, end in ((first, min(last, begins)), (max(first, ends), last))
            if start < end
        ]
    return left


def _deleted(user_id: str, names: dict[str, str]) -> UserRecord:
    return UserRecord(user_id, names.get(user_id, user_id), deleted=True)


def _with_policies(schedule: ScheduleRecord, policy_ids: Iterable[str]) -> ScheduleRecord:
    return replace(schedule, policy_ids=schedule.policy_ids | frozenset(policy_ids))
