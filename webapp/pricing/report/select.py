"""`select`: the report of a period, made of lines that were priced without knowing it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import TypeVar
from zoneinfo import ZoneInfo

from webapp.pricing.engine.calendar import first_second
from webapp.pricing.engine.lines import PayLine
from webapp.pricing.facts import AlwaysOnCall, JoinedResponder, Person
from webapp.pricing.money import total
from webapp.pricing.policy.brief import PolicyBrief
from webapp.pricing.policy.document import Component
from webapp.pricing.report.amounts import money_of, time_off_of
from webapp.pricing.report.lines import (
    CalloutRow,
    DayRow,
    DayTime,
    Gravity,
    Period,
    Place,
    Priced,
    Report,
    Statement,
    Subject,
    Topic,
    UnpaidLine,
    Warning_,
)
from webapp.pricing.spans import second_of

LOOK_BACK = timedelta(days=31)
"""How far back callouts are offered that were still open when the period began."""
DATES_LISTED = 6
"""At most so many dates stand in one warning."""


_Booked = TypeVar("_Booked")


def select(priced: Priced, period: Period, people: frozenset[str] | None = None) -> Report:
    """The statements of a period, of these engineers or of all who have anything in it.

    A statement is the engineer's whole pay of the period, whatever the scope. Asked for by name, an engineer has a
    statement even without a line.
    """
    statements, not_priced = _statements(priced, period, people)
    digits = priced.policy.minor_digits
    return Report(
        period=period,
        policy=priced.policy,
        read_at=priced.read_at,
        statements=tuple(statements),
        not_priced=tuple(not_priced),
        warnings=_warnings(priced, period, statements, not_priced),
        silent=tuple(dict.fromkeys(silent for day, silent in priced.silent if day in period)),
        always_on_call=tuple(one for one in priced.always_on_call if _is_asked(one, people)),
        stipends=total((statement.stipends for statement in statements), digits),
        fees=total((statement.fees for statement in statements), digits),
        hourly_pay=total((statement.hourly_pay for statement in statements), digits),
        total=total((statement.total for statement in statements), digits),
        joined=tuple(one for day, one in priced.joined if day in period and _is_asked(one, people)),
        late=_late(priced, period, {one.person_id for one in priced.not_priced}, people),
        time_off=total((statement.time_off for statement in statements), priced.policy.time_off_digits or 0),
        versions=priced.policy.in_force(period.first, period.after),
        holidays=priced.holidays,
        calendar_changes=priced.calendar_changes,
    )


def _statements(
    priced: Priced, period: Period, people: frozenset[str] | None
) -> tuple[list[Statement], list[tuple[Person, str]]]:
    """The statements, in order of names, and the engineers who are not priced with the reason."""
    reasons = {one.person_id: one.reason for one in priced.not_priced}
    days = _by_person(priced.days, period)
    lines = _by_person(priced.pay, period, "person", "booked")
    rows = _by_person(priced.callouts, period)
    moved = _by_person(priced.moved, period)
    unpaid = _by_person(priced.unpaid, period)
    pending = _by_person(priced.pending, period)
    times = [_by_person(lines, period, "person") for lines in (priced.unpaid_time, priced.pending_time)]
    statements: list[Statement] = []
    not_priced: list[tuple[Person, str]] = []
    for person in sorted(priced.people, key=lambda person: (person.name.casefold(), person.id)):
        key = person.id
        asked = people is not None and key in people
        if not asked and (people is not None or not any(key in part for part in (days, lines, unpaid, pending, moved))):
            continue
        if key in reasons:
            not_priced.append((person, reasons[key]))
            continue
        outside = _outside(rows[key], moved[key])
        shown = sorted([*rows[key], *outside], key=lambda row: row.date)
        own = (days[key], lines[key], shown, [*unpaid[key], *map(_unpaid, outside)], pending[key])
        statement = _statement(person, *own, priced.policy)
        statements.append(replace(statement, unpaid_time=tuple(times[0][key]), pending_time=tuple(times[1][key])))
    return statements, not_priced


def _outside(rows: list[CalloutRow], moved: list[CalloutRow]) -> list[CalloutRow]:
    """For each callout that corrected times book outside the period altogether, its first row where the evidence is."""
    inside = {row.incident.id for row in rows}
    first = {row.incident.id: row for row in sorted(moved, key=lambda row: row.date, reverse=True)}
    return [row for incident_id, row in first.items() if incident_id not in inside]


def _unpaid(row: CalloutRow) -> UnpaidLine:
    return UnpaidLine(row.person_id, row.date, Subject.CALLOUT, row.reason, (), 0, row.incident.id)


def _is_asked(one: AlwaysOnCall | JoinedResponder, people: frozenset[str] | None) -> bool:
    return people is None or one.person_id in people


def _by_person(
    booked: Iterable[_Booked], period: Period, person: str = "person_id", day: str = "date"
) -> dict[str, list[_Booked]]:
    """What is booked in a period; `person` and `day` name the attributes that say of whom, and on which date."""
    found: dict[str, list[_Booked]] = defaultdict(list)
    first, after, person_of, day_of = period.first, period.after, attrgetter(person), attrgetter(day)
    for one in booked:
        if first <= day_of(one) < after and (key := person_of(one)) is not None:
            found[key].append(one)
    return found


def _statement(
    person: Person,
    days: list[DayTime],
    lines: list[PayLine],
    rows: list[CalloutRow],
    unpaid: list[UnpaidLine],
    pending: list[UnpaidLine],
    policy: PolicyBrief,
) -> Statement:
    digits, time_digits = policy.minor_digits, policy.time_off_digits or 0
    lines_on: dict[date, list[PayLine]] = defaultdict(list)
    for line in lines:
        lines_on[line.booked].append(line)
    rows_on: dict[date, list[CalloutRow]] = defaultdict(list)
    for row in rows:
        rows_on[row.date].append(row)
    stipend_days = dict.fromkeys(policy.day_types, 0)
    for _, day_type in {(line.booked, line.day_type) for line in lines if line.component is Component.STIPEND}:
        stipend_days[day_type] += 1
    table = tuple(_day_row(day, lines_on[day.date], rows_on[day.date], policy) for day in days)
    return Statement(
        person=person,
        days=table,
        callouts=tuple(rows),
        lines=tuple(lines),
        unpaid=tuple(unpaid),
        pending=tuple(pending),
        stipend_days=stipend_days,
        payable_callouts=len({row.incident.id for row in rows if row.payable and not row.continued}),
        sessions=sum(day.sessions for day in table),
        worked_seconds=sum(day.worked_seconds for day in table),
        billed_seconds=sum(day.billed_seconds for day in table),
        stipends=total([day.stipend for day in table], digits),
        fees=total([day.fees for day in table], digits),
        hourly_pay=total([day.hourly_pay for day in table], digits),
        total=total([day.total for day in table], digits),
        time_off=total([day.time_off for day in table], time_digits),
    )


def _day_row(day: DayTime, lines: list[PayLine], rows: list[CalloutRow], policy: PolicyBrief) -> DayRow:
    digits = policy.minor_digits
    sessions = {row.session for row in rows if not (row.gives_way or row.continued)} - {None} if rows else ()
    return DayRow(
        date=day.date,
        day_type=day.day_type,
        day_name=day.day_name,
        on_call_seconds=day.on_call_seconds,
        stipend=_sum(lines, Component.STIPEND, digits),
        sessions=len(sessions),
        fees=_sum(lines, Component.CALLOUT_FEE, digits),
        worked_seconds=sum([row.worked_seconds for row in rows]),
        billed_seconds=sum([line.billed_seconds for line in lines]),
        hourly_pay=_sum(lines, Component.HOURLY_PAY, digits),
        total=total([money_of(line, digits) for line in lines], digits),
        time_off=total([time_off_of(line, policy) for line in lines], policy.time_off_digits or 0),
    )


def _sum(lines: list[PayLine], component: Component, digits: int) -> Decimal:
    return total([money_of(line, digits) for line in lines if line.component is component], digits)


def _warnings(
    priced: Priced, period: Period, statements: list[Statement], not_priced: list[tuple[Person, str]]
) -> tuple[Warning_, ...]:
    """What was noticed of the engineers shown, each text once, with all its dates."""
    shown = {statement.person.id for statement in statements} | {person.id for person, _ in not_priced}
    by_text: dict[str, list[Warning_]] = defaultdict(list)
    for warning in priced.warnings:
        if (warning.date is None or warning.date in period) and (warning.person_id or "") in shown | {""}:
            by_text[warning.text].append(warning)
    warnings = [_together(same) for same in by_text.values()]
    warnings.sort(key=lambda warning: (warning.date or date.min, warning.text))
    for statement in statements:
        warnings += (_moved_warning(statement.person, row) for row in statement.callouts if row.moved)
        on_call = sum(day.on_call_seconds for day in statement.days)
        waits = any(line.subject is Subject.ON_CALL for line in statement.pending)
        if priced.policy.pays_on_call and on_call and not waits and not any(statement.stipend_days.values()):
            text = f"{statement.person.name} was on call in this period and earned no stipend."
            key = statement.person.id
            warnings.append(Warning_(key, None, text, Gravity.UNUSUAL, Topic.ON_CALL, places=(Place(key),)))
    return tuple(warnings)


def _moved_warning(person: Person, row: CalloutRow) -> Warning_:
    """What is not paid here must not pass unseen: the other report may be closed, or never made."""
    incident = row.incident
    text = f"{person.name}, #{incident.number}: {row.reason}."
    places = (Place(person.id, row.date, incident.id),)
    return Warning_(person.id, row.date, text, Gravity.PAY, Topic.CALLOUTS, incident.id, places)


def _together(warnings: list[Warning_]) -> Warning_:
    """One warning for those of one text, with all their dates and places."""
    one = warnings[0]
    people = {warning.person_id for warning in warnings}
    dates = {warning.date for warning in warnings if warning.date}
    places = {
        Place(warning.person_id, warning.date, warning.incident_id): None for warning in warnings if warning.person_id
    }
    return replace(
        one,
        person_id=one.person_id if len(people) == 1 else None,
        date=min(dates) if len(dates) == 1 else None,
        text=f"{one.text}: {_listed(dates)}" if len(dates) > 1 else one.text,
        places=tuple(sorted(places, key=lambda place: (place.date or date.min, place.incident_id))),
    )


def _listed(dates: set[date]) -> str:
    """A few dates in full, many by their number."""
    told = [day.isoformat() for day in sorted(dates)]
    if len(told) > DATES_LISTED:
        told = [*told[: DATES_LISTED - 1], f"{len(told) - DATES_LISTED + 1} more dates"]
    return f"{', '.join(told[:-1])} and {told[-1]}"


def _late(
    priced: Priced, period: Period, not_priced: Iterable[str], people: frozenset[str] | None
) -> tuple[CalloutRow, ...]:
    """Callouts of the month before that were still open when the period began, in each engineer's zone."""
    if period.first == date.min:
        return ()
    left_out = set(not_priced)
    zones = {person.id: person.zone for person in priced.people}
    begins: dict[str, int] = {}
    late: list[CalloutRow] = []
    for row in priced.callouts:
        zone = zones[row.person_id]
        if not period.first - LOOK_BACK <= row.date < period.first or row.person_id in left_out or zone is None:
            continue
        if zone not in begins:
            begins[zone] = first_second(ZoneInfo(zone), period.first)
        resolved = row.incident.resolved
        was_open = resolved is None or second_of(resolved) >= begins[zone]
        if was_open and not row.continued and (people is None or row.person_id in people):
            late.append(row)
    return tuple(late)
