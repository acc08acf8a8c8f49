"""One report in the making: asked for, read in slices, priced from memory as often as wanted."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports.document import MissingChange, ScopeKind
from webapp.pd.client import Client
from webapp.pd.errors import Forbidden
from webapp.pd.evidence import Evidence, EvidenceRules, find_evidence
from webapp.pd.plan import ENGINEERS
from webapp.pd.reader import Reading
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Team
from webapp.pd.request import Scope as ReadScope
from webapp.pd.result import Progress, Records
from webapp.pd.shifts import Duty
from webapp.pricing import price, select
from webapp.pricing.engine.memory import Memory
from webapp.pricing.facts import Facts, Person
from webapp.pricing.policy import Document
from webapp.pricing.report.lines import Period, Report
from webapp.services import periods
from webapp.services.calendars.missing import far_calendar_changes
from webapp.services.carried import Carried
from webapp.services.connections import Connections
from webapp.services.doubts import Doubts, WhatIf
from webapp.services.facts import Places, recorded_work, to_facts
from webapp.services.input_parts import saved_changes, saved_settings, short_digest
from webapp.services.inputs import Own, ReportInputs, SavedSettings
from webapp.services.policies import Basis, Rules
from webapp.services.policy_asks import asks_incidents, forgotten
from webapp.services.policy_windows import longest_spell
from webapp.services.reading_needs import ReportError, evidence_rules, refuse_names, refuse_unread, window_to_read
from webapp.services.schedule_names import also_paid, named_rotas

STILL_READING = "PagerDuty is still being read."
OTHER_FIGURES = "Something saved since gives other figures"
"""Of what no sentence of its own is known for."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose pay: one engineer, a team or the organisation."""

    kind: ScopeKind
    id: str
    name: str
    also: tuple[tuple[str, str], ...] = ()
    """Engineers by id and name who are in a team's report by choice, without being members."""

    def to_read(self) -> ReadScope:
        """The same for the reader."""
        match self.kind:
            case ScopeKind.ENGINEER:
                return Individual(self.id)
            case ScopeKind.TEAM:
                return Team(self.id, tuple(user_id for user_id, _ in self.also))
            case ScopeKind.ORGANISATION:
                return Organisation()


@dataclass(frozen=True, eq=False)
class PricedReport:
    """A report with exactly what it was priced by: the two are never handed out apart."""

    inputs: ReportInputs
    facts: Facts
    evidence: Evidence
    report: Report

    @cached_property
    def what_if(self) -> WhatIf:
        """The report with other evidence."""
        inputs, records = self.inputs, self.inputs.records
        if records is None:
            raise ReportError(STILL_READING)
        policy = inputs.basis.form or inputs.basis.document

        schedules = inputs.schedules.labels()

        def price_some(some: Facts, people: frozenset[str]) -> Report:
            return select(
                price(some, policy, schedules, since=inputs.period.first, needed=inputs.reach), inputs.period, people
            )

        rules = evidence_rules(inputs.policy)
        found = (self.evidence, self.facts, self.report)
        return WhatIf(records, rules, inputs.decisions, inputs.own, *found, price_some)

    @cached_property
    def doubts(self) -> Doubts:
        """What the evidence leaves open."""
        return self.what_if.doubts()


