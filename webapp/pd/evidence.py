"""Who was called out, from when to when: the evidence that callouts are paid on.

Each life of an incident (from a trigger, or a reopening, to its resolution) is judged by itself. Nothing here caps the
length of a spell, and nothing is paid or left unpaid here: the policy does that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from webapp.pd.lives import Life, lives, resolution
from webapp.pd.reader import Records, is_human
from webapp.pd.records import Agent, IncidentRecord, LogEntry
from webapp.pd.request import Mode, Organisation, Team
from webapp.pd.shifts import Duty

HANDING_OVER = frozenset({"assign", "delegate", "escalate"})
NOTHING: Mapping[str, str | None] = MappingProxyType({})
THROUGH = {"api": "through the API", "auto": "by an automatic rule"}
"""PagerDuty: a program may act in the name of a person, and nothing tells whether that person did anything."""


@dataclass(frozen=True, slots=True)
class SpellRecord:
    """One uninterrupted stretch of a response; `end` is None while it goes on at the reading instant.

    `evidence` says in words why it is known, with instants in braces: "acknowledged {2026-07-04T01:15:30Z} by Ada
    Example, mobile; resolved {2026-07-04T02:03:41Z} by Bo Example, website".
    """

    start: datetime
    end: datetime | None
    evidence: str
    shift_ended_at: datetime | None = None
    """Where an own act more than two hours after the own shift ends it: when the shift ended."""


@dataclass(frozen=True, slots=True)
class Response:
    """One engineer's response to one incident."""

    user_id: str
    incident_id: str
    acknowledged_at: datetime | None
    """The engineer's own first acknowledgement, where the mode can see it."""
    spells: tuple[SpellRecord, ...]
    on_call: bool
    """On call at any level of any policy at some moment between trigger and own first act."""
    levels: frozenset[int]
    schedule_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class UnansweredIncident:
    """An incident that nobody responded to, with the reason."""

    incident_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnnamedAct:
    """An acknowledgement or resolution by a person whom PagerDuty does not name: a question to a manager."""

    entry_id: str
    incident_id: str
    """The incident whose evidence it belongs to: of a merged one, the one it was merged into."""
    kind: str
    """"acknowledge" or "resolve"."""
    at: datetime
    channel: str
    """PagerDuty's word for the chat, such as "slack"."""
    chat_name: str
    """What the chat calls the person; empty where PagerDuty does not tell."""
    candidates: tuple[str, ...]
    """User ids of those who were on call, the likeliest first."""


@dataclass(frozen=True, slots=True)
class RecordedWork:
    """Work on an incident that a manager knows of and PagerDuty does not."""

    incident_id: str
    user_id: str
    spans: tuple[tuple[datetime, datetime], ...]
    words: str
    """Why it is known, such as "recorded by mo@example.com: debugging by phone"."""


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """What a policy says of evidence."""

    mode: Mode
    longest_lead: timedelta = timedelta(minutes=15)
    """How long before somebody's act work may be taken to have begun."""
    pause_grace: timedelta = timedelta(minutes=15)
    """How long after a pause an own act still belongs to the spell before it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who worked on which incident, as far as is known."""

    responses: tuple[Response, ...]
    """Of the engineers of the scope."""
    unanswered: tuple[UnansweredIncident, ...]
    """Only for an organisation (all of its incidents) and a team (those of the team)."""
    unnamed: tuple[UnnamedAct, ...] = ()
    """Questions that nobody has answered yet."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One engineer's part in one life of an incident."""

    user_id: str
    triggered_at: datetime
    first_act: datetime
    acknowledged_at: datetime | None
    spell: SpellRecord


def find_evidence(
    records: Records,
    rules: EvidenceRules,
    *,
    answers: Mapping[str, str | None] = NOTHING,
    work: Iterable[RecordedWork] = (),
) -> Evidence:
    """Who responded to which incident, and what nobody responded to.

    `answers` names who was behind an `UnnamedAct`, by its entry's id: a user's id, or None for a machine. `work` is
    joined with what PagerDuty tells.

    Raises:
        ValueError: what was read is not enough for this mode (see `ReadRequest.supports`).
    """
    mode = rules.mode
    if not records.request.supports(mode):
        raise ValueError(f"The mode {mode!r} needs another reading.")
    judge = _Judge(records, mode, rules.longest_lead)
    found: list[Response] = []
    unanswered: list[UnansweredIncident] = []
    for incident in sorted(records.incidents.values(), key=lambda incident: (incident.created_at, incident.id)):
        parts = list(judge.parts(incident))
        found += [response for response in _joined(incident.id, parts, judge.duty) if response.user_id in records.users]
        if not parts and _lists_silent(records, incident):
            unanswered.append(UnansweredIncident(incident.id, judge.silence(incident)))
    return Evidence(tuple(found), tuple(unanswered))


