"""Translating PagerDuty's records into the facts that pricing is told: `pd` and `pricing` meet here, and only here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from types import MappingProxyType
from typing import TypeVar

from webapp.exports.cells import clean
from webapp.pd.evidence import Evidence, RecordedWork, Response, SpellRecord, merge_targets, quoted
from webapp.pd.records import IncidentRecord, UserRecord
from webapp.pd.responders import joined_responders
from webapp.pd.result import Records
from webapp.pd.shifts import Duty, Stretch
from webapp.pricing.facts import (
    DECISION,
    DO_NOT_PAY,
    PAY,
    AlwaysOnCall,
    Callout,
    Dated,
    Decision,
    EvidenceDecision,
    Facts,
    Holiday,
    Incident,
    JoinedResponder,
    OnCall,
    Person,
    SilentIncident,
    Spell,
    WorkingHours,
)
from webapp.pricing.policy import Document
from webapp.pricing.spans import Interval, second_of
from webapp.services.calendars.concerned import calendar_changes, outcomes
from webapp.services.calendars.corrections import CalendarChanges
from webapp.services.calendars.effective import RegionOn, own_days, region_days
from webapp.services.calendars.regions import NO_HOLIDAYS, is_usable, no_calendar, refused_country
from webapp.services.callout_decisions import ActDecision, Decisions, WorkDecision
from webapp.services.engineer_facts import (
    FIRST_DAY,
    KNOWN,
    NUMBERS,
    TIME_ZONE,
    WORKING_HOURS,
    Change,
    read_hours,
)
from webapp.services.people import PaySettings
from webapp.services.shadow_rotations import Shadows, shadowed

_Value = TypeVar("_Value")
NO_SHADOWS: Shadows = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Places:
    """What facts need to know of a policy: where its dates and holidays are."""

    pay_zone: str | None
    """Of everybody; None where a version asks for the engineers' own, or the schedules'."""
    dated: tuple[tuple[date, str | None, str], ...]
    """Its holiday region, and its rule for substitute days, from each date on, in order."""

    @classmethod
    def of(cls, policy: Document) -> Places:
        """Those of all its versions."""
        dated = (
            (one.effective or FIRST_DAY, one.holiday_region, one.substitute_days) for one in (policy, *policy.later)
        )
        zones = {one.pay_zone for one in (policy, *policy.later)}
        return cls(None if None in zones else policy.pay_zone, tuple(dated))

    @property
    def regions(self) -> frozenset[str]:
        """Its holiday regions at any time."""
        return frozenset(region for _, region, _ in self.dated if region)

    def region_on(self, day: date) -> str | None:
        """Its holiday region on a day."""
        return self._on(day)[1]

    def rule_on(self, day: date) -> str:
        """Its rule for substitute days on a day."""
        return self._on(day)[2]

    def _on(self, day: date) -> tuple[date, str | None, str]:
        return next((one for one in reversed(self.dated) if one[0] <= day), self.dated[0])


def to_facts(
    records: Records,
    duty: Duty,
    evidence: Evidence,
    *,
    places: Places,
    day: date,
    own: Mapping[str, PaySettings],
    decisions: Decisions,
    calendars: CalendarChanges | None = None,
    also_pay: frozenset[str] = frozenset(),
    shadows: Shadows = NO_SHADOWS,
) -> Facts:
    """Everything pricing needs to know of the engineers in scope; records of others are left out.

    `day` is the one whose values stand for an engineer where only one can be printed. `also_pay`: the schedules, by
    id, whose time is time on call though nobody is paged through them. `shadows`: rotations that are not paid.
    """
    stretches = (*duty.stretches, *_also_held(records, also_pay))
    responses, unanswered = evidence.responses, evidence.unanswered
    joined = joined_responders(records, {(response.incident_id, response.user_id) for response in responses})
    # Of a team these are few of the account's incidents.
    cited = {one.incident_id for one in responses}
    cited |= {one.incident_id for one in unanswered} | {one.incident_id for one in joined}
    said = _evidence_decisions(records, decisions, evidence, own)
    incidents = {incident_id: incident_of(records.incidents[incident_id]) for incident_id in cited}
    zones = _schedule_zones(records, stretches)
    users = records.users.values()
    people = tuple(_person(user, places.pay_zone, own.get(user.id), zones.get(user.id), day) for user in users)
    known = records.users.keys()
    calendars = calendars or CalendarChanges()
    years = _years(records)
    holidays = _holidays(years, places, people, calendars)
    people = tuple(_with_own_days(one, own.get(one.id), places, holidays, calendars, years) for one in people)
    begin, end = dates_read(records)
    regions = {one.id: region_of(own.get(one.id), places) for one in people}
    corrected = outcomes(calendars, regions, begin, end, places.rule_on)
    paged = [held for held in stretches if held.user_id in known]
    rows = (replace(row, id=str(number)) for number, row in enumerate(_on_call(records, paged, shadows)))
    return Facts(
        people=people,
        on_call=tuple(rows),
        callouts=tuple(
            callout_of(
                response,
                records.read_at,
                incidents[response.incident_id].urgency,
                decisions,
                (
                    *said.get((response.incident_id, ""), ()),
                    *said.get((response.incident_id, response.user_id), ()),
                ),
                zone_of_schedule(records, min(response.schedule_ids, default=None)),
            )
            for response in responses
            if response.user_id in known
        ),
        read_at=second_of(records.read_at),
        incidents=incidents,
        schedules={held.schedule_id: held.schedule_name for held in paged if held.schedule_id},
        silent=tuple(
            SilentIncident(incidents[found.incident_id], found.reason, tuple(said.get((found.incident_id, ""), ())))
            for found in unanswered
        ),
        joined=tuple(
            JoinedResponder(one.user_id, clean(records.users[one.user_id].name), incidents[one.incident_id], one.at)
            for one in joined
        ),
        always_on_call=tuple(
            sorted(
                {AlwaysOnCall(row.user_id, row.level, row.policy_name) for row in duty.always if row.user_id in known},
                key=lambda row: (row.person_id, row.level, row.policy_name),
            )
        ),
        holidays=holidays,
        without_calendar=_without_calendar(people),
        calendar_changes=calendar_changes(calendars, corrected, {one.id: one.name for one in people}, begin, end),
    )


def callout_of(
    response: Response,
    read_at: datetime,
    urgency: str,
    decisions: Decisions,
    said: tuple[EvidenceDecision, ...] = (),
    zone: str = "",
) -> Callout:
    """A response as pricing knows it; `said`: what was decided about its evidence, `zone`: of the schedule held.

    What ends after the reading instant is still open: nobody knows how long it will be.
    """
    last = second_of(read_at)
    decision = decisions.callouts.get((response.incident_id, response.user_id))
    evidence = tuple(_spell(spell, last) for spell in response.spells)
    callout = Callout(
        id=response.incident_id,
        person=response.user_id,
        spells=tuple(sorted(evidence, key=_start)) if len(evidence) > 1 else evidence,
        urgency=urgency,
        on_call=response.on_call,
        level=min(response.levels, default=None),
        rota=min(response.schedule_ids, default=""),
        kind="",
        levels=response.levels,
        rotas=response.schedule_ids,
        zone=zone,
        evidence=evidence,
        acknowledged=response.acknowledged_at,
        evidence_decisions=said,
    )
    return decided(callout, decision, last) if decision else callout


def _spell(spell: SpellRecord, last: int) -> Spell:
    end = None if spell.end is None else second_of(spell.end)
    return Spell(second_of(spell.start), None if end is None or end > last else end, evidence=clean(spell.evidence))


def _start(spell: Spell) -> int:
    return spell.start


def decided(callout: Callout, decision: Decision, read_at: int) -> Callout:
    """A callout as a manager decided about it: the times that they give, what they attest, whether it is paid."""
    spells = callout.spells
    if decision.times:
        times = [(second_of(span.start), second_of(span.end)) for span in decision.times]
        spells = tuple(Spell(start, end if end <= read_at else None, checked=True) for start, end in times)
    attested = dict(decision.attested)
    if decision.pay is not None:
        attested[DECISION] = PAY if decision.pay else DO_NOT_PAY
    return replace(callout, spells=spells, attested=attested, decision=decision)


def zone_of_schedule(records: Records, schedule_id: str | None) -> str:
    """As PagerDuty tells it, or ""."""
    known = records.schedules.get(schedule_id or "")
    return (known.time_zone if known else None) or ""


def engineer_names(records: Records, own: Mapping[str, PaySettings]) -> dict[str, str]:
    """Names by user id of everybody whom the reading names, in the scope or not, or whose values we have."""
    names = {user_id: one.name for user_id, one in own.items()}
    names |= {entry.agent.id: entry.agent.name for entry in records.log_entries if entry.agent}
    names |= records.others | {row.user_id: row.user_name for row in records.on_call}
    return {key: clean(name) for key, name in (names | {one.id: one.name for one in records.users.values()}).items()}


def recorded_work(decisions: Decisions) -> tuple[RecordedWork, ...]:
    """The work that managers recorded, as evidence."""
    return tuple(
        RecordedWork(
            incident_id=one.incident_id,
            user_id=one.user_id,
            spans=tuple((span.start, span.end) for span in one.times),
            words=quoted(f"recorded by {one.decided_by}: {one.reason}"),
        )
        for one in decisions.work.values()
    )


def answer_words(act: ActDecision, evidence: Evidence, names: Mapping[str, str]) -> tuple[str, str]:
    """Who it was, and why the answer does not count, or ""."""
    who = "a machine or somebody who is not paid"
    if act.user_id is not None:
        who = names.get(act.user_id) or f"an engineer whom this report does not know ({act.user_id})"
    named = evidence.needless_answers.get(act.entry_id)
    return who, f"no longer needed: PagerDuty names {clean(named)}" if named else ""


def _evidence_decisions(
    records: Records, decisions: Decisions, evidence: Evidence, own: Mapping[str, PaySettings]
) -> dict[tuple[str, str], list[EvidenceDecision]]:
    """What was decided about evidence, by incident and engineer; what concerns a whole incident by it and ""."""
    found: dict[tuple[str, str], list[EvidenceDecision]] = defaultdict(list)
    if not (decisions.acts or decisions.work):
        return found
    names, targets = engineer_names(records, own), merge_targets(records.incidents)

    def of_target(incident_id: str) -> str:
        return targets[incident_id].id if incident_id in targets else incident_id

    for act in decisions.acts.values():
        who, needless = answer_words(act, evidence, names)
        words = f"it was {quoted(who)} at {braced(act.at)}" + (f", {quoted(needless)}" if needless else "")
        found[of_target(act.incident_id), ""].append(_said(words, act))
    for work in decisions.work.values():
        times = " and ".join(f"from {braced(span.start)} to {braced(span.end)}" for span in work.times)
        key = (of_target(work.incident_id), work.user_id)
        found[key].append(_said(f"worked {times}", work))
    return found


def braced(moment: datetime) -> str:
    """An instant within a text, such as {2026-07-04T01:15:30Z}: shown on the clock of a reader's zone."""
    return f"{{{moment:%Y-%m-%dT%H:%M:%SZ}}}"


