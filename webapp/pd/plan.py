"""The questions of a report: what its scope and mode need, in which windows, and which follow from which answers.

Incidents and log entries are read account-wide whatever the scope, because no narrower route is sufficient. An
engineer's statement is the whole pay, and members of a team answer incidents of others: PagerDuty can filter by team,
but neither list by who responded (`user_ids[]` of /incidents means assigned now, so never a resolved one). Reading each
incident's own log instead would cost one request an incident, and could not find work of this window on an incident
that was triggered before it. Where both routes do reach (how incidents go on after the window), requests are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from typing import Any
from urllib.parse import quote

from webapp.pd.client import Client
from webapp.pd.errors import BadRequest, NotFound, PagerDutyError
from webapp.pd.gathered import Gathered, row_key
from webapp.pd.listing import Json, Query, Source
from webapp.pd.records import (
    IncidentRecord,
    LogEntry,
    OnCallRow,
    PolicyRecord,
    ScheduleRecord,
    UserRecord,
    final_shifts,
)
from webapp.pd.request import Individual, Organisation, Team

MONTH = timedelta(days=31)  # PagerDuty: /oncalls up to 90 days
QUARTER = timedelta(days=92)  # PagerDuty: /log_entries names no limit; what it refuses is asked in halves
HALF_YEAR = timedelta(days=150)  # PagerDuty: /incidents refuses more than 6 months
SECOND = timedelta(seconds=1)
USERS_AT_ONCE = 90  # keeps the address of a request short
FURTHEST_MONTHS = 12  # beyond the window, in which the rest of a shift that was cut there is looked for
SCHEDULES_AT_ONCE = 1_000  # PagerDuty: the most that /v3/schedules lists at once

ENGINEERS, SCHEDULES, SHIFT_BASED, POLICIES = "engineers", "schedules", "shift-based schedules", "escalation policies"
SHIFTS, OTHERS, FINAL = "shifts", "shifts of others", "final schedules"
INCIDENTS, LOG, OLDER = "incidents", "log entries", "older incidents"
PARTS = (ENGINEERS, SCHEDULES, SHIFT_BASED, POLICIES, SHIFTS, FINAL, INCIDENTS, LOG, OLDER)
"""In the order in which people are told of them."""
URGENT_PARTS = frozenset({ENGINEERS, INCIDENTS, LOG, OLDER})
"""The longest chain: what these tell decides what else must be asked."""
READS = (
    ("engineers", "/users", "users", "users.read"),
    ("teams", "/teams", "teams", "teams.read"),
    ("schedules", "/schedules", "schedules", "schedules.read"),
    ("shift-based schedules", "/v3/schedules", "schedules", "schedules.read"),
    ("escalation policies", "/escalation_policies", "escalation_policies", "escalation_policies.read"),
    ("on-call time", "/oncalls", "oncalls", "oncalls.read"),
    ("incidents", "/incidents", "incidents", "incidents.read"),
    ("log entries", "/log_entries", "log_entries", "incidents.read"),
)
"""What a report reads: in words, where, the name of the list, the scope that Scoped OAuth wants for it."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One object to ask for. `ask` runs in a thread and changes nothing; `take` stores what it found."""

    part: str
    ask: Callable[[Client], Any]
    take: Callable[[Any], Iterable[Question]]
    halves: Callable[[], Iterable[Question]] | None = None
    """The same in smaller questions, where it can be divided."""


@dataclass(frozen=True, slots=True)
class Then:
    """Questions of a part that are known once nothing is left to ask of some others."""

    part: str
    after: frozenset[str]
    questions: Callable[[], Iterable[Question]]


Question = Source | Lookup | Then


