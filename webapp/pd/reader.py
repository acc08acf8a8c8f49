"""The resumable reading of one report: a queue of small steps, one request each.

Incidents and log entries are read account-wide whatever the scope: an engineer's statement is the whole pay, members of
a team answer incidents of others, and PagerDuty cannot filter either list by who responded. A step that fails stays at
the head of the queue, so that the next call of `advance` asks the same question again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from webapp.pd.client import Client
from webapp.pd.errors import Forbidden, Incomplete, NotFound
from webapp.pd.records import (
    Agent,
    IncidentRecord,
    LogEntry,
    OnCallRow,
    PolicyRecord,
    ScheduleRecord,
    UserRecord,
)
from webapp.pd.request import Individual, Organisation, ReadRequest, Team

WINDOW = timedelta(days=31)  # PagerDuty: /oncalls up to 90 days, /incidents under 6 months
MOST_IN_A_WINDOW = 9_900  # PagerDuty: no list goes past 10,000; the rest is for what arrives meanwhile
USERS_AT_ONCE = 90  # keeps the address of a request short
SECOND = timedelta(seconds=1)
RESPONDING = frozenset({"acknowledge", "resolve", "trigger", "reopen"})
"""Kinds of log entry that can be, or start, somebody's response."""

Json = dict[str, Any]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
Query = list[tuple[str, str]]


