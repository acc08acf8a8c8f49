"""Every callout, paid or not, with its evidence; then, but for one engineer, the incidents that nobody had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from webapp.exports.cells import Value
from webapp.exports.document import ReportDocument, ScopeKind
from webapp.exports.grid import Column, Row, Sheet, Table, sentence
from webapp.exports.looks import Look, Tone
from webapp.exports.sheets.summary import gives_time_off, title_row
from webapp.exports.times import local_words, wall_clock
from webapp.pricing.facts import Decision, EvidenceDecision, Incident, JoinedResponder, Person, SilentIncident
from webapp.pricing.report.lines import CalloutRow, Report
from webapp.pricing.spans import instant_of

NAME = "Callouts"
NOBODY = "nobody"
_HEADER_ROW = 3
_COLUMNS = (
    Column("Engineer", Look.TEXT, 18),
    Column("PagerDuty id", Look.IDENTIFIER, 11),
    Column("Booked on", Look.DATE, 11),
    Column("Day type", Look.TEXT, 11),
    Column("Session", Look.ORDINAL, 8),
    Column("Incident", Look.ORDINAL, 9),
    Column("Title", Look.WRAPPED, 26),
    Column("Service", Look.WRAPPED, 14),
    Column("Urgency", Look.TEXT, 10),
    Column("Triggered", Look.INSTANT, 15),
    Column("Acknowledged", Look.INSTANT, 15),
    Column("Resolved", Look.INSTANT, 15),
    Column("Work began", Look.INSTANT, 15),
    Column("Work ended", Look.INSTANT, 15),
    Column("Times in", Look.TEXT, 15),
    Column("Hours worked", Look.DURATION, 8),
    Column("Hours billed", Look.DURATION, 10),
    Column("Callout fee", Look.MONEY, 13),
    Column("Hourly pay", Look.MONEY, 13),
)
_TIME_OFF = Column("Hours off in lieu", Look.HOURS, 10)
_EVIDENCE = (
    Column("Paid", Look.TEXT, 6),
    Column("Evidence", Look.WRAPPED, 36),
    Column("Reason", Look.WRAPPED, 18),
    Column("Decision", Look.WRAPPED, 20),
    Column("Seconds worked", Look.WHOLE, 9),
    Column("Seconds billed", Look.WHOLE, 12),
)


def table(document: ReportDocument) -> Table:
    """A row for each callout's part of a session, each responder who joined, each incident of nobody."""
    callouts = sum(len(statement.callouts) for statement in document.report.statements)
    columns = (*_COLUMNS, *[_TIME_OFF] * gives_time_off(document.report), *_EVIDENCE)
    return Table(NAME, columns, _HEADER_ROW, callouts + len(document.report.joined) + len(silent_incidents(document)))


def sheet(document: ReportDocument) -> Sheet:
    """The sheet."""
    where = table(document)
    widths = tuple(column.width for column in where.columns)
    return Sheet(NAME, widths, _rows(document, where), f"B{where.first}", where, where.header_row)


def silent_incidents(document: ReportDocument) -> tuple[SilentIncident, ...]:
    """The incidents of nobody: not in one engineer's report, to whom they say nothing."""
    return () if document.scope_kind is ScopeKind.ENGINEER else document.report.silent


def _rows(document: ReportDocument, where: Table) -> Iterator[Row]:
    report = document.report
    yield title_row(document, "Callouts")
    yield sentence(
        "Hours worked of callouts may overlap; hours billed never do. Every row that is not paid says why.", Tone.NOTE
    )
    yield where.header()
    for statement in report.statements:
        for row in statement.callouts:
            entry = _entry(statement.person, row, off=gives_time_off(report))
            yield Row(entry, where.looks, Tone.ENTRY if row.payable else Tone.MUTED)
    for joined in report.joined:
        yield Row(_joined_entry(document, joined), where.looks, Tone.MUTED)
    for silent in silent_incidents(document):
        yield Row(_silent_entry(document, silent), where.looks, Tone.MUTED)
    if not where.count:
        unpriced = "Callouts of engineers who are not priced are not listed: Summary names the engineers."
        none = unpriced if report.not_priced else "No incident in this period."
        yield sentence(document.incidents_words or none, Tone.NOTE)
    yield where.total("Total", totals(report))


