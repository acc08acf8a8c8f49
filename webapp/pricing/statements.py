"""`price`: what the engine of documents answers, as the lines, rows and warnings that reports are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from webapp.pricing.brief import PolicyBrief, brief_of
from webapp.pricing.callouts import CalloutBook
from webapp.pricing.check import check_facts
from webapp.pricing.document.calendar import Day
from webapp.pricing.document.calendars import Calendars
from webapp.pricing.document.document import Document
from webapp.pricing.document.engine import price_each
from webapp.pricing.document.facts import Callout as NeutralCallout
from webapp.pricing.document.ledger import ON_CALL
from webapp.pricing.document.words import in_words as document_in_words
from webapp.pricing.engineer import Engineer
from webapp.pricing.facts import Callout, Facts, OnCall, SilentIncident
from webapp.pricing.gaps import warn_of_dates
from webapp.pricing.lines import (
    Component,
    DayTime,
    NotPriced,
    PayLine,
    PendingLine,
    Priced,
    Subject,
    UnpaidLine,
    Warning_,
)
from webapp.pricing.neutral import neutral_facts
from webapp.pricing.pay_lines import Printer
from webapp.pricing.policy import Policy
from webapp.pricing.sessions import runs_of, sessions_of
from webapp.pricing.simple import document_of
from webapp.pricing.spans import Interval, as_spans, interval_of, seconds, union
from webapp.pricing.words import in_words as form_in_words

_COMPONENTS = list(Component)
_Line = TypeVar("_Line")


def price(facts: Facts, policy: Document | Policy, schedules: Mapping[str, str] | None = None) -> Priced:
    """Makes all pay, unpaid and pending lines by a document, or by the form, which is a view of one.

    `schedules` gives names of schedules by id, for the words of the form. `select` picks a period's lines. Raises
    PolicyError or FactsError where following them would be a guess.
    """
    document = document_of(policy)
    words = form_in_words(policy, schedules or {}) if isinstance(policy, Policy) else document_in_words(document)
    check_facts(facts)
    brief = brief_of(document, words)
    engineers = list(_engineers(facts, document))
    by_row = {str(number): row.schedule_id or "" for number, row in enumerate(facts.on_call)}
    printer = Printer(document, brief, by_row)
    written = [_Written(one, brief).write(printer) for one in engineers]
    silent = _dated_silent(facts, brief.by_version[0].pay_zone)
    doubts = warn_of_dates(engineers, document, by_row) if brief.pays_by_the_date else ()
    return Priced(
        policy=brief,
        people=facts.people,
        read_at=facts.read_at,
        pay=_all(one.pay for one in written),
        unpaid=_all([*(one.unpaid for one in written), _silent_unpaid(silent)]),
        pending=_all([*(one.pending for one in written), _silent_pending(silent)]),
        callouts=_all(one.book.rows for one in written),
        days=_all(one.days for one in written),
        not_priced=tuple(NotPriced(one.id, one.outcome.missing) for one in engineers if one.outcome.missing),
        warnings=_all([*(one.warnings for one in written), doubts]),
        always_on_call=facts.always_on_call,
        silent=silent,
    )


def _engineers(facts: Facts, document: Document) -> Iterator[Engineer]:
    """Everybody with any time on call or callout, priced."""
    told = neutral_facts(facts)
    calendars = Calendars(told)
    people = {one.id: (one, neutral) for one, neutral in zip(facts.people, told.people, strict=True)}
    rows: dict[str, list[OnCall]] = defaultdict(list)
    for row in facts.on_call:
        rows[row.person_id].append(row)
    callouts: dict[str, list[tuple[Callout, NeutralCallout]]] = defaultdict(list)
    for one, neutral in zip(facts.callouts, told.callouts, strict=True):
        callouts[one.person_id].append((one, neutral))
    for outcome in price_each(document, told, calendars, ledgers=(ON_CALL,)):
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


@dataclass(slots=True)
class _Written:
    """One engineer's lines, rows, days and warnings."""

    engineer: Engineer
    brief: PolicyBrief
    pay: list[PayLine] = field(default_factory=list)
    unpaid: list[UnpaidLine] = field(default_factory=list)
    pending: list[PendingLine] = field(default_factory=list)
    days: list[DayTime] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)
    book: CalloutBook = field(init=False)

    def write(self, printer: Printer) -> _Written:
        """Everything that a report may print of the engineer."""
        engineer, outcome = self.engineer, self.engineer.outcome
        self.book = book = CalloutBook(engineer, self.brief)
        self.pay = [printer.of_duty(line, engineer.id) for line in outcome.pay if line.on_call]
        runs = runs_of(engineer)
        for session in sessions_of(runs, outcome):
            printed = printer.of_session(session, outcome.sessions, engineer.id)
            book.write_session(session, printed)
            self.pay += printed
        paid = union(span for line in outcome.pay if not line.on_call for span in line.spans)
        for run in runs:
            book.write_run(run, paid)
        self._write_duty()
        self._write_days()
        self.warnings = book.warnings
        if engineer.person.zone_source == "schedule" and not outcome.missing:
            person = engineer.person
            text = f"{person.name} has no time zone of their own: the schedule's ({person.zone}) is used."
            self.warnings.append(Warning_(person.id, None, text))
        self._sort()
        return self

    def _write_duty(self) -> None:
        """Time on call that earns nothing, or nothing yet: a line for each date and reason."""
        outcome, who = self.engineer.outcome, self.engineer.id
        for lines, made in ((outcome.unpaid, self.unpaid), (outcome.pending, self.pending)):
            found: dict[tuple[date, str], list[Interval]] = {}
            for line in lines:
                if line.of == "on call":
                    found.setdefault((line.date, line.reason), []).append(line.time)
            kind = UnpaidLine if made is self.unpaid else PendingLine
            for (day, reason), parts in found.items():
                time = union(parts)
                made.append(kind(who, day, Subject.ON_CALL, reason, as_spans(time), seconds(time)))  # type: ignore[arg-type]
        self.unpaid += self.book.unpaid
        self.pending += self.book.pending

    def _write_days(self) -> None:
        """The dates with time on call, pay or a callout."""
        engineer = self.engineer
        held = union(interval_of(row.start, row.end, "Time on call") for row in engineer.rows)
        times: dict[date, tuple[Day, int]] = {}
        for start, end in held:
            for day in engineer.calendar(start).over(start, end):
                now = engineer.day(max(start, day.start))
                _, time = times.get(now.date, (now, 0))
                times[now.date] = (now, time + min(end, day.end) - max(start, day.start))
        for line in self.pay:
            self._add_day(times, line.date)
        for row in self.book.rows:
            self._add_day(times, row.date)
        for _, (day, time) in sorted(times.items()):
            self.days.append(DayTime(engineer.id, day.date, day.day_type, engineer.day_name(day), time))

    def _add_day(self, times: dict[date, tuple[Day, int]], booked: date) -> None:
        if booked not in times:
            engineer = self.engineer
            first = engineer.rows[0].start if engineer.rows else None
            start = engineer.callouts[0][1].spells[0].start if first is None else interval_of(first, first, "")[0]
            begins = engineer.calendar(start).on(booked).start
            times[booked] = (engineer.day(begins), 0)

    def _sort(self) -> None:
        self.pay.sort(key=lambda line: (line.date, _COMPONENTS.index(line.component), line.session or 0))
        self.unpaid.sort(key=_line_order)
        self.pending.sort(key=_line_order)
        self.book.rows.sort(key=lambda row: (row.date, row.callout.incident.triggered, row.callout.incident.id))


