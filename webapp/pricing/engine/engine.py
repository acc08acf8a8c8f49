"""`price_each`: every line of each engineer, as a composition of the stages.

pay = BOOK( CHOOSE( PRICE( TIER( SHAPE( COUNT( GROUP( GRID( SET( facts | WHEN )))))))))
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import pairwise

from webapp.pricing.engine.calendar import Calendar
from webapp.pricing.engine.calendars import Calendars
from webapp.pricing.engine.duties import callouts_of, duties_of, note_callouts
from webapp.pricing.engine.held import Held
from webapp.pricing.engine.ledger import CALLOUT, ON_CALL, Ledger, close
from webapp.pricing.engine.lines import Outcome, PayLine, Session, Side
from webapp.pricing.engine.memory import EngineerWork, Given, RuleWork, Work
from webapp.pricing.engine.needed import where_needed
from webapp.pricing.engine.plan import Plan, plans_of
from webapp.pricing.engine.stages.book import book, date_units, session_date
from webapp.pricing.engine.stages.choose import choose, greatest
from webapp.pricing.engine.stages.count import callouts_once, count
from webapp.pricing.engine.stages.grid import grid
from webapp.pricing.engine.stages.group import group, members_of
from webapp.pricing.engine.stages.price import price as price_units
from webapp.pricing.engine.stages.set import ROTA_ZONE, set_
from webapp.pricing.engine.stages.shape import shape, shape_pay
from webapp.pricing.engine.stages.tier import ordinals, tier
from webapp.pricing.engine.stages.when import when, when_units
from webapp.pricing.engine.work import HOUR, Desk, Group, Part, Piece, Stretch, Unit
from webapp.pricing.facts import Callout, Facts, OnCall, Person, Spell
from webapp.pricing.policy.document import Document, Rule
from webapp.pricing.policy.lookup import Missing
from webapp.pricing.spans import BEGINNING, Interval, Intervals, covers, instant_of, intersect, overlaps, union

_DAY = 24 * HOUR
Trace = Callable[[Document, Rule, str, Sequence[Stretch] | Sequence[Group] | Sequence[Unit]], None]
"""Told what each stage hands on, when an explanation is asked for."""


def price_each(
    document: Document,
    facts: Facts,
    calendars: Calendars,
    *,
    ledgers: tuple[str, ...] = (ON_CALL, CALLOUT),
    since: int = BEGINNING,
    late: frozenset[str] = frozenset(),
    trace: Trace | None = None,
    work: Work | None = None,
) -> Iterator[Outcome]:
    """What each engineer with any time on call or callout earns, in the order of their ids.

    `ledgers`: of which time the unpaid and pending lines are asked for. `since`: what is paid for time that ended
    before this second need not be answered, but for the callouts `late`. `work`: what these very facts came to by a
    policy of the same `measure`, asked for in the same way; taken from there and added to it. With a trace there is
    none.
    """
    work = work or Work()
    work.begin(document)
    rows: dict[str, list[OnCall]] = defaultdict(list)
    for row in facts.on_call:
        if row.time[0] < row.time[1]:
            rows[row.person].append(row)
    callouts: dict[str, list[Callout]] = defaultdict(list)
    for callout in facts.callouts:
        callouts[callout.person].append(callout)
    plans = plans_of(document)
    for person in sorted(facts.people, key=lambda person: person.id):
        own, called = rows[person.id], callouts[person.id]
        if own or called:
            of_person = work.of(person.id)
            yield _Clerk(
                plans, facts.read_at, person, own, called, calendars, ledgers, since, late, trace, work.rules, of_person
            ).price()
            work.keep(person.id, of_person)


@dataclass(slots=True)
class _Clerk:
    """Prices one engineer; engineers do not touch each other's pay."""

    plans: list[Plan]
    read_at: int
    person: Person
    rows: list[OnCall]
    callouts: list[Callout]
    calendars: Calendars
    ledgers: tuple[str, ...]
    since: int
    late: frozenset[str]
    trace: Trace | None
    rules: Mapping[tuple[str, str], Rule]
    """By version and name, each the very same as long as it stays as it was."""
    work: EngineerWork
    sessions: dict[int, Session] = field(default_factory=dict)

    def price(self) -> Outcome:
        """All lines of the engineer; where a fact is missing, none is paid."""
        outcome = Outcome(self.person.id, sessions=self.sessions)
        ledger = Ledger(self.person.id, self.rows, self.callouts, self.read_at)
        first = self.plans[0].version
        try:
            if first.rules:
                self._check_first(first)
            works = [one for plan in self.plans for one in self._works(plan, ledger)]
            self._book(works, outcome, ledger)
        except Missing as reason:
            outcome.missing = str(reason)
            outcome.pay, ledger.pending, ledger.left = [], [], []
            self.sessions.clear()
        outcome.left = [left for left, on_call in ledger.left if not on_call]
        if outcome.on_call is not self.work.on_call or CALLOUT in self.ledgers:
            if any(plan.version.zone_of_schedule for plan in self.plans):
                outcome.on_call.held = Held.of(self.rows, _by_zone(outcome.pay, ledger))
                outcome.callouts = Side(outcome.callouts.pay)  # it dates them, too
            self._close(outcome, ledger)
        outcome.pay.sort(key=lambda line: (line.booked, line.spans[:1]))  # by rule until here
        side = outcome.on_call
        outcome.unpaid, outcome.pending, outcome.held = side.unpaid, side.pending, side.held
        if not outcome.missing:
            self.work.on_call, self.work.called = outcome.on_call, outcome.callouts
        return outcome

    def _book(self, works: list[tuple[Document, Rule, RuleWork]], outcome: Outcome, ledger: Ledger) -> None:
        """The lines of every rule, and the sides of the outcome: those of before, as far as all lines are."""
        called = [work for _, rule, work in works if not rule.on_call]
        if any(work.pay is None for work in called):
            for work in called:  # a report numbers the sessions of all rules together
                work.pay = None
        sides: tuple[list[list[PayLine]], list[list[PayLine]]] = ([], [])
        asked = self._asked_callouts([one for work in called if work.pay is None for one in work.groups])
        for version, rule, work in works:
            pay = self._booked(work, rule, version, asked)
            outcome.pay += pay
            ledger.pending += work.pending
            sides[rule.on_call].append(pay)
        outcome.callouts, outcome.on_call = map(_side, sides, (self.work.called, self.work.on_call))

    def _close(self, outcome: Outcome, ledger: Ledger) -> None:
        """The unpaid and pending lines, dated as what is paid."""
        first, held = self.plans[0].version, outcome.on_call.held
        varies = any(not plan.version.same_zone(first) for plan in self.plans)
        is_guess = bool(outcome.missing) or not first.rules
        calendar = (
            self.calendars.of(self.person, ledger.first, first, guess=True)
            if is_guess
            else self.calendars.at(self.person, ledger.first, first)
        )
        missing = outcome.missing and f"not priced: {outcome.missing}"

        def cut(start: int, end: int) -> Iterator[tuple[Calendar, int, int]]:
            if is_guess:
                yield calendar, start, end
                return
            for begin, until in pairwise(self.calendars.marks(self.person, first, held, start, end)):
                zone = held.zone_at(begin) if held else None
                version = self.calendars.version_at(self.person, begin, first, zone, guess=False) if varies else first
                yield self.calendars.at(self.person, begin, version, zone) if varies or held else calendar, begin, until

        for of in self.ledgers:
            close(ledger, of, outcome.pay, cut, missing, self.since)
        outcome.on_call.unpaid, outcome.on_call.pending = ledger.unpaid_lines, ledger.pending_lines

    def _check_first(self, version: Document) -> None:
        """Asks for the local time of the first needed fact, though no rule may ask. Raises Missing."""
        spells = [(spell.start, spell.start if spell.end is None else spell.end) for spell in self._spells()]
        for time in sorted([*(row.time for row in self.rows), *spells]):
            calendar, _ = self.calendars.over(self.person, *time, version)
            if self.calendars.needed.touches(calendar.zone, *time):
                return

    def _spells(self) -> Iterator[Spell]:
        return (spell for one in self.callouts for spell in one.spells)

    def _asked_callouts(self, groups: Iterable[Group]) -> Intervals:
        """The time of all sessions that hang together, by whatever rules, with one that is asked for."""
        times = [((one.start, one.end + 1), one) for one in groups]
        asked = union(time for time, one in times if time[1] > self.since or self._is_late(one))
        return [chain for chain in union(time for time, _ in times) if overlaps(asked, chain)]

    def _is_late(self, group: Group) -> bool:
        return any(cause in self.late for stretch in group.stretches for cause in stretch.causes)

    def _booked(self, work: RuleWork, rule: Rule, version: Document, asked: Intervals) -> list[PayLine]:
        """The lines of what is over; the rest is pending."""
        if work.pay is None:
            paid = [unit for unit in work.priced if _is_over(unit, rule, self.read_at)]
            waiting = [unit for unit in work.priced if not _is_over(unit, rule, self.read_at)]
            work.pending = [piece for unit in waiting for piece in unit.pieces]
            if rule.on_call:
                at_end = rule.book.on == "end"  # then what lies before may be booked after it
                paid = [unit for unit in paid if unit.end > self.since or (at_end and unit.group.end > self.since)]
            elif self.since > BEGINNING:
                paid = [unit for unit in paid if covers(asked, unit.group.start)]
            work.pay = book(paid, rule, version, self.person.id, self.read_at)
        return work.pay

    def _works(self, plan: Plan, ledger: Ledger) -> list[tuple[Document, Rule, RuleWork]]:
        """What each rule of a version makes of the engineer's time, booked while it is in force."""
        paid_by: dict[str, list[Interval]] = {}
        billed_by: dict[str, list[Interval]] = {}
        works: dict[str, RuleWork] = {}
        desks: dict[str, Desk] = {}
        worked = [(spell.start, spell.end) for one in self.callouts for spell in one.spells if spell.end is not None]
        for rule in plan.rules:
            desk = Desk(self.read_at, plan.in_force, paid_by=paid_by, worked=worked, billed_by=billed_by)
            desks[rule.name] = desk
            work = works[rule.name] = self._measured(rule, plan, desk, works)
            if work.rule is not self.rules[plan.version.version, rule.name]:
                self._price(work, rule, plan.version, desk)
            for number, session in work.sessions.items():
                self.sessions.setdefault(number, session)
            if rule.name in plan.asked_paid:
                paid_by[rule.name] = list(_paid_time(work.priced))
            if rule.name in plan.asked_billed:
                billed_by[rule.name] = [(piece.start, piece.end) for unit in work.priced for piece in unit.pieces]
        self._choose(works, plan, desks)
        for rule in plan.version.rules:
            notes = works[rule.name].left
            if not plan.always:
                notes = [left for left in notes if plan.in_force(instant_of(left.start).date())]
            ledger.left += [(left, rule.on_call) for left in notes]
        return [(plan.version, rule, works[rule.name]) for rule in plan.version.rules]

    def _choose(self, works: dict[str, RuleWork], plan: Plan, desks: dict[str, Desk]) -> None:
        """Of rules of which the greatest is paid: that one's units. What each of them alone comes to is kept."""
        chosen = [rule for rule in plan.rules if rule.choose and rule.choose.how == "greatest"]
        units_of = {rule.name: works[rule.name].priced for rule in chosen}
        for rule in chosen:
            desks[rule.name].left = list(works[rule.name].left)
        greatest(units_of, plan.version, desks)
        for rule in chosen:
            name, units = rule.name, units_of[rule.name]
            works[name] = replace(works[name], priced=units, left=desks[name].left, pay=None)
            self._tell(plan.version, rule, "choose", units)

    def _measured(self, rule: Rule, plan: Plan, desk: Desk, before: Mapping[str, RuleWork]) -> RuleWork:
        """What duties and sessions measure; `before`: the same of rules that came earlier."""
        key = (plan.version.version, rule.name)
        given = [(desk.paid_by.get(name), desk.billed_by.get(name)) for name in sorted(plan.waits[rule.name])]
        work = self.work.rules.get(key)
        if work is None or work.given != given:
            alike = None if self.trace else plan.same_groups.get(rule.name)
            groups = before[alike].groups if alike else self._groups(rule, plan, desk)
            work = self.work.rules[key] = self._measure(groups, rule, plan, desk, given)
        return work

    def _groups(self, rule: Rule, plan: Plan, desk: Desk) -> list[Group]:
        """The inner part of the formula: duties and sessions. Without a fact that lacks something they are others."""
        version = plan.version

        def cut(stretch: Stretch, parts: Sequence[Part]) -> list[Piece]:
            return grid(stretch, parts, rule, version, desk)

        stretches = when(self._facts_for(rule, plan, desk), rule, desk)
        self._tell(version, rule, "when", stretches)
        chosen = choose(stretches, rule, version.rules, desk)
        if rule.choose and rule.choose.how == "first match":
            self._tell(version, rule, "choose", chosen)
        stretches = set_(chosen, rule, desk)
        if rule.name in plan.alone and self.since <= self.read_at:
            stretches = [one for one in stretches if self._is_asked(one)]
        self._tell(version, rule, "set", stretches)
        billed = union(time for name in rule.group.billed_first for time in desk.billed_by.get(name, ()))
        groups = group(stretches, rule, version, cut, billed, desk)
        self._tell(version, rule, "grid", groups)
        self._tell(version, rule, "group", groups)
        return groups

    def _is_asked(self, duty: Stretch) -> bool:
        """Whether a line of it can be, or a reason to pay nothing at all."""
        return duty.end > self.since or self.calendars.needed.touches(duty.calendar.zone, duty.start, duty.end)

    def _measure(self, groups: list[Group], rule: Rule, plan: Plan, desk: Desk, given: Given) -> RuleWork:
        """The middle of the formula: how much there is of them."""

        def is_needed(one: Group) -> bool:
            return self._touches(one.calendar, one.start, one.end + _goes_on(rule, plan), one.duty, rule)

        noted = len(desk.left)
        units = where_needed(groups, is_needed, lambda some: self._counted(some, rule, plan, desk), desk)
        if any(one.lacks for group in groups for one in (*group.stretches, group.duty) if one):
            for unit in units:
                self._refuse_unsure(unit, rule)
        return RuleWork(given, groups, units, desk.left, noted)

    def _counted(self, groups: Sequence[Group], rule: Rule, plan: Plan, desk: Desk) -> list[Unit]:
        version = plan.version
        units = count(groups, rule, version, desk)
        date_units(units, rule)
        units = callouts_once(when_units(units, rule, desk), desk)
        self._tell(version, rule, "count", units)
        ordinals(units, rule, version)
        units = shape(units, rule, version, desk)
        self._tell(version, rule, "shape", units)
        units = [unit for unit in tier(units, rule, version) if desk.in_force(unit.booked)]
        self._tell(version, rule, "tier", units)
        return units

    def _touches(self, calendar: Calendar, start: int, end: int, duty: Stretch | None, rule: Rule) -> bool:
        """Whether time lies within the dates that must be priced, with its duty where the rule asks for that."""
        if rule.asks_duty and duty is not None:
            start, end = min(start, duty.start), max(end, duty.end)
        return self.calendars.needed.touches(calendar.zone, start, end)

    def _refuse_unsure(self, unit: Unit, rule: Rule) -> None:
        """Refuses what must be priced, and rests on time before of which not even the kind of day is known."""
        needed = self.calendars.needed
        if unit.booked not in needed:
            return
        begins, ends = needed.bounds(unit.group.calendar.zone)
        for one in unit.group.stretches:
            lacks = one.lacks or (one.duty.lacks if one.duty and rule.asks_duty else "")
            outside = unit.start < begins or unit.end > ends or one.end <= begins
            if lacks and (rule.asks_duty or outside):
                raise Missing(lacks)

    def _price(self, work: RuleWork, rule: Rule, version: Document, desk: Desk) -> None:
        """The outer part: what duties and sessions are worth."""
        needed, billed = self.calendars.needed, cache(partial(_billed, work.units, rule))
        desk.left = list(work.refused)

        def is_needed(unit: Unit) -> bool:
            one = unit.group
            end = max(one.end, one.start + billed().get(id(one), 0))
            is_booked = unit.booked in needed or unit.date in needed
            return is_booked or self._touches(one.calendar, one.start, end, one.duty, rule)

        def worth(some: Sequence[Unit]) -> list[Unit]:
            units = price_units(some, rule, desk)
            shape_pay(units, rule, version)
            return units

        work.rule, work.pay = None, None
        work.priced = where_needed(work.units, is_needed, worth, desk)
        work.left = desk.left
        self._tell(version, rule, "price", work.priced)
        if not rule.on_call:
            work.sessions = self._sessions(work, rule, version, desk)
        work.rule = self.rules[version.version, rule.name]

    def _facts_for(self, rule: Rule, plan: Plan, desk: Desk) -> list[Stretch]:
        version = plan.version

        def calendar_of(start: int, end: int, zone: str | None) -> tuple[Calendar, str]:
            return self.calendars.over(self.person, start, end, version, zone)

        if rule.on_call:
            duties = duties_of(self.person, self.rows, rule, version, calendar_of, desk)
            if plan.asks_called_out:
                note_callouts(duties, self.callouts)
            return duties
        key, known = (version.version, rule.set.spells), self.work.callouts
        if key not in known:
            unheard = Desk(self.read_at, desk.in_force)
            zones_told = not version.zone_of_schedule or all(one.zone is not None for one in self.callouts)
            told = not plan.asks_duty and zones_told and all(one.is_whole for one in self.callouts)
            everything = [] if told else duties_of(self.person, self.rows, None, version, calendar_of, unheard)
            apart = rule.set.spells == "apart"
            known[key] = callouts_of(self.person, self.callouts, everything, version, calendar_of, apart=apart)
        return known[key]

    def _tell(
        self, version: Document, rule: Rule, stage: str, found: Sequence[Stretch] | Sequence[Group] | Sequence[Unit]
    ) -> None:
        if self.trace:
            self.trace(version, rule, stage, found)

    def _sessions(self, work: RuleWork, rule: Rule, version: Document, desk: Desk) -> dict[int, Session]:
        """The sessions that earn; and those that are worth nothing, unless the rule has refused them."""
        earn = {id(unit.group) for unit in work.priced}
        against = {cause for left in work.left[work.uncounted :] for cause in left.causes}
        sessions: dict[int, Session] = {}
        for one in work.groups:
            kept = id(one) in earn or (
                against.isdisjoint(cause for stretch in one.stretches for cause in stretch.causes)
                and desk.in_force(session_date(one, rule))
            )
            if kept:
                if one.number is None:
                    one.number, one.members = self.work.sessions, members_of(one)
                    self.work.sessions += 1
                sessions[one.number] = Session(rule.name, version.version, one.members, bool(rule.group.billed_first))
        return sessions


