"""Every callout, paid or not, with its evidence; then, but for one engineer, the incidents that nobody had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from webapp.exports.cells import Value
from webapp.exports.columns import Column, Role, columns_for, gives_time_off
from webapp.exports.document import ReportDocument, ScopeKind
from webapp.exports.grid import Row, Sheet, Table, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.summary import title_row
from webapp.exports.times import local_words, wall_clock
from webapp.pricing.facts import Decision, EvidenceDecision, Incident, JoinedResponder, Person, SilentIncident
from webapp.pricing.report.lines import CalloutRow
from webapp.pricing.spans import instant_of

NAME = "Callouts"
NOBODY = "nobody"
_HEADER_ROW = 3


class CalloutEntry(NamedTuple):
    """One callout's part of a session, or an incident that is nobody's callout."""

    engineer: str
    person_id: str | None
    booked_on: date
    incident: Incident
    zone: str
    """In which its times are printed."""
    reason: str
    evidence_decisions: tuple[EvidenceDecision, ...] = ()
    row: CalloutRow | None = None
    """None of an incident that is nobody's callout."""


def _of_callout(value: Callable[[CalloutRow], Value]) -> Callable[[CalloutEntry], Value]:
    """What only a callout has; nothing for other incidents."""
    return lambda entry: None if entry.row is None else value(entry.row)


def _acknowledged(entry: CalloutEntry) -> datetime | None:
    return entry.row.callout.acknowledged if entry.row else None


def _began(entry: CalloutEntry) -> datetime | None:
    return instant_of(min(start for start, _ in entry.row.spans)) if entry.row and entry.row.spans else None


def _ended(entry: CalloutEntry) -> datetime | None:
    return instant_of(max(end for _, end in entry.row.spans)) if entry.row and entry.row.spans else None


def _local(instant: datetime | None, entry: CalloutEntry) -> datetime | None:
    return None if instant is None else wall_clock(instant, entry.zone)


def _decided(entry: CalloutEntry) -> str | None:
    """Everything that a manager decided, of the callout and of its evidence."""
    decision = entry.row.callout.decision if entry.row else None
    words = [_decision_words(decision, entry.zone)] if decision else []
    words += [_signed(local_words(one.what, entry.zone), one, entry.zone) for one in entry.evidence_decisions]
    return "; ".join(words) or None


_EVERY_ROW: tuple[Column[CalloutEntry], ...] = (
    Column("Engineer", Look.TEXT, lambda entry: entry.engineer, 18),
    Column("PagerDuty id", Look.IDENTIFIER, lambda entry: entry.person_id, 11, Role.KEY),
    Column("Booked on", Look.DATE, lambda entry: entry.booked_on, 11),
    Column("Day type", Look.TEXT, _of_callout(lambda row: row.day_type), 11),
    Column("Session", Look.ORDINAL, _of_callout(lambda row: row.session), 8),
    Column("Incident", Look.ORDINAL, lambda entry: entry.incident.number, 9),
    Column("Title", Look.WRAPPED, lambda entry: entry.incident.title, 26),
    Column("Service", Look.WRAPPED, lambda entry: entry.incident.service, 14),
    Column("Urgency", Look.TEXT, lambda entry: entry.incident.urgency, 10),
    Column("Triggered", Look.INSTANT, lambda entry: _local(entry.incident.triggered, entry), 15),
    Column("Acknowledged", Look.INSTANT, lambda entry: _local(_acknowledged(entry), entry), 15),
    Column("Resolved", Look.INSTANT, lambda entry: _local(entry.incident.resolved, entry), 15),
    Column("Work began", Look.INSTANT, lambda entry: _local(_began(entry), entry), 15),
    Column("Work ended", Look.INSTANT, lambda entry: _local(_ended(entry), entry), 15),
    Column("Times in", Look.TEXT, lambda entry: entry.zone, 15),
    Column("Hours worked", Look.DURATION, _of_callout(lambda row: timedelta(seconds=row.worked_seconds)), 8),
    Column(
        "Hours billed", Look.DURATION, _of_callout(lambda row: timedelta(seconds=row.billed_seconds)), 10, added=True
    ),
    Column("Callout fee", Look.MONEY, _of_callout(lambda row: row.fee), 13, Role.FEES, added=True),
    Column("Hourly pay", Look.MONEY, _of_callout(lambda row: row.hourly_pay), 13, Role.HOURLY_PAY, added=True),
    Column("Hours off in lieu", Look.HOURS, _of_callout(lambda row: row.time_off), 10, when=gives_time_off),
    Column("Paid", Look.TEXT, lambda entry: "yes" if entry.row and entry.row.payable else "no", 6),
    Column(
        "Evidence", Look.WRAPPED, lambda entry: local_words(entry.row.evidence, entry.zone) if entry.row else None, 36
    ),
    Column("Reason", Look.WRAPPED, lambda entry: entry.reason, 18),
    Column("Decision", Look.WRAPPED, _decided, 20),
)
_SECONDS: tuple[Column[CalloutEntry], ...] = (
    Column("Seconds worked", Look.WHOLE, _of_callout(lambda row: row.worked_seconds), 9),
    Column(
        "Seconds billed", Look.WHOLE, _of_callout(lambda row: row.billed_seconds), 12, Role.SECONDS_BILLED, added=True
    ),
)
"""Before these the rows of incidents that are nobody's callout end."""
COLUMNS = (*_EVERY_ROW, *_SECONDS)
"""Hours worked may overlap, so they have no total."""