def _said(what: str, one: ActDecision | WorkDecision) -> EvidenceDecision:
    return EvidenceDecision(what, one.reason, one.decided_by, one.decided_at)


def _person(
    user: UserRecord, pay_zone: str | None, own: PaySettings | None, schedule_zone: str | None, day: date
) -> Person:
    own = own or PaySettings(user_id=user.id, name=user.name, email=user.email)
    told = user.time_zone or schedule_zone
    zone, source = told, "schedule" if told and not user.time_zone else "engineer"
    if pay_zone:
        zone, source = pay_zone, "policy"
    elif own.on(TIME_ZONE, day):
        zone, source = own.on(TIME_ZONE, day), "engineer"
    return Person(
        id=user.id,
        name=clean(user.name) + (" (deleted in PagerDuty)" if user.deleted else ""),
        email=user.email,
        zone=zone,
        zone_source=source,
        payroll_number=own.payroll_number,
        numbers=_numbers(own),
        words=_words(own, told),
        working_hours=_dated(own.facts[WORKING_HOURS], _working_hours) if own.facts.get(WORKING_HOURS) else None,
    )


def _dated(changes: Sequence[Change], read: Callable[[str], _Value]) -> Dated[_Value]:
    return Dated(tuple(one.since for one in changes), tuple(read(one.value) if one.value else None for one in changes))


