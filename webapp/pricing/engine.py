"""`price`: every line of every engineer, made without knowing the report's period."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.pricing.calendar import Calendar, Day, make_calendar
from webapp.pricing.callouts import price_callouts
from webapp.pricing.check import check_facts, check_policy
from webapp.pricing.facts import BusinessHours, Callout, Facts, OnCall, Person, SilentIncident
from webapp.pricing.gaps import warn_of_dates
from webapp.pricing.held import Held, hold
from webapp.pricing.lines import Component, DayTime, NotPriced, PendingLine, Priced, Subject, UnpaidLine, Warning_
from webapp.pricing.not_priced import take_pay_away
from webapp.pricing.outcome import Outcome
from webapp.pricing.policy import Policy
from webapp.pricing.spans import Interval, second_of
from webapp.pricing.stipends import price_stipends

NO_HOLIDAYS = "none"
_COMPONENTS = list(Component)
_Line = TypeVar("_Line")


def price(facts: Facts, policy: Policy) -> Priced:
    """Makes all pay, unpaid and pending lines; `select` picks a period's.

    Raises PolicyError or FactsError where following them would be a guess.
    """
    check_policy(policy)
    check_facts(facts)
    read_at = second_of(facts.read_at)
    calendars = _Calendars(facts, policy)
    rows_of: dict[str, list[OnCall]] = defaultdict(list)
    for row in facts.on_call:
        if row.start != row.end:  # a row of no length is no shift, and needs no facts of its engineer
            rows_of[row.person_id].append(row)
    callouts_of: dict[str, list[Callout]] = defaultdict(list)
    for callout in facts.callouts:
        callouts_of[callout.person_id].append(callout)

    outcomes: dict[str, Outcome] = {}
    for person in sorted(facts.people, key=lambda person: person.id):
        if rows_of[person.id] or callouts_of[person.id]:
            outcomes[person.id] = _price_person(
                person, rows_of[person.id], callouts_of[person.id], calendars, policy, read_at
            )

    silent = _dated_silent(facts, policy)
    return Priced(
        policy=policy,
        people=facts.people,
        read_at=facts.read_at,
        pay=_all(outcome.pay for outcome in outcomes.values()),
        unpaid=_all([*(outcome.unpaid for outcome in outcomes.values()), _silent_unpaid(silent)]),
        pending=_all([*(outcome.pending for outcome in outcomes.values()), _silent_pending(silent)]),
        callouts=_all(outcome.rows for outcome in outcomes.values()),
        days=_all(outcome.days for outcome in outcomes.values()),
        not_priced=tuple(NotPriced(key, outcome.missing) for key, outcome in outcomes.items() if outcome.missing),
        warnings=_all([*(outcome.warnings for outcome in outcomes.values()), warn_of_dates(facts, outcomes.values())]),
        always_on_call=facts.always_on_call,
        silent=silent,
    )


def _price_person(
    person: Person, rows: list[OnCall], callouts: list[Callout], calendars: "_Calendars", policy: Policy, read_at: int
) -> Outcome:
    """One engineer's lines; engineers do not touch each other's pay."""
    outcome = Outcome()
    held = hold(rows, policy.schedules_left_out)
    calendar, missing = calendars.of(person)
    price_stipends(person.id, held, calendar, policy, read_at, outcome)
    price_callouts(person, callouts, calendar, policy, read_at, outcome)
    _add_days(person.id, held, calendar, outcome)
    outcome.missing = missing or outcome.missing
    if outcome.missing:
        take_pay_away(outcome, policy)
    elif person.zone_source == "schedule":
        text = f"{person.name} has no time zone of their own: the schedule's ({person.zone}) is used."
        outcome.warnings.append(Warning_(person.id, None, text))
    outcome.pay.sort(key=lambda line: (line.date, _COMPONENTS.index(line.component), line.session or 0))
    outcome.unpaid.sort(key=_line_order)
    outcome.pending.sort(key=_line_order)
    outcome.rows.sort(key=lambda row: (row.date, row.callout.incident.triggered, row.callout.incident.id))
    return outcome


class _Calendars:
    """The calendars of all engineers; those who share zone, region and working hours share one."""

    def __init__(self, facts: Facts, policy: Policy) -> None:
        self._facts = facts
        self._policy = policy
        self._stretch = _stretch(facts)
        self._made: dict[tuple[str, str, BusinessHours], Calendar] = {}

    def of(self, person: Person) -> tuple[Calendar, str]:
        """An engineer's calendar, and what is missing for pricing or "".

        Without a zone or region the calendar is a stand-in (UTC, no holidays) that only dates unpaid lines.
        """
        region = person.holiday_region or self._policy.holiday_region
        zone, missing = person.zone or "UTC", ""
        if region is None:
            region, missing = NO_HOLIDAYS, "no holiday region"
        elif region != NO_HOLIDAYS and region not in self._facts.holidays:
            region, missing = NO_HOLIDAYS, f"no public holidays known for {region}"
        if person.zone is None:
            missing = "no time zone"
        hours = person.business_hours or self._policy.business_hours
        try:
            return self._get(zone, region, hours), missing
        except (ZoneInfoNotFoundError, ValueError):
            return self._get("UTC", region, hours), f"unknown time zone {zone}"

    def _get(self, zone: str, region: str, hours: BusinessHours) -> Calendar:
        key = (zone, region, hours)
        if key not in self._made:
            self._made[key] = make_calendar(
                ZoneInfo(zone),
                self._stretch,
                region=region,
                holidays={} if region == NO_HOLIDAYS else self._facts.holidays[region],
                company_days=self._facts.company_days,
                substitute_days=self._policy.substitute_days,
                hours=hours,
            )
        return self._made[key]


def _stretch(facts: Facts) -> Interval:
    """From the first to the last instant that must be dated."""
    instants = [facts.read_at]
    for row in facts.on_call:
        instants += [row.start, row.end]
    for callout in facts.callouts:
        for spell in callout.spells:
            instants += [spell.start, spell.end or spell.start]
        if callout.decision is not None and callout.decision.start and callout.decision.end:
            instants += [callout.decision.start, callout.decision.end]
    return second_of(min(instants)), second_of(max(instants))


def _add_days(person_id: str, held: Held, calendar: Calendar, outcome: Outcome) -> None:
    """The dates with time on call, pay or a callout."""
    times: dict[date, tuple[Day, int]] = {}
    for day, (start, end) in calendar.split(held.everything):
        _, time = times.get(day.date, (day, 0))
        times[day.date] = (day, time + end - start)
    for booked in [line.date for line in outcome.pay] + [row.date for row in outcome.rows]:
        if booked not in times:
            times[booked] = (calendar.on(booked), 0)
    for _, (day, time) in sorted(times.items()):
        outcome.days.append(DayTime(person_id, day.date, day.day_type, day.name, time))


def _line_order(line: UnpaidLine | PendingLine) -> tuple[date, str, str, str, str]:
    start = line.spans[0].start.isoformat() if line.spans else ""
    return line.date, line.subject.value, line.reason, start, line.incident_id or ""


def _all(parts: Iterable[Iterable[_Line]]) -> tuple[_Line, ...]:
    return tuple(line for part in parts for line in part)


def _dated_silent(facts: Facts, policy: Policy) -> tuple[tuple[date, SilentIncident], ...]:
    """Incidents that are nobody's callout, by the date they were triggered: nobody's zone applies to them."""
    zone = ZoneInfo(policy.pay_zone or "UTC")
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
