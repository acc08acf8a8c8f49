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
from webapp.pricing.engine.ledger import CALLOUT, ON_CALL
from webapp.pricing.engine.lines import Left, OtherLine
from webapp.pricing.engine.memory import Known, Memory
from webapp.pricing.engine.needed import Needed
from webapp.pricing.facts import Callout, Facts, JoinedResponder, OnCall, SilentIncident
from webapp.pricing.policy.brief import PolicyBrief, brief_of
from webapp.pricing.policy.document import Document
from webapp.pricing.policy.form import Policy
from webapp.pricing.policy.form_document import document_of
from webapp.pricing.policy.form_words import in_words as form_in_words
from webapp.pricing.policy.reasons import reason_in_words
from webapp.pricing.policy.rotas import with_rotas
from webapp.pricing.policy.words import in_words as document_in_words
from webapp.pricing.report.engineer import Engineer
from webapp.pricing.report.gaps import counted_rows, warn_of_dates
from webapp.pricing.report.lines import NotPriced, Period, Priced, Subject, UnpaidLine
from webapp.pricing.report.pay_lines import LineLabels
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
    exact: bool = False,
) -> Priced:
    """Makes all pay, unpaid and pending lines by a document, or by the form, which is a view of one.

    `schedules` gives names of schedules by id. `select` picks a period's lines; of one that does not begin before
    `since`, the same as if nothing had been left out. Only what is missing within the dates `needed` (the period, and
    what its rules count over) unprices an engineer. A `memory` quickens the next pricing. `exact`: every minute of
    callouts is asked for, too, and a policy may leave amounts unrounded. Raises PricingError.
    """
    document, asked = document_of(policy), Since.of(since)
    known = _known(facts, document, Needed(needed.first, needed.after), asked.begins, schedules or {}, memory)
    brief = _brief(document, policy, schedules or {}, exact=exact)
    ledgers = (ON_CALL, CALLOUT) if exact else (ON_CALL,)
    engineers = (_with_rotas(one, schedules or {}) for one in _engineers(facts, document, known, asked, ledgers))
    return _priced(facts, document, brief, _write_all(engineers, facts, document, brief, asked), exact=exact)


def _priced(facts: Facts, document: Document, brief: PolicyBrief, written: list[Written], *, exact: bool) -> Priced:
    """Everybody's parts together; `exact`: with every minute that is not paid."""
    silent = _dated_silent(facts, document)
    minutes = written if exact else []
    dates = [one.dates for one in written if one.dates]
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
        warnings=_all([*(one.warnings for one in written), warn_of_dates(dates, facts.schedules)]),
        always_on_call=facts.always_on_call,
        silent=silent,
        joined=_dated_joined(facts, brief.by_version[0].pay_zone),
        holidays=facts.holidays,
        calendar_changes=facts.calendar_changes,
        unpaid_time=_all(one.unpaid_time for one in minutes),
        pending_time=_all(one.pending_time for one in minutes),
    )


def _write_all(
    engineers: Iterable[Engineer], facts: Facts, document: Document, brief: PolicyBrief, asked: Since
) -> list[Written]:
    """One engineer at a time: of all together it is a lot."""
    schedules = {row.id: row.rota for row in facts.on_call}
    labels = LineLabels(document, brief, schedules)
    counted = counted_rows(document, schedules) if brief.pays_by_the_date else None
    return [write(engineer, brief, labels, asked, counted) for engineer in engineers]


def _known(
    facts: Facts, document: Document, needed: Needed, since: int, names: Mapping[str, str], memory: Memory | None
) -> Known:
    return memory.of(facts, document, needed, since, names) if memory else Known.of(facts, document, needed)


def _engineers(
    facts: Facts, document: Document, known: Known, asked: Since, ledgers: tuple[str, ...]
) -> Iterator[Engineer]:
    """Everybody with any time on call or callout, priced."""
    calendars = known.calendars
    people = {one.id: one for one in facts.people}
    rows: dict[str, list[OnCall]] = defaultdict(list)
    for row in facts.on_call:
        rows[row.person].append(row)
    callouts: dict[str, list[Callout]] = defaultdict(list)
    for one in facts.callouts:
        callouts[one.person].append(one)
    late = frozenset(one.id for one in facts.callouts if asked.asks_late(facts.incidents[one.id]))
    outcomes = price_each(document, facts, calendars, ledgers=ledgers, since=asked.begins, late=late, work=known.work)
    for outcome in outcomes:
        person = people[outcome.person]
        key = person.id
        yield Engineer(
            person=person,
            rows=rows[key],
            callouts=callouts[key],
            incidents=facts.incidents,
            outcome=outcome,
            document=document,
            calendars=calendars,
            read_at=facts.read_at,
            company_days=facts.company_days,
            only=calendars.steady(person, document) if not (document.later or outcome.missing) else None,
        )


def _with_rotas(engineer: Engineer, names: Mapping[str, str]) -> Engineer:
    """Where a rota is a reason, by its name."""
    outcome = engineer.outcome
    for line in chain[OtherLine | Left](outcome.unpaid, outcome.pending, outcome.left):
        line.reason = reason_in_words(line.reason, names)
    return engineer


def _brief(document: Document, policy: Document | Policy, schedules: Mapping[str, str], *, exact: bool) -> PolicyBrief:
    """With schedules by their names."""
    named = with_rotas(document, schedules)
    words = form_in_words(policy, schedules) if isinstance(policy, Policy) else document_in_words(named)
    return brief_of(named, words, exact=exact)


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


def _silent_pending(silent: Iterable[tuple[date, SilentIncident]]) -> Iterable[UnpaidLine]:
    for day, one in _once(silent):
        if one.incident.resolved is None:
            yield UnpaidLine(None, day, Subject.INCIDENT, one.reason, (), 0, one.incident.id)