class Plan:
    """The questions of one reading."""

    def __init__(self, gathered: Gathered) -> None:
        self._got = gathered
        self._request = gathered.request
        self._asked: set[str] = set()

    def questions(self) -> Iterator[Question]:
        """All that is known at the start."""
        yield from self._engineers()
        yield Source(SCHEDULES, "/schedules", "schedules", _schedule, self._got.keep_schedule)
        yield Source(
            SHIFT_BASED,
            "/v3/schedules",
            "schedules",
            _shift_based,
            self._got.keep_schedule,
            page_size=SCHEDULES_AT_ONCE,
            tells_total=False,
            may_be_gone=True,  # an account that knows no such schedules yet
        )
        yield Source(POLICIES, "/escalation_policies", "escalation_policies", _policy, self._got.keep_policy)
        if self._request.everybody_on_call:
            yield from self._on_call()
        else:
            yield Then(SHIFTS, frozenset({ENGINEERS}), self._members_on_call)
        if isinstance(self._request.scope, Team) and not self._request.everybody_on_call:
            yield Then(OTHERS, frozenset({SCHEDULES, POLICIES}), self._team_on_call)
        if self._request.incidents:
            yield from self._incidents()
        lists = frozenset({SCHEDULES, SHIFT_BASED, POLICIES})
        if isinstance(self._request.scope, Organisation):
            yield Then(FINAL, lists, self._finals)
        yield Then(FINAL, lists | {ENGINEERS, SHIFTS}, self._finals)
        if self._request.also_pay:
            yield Then(FINAL, lists, self._also_paid)
        if self._request.named and not self._request.everybody_on_call:
            yield Then(OTHERS, lists, self._unlisted)

    def _incidents(self) -> Iterator[Question]:
        statuses = tuple(("statuses[]", status) for status in ("triggered", "acknowledged", "resolved"))
        incidents = Source(INCIDENTS, "/incidents", "incidents", _incident, self._got.keep_incident)
        yield from self._windows(incidents, (*statuses, ("sort_by", "created_at:asc")), HALF_YEAR, self._got.until)
        if self._request.mode.needs_log_entries:
            log = Source(LOG, "/log_entries", "log_entries", _entry, self._got.keep_entry)
            yield from self._windows(log, (), QUARTER, self._got.until)
            yield Then(OLDER, frozenset({ENGINEERS, INCIDENTS, LOG}), self._older)

    # Who

    def _engineers(self) -> Iterator[Question]:
        match self._request.scope:
            case Individual(user_id):
                yield self._user(user_id)
            case Team(team_id, also):
                # Asked before /users, which answers an unknown team with an empty list.
                yield Lookup(ENGINEERS, lambda client: client.team(team_id), lambda team: [self._users(team.id)])
                yield from map(self._user, also)
            case Organisation():
                yield self._users()

    def _users(self, team_id: str | None = None) -> Source:
        query = (("team_ids[]", team_id),) if team_id else ()
        return Source(ENGINEERS, "/users", "users", _user, self._got.keep_user, query)

    def _user(self, user_id: str) -> Lookup:
        def ask(client: Client) -> UserRecord:
            try:
                return client.user(user_id)
            except NotFound:
                # PagerDuty: a deleted user is known by references only.
                return UserRecord(user_id, "", deleted=True)

        return Lookup(ENGINEERS, ask, _nothing_more(self._got.keep_user))

    # On call

    def _members_on_call(self) -> Iterator[Question]:
        members = sorted(self._got.users)
        for index in range(0, len(members), USERS_AT_ONCE):
            yield from self._on_call("user_ids[]", members[index : index + USERS_AT_ONCE])

    def _team_on_call(self) -> Iterator[Question]:
        """Everybody on the team's schedules and policies: those who are not members are offered, not dropped."""
        if isinstance(self._request.scope, Team):
            policies = sorted(set().union(*self._got.team_policies(self._request.scope.team_id)))
            for index in range(0, len(policies), USERS_AT_ONCE):
                yield from self._on_call("escalation_policy_ids[]", policies[index : index + USERS_AT_ONCE])

    def _on_call(self, name: str = "", ids: Iterable[str] = ()) -> list[Source]:
        rows = Source(SHIFTS, "/oncalls", "oncalls", _row, self._got.keep_row, has_ids=False)
        query = (("time_zone", "UTC"), *((name, key) for key in ids))
        return self._windows(rows, query, MONTH, self._request.until)

    # Final schedules

    def _finals(self) -> Iterator[Lookup]:
        """The final schedule of every schedule on a policy that engineers of the scope hold, or should hold."""
        everybody = isinstance(self._request.scope, Organisation)
        users = self._got.users.keys()
        held = {
            row.schedule_id: row
            for row in self._got.sorted_rows()
            if row.schedule_id and (everybody or row.user_id in users)
        }
        for key, row in held.items():
            # On call there, yet in no list: hidden, or deleted since.
            if key not in self._got.schedules:
                self._got.keep_schedule(_of_row(key, row))
        for schedule in self._got.known_schedules().values():
            wanted = schedule.policy_ids and (everybody or schedule.user_ids & users)
            if (wanted or schedule.id in held) and schedule.id not in self._asked:
                self._asked.add(schedule.id)
                yield self._final(schedule, self._request.since, self._request.until)

    def _final(self, schedule: ScheduleRecord, since: datetime, until: datetime) -> Lookup:
        def halves() -> Iterator[Lookup]:
            middle = _middle(since, until)
            yield self._final(schedule, since, middle)
            yield self._final(schedule, middle, until)

        def take(found: Json) -> Iterable[Question]:
            shifts = final_shifts(found)
            record = ScheduleRecord.read(found)
            if record.shift_based:  # its list knew the name alone
                self._got.keep_schedule(record)
            self._got.finals[schedule.id] += shifts
            return []

        ask = partial(_ask_final, schedule=schedule, query=_bounds(since, until))
        return Lookup(FINAL, ask, take, halves if until - since > MONTH else None)

    # Schedules that the policy names

    def _also_paid(self) -> Iterator[Lookup]:
        """The whole shifts of the schedules whose time is paid, be they on a policy or not.

        One that is on a policy may not have been for all the time.
        """
        for schedule in self._got.also_paid():
            self._got.also[schedule.id] = set()
            yield self._also_final(schedule, self._request.since, self._request.until)

    def _also_final(self, schedule: ScheduleRecord, since: datetime, until: datetime, further: int = 0) -> Lookup:
        """`further`: how often more was asked for, since somebody holds a shift that goes on beyond the bounds."""

        def halves() -> Iterator[Lookup]:
            middle = _middle(since, until)
            yield self._also_final(schedule, since, middle)
            yield self._also_final(schedule, middle, until)

        def take(found: Json) -> Iterator[Question]:
            record, shifts = ScheduleRecord.read(found), final_shifts(found, vacant=True)
            self._got.also[schedule.id].update(shifts)
            if not record.shift_based or further == FURTHEST_MONTHS:
                return
            self._got.keep_schedule(record)  # its list knew the name alone
            # PagerDuty: only a layer-based schedule can be asked for whole shifts.
            if since <= self._request.since and any(shift.start == since for shift in shifts):
                yield self._also_final(schedule, since - MONTH, since, further + 1)
            if until >= self._request.until and any(shift.end == until for shift in shifts):
                yield self._also_final(schedule, until, until + MONTH, further + 1)

        query = (*_bounds(since, until), ("overflow", "true"))
        ask = partial(_ask_final, schedule=schedule, query=query)
        return Lookup(FINAL, ask, take, halves if until - since > MONTH else None)

    def _unlisted(self) -> list[Source]:
        """Everybody's rows, where the policy names a schedule that no list knows: hidden, or deleted since."""
        if not self._got.unlisted():
            return []
        rows = Source(OTHERS, "/oncalls", "oncalls", _row, self._keep_schedule_of, has_ids=False)
        return self._windows(rows, (("time_zone", "UTC"),), MONTH, self._request.until)

    def _keep_schedule_of(self, row: OnCallRow) -> bool:
        if row.schedule_id and row.schedule_id not in self._got.schedules:
            self._got.keep_schedule(_of_row(row.schedule_id, row))
        return True

    # Older incidents

    def _older(self) -> Iterator[Question]:
        """Incidents that the window's lists do not tell whole, one by one.

        Those that somebody worked on in the window but that were triggered before it; those into which others were
        merged; those that their log contradicts; those still open at the window's end, whose log goes on.
        """
        whole = (self._got.missing_incidents() | self._got.disagreeing_incidents()) - self._asked
        rest = self._got.unfinished_incidents() - self._asked - whole
        self._asked |= whole | rest
        for incident_id in sorted(whole):
            yield self._incident(incident_id)
            yield self._own_log(incident_id)
        pages = self._pages_after()
        if rest and pages < len(rest):
            after = Source(OLDER, "/log_entries", "log_entries", _entry, partial(self._keep_entry_of, rest))
            yield from _cut(after, (), QUARTER, self._got.until, self._got.now + SECOND)
        else:
            yield from map(self._own_log, sorted(rest))
        if whole or rest:
            # What was just read may have been merged into yet another.
            yield Then(OLDER, frozenset({OLDER}), self._older)

    def _pages_after(self) -> int:
        """Requests that the account's log from the window's end to now would cost, by how much there was before."""
        before, after = self._got.until - self._got.request.since, self._got.now + SECOND - self._got.until
        return ceil(len(self._got.entries) * (after / before) / 99) + ceil(after / QUARTER)

    def _incident(self, incident_id: str) -> Lookup:
        def ask(client: Client) -> IncidentRecord | None:
            try:
                found = client.thing(f"/incidents/{quote(incident_id, safe='')}", "incident")
            except NotFound:
                return None
            return IncidentRecord.read(found)

        def take(incident: IncidentRecord | None) -> Iterable[Question]:
            if incident is None:
                self._got.unseen.add(incident_id)
            else:
                self._got.incidents[incident_id] = incident
            return []

        return Lookup(OLDER, ask, take)

    def _own_log(self, incident_id: str) -> Source:
        path = f"/incidents/{quote(incident_id, safe='')}/log_entries"
        read = partial(_entry, incident_id=incident_id)
        return Source(OLDER, path, "log_entries", read, self._got.keep_own_entry, may_be_gone=True)

    def _keep_entry_of(self, wanted: set[str], entry: LogEntry) -> bool:
        return self._got.keep_own_entry(entry) if entry.incident_id in wanted else True

    # Windows

    def _windows(self, source: Source, query: Query, length: timedelta, until: datetime) -> list[Source]:
        return _cut(source, query, length, self._request.since, until)