@dataclass(slots=True)
class Tally:
    """What was read of one part: the proof that goes on the workbook's Checks sheet."""

    part: str
    calls: int = 0
    records: int = 0
    windows: int = 0
    duplicates: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Records:
    """All that was read for a request; complete, or it would not exist."""

    request: ReadRequest
    read_at: datetime
    """The instant that the reading stands for; what happened later is not in the facts."""
    users: dict[str, UserRecord]
    """The engineers of the scope by id. In an organisation also the deleted ones that the facts name."""
    on_call: tuple[OnCallRow, ...]
    incidents: dict[str, IncidentRecord]
    log_entries: tuple[LogEntry, ...]
    """By time; without notifications."""
    schedules: dict[str, ScheduleRecord]
    policies: dict[str, PolicyRecord]
    unseen_incident_ids: frozenset[str]
    """Incidents that somebody worked on, but that this connection cannot see any more (404)."""
    tallies: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading is, for the page."""

    text: str
    calls: int


@dataclass(frozen=True, slots=True)
class _Step:
    """One request to make; `run` answers the steps that follow from it, to be made next."""

    part: str
    run: Callable[[], Iterable[_Step]]


@dataclass(frozen=True, slots=True)
class _List:
    """A list to be read page by page."""

    part: str
    path: str
    name: str
    keep: Callable[[Json], bool]
    """Stores a record that is wanted; False: it was known already."""
    query: Query = field(default_factory=list)


class Reading:
    """A reading in progress. Not for two threads at once."""

    def __init__(self, request: ReadRequest, client: Client, now: datetime) -> None:
        self._request = request
        self.client = client
        """May be replaced between two calls of `advance`, by one with a renewed token."""
        self._now = now
        self._until = min(request.until, now + SECOND)
        self._users: dict[str, UserRecord] = {}
        self._rows: dict[tuple[object, ...], OnCallRow] = {}
        self._incidents: dict[str, IncidentRecord] = {}
        self._entries: dict[str, LogEntry] = {}
        self._schedules: dict[str, ScheduleRecord] = {}
        self._policies: dict[str, PolicyRecord] = {}
        self._unseen: set[str] = set()
        self._asked: set[str] = set()
        self._tallies: dict[str, Tally] = {}
        self._queue: deque[_Step] = deque(self._plan())

    @property
    def complete(self) -> bool:
        """Whether nothing is left to read."""
        return not self._queue

    @property
    def progress(self) -> Progress:
        """What is being read, and how many requests were made."""
        calls = sum(tally.calls for tally in self._tallies.values())
        if self.complete:
            return Progress("Everything is read", calls)
        part = self._queue[0].part
        return Progress(f"Reading {part}: {self._tally(part).records:,} so far", calls)

    @property
    def result(self) -> Records:
        """What was read; only once it is complete."""
        if not self.complete:
            raise Incomplete("it has not ended yet")
        return Records(
            request=self._request,
            read_at=self._now,
            users=self._engineers(),
            on_call=tuple(self._rows.values()),
            incidents=self._incidents,
            log_entries=tuple(sorted(self._entries.values(), key=lambda entry: (entry.created_at, entry.id))),
            schedules=self._schedules,
            policies=self._policies,
            unseen_incident_ids=frozenset(self._unseen),
            tallies=tuple(self._tallies.values()),
        )

    def advance(self, is_over: Callable[[], bool]) -> None:
        """Make at least one request, then more until `is_over()` or nothing is left.

        Raises:
            PagerDutyError: the reading can be advanced again, with the same question first. After RateLimited that
                makes sense once its seconds have passed, after Unavailable at will.
        """
        while self._queue:
            step = self._queue[0]
            try:
                following = list(step.run())
            except Forbidden as error:
                raise Forbidden(f"Reading the {step.part} failed. {error.sentence}", error.missing_scope) from None
            self._queue.popleft()
            self._queue.extendleft(reversed(following))
            if is_over():
                return

    # What to ask

    def _plan(self) -> Iterator[_Step]:
        """All that is known in advance; the last steps find what follows from the first ones."""
        match self._request.scope:
            case Individual(user_id):
                yield _Step("engineers", partial(self._read_user, user_id))
            case Team(team_id):
                # Asked before /users, which answers an unknown team with an empty list.
                yield _Step("engineers", partial(self._read_team, team_id))
            case Organisation():
                yield self._first(_List("engineers", "/users", "users", self._keep_user))
        yield self._first(_List("schedules", "/schedules", "schedules", self._keep_schedule))
        yield self._first(
            _List("escalation policies", "/escalation_policies", "escalation_policies", self._keep_policy)
        )
        yield _Step("shifts", self._plan_on_call)
        incidents = _List("incidents", "/incidents", "incidents", self._keep_incident)
        incidents.query.extend(("statuses[]", status) for status in ("triggered", "acknowledged", "resolved"))
        incidents.query.append(("sort_by", "created_at:asc"))
        yield from self._windows(incidents, self._until)
        if self._request.mode.needs_log_entries:
            entries = _List("log entries", "/log_entries", "log_entries", self._keep_entry)
            yield from self._windows(entries, self._until)
            yield _Step("older incidents", self._plan_older)

    def _plan_on_call(self) -> Iterator[_Step]:
        """The on-call rows of the engineers, or of everybody."""
        everybody = self._request.everybody_on_call
        members = [""] if everybody else sorted(self._users)
        for index in range(0, len(members), USERS_AT_ONCE):
            shifts = _List("shifts", "/oncalls", "oncalls", self._keep_row, [("time_zone", "UTC")])
            if not everybody:
                shifts.query.extend(("user_ids[]", member) for member in members[index : index + USERS_AT_ONCE])
            yield from self._windows(shifts, self._request.until)

    def _plan_older(self) -> Iterator[_Step]:
        """Incidents to be read one by one, with all their log entries.

        Those that somebody worked on in the window but that were triggered before it; those into which others were
        merged; those still open at the window's end, whose log goes on.
        """
        worked_on = {entry.incident_id for entry in self._entries.values() if self._is_response(entry)}
        merged_into = {incident.merged_into for incident in self._incidents.values() if incident.merged_into}
        unfinished = {
            incident.id
            for incident in self._incidents.values()
            if self._until <= self._now and (incident.resolved_at is None or incident.resolved_at >= self._until)
        }
        missing = (worked_on | merged_into) - set(self._incidents)
        wanted = sorted((missing | unfinished) - self._asked)
        for incident_id in wanted:
            if incident_id in missing:
                yield _Step("older incidents", partial(self._read_incident, incident_id))
            else:
                yield self._own_log(incident_id)
        if wanted:
            # What was just read may have been merged into yet another.
            yield _Step("older incidents", self._plan_older)

    def _windows(self, listing: _List, until: datetime) -> Iterator[_Step]:
        start = self._request.since
        while start < until:
            end = min(start + WINDOW, until)
            yield _Step(listing.part, partial(self._open_window, listing, start, end))
            start = end

    def _first(self, listing: _List) -> _Step:
        return _Step(listing.part, partial(self._read_page, listing, 0))

    # One request each

    def _open_window(self, listing: _List, since: datetime, until: datetime) -> Iterable[_Step]:
        """The first page of a window, or two windows of half the length where it holds more than can be listed."""
        # PagerDuty does not say whether bounds are inclusive: asked a second wider, filtered here.
        bounds = [("since", _stamp(since - SECOND)), ("until", _stamp(until + SECOND))]
        windowed = _List(listing.part, listing.path, listing.name, listing.keep, [*listing.query, *bounds])
        page = self.client.page(windowed.path, windowed.name, windowed.query, total=True)
        total = page.total or 0
        tally = self._tally(listing.part)
        if total > MOST_IN_A_WINDOW:
            if until - since <= SECOND:
                raise Incomplete(f"PagerDuty has more than {MOST_IN_A_WINDOW:,} {listing.part} in one second")
            tally.calls += 1
            tally.retries += page.retries
            middle = since + timedelta(seconds=int((until - since).total_seconds()) // 2)
            return [
                _Step(listing.part, partial(self._open_window, listing, since, middle)),
                _Step(listing.part, partial(self._open_window, listing, middle, until)),
            ]
        following = self._take(windowed, page.records, page.next_offset, page.retries, total)
        tally.windows += 1
        return following

    def _read_page(self, listing: _List, offset: int, total: int | None = None) -> Iterable[_Step]:
        page = self.client.page(listing.path, listing.name, listing.query, offset)
        received = offset + len(page.records)
        if total is not None and page.next_offset is None and received < total:
            raise Incomplete(f"PagerDuty announced {total:,} {listing.part} and gave {received:,}")
        return self._take(listing, page.records, page.next_offset, page.retries, total)

    def _read_user(self, user_id: str) -> Iterable[_Step]:
        try:
            self._users[user_id] = self.client.user(user_id)
        except NotFound:
            # PagerDuty: a deleted user is known by references only; `_engineers` looks for one.
            self._users[user_id] = UserRecord(user_id, "", deleted=True)
        self._count("engineers", 1)
        return []

    def _read_team(self, team_id: str) -> Iterable[_Step]:
        team = self.client.team(team_id)
        self._count("engineers", 0)
        return [self._first(_List("engineers", "/users", "users", self._keep_user, [("team_ids[]", team.id)]))]

    def _read_incident(self, incident_id: str) -> Iterable[_Step]:
        try:
            answer = self.client.get(f"/incidents/{quote(incident_id, safe='')}")
        except NotFound:
            self._asked.add(incident_id)
            self._unseen.add(incident_id)
            return []
        incident = IncidentRecord.read(answer.body.get("incident") or {})
        self._incidents[incident_id] = incident
        self._count("older incidents", 1, answer.retries)
        return [self._own_log(incident_id)]

    def _own_log(self, incident_id: str) -> _Step:
        path = f"/incidents/{quote(incident_id, safe='')}/log_entries"
        self._asked.add(incident_id)
        keep = partial(self._keep_entry, incident_id=incident_id)
        return self._first(_List("older incidents", path, "log_entries", keep))

    # Keeping what came

    def _take(
        self, listing: _List, records: list[Json], next_offset: int | None, retries: int, total: int | None
    ) -> Iterable[_Step]:
        """Store a page and say which is next."""
        fresh = sum(listing.keep(record) for record in records)
        self._count(listing.part, len(records), retries, len(records) - fresh)
        if next_offset is None:
            return []
        return [_Step(listing.part, partial(self._read_page, listing, next_offset, total))]

    def _count(self, part: str, records: int, retries: int = 0, duplicates: int = 0) -> None:
        tally = self._tally(part)
        tally.calls += 1
        tally.records += records
        tally.retries += retries
        tally.duplicates += duplicates

    def _tally(self, part: str) -> Tally:
        return self._tallies.setdefault(part, Tally(part))

    def _keep_user(self, json: Json) -> bool:
        return _add(self._users, (user := UserRecord.read(json)).id, user)

    def _keep_schedule(self, json: Json) -> bool:
        return _add(self._schedules, (schedule := ScheduleRecord.read(json)).id, schedule)

    def _keep_policy(self, json: Json) -> bool:
        return _add(self._policies, (policy := PolicyRecord.read(json)).id, policy)

    def _keep_row(self, json: Json) -> bool:
        """Rows have no id: what they say, as instants, is their identity."""
        row = OnCallRow.read(json)
        key = (row.user_id, row.schedule_id, row.policy_id, row.level, row.start, row.end)
        return _add(self._rows, key, row)

    def _keep_incident(self, json: Json) -> bool:
        incident = IncidentRecord.read(json)
        if not self._request.since <= incident.created_at < self._until:
            return True
        return _add(self._incidents, incident.id, incident)

    def _keep_entry(self, json: Json, incident_id: str | None = None) -> bool:
        entry = LogEntry.read(json, incident_id)
        # An incident's own log is wanted whole, the account's log within the window.
        wanted = incident_id is not None or self._request.since <= entry.created_at < self._until
        if entry.kind == "notify" or not wanted or entry.created_at > self._now:
            return True
        return _add(self._entries, entry.id, entry)

    # What follows from it

    def _is_response(self, entry: LogEntry) -> bool:
        return entry.kind in RESPONDING and entry.agent is not None and is_human(entry.agent, self._users)

    def _engineers(self) -> dict[str, UserRecord]:
        """The engineers of the scope, with the deleted ones that only references name."""
        names = {row.user_id: row.user_name for row in self._rows.values()}
        agents = [entry.agent for entry in self._entries.values()]
        agents += [incident.changed_by for incident in self._incidents.values()]
        for agent in agents:
            if agent and is_human(agent, self._users):
                names.setdefault(agent.id, agent.name)
        match self._request.scope:
            case Organisation():
                gone = names.keys() - self._users.keys()
            case Individual(user_id) if self._users[user_id].deleted:
                if user_id not in names:
                    raise NotFound(f"PagerDuty knows no engineer {user_id}, and nothing of that time names one.")
                gone = {user_id}
            case _:
                gone = set()
        return self._users | {user_id: UserRecord(user_id, names[user_id], deleted=True) for user_id in sorted(gone)}


def is_human(agent: Agent, users: dict[str, UserRecord]) -> bool:
    """Whether an agent is a person: by its type, or, as PagerDuty may leave that out, by being a known user."""
    return agent.type in {"user", "user_reference"} or agent.id in users


def _add(known: dict[_Key, _Value], key: _Key, value: _Value) -> bool:
    """Keep the newest under its key; False: the key was known."""
    fresh = key not in known
    known[key] = value
    return fresh


def _stamp(moment: datetime) -> str:
    """PagerDuty reads times without a zone in the account's own, so always with Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
