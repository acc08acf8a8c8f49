"""Facts as a clerk would say them: instants with a zone, an incident in its callout, one value of an engineer.

Tests are written in these; `told` makes of them what pricing is told. `price` takes either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from webapp.pricing import facts as pricing
from webapp.pricing import price as price_told
from webapp.pricing.facts import (
    HOLIDAY_REGION,
    HOURLY_RATE,
    AlwaysOnCall,
    CalendarChange,
    CompanyDay,
    Dated,
    Decision,
    EvidenceDecision,
    Holiday,
    Incident,
    JoinedResponder,
    SilentIncident,
)
from webapp.pricing.policy import Document
from webapp.pricing.policy.form import BusinessHours, Policy
from webapp.pricing.report.lines import Priced
from webapp.pricing.spans import second_of
from webapp.services.facts import decided


@dataclass(frozen=True)
class Person:
    """An engineer; `numbers`, `words` and `hours` hold values by the dates from which they hold."""

    id: str
    name: str
    email: str | None
    zone: str | None
    zone_source: str = "engineer"
    holiday_region: str | None = None
    hourly_rate: Decimal | None = None
    business_hours: BusinessHours | None = None
    payroll_number: str = ""
    numbers: Mapping[str, tuple[tuple[date, Decimal | None], ...]] = field(default_factory=dict)
    words: Mapping[str, tuple[tuple[date, str | None], ...]] = field(default_factory=dict)
    hours: tuple[tuple[date, BusinessHours | None], ...] = ()
    holidays: Mapping[date, Holiday | None] = field(default_factory=dict)

    def told(self) -> pricing.Person:
        numbers: dict[str, Any] = {name: _dated(steps) for name, steps in self.numbers.items()}
        if self.hourly_rate is not None:
            numbers.setdefault(HOURLY_RATE, Dated.always(self.hourly_rate))
        words = {name: _dated(steps) for name, steps in self.words.items()}
        if self.holiday_region is not None:
            words.setdefault(HOLIDAY_REGION, Dated.always(self.holiday_region))
        hours = self.hours or (((date.min, self.business_hours),) if self.business_hours else ())
        return pricing.Person(
            id=self.id,
            name=self.name,
            email=self.email,
            zone=self.zone,
            zone_source=self.zone_source,
            payroll_number=self.payroll_number,
            working_hours=_dated([(day, one and one.working_hours()) for day, one in hours]) if hours else None,
            words=words,
            numbers=numbers,
            holidays=tuple(sorted(self.holidays.items())),
        )


@dataclass(frozen=True)
class OnCall:
    """Time on call through a schedule."""

    person_id: str
    start: datetime
    end: datetime
    level: int
    schedule_id: str | None
    schedule_name: str
    zone: str = ""
    unpaid: str = ""

    def told(self, number: int) -> pricing.OnCall:
        time = (second_of(self.start), second_of(self.end))
        rota = self.schedule_id or ""
        return pricing.OnCall(str(number), self.person_id, time, rota, self.level, zone=self.zone, unpaid=self.unpaid)


@dataclass(frozen=True)
class Spell:
    """One stretch of work."""

    start: datetime
    end: datetime | None
    evidence: str


@dataclass(frozen=True)
class Callout:
    """One engineer's response to one incident."""

    person_id: str
    incident: Incident
    acknowledged: datetime | None
    spells: tuple[Spell, ...]
    on_call: bool
    levels: frozenset[int] = frozenset()
    schedule_ids: frozenset[str] = frozenset()
    decision: Decision | None = None
    attested: Mapping[str, str] = field(default_factory=dict)
    evidence_decisions: tuple[EvidenceDecision, ...] = ()
    zone: str = ""

    def told(self, read_at: int) -> pricing.Callout:
        evidence = tuple(_spell(spell, read_at) for spell in self.spells)
        callout = pricing.Callout(
            id=self.incident.id,
            person=self.person_id,
            spells=tuple(sorted(evidence, key=lambda spell: spell.start)),
            urgency=self.incident.urgency,
            on_call=self.on_call,
            level=min(self.levels, default=None),
            rota=min(self.schedule_ids, default=""),
            kind="",
            attested=self.attested,
            levels=self.levels,
            rotas=self.schedule_ids,
            zone=self.zone,
            evidence=evidence,
            acknowledged=self.acknowledged,
            evidence_decisions=self.evidence_decisions,
        )
        if self.decision is None:
            return callout
        one = decided(callout, self.decision, read_at)
        one.attested = {**self.attested, **one.attested}
        return one


@dataclass(frozen=True)
class Facts:
    """Everything that pricing is told for one report."""

    people: tuple[Person, ...]
    on_call: tuple[OnCall, ...]
    callouts: tuple[Callout, ...]
    read_at: datetime
    silent: tuple[SilentIncident, ...] = ()
    always_on_call: tuple[AlwaysOnCall, ...] = ()
    joined: tuple[JoinedResponder, ...] = ()
    holidays: Mapping[str, Mapping[date, Holiday]] = field(default_factory=dict)
    without_calendar: Mapping[str, str] = field(default_factory=dict)
    company_days: Mapping[date, CompanyDay] = field(default_factory=dict)
    calendar_changes: tuple[CalendarChange, ...] = ()


def told(facts: Facts) -> pricing.Facts:
    """The same as pricing is told it."""
    read_at = second_of(facts.read_at)
    return pricing.Facts(
        people=tuple(person.told() for person in facts.people),
        on_call=tuple(row.told(number) for number, row in enumerate(facts.on_call)),
        callouts=tuple(one.told(read_at) for one in facts.callouts),
        read_at=read_at,
        holidays=facts.holidays,
        company_days=facts.company_days,
        without_calendar=facts.without_calendar,
        incidents={one.incident.id: one.incident for one in facts.callouts},
        schedules={row.schedule_id: row.schedule_name for row in facts.on_call if row.schedule_id},
        silent=facts.silent,
        always_on_call=facts.always_on_call,
        joined=facts.joined,
        calendar_changes=facts.calendar_changes,
    )


def price(facts: Facts | pricing.Facts, policy: Document | Policy, *args: Any, **kwargs: Any) -> Priced:
    """`webapp.pricing.price`."""
    return price_told(told(facts) if isinstance(facts, Facts) else facts, policy, *args, **kwargs)


def _spell(spell: Spell, read_at: int) -> pricing.Spell:
    end = None if spell.end is None else second_of(spell.end)
    return pricing.Spell(second_of(spell.start), None if end is None or end > read_at else end, evidence=spell.evidence)


def _dated(steps: Any) -> Dated[Any]:
    return Dated(tuple(day for day, _ in steps), tuple(value for _, value in steps))
