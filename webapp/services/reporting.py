"""One report, from the question to the document: read in slices, priced from memory as often as asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from functools import cache
from importlib.metadata import version

from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports.document import ReportDocument, ScopeKind, SourceCount
from webapp.pd.client import Client
from webapp.pd.evidence import Response, Silent, responses
from webapp.pd.reader import Reading, Records
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Team
from webapp.pd.request import Scope as ReadScope
from webapp.pd.shifts import Duty
from webapp.pricing import in_words, price, select
from webapp.pricing.facts import Decision, Person
from webapp.pricing.lines import Period, Report
from webapp.pricing.policy import Policy
from webapp.services import people, periods, policies
from webapp.services.connections import Connections
from webapp.services.facts import to_facts
from webapp.services.people import PaySettings

LOOK_BACK = timedelta(days=31)
SESSION_CLOSES = timedelta(hours=24)
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

    def to_read(self) -> ReadScope:
        """The same for the reader."""
        match self.kind:
            case ScopeKind.ENGINEER:
                return Individual(self.id)
            case ScopeKind.TEAM:
                return Team(self.id)
            case ScopeKind.ORGANISATION:
                return Organisation()


@dataclass(slots=True)
class Draft:
    """One report in the making: what is asked, what was read, and the settings tried out on it."""

    scope: Scope
    period: Period
    policy: Policy
    own: Mapping[str, PaySettings]
    decisions: Mapping[tuple[str, str], Decision]
    account_id: int
    subdomain: str
    authority: str
    sees_everything: bool
    reading: Reading | None = None
    records: Records | None = None
    _duty: Duty | None = None
    _evidence: dict[tuple[Mode, int], tuple[list[Response], list[Silent]]] = field(default_factory=dict)
    _report: Report | None = None

    @property
    def title(self) -> str:
        """Such as "On-call pay, Platform, October 2026"."""
        return f"On-call pay, {self.scope.name}, {periods.label(self.period)}"

    @property
    def progress(self) -> str:
        """How far the reading is, in words."""
        if self.reading is None:
            return "Reading has not begun yet"
        told = self.reading.progress
        return f"{told.text}, {told.calls:,} questions asked"

    @property
    def report(self) -> Report:
        """The report by the settings of the moment; computed once for each change."""
        if self._report is None:
            self._report = self._priced()
        return self._report

    def change(
        self,
        *,
        policy: Policy | None = None,
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
        self.own = self.own if own is None else own
        self.decisions = self.decisions if decisions is None else decisions
        self._report = None

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
        records = self.records
        if records is None:
            raise ReportError("PagerDuty is still being read.")
        if self._duty is None:
            self._duty = Duty(records.on_call, records.request.until)
        way = (Mode(self.policy.evidence.value), self.policy.longest_lead_minutes)
        if way not in self._evidence:
            self._evidence = {way: responses(records, way[0], timedelta(minutes=way[1]))}
        found, silent = self._evidence[way]
        facts = to_facts(records, self._duty, found, silent, policy=self.policy, own=self.own, decisions=self.decisions)
        asked = None if self.scope.kind is ScopeKind.ORGANISATION else frozenset(records.users)
        return select(price(facts, self.policy), self.period, asked)


def begin(
    connections: Connections, account_id: int, session: Session, scope: Scope, period: Period, policy: Policy
) -> Draft:
    """Start a report; nothing is read yet.

    Raises:
        NotConnected: there is no connection that works.
    """
    card = connections.working_card(account_id)
    draft = Draft(
        scope=scope,
        period=period,
        policy=policy,
        own=people.pay_settings(session, card.subdomain),
        decisions=people.decisions(session, card.subdomain),
        account_id=account_id,
        subdomain=card.subdomain,
        authority=card.authority,
        sees_everything=card.sees_everything,
    )
    session.rollback()  # nothing may stay open while PagerDuty is asked
    return draft


def read_slice(connections: Connections, draft: Draft, seconds: float) -> bool:
    """Read for about so long; True once everything is read.

    Raises:
        PagerDutyError: reading can be gone on with later; after RateLimited, when its seconds have passed.
    """
    if draft.records is not None:
        return True
    give_up = time.monotonic() + seconds

    def read(client: Client) -> None:
        if draft.reading is None:
            draft.reading = Reading(_request(draft), client, clock.now().replace(microsecond=0))
        draft.reading.client = client
        draft.reading.advance(lambda: time.monotonic() >= give_up)

    connections.ask(draft.account_id, read)
    if draft.reading is None or not draft.reading.complete:
        return False
    draft.records = draft.reading.result
    draft.reading = None
    return True


def _request(draft: Draft) -> ReadRequest:
    """What must be read: the period, and as far around it as the policy looks."""
    first = datetime.combine(draft.period.first, wall_time(), UTC)
    after = datetime.combine(draft.period.after, wall_time(), UTC)
    beyond = SESSION_CLOSES + timedelta(hours=draft.policy.longest_spell_hours)
    return ReadRequest(
        since=first - EASTERNMOST - LOOK_BACK,
        until=max(min(after + WESTERNMOST + beyond, clock.now().replace(microsecond=0) + FARTHEST_AHEAD), first),
        scope=draft.scope.to_read(),
        mode=Mode(draft.policy.evidence.value),
    )


def document(draft: Draft, session: Session) -> ReportDocument:
    """The report with everything that page and file print around it."""
    records, report = draft.records, draft.report
    if records is None:
        raise ReportError("PagerDuty is still being read.")
    window = f"{records.request.since:%Y-%m-%d} to {records.request.until:%Y-%m-%d}"
    return ReportDocument(
        report=report,
        title="On-call pay",
        scope_name=draft.scope.name,
        scope_kind=draft.scope.kind,
        period_label=periods.label(draft.period),
        pay_zone_label=draft.policy.pay_zone or "each engineer's own time zone",
        policy_label=settings_label(draft, session),
        policy_words=tuple(in_words(draft.policy, draft.schedules())),
        authority=draft.authority,
        read_at=records.read_at,
        warnings=tuple(reading_warnings(draft, records)),
        other_teams=_other_teams(draft, records),
        sources=tuple(
            SourceCount(
                tally.part,
                tally.calls,
                tally.records,
                window if tally.windows else "",
            )
            for tally in records.tallies
        ),
        data_versions=_data_versions(),
        instance_name="CalloutPay",
    )


@cache
def _data_versions() -> Mapping[str, str]:
    """The packages whose data decides about dates; read once, because that takes as long as pricing a small team."""
    return {name: version(name) for name in ("holidays", "tzdata")}


def settings_label(draft: Draft, session: Session) -> str:
    """The policy's name and version if exactly what is saved was used, else "unsaved settings"."""
    if dict(draft.own) != dict(people.pay_settings(session, draft.subdomain)):
        return "unsaved settings"
    return policies.policy_label(session, draft.policy)


