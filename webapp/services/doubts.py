"""What evidence leaves open, and what each answer would pay: questions to a manager before anybody is paid.

Pure over what a report was priced from. An answer is priced for those engineers alone whom it concerns, from the log of
its incident alone; and only so many are priced, because a chat can leave thousands of incidents without a name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from webapp.pd.evidence import Evidence, EvidenceRules, Response, UnnamedAct, find_evidence, merge_targets
from webapp.pd.records import Agent, IncidentRecord, LogEntry, OnCallRow
from webapp.pd.request import Organisation, Team
from webapp.pd.result import Records
from webapp.pricing.engine.calendars import known_zone
from webapp.pricing.facts import Callout, Facts, OnCall, Person
from webapp.pricing.report.lines import Report
from webapp.services.callout_decisions import ActDecision, Decisions
from webapp.services.facts import answer_words, callout_of, engineer_names, incident_of, recorded_work, zone_of_schedule
from webapp.services.people import PaySettings

MOST_QUESTIONS, MOST_CANDIDATES = 8, 3
"""So many are priced: a fraction of a live preview, and more than anybody reads at once."""
MOST_CANDIDATES_ALONE = 8
"""Where one question is asked."""
MOST_LATE_ENDS = 20
_T = TypeVar("_T")
_Changed = Mapping[tuple[str, str], Callout | None]
"""Callouts by incident id and user id; None: there is none any more."""
_Totals = Mapping[str, Decimal | None]
"""Of statements, by person id; None: not priced."""


@dataclass(frozen=True, slots=True)
class PayChange:
    """How much more an engineer would be paid, or less; `amount` is None for one who is not priced."""

    person_id: str
    name: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """What if it was this engineer?"""

    user_id: str
    name: str
    changes: tuple[PayChange, ...] | None
    """Of everybody whose pay would change; None: not worked out."""
    reason: str = ""
    """Why not."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who was it?"""

    act: UnnamedAct
    incident: IncidentRecord
    alternatives: tuple[Alternative, ...]
    """The likeliest first; those that are worked out before all others."""
    others: int
    """Candidates beside those that are worked out."""