def _working_hours(written: str) -> WorkingHours:
    return read_hours(written).working_hours()


def _numbers(own: PaySettings) -> dict[str, Dated[Decimal] | Dated[Fraction]]:
    """Dated amounts; an attribute of the policy's own is one if all its values are."""
    found: dict[str, Dated[Decimal] | Dated[Fraction]] = {}
    for what, changes in own.facts.items():
        try:
            values = _dated(changes, Decimal)
        except InvalidOperation:
            continue
        if what in NUMBERS or what not in KNOWN:
            found[what] = values
    return found


def _words(own: PaySettings, zone: str | None) -> dict[str, Dated[str]]:
    """Dated words; a zone of one's own takes the place of PagerDuty's."""
    found = {what: _dated(changes, str) for what, changes in own.facts.items() if what not in {*NUMBERS, WORKING_HOURS}}
    if TIME_ZONE in found:
        zones = found[TIME_ZONE]
        before = () if zones.since[0] == FIRST_DAY else ((FIRST_DAY, zone),)
        steps = (*before, *((since, own_zone or zone) for since, own_zone in zones.steps()))
        found[TIME_ZONE] = Dated(tuple(since for since, _ in steps), tuple(value for _, value in steps))
    return found


def _on_call(records: Records, stretches: Iterable[Stretch], shadows: Shadows) -> Iterator[OnCall]:
    """The stretches, cut where one is held through a shadow rotation alone."""
    unpaid = shadowed(records, shadows) if shadows else {}
    for held in stretches:
        zone = zone_of_schedule(records, held.schedule_id)
        row = OnCall("", held.user_id, (0, 0), held.schedule_id or "", held.level, zone=zone)
        begins = held.start
        for start, end, reason in unpaid.get((held.schedule_id or "", held.user_id), ()):
            start, end = max(start, begins), min(end, held.end)  # noqa: PLW2901  as far as this stretch goes
            if start < end:
                yield from [replace(row, time=_interval(begins, start))] if begins < start else []
                yield replace(row, time=_interval(start, end), unpaid=reason)
                begins = end
        if begins < held.end:
            yield replace(row, time=_interval(begins, held.end))


