"""One report in the making: asked for, read in slices, priced from memory as often as wanted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time

from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports.document import ScopeKind
from webapp.pd.client import Client
from webapp.pd.errors import Forbidden
from webapp.pd.evidence import Response, Silent, responses
from webapp.pd.plan import ENGINEERS
from webapp.pd.reader import Reading
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Team
from webapp.pd.request import Scope as ReadScope
from webapp.pd.result import Progress, Records
from webapp.pd.shifts import Duty
from webapp.pricing import price, select
from webapp.pricing.document import Document
from webapp.pricing.facts import Decision, Facts, Person
from webapp.pricing.lines import Period, Report
from webapp.pricing.memory import Memory
from webapp.services import callout_decisions, people, periods
from webapp.services.carried import Carried
from webapp.services.connections import Connections
from webapp.services.facts import Places, to_facts
from webapp.services.people import PaySettings
from webapp.services.policies import Basis, Rules, SavedPolicy, basis_of, saved_policies
from webapp.services.policy_asks import forgotten
from webapp.services.policy_windows import longest_spell, window_of

LOOK_BACK = timedelta(days=31)
SESSION_CLOSES = timedelta(hours=24)
MOST_REMEMBERED = 60
"""Engineers for whom a report keeps what pricing measured: a team. An organisation's would take too much memory."""
FARTHEST_AHEAD = timedelta(days=89)
"""PagerDuty tells shifts at most 90 days ahead."""
EASTERNMOST, WESTERNMOST = timedelta(hours=14), timedelta(hours=12)
"""A local date begins up to so long before, or ends so long after, the same date in UTC."""


class ReportError(ValueError):
    """A report that cannot be made as asked; the message says what to do."""


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