def totals(report: Report) -> dict[str, Value]:
    """The row of totals, by heading; hours worked may overlap, so they have none."""
    billed = sum(row.billed_seconds for statement in report.statements for row in statement.callouts)
    return {
        "Hours billed": timedelta(seconds=billed),
        "Callout fee": report.fees,
        "Hourly pay": report.hourly_pay,
        "Seconds billed": billed,
    }


def _entry(person: Person, row: CalloutRow, *, off: bool) -> tuple[Value, ...]:
    zone = person.zone or "UTC"
    began = min((start for start, _ in row.spans), default=None)
    ended = max((end for _, end in row.spans), default=None)
    return (
        person.name,
        person.id,
        row.date,
        row.day_type,
        row.session,
        *_incident(row.incident, row.callout.acknowledged, zone),
        None if began is None else wall_clock(instant_of(began), zone),
        None if ended is None else wall_clock(instant_of(ended), zone),
        zone,
        timedelta(seconds=row.worked_seconds),
        timedelta(seconds=row.billed_seconds),
        row.fee,
        row.hourly_pay,
        *[row.time_off] * off,
        "yes" if row.payable else "no",
        local_words(row.evidence, zone),
        row.reason,
        _decided(row.callout.decision, row.callout.evidence_decisions, zone),
        row.worked_seconds,
        row.billed_seconds,
    )


def _silent_entry(document: ReportDocument, silent: SilentIncident) -> tuple[Value, ...]:
    zone = _pay_zone(document)
    triggered = wall_clock(silent.incident.triggered, zone)
    unpaid = _unpaid(document, silent.incident, silent.reason, silent.evidence_decisions)
    return (NOBODY, None, triggered.date(), None, None, *unpaid)


def _joined_entry(document: ReportDocument, joined: JoinedResponder) -> tuple[Value, ...]:
    booked = wall_clock(joined.at, _pay_zone(document)).date()
    return (joined.name, joined.person_id, booked, None, None, *_unpaid(document, joined.incident, joined.reason, ()))


def _unpaid(
    document: ReportDocument, incident: Incident, reason: str, decisions: tuple[EvidenceDecision, ...]
) -> tuple[Value, ...]:
    """The columns from the incident on, of what nobody has a callout of."""
    zone = _pay_zone(document)
    off = [None] * gives_time_off(document.report)
    nothing = (None, None, zone, None, None, None, None, *off, "no", None)
    return (
        *_incident(incident, None, zone),
        *nothing,
        local_words(reason, zone),
        _decided(None, decisions, zone),
    )


def _pay_zone(document: ReportDocument) -> str:
    return document.report.policy.on(document.report.period.first).pay_zone or "UTC"


def _incident(incident: Incident, acknowledged: datetime | None, zone: str) -> tuple[Value, ...]:
    return (
        incident.number,
        incident.title,
        incident.service,
        incident.urgency,
        _local(incident.triggered, zone),
        _local(acknowledged, zone),
        _local(incident.resolved, zone),
    )


def _local(instant: datetime | None, zone: str) -> datetime | None:
    return None if instant is None else wall_clock(instant, zone)


def _decided(decision: Decision | None, evidence: tuple[EvidenceDecision, ...], zone: str) -> str | None:
    """Everything that a manager decided, of the callout and of its evidence."""
    words = [_decision_words(decision, zone)] if decision else []
    words += [_signed(local_words(one.what, zone), one, zone) for one in evidence]
    return "; ".join(words) or None


def _signed(what: str, one: Decision | EvidenceDecision, zone: str) -> str:
    return f"{what}: {one.reason} ({one.decided_by}, {wall_clock(one.decided_at, zone)})"


def _decision_words(decision: Decision, zone: str) -> str:
    what = decision.what
    if decision.times:
        times = (f"from {wall_clock(span.start, zone)} to {wall_clock(span.end, zone)}" for span in decision.times)
        what += f", {' and '.join(times)}"
    return _signed(what, decision, zone)