def entries(document: ReportDocument) -> list[CalloutEntry]:
    """Each callout's part of a session, each responder who joined, each incident of nobody."""
    return [
        *(_callout(statement.person, row) for statement in document.report.statements for row in statement.callouts),
        *(_joined(joined, _pay_zone(document)) for joined in document.report.joined),
        *(_silent(silent, _pay_zone(document)) for silent in silent_incidents(document)),
    ]


def table(document: ReportDocument) -> Table[CalloutEntry]:
    """A row for each entry."""
    return Table(NAME, columns_for(document, COLUMNS), _HEADER_ROW, len(entries(document)))


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    where = table(document)
    return Sheet.of(where, _rows(document, where))


def silent_incidents(document: ReportDocument) -> tuple[SilentIncident, ...]:
    """The incidents of nobody: not in one engineer's report, to whom they say nothing."""
    return () if document.scope_kind is ScopeKind.ENGINEER else document.report.silent


def _rows(document: ReportDocument, where: Table[CalloutEntry]) -> Iterator[Row]:
    callouts = entries(document)
    yield title_row(document, "Callouts")
    yield sentence(
        "Hours worked of callouts may overlap; hours billed never do. Every row that is not paid says why.", Tone.NOTE
    )
    yield where.header()
    for entry, row in zip(callouts, where.rows(callouts), strict=True):
        if entry.row is None:
            yield replace(row, values=row.values[: -len(_SECONDS)], tone=Tone.MUTED)
        else:
            yield row if entry.row.payable else replace(row, tone=Tone.MUTED)
    if not callouts:
        unpriced = "Callouts of engineers who are not priced are not listed: Summary names the engineers."
        none = unpriced if document.report.not_priced else "No incident in this period."
        yield sentence(document.incidents_words or none, Tone.NOTE)
    yield where.total("Total", document, callouts)


def _callout(person: Person, row: CalloutRow) -> CalloutEntry:
    callout = row.callout
    return CalloutEntry(
        person.name, person.id, row.date, row.incident, person.zone or "UTC", row.reason,
        callout.evidence_decisions, row,
    )  # fmt: skip


def _joined(joined: JoinedResponder, zone: str) -> CalloutEntry:
    booked, reason = wall_clock(joined.at, zone).date(), local_words(joined.reason, zone)
    return CalloutEntry(joined.name, joined.person_id, booked, joined.incident, zone, reason)


def _silent(silent: SilentIncident, zone: str) -> CalloutEntry:
    booked, reason = wall_clock(silent.incident.triggered, zone).date(), local_words(silent.reason, zone)
    return CalloutEntry(NOBODY, None, booked, silent.incident, zone, reason, silent.evidence_decisions)


def _pay_zone(document: ReportDocument) -> str:
    return document.report.policy.on(document.report.period.first).pay_zone or "UTC"


def _signed(what: str, one: Decision | EvidenceDecision, zone: str) -> str:
    return f"{what}: {one.reason} ({one.decided_by}, {wall_clock(one.decided_at, zone)})"


def _decision_words(decision: Decision, zone: str) -> str:
    what = decision.what
    if decision.times:
        times = (f"from {wall_clock(span.start, zone)} to {wall_clock(span.end, zone)}" for span in decision.times)
        what += f", {' and '.join(times)}"
    return _signed(what, decision, zone)