def _other_teams(draft: Draft, records: Records) -> dict[str, tuple[str, ...]]:
    """For a team's report: the other teams of its engineers, whose workbook would carry the same statement."""
    if draft.scope.kind is not ScopeKind.TEAM:
        return {}
    others = {
        user.id: tuple(name for name in sorted(user.team_names) if name != draft.scope.name)
        for user in records.users.values()
    }
    return {user_id: names for user_id, names in others.items() if names}


def reading_warnings(draft: Draft, records: Records) -> list[str]:
    """What a manager should know of the reading itself."""
    told = []
    if not draft.sees_everything:
        told.append(
            f"PagerDuty was read with the rights of {draft.authority}, who is not an admin there. PagerDuty leaves out "
            "what that person may not see, without saying so. Connect as an admin, or with an account API key."
        )
    lonely = sorted(schedule.name for schedule in records.schedules.values() if not schedule.policy_ids)
    if lonely:
        told.append(
            f"On no escalation policy, so PagerDuty does not tell who was on call there: {', '.join(lonely)}. Time on "
            "these schedules is not in this report."
        )
    if records.unseen_incident_ids:
        told.append(
            f"{len(records.unseen_incident_ids)} incidents that somebody worked on are hidden from this connection. "
            "Their callouts are not in this report."
        )
    strange = sorted(f"{user.name} ({user.zone_note})" for user in records.users.values() if user.zone_note)
    if strange:
        told.append(f"PagerDuty names a time zone that is not known for: {', '.join(strange)}.")
    return told
