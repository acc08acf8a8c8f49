"""What evidence leaves open, and what each answer would pay: questions to a manager before anybody is paid.

Pure over what a report was priced from. An answer is priced for those engineers alone whom it concerns, from the log of
its incident alone; and only so many are priced, because a chat can leave thousands of incidents without a name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from webapp.pd.evidence import Evidence, EvidenceRules, Response, UnnamedAct, find_evidence, merge_targets
from webapp.pd.records import IncidentRecord, LogEntry, OnCallRow
from webapp.pd.result import Records
from webapp.pricing.facts import Callout, Facts
from webapp.pricing.lines import Report
from webapp.services.callout_decisions import ActDecision, Decisions
from webapp.services.facts import callout_of, engineer_names, incident_of, recorded_work

MOST_QUESTIONS, MOST_CANDIDATES = 12, 3
"""So many are priced: a fraction of a live preview, and more than anybody reads at once."""
MOST_LATE_ENDS = 20
_T = TypeVar("_T")
_Key = tuple[str, str]
"""Incident id and user id."""


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


@dataclass(frozen=True, slots=True)
class LateEnd:
    """Work that is taken to have gone on long after the engineer's own shift, because of a last act."""

    incident: IncidentRecord
    ended_at: datetime
    shift_ended_at: datetime
    change: PayChange
    """If it had ended with the shift."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """Everything that a report leaves open."""

    questions: tuple[Question, ...] = ()
    late_ends: tuple[LateEnd, ...] = ()
    unpriced_late_ends: int = 0
    answered: tuple[ActDecision, ...] = ()
    """Acts of this period that somebody has named."""


@dataclass(frozen=True)
class WhatIf:
    """One report with other evidence."""

    records: Records
    rules: EvidenceRules
    decisions: Decisions
    evidence: Evidence
    facts: Facts
    report: Report
    price: Callable[[Facts, frozenset[str]], Report]
    """Statements of these engineers."""

    def doubts(self) -> Doubts:
        """Those of the report's own scope and period."""
        acts = [act for act in self.evidence.unnamed if self._is_asked(act)]
        questions = [self._question(act, priced=place < MOST_QUESTIONS) for place, act in enumerate(acts)]
        late = list(self._late())
        return Doubts(
            questions=tuple(questions),
            late_ends=tuple(filter(None, (self._late_end(*one) for one in late[:MOST_LATE_ENDS]))),
            unpriced_late_ends=max(0, len(late) - MOST_LATE_ENDS),
            answered=tuple(
                act
                for act in sorted(self.decisions.acts.values(), key=lambda one: (one.at, one.entry_id))
                if act.incident_id in self.records.incidents and self._is_asked(act)
            ),
        )

    def question(self, entry_id: str) -> Question | None:
        """One question, answered or not; None where the reading has no such."""
        act = next((one for one in self.evidence.unnamed if one.entry_id == entry_id), None)
        decided = self.decisions.acts.get(entry_id)
        if act is None and decided is not None:
            target = self._targets.get(decided.incident_id)
            target_id = target.id if target else decided.incident_id
            others = {key: one for key, one in self.decisions.acts.items() if key != entry_id}
            open_again = replace(self.decisions, acts=others)
            known = target_id in self.records.incidents
            found = self._found(target_id, open_again).unnamed if known else ()
            act = next((one for one in found if one.entry_id == entry_id), None)
        return None if act is None else self._question(act, priced=True)

    # Who was it?

    def _is_asked(self, act: UnnamedAct | ActDecision) -> bool:
        """Whether an act may be paid in this period: more was read than that."""
        zone = ZoneInfo(self._pay_zone)
        moments = (act.at, act.at - self.rules.longest_lead)
        return any(moment.astimezone(zone).date() in self.report.period for moment in moments)

    def _question(self, act: UnnamedAct, *, priced: bool) -> Question:
        alternatives = [
            self._alternative(act, user_id, priced=priced and place < MOST_CANDIDATES)
            for place, user_id in enumerate(act.candidates)
        ]
        return Question(act, self.records.incidents[act.incident_id], tuple(alternatives))

    def _alternative(self, act: UnnamedAct, user_id: str, *, priced: bool) -> Alternative:
        name = self._names.get(user_id, user_id)
        if user_id not in self.records.users:
            return Alternative(user_id, name, None, "not in this report")
        if not priced:
            return Alternative(user_id, name, None, "not worked out")
        answers = self.decisions.answers() | {act.entry_id: user_id}
        found = self._found(act.incident_id, self.decisions, answers, user_id)
        before = {one.user_id: one for one in self._responses.get(act.incident_id, ())}
        after = {one.user_id: one for one in found.responses if one.incident_id == act.incident_id}
        changed = {
            (act.incident_id, key): self._callout(after.get(key))
            for key in before.keys() | after.keys()
            if before.get(key) != after.get(key)
        }
        return Alternative(user_id, name, self._changes(changed))

    def _found(
        self,
        incident_id: str,
        decisions: Decisions,
        answers: Mapping[str, str | None] | None = None,
        user_id: str = "",
    ) -> Evidence:
        """The evidence of one incident, with all that was merged into it."""
        members = [self.records.incidents[incident_id], *self._merged.get(incident_id, ())]
        entries = [entry for member in members for entry in self._entries.get(member.id, ())]
        known = {agent.id for entry in entries for agent in (entry.agent, entry.chat_user, *entry.assignees) if agent}
        known |= {one.user_id for one in self._responses.get(incident_id, ())} | {user_id}
        # Candidates are whoever was on call: nobody is left out where they are asked for.
        rows = self.records.on_call if answers is None else [row for key in known for row in self._rows.get(key, ())]
        part = replace(
            self.records,
            incidents={member.id: member for member in members},
            log_entries=tuple(sorted(entries, key=lambda entry: (entry.created_at, entry.id))),
            on_call=tuple(rows),
        )
        if answers is None:
            answers = decisions.answers()
        ids = {member.id for member in members}
        work = [one for one in recorded_work(decisions) if one.incident_id in ids]
        return find_evidence(part, self.rules, answers=answers, work=work)

    # Work long after the shift

    def _late(self) -> Iterable[tuple[Response, Callout]]:
        """Callouts of the period that end long after the own shift, and about which nobody has decided."""
        shown = {
            (row.callout.incident.id, row.person_id): row.callout
            for statement in self.report.statements
            for row in statement.callouts
            if row.payable and row.callout.decision is None
        }
        for response in self.evidence.responses:
            callout = shown.get((response.incident_id, response.user_id))
            if callout and any(spell.shift_ended_at for spell in response.spells):
                yield response, callout

    def _late_end(self, response: Response, callout: Callout) -> LateEnd | None:
        """None where it makes no difference to pay."""
        ends = {spell.start: spell.shift_ended_at for spell in response.spells if spell.shift_ended_at}
        spells = [replace(one, end=ends.get(one.start, one.end)) for one in callout.spells]
        # The shift may have ended before a spell began.
        spells = [one for one in spells if one.end is None or one.end > one.start]
        key = (response.incident_id, response.user_id)
        changes = self._changes({key: replace(callout, spells=tuple(spells)) if spells else None})
        late = next(spell for spell in response.spells if spell.shift_ended_at)
        if not changes or late.end is None or late.shift_ended_at is None:
            return None
        return LateEnd(self.records.incidents[response.incident_id], late.end, late.shift_ended_at, changes[0])

    # Pricing

    def _callout(self, response: Response | None) -> Callout | None:
        if response is None:
            return None
        return callout_of(response, incident_of(self.records.incidents[response.incident_id]), self.decisions)

    def _changes(self, changed: Mapping[_Key, Callout | None]) -> tuple[PayChange, ...]:
        """What happens to everybody's pay if these callouts were such; by name."""
        people = frozenset(user_id for _, user_id in changed if user_id in self.records.users)
        if not people:
            return ()
        callouts = [one for key in people for one in self._callouts.get(key, ())]
        callouts = [one for one in callouts if (one.incident.id, one.person_id) not in changed]
        callouts += [one for one in changed.values() if one is not None]
        facts = replace(
            self.facts,
            people=tuple(person for person in self.facts.people if person.id in people),
            on_call=tuple(row for row in self.facts.on_call if row.person_id in people),
            callouts=tuple(sorted(callouts, key=lambda one: (one.incident.triggered, one.incident.id))),
            silent=(),
            always_on_call=(),
            joined=(),
        )
        was, now = _totals(self.report), _totals(self.price(facts, people))
        found = []
        for key in people:
            # Without any callout or time on call nobody is priced, so 0 is what there was.
            before, after = was.get(key, Decimal(0)), now.get(key, Decimal(0))
            amount = None if before is None or after is None else after - before
            if amount != 0:
                found.append(PayChange(key, self._names.get(key, key), amount))
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.person_id)))

    @cached_property
    def _pay_zone(self) -> str:
        return self.report.policy.on(self.report.period.first).pay_zone or "UTC"

    @cached_property
    def _names(self) -> dict[str, str]:
        return engineer_names(self.records)

    @cached_property
    def _responses(self) -> dict[str, list[Response]]:
        return _grouped(self.evidence.responses, lambda one: one.incident_id)

    @cached_property
    def _callouts(self) -> dict[str, list[Callout]]:
        return _grouped(self.facts.callouts, lambda one: one.person_id)

    @cached_property
    def _merged(self) -> dict[str, list[IncidentRecord]]:
        merged = [self.records.incidents[key] for key, target in self._targets.items() if target.id != key]
        return _grouped(merged, lambda one: self._targets[one.id].id)

    @cached_property
    def _targets(self) -> dict[str, IncidentRecord]:
        return merge_targets(self.records.incidents)

    @cached_property
    def _entries(self) -> dict[str, list[LogEntry]]:
        return _grouped(self.records.log_entries, lambda one: one.incident_id)

    @cached_property
    def _rows(self) -> dict[str, list[OnCallRow]]:
        return _grouped(self.records.on_call, lambda one: one.user_id)


def _grouped(elements: Iterable[_T], key: Callable[[_T], str]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = defaultdict(list)
    for element in elements:
        found[key(element)].append(element)
    return found


def _totals(report: Report) -> dict[str, Decimal | None]:
    priced: dict[str, Decimal | None] = {one.person.id: one.total for one in report.statements}
    return priced | {person.id: None for person, _ in report.not_priced}