def windowed(source: Source, since: datetime, until: datetime) -> Source:
    """A list between two instants; the query of one without a window has its other values.

    PagerDuty does not say whether bounds are inclusive: asked a second wider, filtered here.
    """
    others = tuple((name, value) for name, value in source.query if name not in {"since", "until"})
    return source.changed(query=(*others, *_bounds(since - SECOND, until + SECOND)), window=(since, until))


def pieces(source: Source, since: datetime, until: datetime, count: int) -> list[Source]:
    """A window in so many of equal length, or fewer: none is shorter than a second."""
    step = timedelta(seconds=max(1, ceil((until - since).total_seconds() / count)))
    found = []
    while since < until:
        found.append(windowed(source, since, min(since + step, until)))
        since += step
    return found


def _cut(source: Source, query: Query, length: timedelta, since: datetime, until: datetime) -> list[Source]:
    """In as few windows of at most `length` as will do, and all alike: a short last one would not fill its page."""
    return pieces(source.changed(query=query), since, until, max(1, ceil((until - since) / length)))


def _bounds(since: datetime, until: datetime) -> Query:
    """PagerDuty: with one bound the other is a month or two weeks away, without a zone it is the account's."""
    return ("since", _stamp(since)), ("until", _stamp(until))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _middle(since: datetime, until: datetime) -> datetime:
    return since + timedelta(seconds=int((until - since).total_seconds()) // 2)


def _ask_final(client: Client, schedule: ScheduleRecord, query: Query) -> Json:
    """A schedule with its final entries, cut at the bounds.

    PagerDuty: the wrong kind of address is answered with 400 or 404. A schedule that was upgraded keeps its id, so the
    other kind is asked then.
    """
    failure: PagerDutyError | None = None
    for shift_based in (schedule.shift_based, not schedule.shift_based):
        try:
            found = client.thing(
                f"{'/v3' if shift_based else ''}/schedules/{quote(schedule.id, safe='')}",
                "schedule",
                (*query, ("include[]", "final_schedule")) if shift_based else query,
            )
        except (BadRequest, NotFound) as error:
            failure = failure or error
            continue
        # The two kinds differ in shape; an answer tells its own, but must not be silent about it.
        return {"type": "schedule_v3" if shift_based else "schedule"} | found
    raise failure or NotFound


def _of_row(schedule_id: str, row: OnCallRow) -> ScheduleRecord:
    """A schedule of which only a row tells."""
    return ScheduleRecord(schedule_id, row.schedule_name, None, frozenset(), frozenset(), row.shift_based)


def _nothing_more(keep: Callable[[Any], bool]) -> Callable[[Any], Iterable[Question]]:
    def take(found: Any) -> Iterable[Question]:
        keep(found)
        return []

    return take


def _user(json: Json) -> tuple[str, UserRecord]:
    return (record := UserRecord.read(json)).id, record


def _schedule(json: Json) -> tuple[str, ScheduleRecord]:
    return (record := ScheduleRecord.read(json)).id, record


def _shift_based(json: Json) -> tuple[str, ScheduleRecord]:
    return _schedule(json | {"type": "schedule_v3"})


def _policy(json: Json) -> tuple[str, PolicyRecord]:
    return (record := PolicyRecord.read(json)).id, record


def _row(json: Json) -> tuple[tuple[object, ...], OnCallRow]:
    return row_key(record := OnCallRow.read(json)), record


def _incident(json: Json) -> tuple[str, IncidentRecord]:
    return (record := IncidentRecord.read(json)).id, record


def _entry(json: Json, incident_id: str | None = None) -> tuple[str, LogEntry]:
    return (record := LogEntry.read(json, incident_id)).id, record