class _Judge:
    """The rules of one mode over one reading."""

    def __init__(self, records: Records, mode: Mode, longest_lead: timedelta) -> None:
        self.duty = Duty(records.on_call, records.request.until)
        self._records = records
        self._mode = mode
        self._lead = longest_lead
        self._logs: dict[str, list[LogEntry]] = defaultdict(list)
        self._triggered = {incident.id: incident.created_at for incident in records.incidents.values()}
        for entry in records.log_entries:
            self._file(entry)

    def parts(self, incident: IncidentRecord) -> Iterator[_Part]:
        """Everybody's part in each life of an incident."""
        if self._target(incident) is not incident:
            return
        match self._mode:
            case Mode.ACKNOWLEDGED | Mode.FIRST_ACKNOWLEDGED:
                log, triggered_at = self._logs[incident.id], self._triggered[incident.id]
                for life in lives(incident, log, triggered_at, self._records.read_at):
                    yield from self._by_log(life)
            case Mode.RESOLVED:
                entry = resolution(incident, self._records.read_at)
                if entry:
                    yield from self._by_resolver(Life(incident.created_at, (entry,), entry))
            case Mode.ON_CALL:
                yield from self._by_duty(incident)

    def silence(self, incident: IncidentRecord) -> str:
        """Why an incident is nobody's."""
        target = self._target(incident)
        if target is not incident:
            return f"merged into #{target.number}"
        if self._mode is Mode.ON_CALL:
            return "nobody on call"
        sees_acknowledgements = self._mode is not Mode.RESOLVED
        if resolution(incident, self._records.read_at) is None:
            return "still open, nobody responded" if sees_acknowledgements else "still open, nobody resolved it"
        return "auto-resolved, nobody acknowledged" if sees_acknowledgements else "auto-resolved"

    # Modes

    def _by_log(self, life: Life) -> Iterator[_Part]:
        """Everybody who acknowledged; if nobody did, the human resolver."""
        firsts: dict[str, LogEntry] = {}
        for entry in life.entries:
            if entry.kind == "acknowledge" and entry.agent and self._is_human(entry.agent):
                firsts.setdefault(entry.agent.id, entry)
        if not firsts:
            yield from self._by_resolver(life)
        for rank, (user_id, entry) in enumerate(firsts.items()):
            if rank and self._mode is Mode.FIRST_ACKNOWLEDGED:
                break
            at = entry.created_at
            # Acknowledgements of an incident merged into this one may be older than its trigger.
            start = at if rank else min(at, max(life.triggered_at, at - self._lead))
            end, ending = self._end(life, user_id, entry, start)
            words = f"acknowledged {self._signed(entry)}; {ending}"
            yield _Part(user_id, min(life.triggered_at, at), at, at, SpellRecord(start, end, words))

    def _by_resolver(self, life: Life) -> Iterator[_Part]:
        """The human who resolved what nobody had acknowledged."""
        entry = life.resolved
        if entry and entry.agent and self._is_human(entry.agent):
            at = entry.created_at
            spell = SpellRecord(max(life.triggered_at, at - self._lead), at, f"resolved {self._signed(entry)}")
            yield _Part(entry.agent.id, life.triggered_at, at, None, spell)

    def _by_duty(self, incident: IncidentRecord) -> Iterator[_Part]:
        """Everybody at the lowest level of its policy that had anybody when it triggered."""
        at = incident.created_at
        resolved = resolution(incident, self._records.read_at)
        life = Life(at, (resolved,) if resolved else (), resolved)
        names = {row.user_id: (row.user_name, row.level) for row in self.duty.first_line(incident.policy_id, at)}
        for user_id, (name, level) in names.items():
            end, ending = self._end(life, user_id, None, at)
            words = f"{name} on call at level {level} when it triggered {_braced(at)}; {ending}"
            yield _Part(user_id, at, at, None, SpellRecord(at, end, words))

    # Ends

    def _end(
        self, life: Life, user_id: str, first_act: LogEntry | None, start: datetime
    ) -> tuple[datetime | None, str]:
        """When somebody's work in a life ended, and why: the first of resolution, handing over, end of the own shift.

        A lapsed acknowledgement ends nothing. `first_act` is None where the mode sees no acts.
        """
        ends: list[tuple[datetime, str]] = []
        if life.resolved:
            ends.append((life.resolved.created_at, f"resolved {self._signed(life.resolved)}"))
        after = life.entries[life.entries.index(first_act) + 1 :] if first_act else ()
        own = [place for place, entry in enumerate(after) if entry.agent and entry.agent.id == user_id]
        left = next(
            (entry for place, entry in enumerate(after) if _leaves(entry, user_id) and not (own and own[-1] > place)),
            None,
        )
        if left:
            ends.append((left.created_at, self._leaving(left)))
        first_at = first_act.created_at if first_act else start
        shift_end = self.duty.shift_end(user_id, start, first_at)
        if shift_end:
            last_at = after[own[-1]].created_at if own else first_at
            if last_at > shift_end:
                ends.append((last_at, f"last acted {_braced(last_at)}, after the own shift"))
            elif shift_end <= self._records.read_at:
                ends.append((shift_end, f"own shift ended {_braced(shift_end)}"))
        return min(ends, key=lambda end: end[0]) if ends else (None, "still open")

    def _leaving(self, entry: LogEntry) -> str:
        if entry.kind == "snooze":
            return f"snoozed {self._signed(entry)}"
        names = " and ".join(self._name(agent) for agent in entry.assignees)
        return f"reassigned {_braced(entry.created_at)} to {names}"

    # Whose log

    def _file(self, entry: LogEntry) -> None:
        """Put an entry into the log of its incident; an acknowledgement of a merged one into that of its target."""
        incident = self._records.incidents.get(entry.incident_id)
        if incident is None:
            return
        target = self._target(incident)
        if target is incident:
            self._logs[incident.id].append(entry)
        elif entry.kind == "acknowledge" and entry.agent and self._is_human(entry.agent):
            self._logs[target.id].append(entry)
            self._triggered[target.id] = min(self._triggered[target.id], incident.created_at)

    def _target(self, incident: IncidentRecord) -> IncidentRecord:
        """What an incident was merged into, at the end of the chain; itself where that cannot be seen."""
        passed = {incident.id}
        while (into := self._records.incidents.get(incident.merged_into or "")) and into.id not in passed:
            passed.add(into.id)
            incident = into
        return incident

    # Words

    def _is_human(self, agent: Agent) -> bool:
        return is_human(agent, self._records.users)

    def _name(self, agent: Agent) -> str:
        user = self._records.users.get(agent.id)
        return user.name if user else agent.name

    def _signed(self, entry: LogEntry) -> str:
        """When, by whom and through what, such as "{2026-07-04T01:15:30Z} by Ada Example, mobile"."""
        at = _braced(entry.created_at)
        if entry.agent is None or not self._is_human(entry.agent):
            return f"{at} automatically"
        through = THROUGH.get(entry.channel, entry.channel)
        return f"{at} by {self._name(entry.agent)}" + (f", {through}" if through else "")


