"""Everything that a report may print of one engineer: pay, unpaid and pending lines, callouts, dates, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter

from webapp.pricing.engine.calendar import Day
from webapp.pricing.engine.ledger import ON_CALL
from webapp.pricing.engine.lines import OtherLine, PayLine
from webapp.pricing.facts import Callout, Incident
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.policy.document import Component
from webapp.pricing.report.callouts import CalloutBook
from webapp.pricing.report.engineer import Engineer
from webapp.pricing.report.gaps import Dates, dates_of
from webapp.pricing.report.lines import (
    CalloutRow,
    DayTime,
    Gravity,
    Subject,
    Topic,
    UnpaidLine,
    Warning_,
)
from webapp.pricing.report.pay_lines import LineLabels
from webapp.pricing.report.sessions import Run, WorkSession, runs_of, sessions_of
from webapp.pricing.spans import BEGINNING, Interval, second_of, seconds, union
from webapp.pricing.text import short_length

_COMPONENTS = tuple(Component)
_NEVER = 1 << 62
_EASTERNMOST = timedelta(hours=15)
"""More than the 14 h by which a local date can begin before the same date in UTC."""


@dataclass(slots=True)
class Written:
    """One engineer's part of a report, before a period selects."""

    person_id: str
    missing: str
    """Why the engineer is not priced, or ""."""
    pay: list[PayLine] = field(default_factory=list)
    unpaid: list[UnpaidLine] = field(default_factory=list)
    pending: list[UnpaidLine] = field(default_factory=list)
    rows: list[CalloutRow] = field(default_factory=list)
    moved: list[CalloutRow] = field(default_factory=list)
    days: list[DayTime] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)
    unpaid_time: list[OtherLine] = field(default_factory=list)
    pending_time: list[OtherLine] = field(default_factory=list)
    dates: Dates | None = None
    """For the checks across engineers, where there are any."""


@dataclass(frozen=True, slots=True)
class Since:
    """From which date on a report looks at all; what is booked before it need not be written."""

    first: date
    begins: int
    """An instant at which it has begun nowhere."""

    @classmethod
    def of(cls, day: date) -> Since:
        """Lines of this date, and those after it."""
        begins = second_of(datetime.combine(day, time.min, UTC) - _EASTERNMOST) if day > date.min else BEGINNING
        return cls(day, begins)

    def asks_run(self, run: Run) -> bool:
        """Whether it can be of this time, or was not over when it began: that is offered, however early its date."""
        return run.end >= self.begins or run.is_open or self.asks_late(run.incident)

    def asks_late(self, incident: Incident) -> bool:
        """Whether an incident was not over when it began."""
        return incident.resolved is None or second_of(incident.resolved) >= self.begins

    def asks_session(self, session: WorkSession) -> bool:
        """Whether any of it can."""
        return any(line.booked >= self.first for line in session.lines) or any(map(self.asks_run, session.runs))


@dataclass(frozen=True, slots=True)
class _Side:
    """What it is written of: time on call, or callouts. It stays as long as the engine's answer does."""

    pay: list[PayLine]
    unpaid: list[UnpaidLine]
    pending: list[UnpaidLine]
    rows: list[CalloutRow] = field(default_factory=list)
    moved: list[CalloutRow] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)
    days: dict[date, tuple[Day, int]] = field(default_factory=dict)
    """The dates with time on call, and how much there is."""
    dates: Dates | None = None


def write(
    engineer: Engineer, brief: PolicyBrief, labels: LineLabels, since: Since, counted: Mapping[str, str] | None
) -> Written:
    """Makes it of what the engine answered. `counted`: the rows that `dates_of` asks for; None: it is not asked."""
    outcome = engineer.outcome
    on_call: _Side = outcome.on_call.written or _write_on_call(engineer, labels, since, counted)
    called: _Side = outcome.callouts.written or _write_callouts(engineer, brief, labels, since)
    outcome.on_call.written, outcome.callouts.written = on_call, called
    pay = [*on_call.pay, *called.pay]
    pay.sort(key=lambda line: (line.booked, _COMPONENTS.index(line.component), line.session_number or 0))
    days = _days(engineer, on_call.days, {*(line.booked for line in pay), *(row.date for row in called.rows)})
    return Written(
        person_id=engineer.id,
        missing=outcome.missing,
        pay=pay,
        unpaid=sorted([*on_call.unpaid, *called.unpaid], key=_order),
        pending=sorted([*on_call.pending, *called.pending], key=_order),
        rows=called.rows,
        moved=called.moved,
        days=days,
        warnings=[*called.warnings, *_warnings_of_zone(engineer), *_warnings_of_hours(engineer, days)],
        unpaid_time=outcome.unpaid,
        pending_time=outcome.pending,
        dates=on_call.dates,
    )


def _write_on_call(engineer: Engineer, labels: LineLabels, since: Since, counted: Mapping[str, str] | None) -> _Side:
    lines = [line for line in engineer.outcome.pay if line.on_call and line.booked >= since.first]
    return _Side(
        pay=[labels.of_duty(line) for line in lines],
        unpaid=list(_unpaid(engineer, since)),
        pending=list(_pending(engineer, since)),
        days=_days_on_call(engineer, since),
        dates=None if counted is None else dates_of(engineer, counted),
    )