@dataclass(slots=True)
class Draft:
    """One report in the making: what is asked, how far it is read, and the value that prices it.

    It is for one request at a time; the working sets hand it out.
    """

    scope: Scope
    inputs: ReportInputs
    account_id: int
    subdomain: str
    authority: str
    sees_everything: bool
    region: str = ""
    """Of PagerDuty: "us" or "eu"."""
    partial: bool = False
    """Whether parts that this connection may not read are left out, rather than ending the reading."""
    without: frozenset[str] = frozenset()
    """The parts that somebody agreed to do without."""
    reading: Reading | None = None
    refused: Forbidden | None = None
    """What ended the reading, until somebody decides how to go on."""
    carried: Carried = field(default_factory=Carried)
    """What its file says besides its own period."""
    _duty: Duty | None = None
    _evidence: tuple[object, Evidence] | None = None
    """What was found, after the rules and decisions that it was found by."""
    _facts: tuple[Facts, Evidence] | None = None
    _told_by: object = None
    """The settings that the facts depend on; others leave them as they are."""
    _memory: Memory = field(default_factory=Memory)
    _priced: PricedReport | None = None
    _missing: tuple[ReportInputs, SavedSettings, tuple[MissingChange, ...]] | None = None
    """What was found to be missing last, after the inputs and what was saved then."""
    _taken: tuple[ReportInputs, SavedSettings, ReportInputs] | None = None
    """The same with the inputs that an update would give."""
    _other: PricedReport | None = None
    """Priced by inputs that are not taken in yet."""
    _changes: int = 0
    """How often something else than the policy that is tried out decided about pay since."""

    @property
    def edition(self) -> str:
        """Which state of the report this is: a page of another edition may show other figures."""
        return f"{self._changes}.{self.carried.changes}.{short_digest(self.policy)}"

    @property
    def period(self) -> Period:
        """Which dates are paid."""
        return self.inputs.period

    @property
    def policy(self) -> Rules:
        """In force on the last day, or tried out in its place."""
        return self.inputs.policy

    @property
    def records(self) -> Records | None:
        """What was read; None while PagerDuty is being read."""
        return self.inputs.records

    @property
    def document(self) -> Document:
        """The policy as the engine follows it, with the versions in force in the period."""
        return self.inputs.basis.document

    @property
    def title(self) -> str:
        """Such as "On-call pay, Platform, October 2026"."""
        return f"On-call pay, {self.scope.name}, {periods.label(self.period)}"

    @property
    def progress(self) -> Progress:
        """How far the reading is."""
        return self.reading.progress if self.reading else Progress("Reading has not begun yet", 0)

    @property
    def undecided_parts(self) -> tuple[str, ...]:
        """Parts of PagerDuty that cannot be read, and that nobody has agreed to do without yet."""
        if self.records is not None:
            return tuple(part for part in self.records.left_out_parts if part not in self.without)
        return (self.refused.part,) if self.refused else ()

    def do_without(self, parts: Iterable[str]) -> None:
        """Agree to a report without these parts; what they hinder is read anew."""
        self.partial = True
        self.without |= frozenset(parts)
        if self.records is None:
            self.reading = self.refused = None

    def try_again(self) -> None:
        """Ask for the parts that could not be read once more."""
        self.refused = None
        if self.undecided_parts:
            self.reading = None
            self._replace(records=None)

    @property
    def priced(self) -> PricedReport:
        """The report by the settings of the moment; priced once for each of them."""
        inputs, priced = self.inputs, self._priced
        if priced is None or priced.inputs is not inputs:
            priced = self._price(inputs)
            if self.inputs is inputs:
                self._priced = priced
        return priced

    @property
    def report(self) -> Report:
        """The report alone."""
        return self.priced.report

    def change(self, *, policy: Rules | None = None, own: Own | None = None) -> None:
        """Try other settings on what was read.

        Raises:
            ReportError: nothing is read yet, or these settings need more than was read.
            ScheduleNameError: the policy names a schedule that is not one schedule of PagerDuty.
        """
        if self.records is None:
            raise ReportError(STILL_READING)
        changed = replace(
            self.inputs,
            policy=self.policy if policy is None else policy,
            own=self.inputs.own if own is None else own,
        )
        refuse_names(changed)  # and the last report stays
        refuse_unread(changed)
        self._changes += changed.own != self.inputs.own
        self.inputs = changed

    def take_in(self, saved: SavedSettings) -> None:
        """Price by what is saved now; what is tried out stays.

        Raises:
            ReportError: the policy that is in force now needs more than was read.
            ScheduleNameError: it names a schedule that is not one schedule of PagerDuty.
        """
        if saved == self.inputs.saved:
            return
        inputs = self._taking_in(saved)
        refuse_names(inputs)
        refuse_unread(inputs)
        self._changes += bool(saved_changes(self.inputs, saved)) or self._pays_otherwise(inputs)
        self.inputs = inputs
        if self._other is not None and self._other.inputs is inputs:
            self._priced = self._other
        self._other = None

    def missing(self, saved: SavedSettings) -> tuple[MissingChange, ...]:
        """What an update would take in: whatever touches the report, and whatever else gives other figures."""
        if self.records is None or saved == self.inputs.saved:
            return ()
        if self._missing is None or self._missing[0] is not self.inputs or self._missing[1] != saved:
            self._missing = self.inputs, saved, self._find_missing(self.records, saved)
        return self._missing[2]

    def _find_missing(self, records: Records, saved: SavedSettings) -> tuple[MissingChange, ...]:
        found = saved_changes(self.inputs, saved)
        corrected = replace(self.inputs, saved=replace(self.inputs.saved, calendars=saved.calendars))
        far = far_calendar_changes(self.inputs, records, corrected)
        if far and self._pays_otherwise(corrected):
            return (*found, *far)
        if found:
            return found
        try:
            inputs = self._taking_in(saved)
            inputs.basis  # noqa: B018  as in `change`
        except ValueError:  # `take_in` says what must be done first
            return ()
        return (MissingChange(OTHER_FIGURES),) if self._pays_otherwise(inputs) else ()

    def _taking_in(self, saved: SavedSettings) -> ReportInputs:
        """The inputs with what is saved; the very same as long as neither changes, so that they are priced once."""
        if self._taken is None or self._taken[0] is not self.inputs or self._taken[1] != saved:
            self._taken = self.inputs, saved, self.inputs.taking_in(saved)
        return self._taken[2]

    def _pays_otherwise(self, inputs: ReportInputs) -> bool:
        """Whether other inputs give other figures than those of a report that was shown."""
        if self._priced is None or self.undecided_parts:
            return False
        if self._other is None or self._other.inputs is not inputs:
            self._other = self._price(inputs)
        return _figures(self.priced.report) != _figures(self._other.report)

    def end_reading(self, records: Records) -> None:
        """Everything is read."""
        self.reading = None
        self._replace(records=records)

    def _replace(self, **changed: Any) -> None:
        self.inputs = replace(self.inputs, **changed)
        if "records" in changed:
            self._changes += 1
            self._duty = self._facts = self._evidence = None

    def others(self) -> dict[str, str]:
        """Names by id of those on a team's schedules or escalation policies who are no members: to be offered."""
        found = dict(self.records.others) if self.records else {}
        return dict(sorted((found | dict(self.scope.also)).items(), key=lambda other: (other[1].casefold(), other[0])))

    def people(self) -> list[Person]:
        """The engineers whose settings can be given: all that the report names, by name."""
        report = self.report
        known = [statement.person for statement in report.statements] + [person for person, _ in report.not_priced]
        return sorted(known, key=lambda person: (person.name.casefold(), person.id))

    def schedules(self) -> dict[str, str]:
        """What the schedules are called, by id, in the order of their names."""
        return self.inputs.schedules.labels()

    def _price(self, inputs: ReportInputs) -> PricedReport:
        facts, evidence = self._facts_by(inputs)
        everybody = self.scope.kind is ScopeKind.ORGANISATION
        asked = None if everybody else frozenset(person.id for person in facts.people)
        policy, since = inputs.basis.form or inputs.basis.document, inputs.period.first
        priced = price(facts, policy, self.schedules(), since=since, needed=inputs.reach, memory=self._memory)
        return PricedReport(inputs, facts, evidence, select(priced, inputs.period, asked))

    def _facts_by(self, inputs: ReportInputs) -> tuple[Facts, Evidence]:
        """What pricing is told, and by which evidence; the very same as long as the settings that matter for it are."""
        rules = evidence_rules(inputs.policy)
        document = inputs.basis.document
        told_by = (
            Places.of(document),
            rules,
            dict(inputs.own),
            inputs.decisions,
            inputs.calendars,
            also_paid(document),
            inputs.saved.shadows,
        )
        if self._facts is None or told_by != self._told_by:
            self._facts, self._told_by = self._told(inputs, rules), told_by
        return self._facts

    def _told(self, inputs: ReportInputs, rules: EvidenceRules) -> tuple[Facts, Evidence]:
        records = inputs.records
        if records is None:
            raise ReportError(STILL_READING)
        if self.undecided_parts:
            raise ReportError("Part of PagerDuty could not be read, and nobody has agreed to do without it.")
        if self._duty is None:
            self._duty = Duty(records.on_call, records.request.until)
        decisions = inputs.decisions
        key = (rules, decisions.acts, decisions.work)
        if self._evidence is None or self._evidence[0] != key:
            found = find_evidence(records, rules, answers=decisions.answers(), work=recorded_work(decisions))
            self._evidence = key, found
        evidence = self._evidence[1]
        facts = to_facts(
            records,
            self._duty,
            evidence,
            places=Places.of(inputs.basis.document),
            day=inputs.last_day,
            own=inputs.own,
            decisions=decisions,
            calendars=inputs.calendars,
            also_pay=also_paid(inputs.basis.document),
            shadows=inputs.saved.shadows,
        )
        return facts, evidence


