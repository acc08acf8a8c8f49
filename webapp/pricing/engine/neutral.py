"""The app's facts as the engine of documents is told them: seconds instead of instants, rotas instead of schedules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from fractions import Fraction
from typing import TypeVar

from webapp.pricing import facts as app
from webapp.pricing.engine.facts import Callout, Dated, Facts, Holiday, OnCall, Person, Spell, WorkingHours
from webapp.pricing.engine.stages.when import DECISION, DO_NOT_PAY
from webapp.pricing.money import SECONDS_AN_HOUR
from webapp.pricing.policy.document import DAY_SECONDS
from webapp.pricing.spans import interval_of, second_of

_T = TypeVar("_T")


def neutral_facts(facts: app.Facts) -> Facts:
    """The same facts; rows and callouts keep their order. Raises FactsError for times that run backwards."""
    read_at = second_of(facts.read_at)
    return Facts(
        people=tuple(_person(person) for person in facts.people),
        on_call=tuple(_on_call(row, str(number)) for number, row in enumerate(facts.on_call)),
        callouts=tuple(_callout(one, read_at) for one in facts.callouts),
        read_at=read_at,
        holidays={
            region: {day: holiday_of(one) for day, one in days.items()} for region, days in facts.holidays.items()
        },
        company_days={day: one.day_type for day, one in facts.company_days.items()},
        substitutes={
            region: {
                day: "substitute" if one.substitute else "replaced"
                for day, one in days.items()
                if one.substitute or one.replaced
            }
            for region, days in facts.holidays.items()
        },
        without_calendar=facts.without_calendar,
    )


def _person(person: app.Person) -> Person:
    numbers = {
        name: _dated([(day, None if value is None else Fraction(value)) for day, value in one])
        for name, one in person.numbers.items()
    }
    if person.hourly_rate is not None:
        numbers.setdefault("hourly rate", _dated([(date.min, Fraction(person.hourly_rate))]))
    words = {name: _dated(one) for name, one in person.words.items()}
    region = words.pop("holiday region", None) or _always(person.holiday_region)
    zone = words.pop("time zone", None) or _always(person.zone)
    hours = (
        _dated([(day, None if one is None else _working_hours(one)) for day, one in person.hours])
        if person.hours
        else None
    )
    if hours is None and person.business_hours is not None:
        hours = _always(_working_hours(person.business_hours))
    return Person(
        id=person.id,
        name=person.name,
        zone=zone,
        holiday_region=region,
        working_hours=hours,
        words=words,
        numbers=numbers,
        holidays=tuple((day, holiday_of(one) if one else None) for day, one in sorted(person.holidays.items())),
    )


def holiday_of(one: app.Holiday) -> Holiday:
    """With its hours as seconds of the wall clock."""
    start = 0 if one.start is None else _clock(one.start)
    return Holiday(one.name, start, DAY_SECONDS if one.end is None else _clock(one.end), one.source)


def _always(value: _T | None) -> Dated[_T] | None:
    return None if value is None else Dated((date.min,), (value,))


def _dated(values: Sequence[tuple[date, _T | None]]) -> Dated[_T]:
    return Dated(tuple(day for day, _ in values), tuple(value for _, value in values))


def _working_hours(hours: app.BusinessHours) -> WorkingHours:
    return WorkingHours(hours.days, ((_clock(hours.start), _clock(hours.end)),))


def _on_call(row: app.OnCall, key: str) -> OnCall:
    time_ = interval_of(row.start, row.end, f"Time on call through {row.schedule_name}")
    return OnCall(
        key, row.person_id, time_, rota=row.schedule_id or "", level=row.level, zone=row.zone, unpaid=row.unpaid
    )


def _callout(one: app.Callout, read_at: int) -> Callout:
    """One callout; what ends after the reading instant is still open, since nobody knows how long it will be."""
    decision = one.decision
    if decision is not None and decision.times:
        spells = [_corrected(span, one.incident.id, read_at) for span in decision.times]
    else:
        spells = [_spell(spell, read_at) for spell in one.spells]
        if len(spells) > 1:
            spells.sort(key=lambda spell: spell.start)
    attested = one.attested
    if decision is not None and decision.pay is not None:
        attested = {**attested, DECISION: "pay" if decision.pay else DO_NOT_PAY}
    return Callout(
        id=one.incident.id,
        person=one.person_id,
        spells=tuple(spells),
        urgency=one.incident.urgency,
        on_call=one.on_call,
        level=min(one.levels, default=None),
        rota=min(one.schedule_ids, default=""),
        kind="",
        attested=attested,
        levels=one.levels,
        rotas=one.schedule_ids,
        zone=one.zone,
    )


def _corrected(span: app.Span, incident_id: str, read_at: int) -> Spell:
    start, end = interval_of(span.start, span.end, f"The decision on incident {incident_id}")
    return Spell(start, end if end <= read_at else None, checked=True)


def _spell(spell: app.Spell, read_at: int) -> Spell:
    end = None if spell.end is None else second_of(spell.end)
    return Spell(second_of(spell.start), None if end is None or end > read_at else end)


def _clock(clock: time) -> int:
    return clock.hour * SECONDS_AN_HOUR + clock.minute * 60 + clock.second