def _side(pay: list[list[PayLine]], before: Side | None) -> Side:
    """What it was before, where it is of these very lists."""
    if before and len(pay) == len(before.pay) and all(map(operator.is_, pay, before.pay)):
        return before
    return Side(pay)


def _by_zone(pay: Iterable[PayLine], ledger: Ledger) -> Iterator[tuple[Interval, str]]:
    """Time on call that is paid, or will be, with the zone of the rota through which it is; by rule."""
    rows = {row.id: row for row in ledger.rows}
    for line in pay:
        if line.on_call:
            for row in sorted((rows[cause] for cause in line.causes), key=lambda row: (row.level, row.rota)):
                yield from ((time, row.zone) for time in intersect(list(line.spans), [row.time]))
    for piece in ledger.pending:
        if piece.stretch.duty is piece.stretch:
            yield (piece.start, piece.end), piece.part.words.get(ROTA_ZONE, "")


def _goes_on(rule: Rule, plan: Plan) -> int:
    """How long after its end work may still decide about other work, before it is known how much is billed."""
    others = rule.group.asks_minimum or rule.name in plan.asked_paid | plan.asked_billed
    return _DAY if others and not rule.on_call else 0


def _billed(units: Iterable[Unit], rule: Rule) -> dict[int, int]:
    """The seconds that sessions bill, a minimum included."""
    found: dict[int, int] = defaultdict(int)
    for unit in units if rule.count.unit == "hours" else ():
        found[id(unit.group)] += int(unit.quantity * HOUR)
    return found


def _is_over(unit: Unit, rule: Rule, read_at: int) -> bool:
    """Whether it can be paid; a guarantee is due as soon as the work is over, though its time may go on."""
    if unit.due is not None:
        return unit.due <= read_at
    return unit.end <= read_at or (not rule.on_call and max(one.end for one in unit.group.stretches) <= read_at)


def _paid_time(units: Iterable[Unit]) -> Iterator[Interval]:
    """The time that units pay; a raised minimum goes on after the work."""
    groups: dict[int, list[Unit]] = defaultdict(list)
    for unit in units:
        groups[id(unit.group)].append(unit)
        yield from ((piece.start, piece.end) for piece in unit.pieces)
    for members in groups.values():
        raised = sum(unit.raised for unit in members)
        if raised > 0:
            start = members[0].group.start
            billed = sum(unit.quantity for unit in members)
            yield start, max(members[0].group.end, start + int(billed * HOUR))