def _figures(report: Report) -> list[Any]:
    """What is paid, and not, and to whom: not the values of their own from which that was made."""
    priced = [
        (one.person.id, one.person.payroll_number, one.days, one.callouts, one.lines, one.unpaid, one.pending)
        for one in report.statements
    ]
    return [*priced, *((person.id, reason) for person, reason in report.not_priced)]


def progress_words(progress: Progress) -> str:
    """Such as "Reading incidents: 300 so far, 14 of about 40 questions asked"."""
    expected = f" of about {progress.expected:,}" if progress.expected > progress.calls else ""
    return f"{progress.text}, {progress.calls:,}{expected} questions asked"


def begin(
    connections: Connections, account_id: int, session: Session, scope: Scope, period: Period, policy: Rules
) -> Draft:
    """Start a report; nothing is read yet.

    Raises:
        NotConnected: there is no connection that works.
        NotInForce: no policy prices the whole period.
    """
    card = connections.working_card(account_id)
    saved = saved_settings(session, card.subdomain)
    draft = Draft(
        scope=scope,
        inputs=ReportInputs(period, policy, saved, saved.own),
        account_id=account_id,
        subdomain=card.subdomain,
        authority=card.authority,
        sees_everything=card.sees_everything,
        region=card.region.value,
    )
    session.rollback()  # nothing may stay open while PagerDuty is asked
    draft.inputs.basis  # noqa: B018  refused now rather than after minutes of reading
    return draft