def _interval(start: datetime, end: datetime) -> Interval:
    return second_of(start), second_of(end)


def _also_held(records: Records, also_pay: frozenset[str]) -> tuple[Stretch, ...]:
    """Time through schedules on no policy: evidence of callouts knows nothing of it."""
    rows = [row for row in records.also_on_call if row.schedule_id in also_pay]
    return Duty(rows, records.request.until).stretches if rows else ()


def _schedule_zones(records: Records, stretches: Iterable[Stretch]) -> dict[str, str]:
    """For each engineer the zone of a schedule held, the first by name where there are several."""
    zones: dict[str, str] = {}
    for held in sorted(stretches, key=lambda stretch: (stretch.schedule_name, stretch.schedule_id or "")):
        schedule = records.schedules.get(held.schedule_id or "")
        if schedule and schedule.time_zone:
            zones.setdefault(held.user_id, schedule.time_zone)
    return zones


def incident_of(found: IncidentRecord) -> Incident:
    """As pricing knows it: texts without control characters, so that page and file show the same."""
    return Incident(
        id=found.id,
        number=found.number,
        title=clean(found.title),
        service=clean(found.service),
        urgency=found.urgency,
        triggered=found.created_at,
        resolved=found.resolved_at,
        url=found.html_url,
    )


def _with_own_days(
    person: Person,
    own: PaySettings | None,
    places: Places,
    holidays: Mapping[str, Mapping[date, Holiday]],
    calendars: CalendarChanges,
    years: tuple[int, int],
) -> Person:
    """With the days that somebody added for this engineer, or took out."""
    if person.id not in calendars.engineers:
        return person

    region_on = region_of(own, places)
    return replace(person, holidays=own_days(person.id, region_on, holidays, calendars, *years, places.rule_on))


def region_of(own: PaySettings | None, places: Places) -> RegionOn:
    """An engineer's holiday region on a day, their own or the policy's."""
    return lambda day: (own.region_on(day) if own else None) or places.region_on(day)


def dates_read(records: Records) -> tuple[date, date]:
    """The dates that may decide about pay, and the one after: those read, and all of the shifts that meet them."""
    starts = [row.start for row in (*records.on_call, *records.also_on_call) if row.start]
    return min([records.request.since, *starts]).date(), records.request.until.date() + timedelta(days=1)


def _years(records: Records) -> tuple[int, int]:
    """The first and the last year that a fact may lie in: shifts are read whole and may have started long before."""
    return (records.request.since - timedelta(days=400)).year, records.request.until.year + 1


def _holidays(
    years: tuple[int, int], places: Places, people: Iterable[Person], calendars: CalendarChanges
) -> dict[str, Mapping[date, Holiday]]:
    """The calendars of every region in use at any time, for these years; whoever has no region has that of "none"."""
    regions = places.regions | regions_of(people)
    return {
        region: region_days(region, *years, calendars, places.rule_on)
        for region in sorted({NO_HOLIDAYS, *(region for region in regions if region and is_usable(region))})
    }


def regions_of(people: Iterable[Person]) -> set[str | None]:
    """Their own holiday regions at any time."""
    return {region for one in people if (dated := one.holiday_region) for region in dated.values}


def _without_calendar(people: Iterable[Person]) -> dict[str, str]:
    """The regions that engineers were given before they were refused, each with why it cannot be priced by."""
    regions = regions_of(people)
    return {region: no_calendar(country) for region in regions if (country := refused_country(region)) and region}