@dataclass(slots=True)
class Draft:
    """One report in the making: what is asked, what was read, and the settings tried out on it."""

    scope: Scope
    period: Period
    policy: Rules
    """In force on the last day, or tried out in its place."""
    own: Mapping[str, PaySettings]
    decisions: Mapping[tuple[str, str], Decision]
    account_id: int
    subdomain: str
    authority: str
    sees_everything: bool
    versions: tuple[SavedPolicy, ...] = ()
    """Every saved version of the policy, as known to this report."""
    region: str = ""
    """Of PagerDuty: "us" or "eu"."""
    partial: bool = False
    """Whether parts that this connection may not read are left out, rather than ending the reading."""
    without: frozenset[str] = frozenset()
    """The parts that somebody agreed to do without."""
    reading: Reading | None = None
    refused: Forbidden | None = None
    """What ended the reading, until somebody decides how to go on."""
    records: Records | None = None
    carried: Carried = field(default_factory=Carried)
    """What its file says besides its own period."""
    _duty: Duty | None = None
    _evidence: dict[tuple[Mode, int], tuple[list[Response], list[Silent]]] = field(default_factory=dict)
    _basis: Basis | None = None
    _facts: Facts | None = None
    _told_by: object = None
    """The settings that the facts depend on; others leave them as they are."""
    _memory: Memory = field(default_factory=Memory)
    _report: Report | None = None

    @property
    def basis(self) -> Basis:
        """What prices the period.

        Raises:
            NotInForce: no policy does, or not one currency.
        """
        if self._basis is None:
            self._basis = basis_of(self.versions, self.policy, self.period.first, self.period.after)
        return self._basis

    @property
    def document(self) -> Document:
        """The policy as the engine follows it, with the versions in force in the period."""
        return self.basis.document

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
            self.records = self.reading = None

    @property
    def facts(self) -> Facts:
        """What pricing is told, by the settings of the moment."""
        way = (Mode(self.policy.evidence.value), self.policy.longest_lead_minutes)
        told_by = (Places.of(self.document), way, dict(self.own), dict(self.decisions))
        if self._facts is None or told_by != self._told_by:
            self._facts, self._told_by = self._told(*way), told_by
        return self._facts

    @property
    def report(self) -> Report:
        """The report by the settings of the moment; computed once for each change."""
        if self._report is None:
            self._report = self._priced()
        return self._report

    def change(
        self,
        *,
        policy: Rules | None = None,
        versions: Iterable[SavedPolicy] | None = None,
        own: Mapping[str, PaySettings] | None = None,
        decisions: Mapping[tuple[str, str], Decision] | None = None,
    ) -> None:
        """Try other settings on what was read.

        Raises:
            ReportError: the other way of finding who responded needs facts that were not read.
        """
        if policy is not None and self.records and not self.records.request.supports(Mode(policy.evidence.value)):
            raise ReportError(
                "To find the payee of an incident this way, more must be read from PagerDuty. Press “Read PagerDuty "
                "again” below the settings."
            )
        self.policy = self.policy if policy is None else policy
        self.versions = self.versions if versions is None else tuple(versions)
        self.own = self.own if own is None else own
        self.decisions = self.decisions if decisions is None else decisions
        self._basis = self._report = None

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
        """Names of the schedules by id, by name."""
        found = self.records.schedules.values() if self.records else ()
        return {schedule.id: schedule.name for schedule in sorted(found, key=lambda known: known.name.casefold())}

    def _priced(self) -> Report:
        facts = self.facts
        everybody = self.scope.kind is ScopeKind.ORGANISATION
        asked = None if everybody else frozenset(person.id for person in facts.people)
        memory = self._memory if len(facts.people) <= MOST_REMEMBERED else None
        policy = self.basis.form or self.document
        priced = price(facts, policy, self.schedules(), since=self.period.first, memory=memory)
        return select(priced, self.period, asked)

    def _told(self, mode: Mode, longest_lead_minutes: int) -> Facts:
        records = self.records
        if records is None:
            raise ReportError("PagerDuty is still being read.")
        if self.undecided_parts:
            raise ReportError("Part of PagerDuty could not be read, and nobody has agreed to do without it.")
        if self._duty is None:
            self._duty = Duty(records.on_call, records.request.until)
        way = (mode, longest_lead_minutes)
        if way not in self._evidence:
            self._evidence = {way: responses(records, mode, timedelta(minutes=longest_lead_minutes))}
        found, silent = self._evidence[way]
        return to_facts(
            records,
            self._duty,
            found,
            silent,
            places=Places.of(self.document),
            day=self.period.after - timedelta(days=1),
            own=self.own,
            decisions=self.decisions,
        )


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
    draft = Draft(
        scope=scope,
        period=period,
        policy=policy,
        versions=tuple(saved_policies(session)),
        own=people.pay_settings(session, card.subdomain),
        decisions=callout_decisions.decisions(session, card.subdomain),
        account_id=account_id,
        subdomain=card.subdomain,
        authority=card.authority,
        sees_everything=card.sees_everything,
        region=card.region.value,
    )
    session.rollback()  # nothing may stay open while PagerDuty is asked
    draft.basis  # noqa: B018  refused now rather than after minutes of reading
    return draft


def forgotten_values(scope: Scope, basis: Basis, own: Mapping[str, PaySettings], period: Period) -> tuple[str, ...]:
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
            draft.reading = Reading(_request(draft), client, clock.now().replace(microsecond=0))
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
    draft.records = draft.reading.result
    draft.reading = None
    return True


def _request(draft: Draft) -> ReadRequest:
    """What must be read: the period, and as far around it as the policy looks."""
    begins, ends = window_of(draft.document, draft.period.first, draft.period.after)
    first = datetime.combine(begins, wall_time(), UTC)
    after = datetime.combine(ends, wall_time(), UTC)
    beyond = SESSION_CLOSES + longest_spell(draft.document)
    return ReadRequest(
        since=first - EASTERNMOST - LOOK_BACK,
        until=max(min(after + WESTERNMOST + beyond, clock.now().replace(microsecond=0) + FARTHEST_AHEAD), first),
        scope=draft.scope.to_read(),
        mode=Mode(draft.policy.evidence.value),
        partial=draft.partial,
    )
