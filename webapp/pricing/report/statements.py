"""`price`: what the engine of documents answers, as the lines, rows and warnings that reports are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import TypeVar
from zoneinfo import ZoneInfo

from webapp.pricing.engine.calendars import known_zone
from webapp.pricing.engine.engine import price_each
from webapp.pricing.engine.facts import Callout as NeutralCallout
from webapp.pricing.engine.facts import OnCall
from webapp.pricing.engine.ledger import ON_CALL
from webapp.pricing.engine.lines import Left, OtherLine
from webapp.pricing.engine.memory import Known, Memory
from webapp.pricing.engine.needed import Needed
from webapp.pricing.facts import Callout, Facts, JoinedResponder, SilentIncident
from webapp.pricing.policy.brief import PolicyBrief, brief_of
from webapp.pricing.policy.document import Document
from webapp.pricing.policy.form import Policy
from webapp.pricing.policy.form_document import document_of
from webapp.pricing.policy.form_words import in_words as form_in_words
from webapp.pricing.policy.rotas import with_rota, with_rotas
from webapp.pricing.policy.words import in_words as document_in_words
from webapp.pricing.report.engineer import Engineer
from webapp.pricing.report.gaps import counted_rows, warn_of_dates
from webapp.pricing.report.lines import NotPriced, PendingLine, Period, Priced, Subject, UnpaidLine, Warning_
from webapp.pricing.report.pay_lines import Printer
from webapp.pricing.report.written import Since, Written, write

_Line = TypeVar("_Line")
EVER = Period(date.min, date.max)


def price(
    facts: Facts,
    policy: Document | Policy,
    schedules: Mapping[str, str] | None = None,
    *,
    since: date = date.min,
    needed: Period = EVER,
    memory: Memory | None = None,
) -> Priced:
    """Makes all pay, unpaid and pending lines by a document, or by the form, which is a view of one.

    `schedules` gives names of schedules by id. `select` picks a period's lines; of one that does not begin before
    `since`, the same as if nothing had been left out. Only what is missing within the dates `needed` (the period, and
    what its rules count over) unprices an engineer. A `memory` quickens the next pricing. Raises PricingError.
    """
    document, asked = document_of(policy), Since.of(since)
    known = _known(facts, document, Needed(needed.first, needed.after), asked.begins, schedules or {}, memory)
    brief = _brief(document, policy, schedules or {})
    by_row = {str(number): row.schedule_id or "" for number, row in enumerate(facts.on_call)}
    printer = Printer(document, brief, by_row)
    counted = counted_rows(document, by_row) if brief.pays_by_the_date else None
    engineers = (_with_rotas(one, schedules or {}) for one in _engineers(facts, document, known, asked))
    written = [write(one, brief, printer, asked, counted) for one in engineers]  # of all engineers together it is a lot
    silent = _dated_silent(facts, document)
    return Priced(
        policy=brief,
        people=facts.people,
        read_at=facts.read_at,
        pay=_all(one.pay for one in written),
        unpaid=_all([*(one.unpaid for one in written), _silent_unpaid(silent)]),
        pending=_all([*(one.pending for one in written), _silent_pending(silent)]),
        callouts=_all(one.rows for one in written),
        moved=_all(one.moved for one in written),
        days=_all(one.days for one in written),
        not_priced=tuple(NotPriced(one.person_id, one.missing) for one in written if one.missing),
        warnings=_all([*(one.warnings for one in written), _warnings_of_dates(written, facts)]),
        always_on_call=facts.always_on_call,
        silent=silent,
        joined=_dated_joined(facts, brief.by_version[0].pay_zone),
        holidays=facts.holidays,
        calendar_changes=facts.calendar_changes,
    )


def _warnings_of_dates(written: Iterable[Written], facts: Facts) -> Iterable[Warning_]:
    names = {row.schedule_id: row.schedule_name for row in facts.on_call if row.schedule_id}
    return warn_of_dates([one.dates for one in written if one.dates], names)


def _known(
    facts: Facts, document: Document, needed: Needed, since: int, names: Mapping[str, str], memory: Memory | None
) -> Known:
    return memory.of(facts, document, needed, since, names) if memory else Known.of(facts, document, needed)


def _engineers(facts: Facts, document: Document, known: Known, asked: Since) -> Iterator[Engineer]:
    """Everybody with any time on call or callout, priced."""
    told, calendars = known.facts, known.calendars
    people = {one.id: (one, neutral) for one, neutral in zip(facts.people, told.people, strict=True)}
    rows: dict[str, list[OnCall]] = defaultdict(list)
    for row in told.on_call:
        rows[row.person].append(row)
    callouts: dict[str, list[tuple[Callout, NeutralCallout]]] = defaultdict(list)
    for one, neutral in zip(facts.callouts, told.callouts, strict=True):
        callouts[one.person_id].append((one, neutral))
    late = frozenset(one.incident.id for one in facts.callouts if asked.asks_late(one))
    outcomes = price_each(document, told, calendars, ledgers=(ON_CALL,), since=asked.begins, late=late, work=known.work)
    for outcome in outcomes:
        person, neutral_person = people[outcome.person]
        key = person.id
        yield Engineer(
            person=person,
            neutral=neutral_person,
            rows=rows[key],
            callouts=callouts[key],
            outcome=outcome,
            document=document,
            calendars=calendars,
            read_at=told.read_at,
            company_days=facts.company_days,
            only=calendars.steady(neutral_person, document) if not (document.later or outcome.missing) else None,
        )


def _with_rotas(engineer: Engineer, names: Mapping[str, str]) -> Engineer:
    """Where a rota is a reason, by its name."""
    outcome = engineer.outcome
    for line in chain[OtherLine | Left](outcome.unpaid, outcome.pending, outcome.left):
        line.reason = with_rota(line.reason, names)
    return engineer


def _brief(document: Document, policy: Document | Policy, schedules: Mapping[str, str]) -> PolicyBrief:
    """With schedules by their names."""
    named = with_rotas(document, schedules)
    words = form_in_words(policy, schedules) if isinstance(policy, Policy) else document_in_words(named)
    return brief_of(named, words)


def _all(parts: Iterable[Iterable[_Line]]) -> tuple[_Line, ...]:
    return tuple(chain.from_iterable(parts))


def _dated_silent(facts: Facts, document: Document) -> tuple[tuple[date, SilentIncident], ...]:
    """Incidents that are nobody's callout, by the date they were triggered.

    Without one pay zone anybody's date may be theirs: they have each of them, lest a month's edge lose them.
    """
    versions = (document, *document.later)
    names = {one.pay_zone or "" for one in versions}
    if "" in names:
        rows = facts.on_call if any(one.zone_of_schedule for one in versions) else ()
        names |= {person.zone or "" for person in facts.people} | {row.zone for row in rows}
    zones = [known_zone(name) for name in names - {""} or {"UTC"}]
    dated = {(one.incident.triggered.astimezone(zone).date(), one) for one in facts.silent for zone in zones}
    return tuple(sorted(dated, key=lambda pair: (pair[1].incident.triggered, pair[1].incident.id, pair[0])))


def _dated_joined(facts: Facts, pay_zone: str | None) -> tuple[tuple[date, JoinedResponder], ...]:
    zone = ZoneInfo(pay_zone or "UTC")
    return tuple((one.at.astimezone(zone).date(), one) for one in facts.joined)


def _once(silent: Iterable[tuple[date, SilentIncident]]) -> Iterable[tuple[date, SilentIncident]]:
    """Each of them on its first date."""
    first: dict[SilentIncident, date] = {}
    for day, one in silent:
        first.setdefault(one, day)
    return ((day, one) for one, day in first.items())


def _silent_unpaid(silent: Iterable[tuple[date, SilentIncident]]) -> Iterable[UnpaidLine]:
    for day, one in _once(silent):
        if one.incident.resolved is not None:
            yield UnpaidLine(None, day, Subject.INCIDENT, one.reason, (), 0, one.incident.id)


def _silent_pending(silent: Iterable[tuple[date, SilentIncident]]) -> Iterable[PendingLine]:
    for day, one in _once(silent):
        if one.incident.resolved is None:
            yield PendingLine(None, day, Subject.INCIDENT, one.reason, (), 0, one.incident.id)