@dataclass(frozen=True, slots=True)
class LateEnd:
    """Work that is taken to have gone on long after the engineer's own shift, because of a last act."""

    incident: IncidentRecord
    ended_at: datetime
    shift_ended_at: datetime
    change: PayChange
    """If it had ended with the shift."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a manager has said of an act."""

    decision: ActDecision
    incident: IncidentRecord
    who: str
    """A name, or "nobody who is paid"."""
    needless: str
    """Why it does not count, or ""."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """Everything that a report leaves open."""

    questions: tuple[Question, ...] = ()
    late_ends: tuple[LateEnd, ...] = ()
    unpriced_late_ends: int = 0
    answers: tuple[Answer, ...] = ()
    """What somebody has said of acts of this period."""


@dataclass(frozen=True)
class WhatIf:
    """One report with other evidence."""

    records: Records
    rules: EvidenceRules
    decisions: Decisions
    own: Mapping[str, PaySettings]
    evidence: Evidence
    facts: Facts
    report: Report
    price: Callable[[Facts, frozenset[str]], Report]
    """Statements of these engineers."""

    def doubts(self) -> Doubts:
        """Those of the report's own scope and period."""
        acts = [act for act in self.evidence.unnamed if self._is_asked(act)]
        asked = [(act, MOST_CANDIDATES if place < MOST_QUESTIONS else 0) for place, act in enumerate(acts)]
        late = list(self._late())
        answers = [self._answer(act, user_id) for act, most in asked for user_id in self._priceable(act)[:most]]
        ends = [self._end_with_shift(one) for one in late[:MOST_LATE_ENDS]]
        changes = self._changes([*answers, *ends])
        return Doubts(
            questions=tuple(self._question(act, most, changes) for act, most in asked),
            late_ends=tuple(self._late_ends(late[:MOST_LATE_ENDS], changes)),
            unpriced_late_ends=max(0, len(late) - MOST_LATE_ENDS),
            answers=tuple(
                found
                for act in sorted(self.decisions.acts.values(), key=lambda one: (one.at, one.entry_id))
                if (found := self.answer(act.entry_id)) and self._is_asked(act)
            ),
        )

    def answer(self, entry_id: str) -> Answer | None:
        """What a manager has said of an act on an incident of the reading."""
        act = self.decisions.acts.get(entry_id)
        incident = self.records.incidents.get(act.incident_id) if act else None
        if act is None or incident is None:
            return None
        return Answer(act, incident, *answer_words(act, self.evidence, self._names))

    def question(self, entry_id: str) -> Question | None:
        """One question, answered or not; None where the reading has no such."""
        act = next((one for one in self.evidence.unnamed if one.entry_id == entry_id), None)
        decided = self.decisions.acts.get(entry_id)
        if act is None and decided is not None:
            target = self._targets.get(decided.incident_id)
            target_id = target.id if target else decided.incident_id
            others = {key: user_id for key, user_id in self.decisions.answers().items() if key != entry_id}
            # Candidates are whoever was on call: nobody is left out.
            found = (
                self._found(target_id, others, self.records.on_call) if target_id in self.records.incidents else None
            )
            act = next((one for one in found.unnamed if one.entry_id == entry_id), None) if found else None
        if act is None:
            return None
        most = MOST_CANDIDATES_ALONE
        changes = self._changes([self._answer(act, user_id) for user_id in self._priceable(act)[:most]])
        return self._question(act, most, changes)

    # Who was it?

    def _is_asked(self, act: UnnamedAct | ActDecision) -> bool:
        """Whether an answer may change this period's pay, to somebody of the scope: more was read than that.

        It may change all work on the incident until its end, each on the clock of whoever did it.
        """
        incident = self._targets.get(act.incident_id, self.records.incidents[act.incident_id])
        responses = self._responses.get(incident.id, ())
        triggered_at = min(one.created_at for one in (incident, *self._merged.get(incident.id, ())))
        begun = [spell.start for one in responses for spell in one.spells]
        since = min(max(triggered_at, act.at - self.rules.longest_lead), act.at, *begun)
        until = max(act.at, incident.resolved_at or self.records.read_at)
        # Another answer than that of a manager may concern anybody.
        others = act.candidates if isinstance(act, UnnamedAct) else self._zones_by_user
        concerned = {*others, *(one.user_id for one in responses)}
        period = self.report.period
        return self._is_of_scope(incident) and any(
            since.astimezone(zone).date() < period.after and until.astimezone(zone).date() >= period.first
            for zone in self._zones(concerned)
        )

    def _zones(self, user_ids: Iterable[str]) -> set[ZoneInfo]:
        """By which these are paid; all that anybody is paid by, where the report knows nobody of them."""
        known = [self._zones_by_user[user_id] for user_id in user_ids if user_id in self._zones_by_user]
        return set().union(*(known or self._zones_by_user.values())) or {ZoneInfo("UTC")}

    @cached_property
    def _zones_by_user(self) -> dict[str, set[ZoneInfo]]:
        """By which each engineer is paid at any time: the policy's where it has one, else their own."""
        of_policy = {version.pay_zone for version in self.report.policy.by_version}
        found = {}
        for person in self.facts.people:
            own = {person.zone, *(dated.values if (dated := person.pay_zone) else ())} if None in of_policy else set()
            found[person.id] = {known_zone(name) for name in of_policy | own if name}
        return found

    def _is_of_scope(self, incident: IncidentRecord) -> bool:
        """Whether the scope's engineers are paged for such incidents, or it is the team's."""
        match self.records.request.scope:
            case Organisation():
                return True
            case Team(team_id=team_id) if team_id in incident.team_ids:
                return True
        return incident.policy_id in self._policy_ids

    @cached_property
    def _policy_ids(self) -> set[str]:
        """Escalation policies on which anybody of the scope was on call."""
        return {row.policy_id for row in self.records.on_call if row.user_id in self.records.users}

    def _priceable(self, act: UnnamedAct) -> list[str]:
        return [user_id for user_id in act.candidates if user_id in self.records.users]

    def _question(self, act: UnnamedAct, most: int, changes: Iterator[tuple[PayChange, ...]]) -> Question:
        """Takes the changes of its first candidates."""
        priced = self._priceable(act)[:most]
        worth = {user_id: next(changes) for user_id in priced}
        alternatives = []
        for user_id in act.candidates[:MOST_CANDIDATES_ALONE]:
            name = self._names.get(user_id, user_id)
            reason = "not worked out" if user_id in self.records.users else "not in this report"
            known = user_id in worth
            alternatives.append(Alternative(user_id, name, worth.get(user_id), "" if known else reason))
        alternatives.sort(key=lambda one: one.changes is None)  # stable: else the likeliest first
        others = len(act.candidates) - len(priced)
        return Question(act, self.records.incidents[act.incident_id], tuple(alternatives), others)

    def _answer(self, act: UnnamedAct, user_id: str) -> _Changed:
        """The callouts that are other ones if it was this engineer."""
        known = {agent.id for entry in self._log(act.incident_id) for agent in _agents(entry)} | {user_id}
        known |= {one.user_id for one in self._responses.get(act.incident_id, ())}
        rows = [row for key in sorted(known) for row in self._rows.get(key, ())]
        found = self._found(act.incident_id, self.decisions.answers() | {act.entry_id: user_id}, rows)
        before = {one.user_id: one for one in self._responses.get(act.incident_id, ())}
        after = {one.user_id: one for one in found.responses if one.incident_id == act.incident_id}
        return {
            (act.incident_id, key): self._callout(after.get(key))
            for key in before.keys() | after.keys()
            if before.get(key) != after.get(key)
        }

    def _found(self, incident_id: str, answers: Mapping[str, str | None], rows: Iterable[OnCallRow]) -> Evidence:
        """The evidence of one incident, with all that was merged into it."""
        members = [self.records.incidents[incident_id], *self._merged.get(incident_id, ())]
        ids = {member.id for member in members}
        part = replace(
            self.records,
            incidents={member.id: member for member in members},
            log_entries=tuple(self._log(incident_id)),
            on_call=tuple(rows),
        )
        work = [one for one in recorded_work(self.decisions) if one.incident_id in ids]
        return find_evidence(part, self.rules, answers=answers, work=work)

    def _log(self, incident_id: str) -> list[LogEntry]:
        members = [incident_id, *(one.id for one in self._merged.get(incident_id, ()))]
        entries = [entry for key in members for entry in self._entries.get(key, ())]
        return sorted(entries, key=lambda entry: (entry.created_at, entry.id))

    # Work long after the shift

    def _late(self) -> Iterator[Response]:
        """Those of the period that end long after the own shift, and about which nobody has decided."""
        shown = {
            (row.incident.id, row.person_id)
            for statement in self.report.statements
            for row in statement.callouts
            if row.payable and row.callout.decision is None
        }
        for response in self.evidence.responses:
            if response.late and (response.incident_id, response.user_id) in shown:
                yield response

    def _end_with_shift(self, response: Response) -> _Changed:
        spells = response.until_shift_end
        key = (response.incident_id, response.user_id)
        return {key: self._callout(replace(response, spells=spells)) if spells else None}

    def _late_ends(self, late: Iterable[Response], changes: Iterator[tuple[PayChange, ...]]) -> Iterator[LateEnd]:
        """Those that make a difference to pay."""
        for response in late:
            change, spell = next(changes), response.late[0]
            if change and spell.end and spell.shift_ended_at:
                incident = self.records.incidents[response.incident_id]
                yield LateEnd(incident, spell.end, spell.shift_ended_at, change[0])

    # Pricing

    def _callout(self, response: Response | None) -> Callout | None:
        if response is None:
            return None
        urgency = self.records.incidents[response.incident_id].urgency
        zone = zone_of_schedule(self.records, min(response.schedule_ids, default=None))
        return callout_of(response, self.records.read_at, urgency, self.decisions, zone=zone)

    def _changes(self, answers: Iterable[_Changed]) -> Iterator[tuple[PayChange, ...]]:
        """What happens to everybody's pay if these callouts were such, for each answer in turn.

        All are priced at once, each engineer of an answer as a person of their own: what days and rates are is worked
        out once.
        """
        answers = list(answers)
        wanted = {user_id for changed in answers for _, user_id in changed} & self.records.users.keys()
        people = {person.id: person for person in self.facts.people if person.id in wanted}
        rows = _grouped((row for row in self.facts.on_call if row.person in wanted), lambda one: one.person)
        callouts = _grouped((one for one in self.facts.callouts if one.person in wanted), lambda one: one.person)
        incidents = {
            **self.facts.incidents,
            **{key: incident_of(self.records.incidents[key]) for changed in answers for key, _ in changed},
        }
        all_people: list[Person] = []
        all_rows: list[OnCall] = []
        all_callouts: list[Callout] = []
        for place, changed in enumerate(answers):
            for key in sorted({user_id for _, user_id in changed} & wanted):
                alias = f"{key} {place}"
                own = [one for one in callouts.get(key, ()) if (one.id, key) not in changed]
                own += [one for (_, user_id), one in changed.items() if one is not None and user_id == key]
                own.sort(key=lambda one: (incidents[one.id].triggered, one.id))
                all_people.append(replace(people[key], id=alias))
                all_rows += [replace(row, person=alias) for row in rows.get(key, ())]
                all_callouts += [replace(one, person=alias) for one in own]
        if not all_people:
            return iter([()] * len(answers))
        facts = replace(
            self.facts,
            people=tuple(all_people),
            on_call=tuple(all_rows),
            callouts=tuple(all_callouts),
            incidents=incidents,
            silent=(),
            always_on_call=(),
            joined=(),
        )
        was, now = _totals(self.report), _totals(self.price(facts, frozenset(one.id for one in all_people)))
        return iter([self._change(changed, place, was, now) for place, changed in enumerate(answers)])

    def _change(self, changed: _Changed, place: int, was: _Totals, now: _Totals) -> tuple[PayChange, ...]:
        found = []
        for key in {user_id for _, user_id in changed} & self.records.users.keys():
            # Who has neither callouts nor time on call is in no report: 0 is what there was.
            before, after = was.get(key, Decimal(0)), now.get(f"{key} {place}", Decimal(0))
            amount = None if before is None or after is None else after - before
            if amount != 0:
                found.append(PayChange(key, self._names.get(key, key), amount))
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.person_id)))

    @cached_property
    def _names(self) -> dict[str, str]:
        return engineer_names(self.records, self.own)

    @cached_property
    def _responses(self) -> dict[str, list[Response]]:
        return _grouped(self.evidence.responses, lambda one: one.incident_id)

    @cached_property
    def _merged(self) -> dict[str, list[IncidentRecord]]:
        merged = [self.records.incidents[key] for key, target in self._targets.items() if target.id != key]
        return _grouped(merged, lambda one: self._targets[one.id].id)

    @cached_property
    def _targets(self) -> dict[str, IncidentRecord]:
        return merge_targets(self.records.incidents)

    @cached_property
    def _entries(self) -> dict[str, list[LogEntry]]:
        """The logs of the incidents that have, or had, a question."""
        wanted = {act.incident_id for act in self.evidence.unnamed}
        for act in self.decisions.acts.values():
            target = self._targets.get(act.incident_id)
            wanted.add(target.id if target else act.incident_id)
        wanted |= {one.id for key in tuple(wanted) for one in self._merged.get(key, ())}
        return _grouped(
            (one for one in self.records.log_entries if one.incident_id in wanted), lambda one: one.incident_id
        )

    @cached_property
    def _rows(self) -> dict[str, list[OnCallRow]]:
        return _grouped(self.records.on_call, lambda one: one.user_id)


def _grouped(elements: Iterable[_T], key: Callable[[_T], str]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = defaultdict(list)
    for element in elements:
        found[key(element)].append(element)
    return found


def _agents(entry: LogEntry) -> Iterator[Agent]:
    yield from (agent for agent in (entry.agent, entry.chat_user, *entry.assignees) if agent)


def _totals(report: Report) -> _Totals:
    priced: dict[str, Decimal | None] = {one.person.id: one.total for one in report.statements}
    return priced | {person.id: None for person, _ in report.not_priced}