def forgotten_values(scope: Scope, basis: Basis, own: Own, period: Period) -> tuple[str, ...]:
    """What the period's policies need and nobody in question has: better told before the reading than after it."""
    asked = [one for one in own.values() if scope.kind is not ScopeKind.ENGINEER or one.user_id == scope.id]
    documents = [saved.document for saved in basis.stretches] or [basis.document]
    return forgotten(documents, asked, period.after)


def read_slice(connections: Connections, draft: Draft, seconds: float) -> bool:
    """Read for about so long; True once everything is read.

    Raises:
        PagerDutyError: reading can be gone on with later; after RateLimited, when its seconds have passed; after
            Forbidden, when somebody has decided how (`Draft.do_without`, `Draft.try_again`).
    """
    if draft.records is not None:
        return True
    give_up = time.monotonic() + seconds

    def read(client: Client) -> None:
        if draft.reading is None:
            read_at = clock.now().replace(microsecond=0)
            draft.reading = Reading(_request(draft, read_at), client, read_at)
        draft.reading.client = client
        draft.reading.advance(lambda: time.monotonic() >= give_up)

    try:
        connections.ask(draft.account_id, read)
    except Forbidden as error:
        if error.part not in {"", ENGINEERS}:  # without them there is no report
            draft.refused = error
        raise
    if draft.reading is None or not draft.reading.complete:
        return False
    draft.end_reading(draft.reading.result)
    return True


def _request(draft: Draft, read_at: datetime) -> ReadRequest:
    since, until = window_to_read(draft.inputs, read_at, longest_spell(draft.document))
    return ReadRequest(
        since=since,
        until=until,
        scope=draft.scope.to_read(),
        mode=Mode(draft.policy.evidence.value),
        partial=draft.partial,
        also_pay=also_paid(draft.document),
        named=named_rotas(draft.document),
        incidents=asks_incidents(draft.document, draft.inputs.own.values()),
    )