def _line_order(line: UnpaidLine | PendingLine) -> tuple[date, str, str, str, str]:
    start = line.spans[0].start.isoformat() if line.spans else ""
    return line.date, line.subject.value, line.reason, start, line.incident_id or ""


def _all(parts: Iterable[Iterable[_Line]]) -> tuple[_Line, ...]:
    return tuple(line for part in parts for line in part)


def _dated_silent(facts: Facts, pay_zone: str | None) -> tuple[tuple[date, SilentIncident], ...]:
    """Incidents that are nobody's callout, by the date they were triggered: nobody's zone applies to them."""
    zone = ZoneInfo(pay_zone or "UTC")
    dated = [(silent.incident.triggered.astimezone(zone).date(), silent) for silent in facts.silent]
    return tuple(sorted(dated, key=lambda pair: (pair[1].incident.triggered, pair[1].incident.id)))


def _silent_unpaid(silent: Iterable[tuple[date, SilentIncident]]) -> Iterable[UnpaidLine]:
    for day, one in silent:
        if one.incident.resolved is not None:
            yield UnpaidLine(None, day, Subject.INCIDENT, one.reason, (), 0, one.incident.id)


def _silent_pending(silent: Iterable[tuple[date, SilentIncident]]) -> Iterable[PendingLine]:
    for day, one in silent:
        if one.incident.resolved is None:
            yield PendingLine(None, day, Subject.INCIDENT, one.reason, (), 0, one.incident.id)