def _joined(incident_id: str, parts: Iterable[_Part], duty: Duty) -> Iterator[Response]:
    """One response an engineer, with a spell for each life."""
    by_user: dict[str, list[_Part]] = defaultdict(list)
    for part in parts:
        by_user[part.user_id].append(part)
    for user_id, own in by_user.items():
        held = duty.held(user_id, own[0].triggered_at, own[0].first_act)
        yield Response(
            user_id=user_id,
            incident_id=incident_id,
            acknowledged_at=next((part.acknowledged_at for part in own if part.acknowledged_at), None),
            spells=tuple(part.spell for part in own),
            on_call=held is not None,
            levels=held.levels if held else frozenset(),
            schedule_ids=held.schedule_ids if held else frozenset(),
        )


def _lists_silent(records: Records, incident: IncidentRecord) -> bool:
    match records.request.scope:
        case Organisation():
            return True
        case Team(team_id=team_id):
            return team_id in incident.team_ids
        case _:
            return False


def _leaves(entry: LogEntry, user_id: str) -> bool:
    """Whether an entry takes an incident from somebody: a snooze, or an assignment to others alone."""
    if entry.kind == "snooze":
        return True
    to = {agent.id for agent in entry.assignees}
    return entry.kind in HANDING_OVER and bool(to) and user_id not in to


def _braced(moment: datetime) -> str:
    return f"{{{moment:%Y-%m-%dT%H:%M:%SZ}}}"