def _write_callouts(engineer: Engineer, brief: PolicyBrief, labels: LineLabels, since: Since) -> _Side:
    outcome, book, pay = engineer.outcome, CalloutBook(engineer, brief), list[PayLine]()
    runs = runs_of(engineer)
    for session in sessions_of(runs, outcome):
        if since.asks_session(session):
            pay += labels.of_session(session, outcome.sessions)
            book.write_session(session)
    paid = union([span for line in outcome.pay if not line.on_call for span in line.spans])
    for run in filter(since.asks_run, runs):
        book.write_run(run, paid)
    moved = [row for callout in engineer.callouts for row in book.moved(callout) if row.date >= since.first]
    book.rows.sort(key=lambda row: (row.date, row.incident.triggered, row.incident.id))
    return _Side(pay, book.unpaid, book.pending, book.rows, moved, book.warnings)


def _unpaid(engineer: Engineer, since: Since) -> Iterable[UnpaidLine]:
    for (day, reason), spans in _by_date(engineer.outcome.unpaid, since):
        yield UnpaidLine(engineer.id, day, Subject.ON_CALL, reason, tuple(spans), seconds(spans))


def _pending(engineer: Engineer, since: Since) -> Iterable[UnpaidLine]:
    for (day, reason), spans in _by_date(engineer.outcome.pending, since):
        yield UnpaidLine(engineer.id, day, Subject.ON_CALL, reason, tuple(spans), seconds(spans))


def _by_date(lines: Iterable[OtherLine], since: Since) -> Iterable[tuple[tuple[date, str], list[Interval]]]:
    """Time on call for each date and reason."""
    found: dict[tuple[date, str], list[Interval]] = {}
    for line in lines:
        if line.of == ON_CALL and line.date >= since.first:
            found.setdefault((line.date, line.reason), []).append(line.time)
    return ((key, union(parts)) for key, parts in found.items())


def _days_on_call(engineer: Engineer, since: Since) -> dict[date, tuple[Day, int]]:
    days: dict[date, tuple[Day, int]] = {}
    only = engineer.only
    held = union([row.time for row in engineer.rows])
    for start, end in (piece for interval in held for piece in engineer.pieces(*interval)):
        for day in engineer.calendar(start).over(max(start, since.begins), end):
            begin = max(start, day.start)
            time_before = days[day.date][1] if day.date in days else 0
            days[day.date] = (day if only else engineer.day(begin), time_before + min(end, day.end) - begin)
    return days


def _days(engineer: Engineer, on_call: dict[date, tuple[Day, int]], booked: set[date]) -> list[DayTime]:
    """The dates with time on call, and those that anything is booked on."""
    days = dict(on_call)
    first = engineer.rows[0].time[0] if engineer.rows else _first_start(engineer.callouts[0])
    for one in booked - days.keys():
        days[one] = engineer.day(engineer.calendar(first).on(one).start), 0
    return [
        DayTime(engineer.id, key, day.day_type, engineer.day_name(day), time_on_call)
        for key, (day, time_on_call) in sorted(days.items(), key=itemgetter(0))
    ]


def _first_start(callout: Callout) -> int:
    """When its evidence begins."""
    return (callout.evidence or callout.spells)[0].start


def _warnings_of_zone(engineer: Engineer) -> Iterable[Warning_]:
    person = engineer.person
    if person.zone_source == "schedule" and not engineer.outcome.missing:
        text = f"{person.name} has no time zone of their own: the schedule's ({person.zone}) is used."
        yield Warning_(person.id, None, text, Gravity.NOTE, Topic.ENGINEERS)


def _warnings_of_hours(engineer: Engineer, days: Iterable[DayTime]) -> Iterable[Warning_]:
    """Dates on which a rule pays more hours than they have: several rules pay the same time by different clocks."""
    if engineer.outcome.held is None:
        return
    held = {day.date: day.on_call_seconds for day in days}
    by_date = {
        (version.version, rule.name)
        for version in (engineer.document, *engineer.document.later)
        for rule in version.rules
        if rule.on_call and rule.grid.day_start == 0 and rule.book.on == "unit"
    }
    paid: dict[tuple[str, date], int] = {}
    for line in engineer.outcome.pay:
        if line.unit == "hours" and (line.version, line.rule) in by_date and line.booked in held:
            paid[line.rule, line.booked] = paid.get((line.rule, line.booked), 0) + line.seconds
    for (rule, day), length in sorted(paid.items(), key=lambda item: (item[0][1], item[0][0])):
        if length > held[day]:
            told = f"“{rule}” pays {short_length(length)} on this date, and Detail shows {short_length(held[day])}"
            yield Warning_(
                engineer.id,
                day,
                f"{told}: several rules pay the same time, by schedules in different time zones.",
                Gravity.NOTE,
            )


def _order(line: UnpaidLine) -> tuple[date, str, str, bool, int, str]:
    start = line.spans[0][0] if line.spans else _NEVER
    return line.date, line.subject, line.reason, bool(line.spans), start, line.incident_id or ""
