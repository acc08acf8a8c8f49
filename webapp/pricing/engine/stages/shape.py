"""SHAPE: raise to a minimum, round and cap, at a scope, in the order written; quantities first, money after PRICE."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction

from webapp.pricing.engine.scopes import keys
from webapp.pricing.engine.work import HOUR, Desk, Unit
from webapp.pricing.policy.document import Document, Rule, ShapeStep
from webapp.pricing.policy.lookup import Missing, bound
from webapp.pricing.rounding import added, round_to

OVER_THE_CAP = "over the cap"


def shape(units: Sequence[Unit], rule: Rule, document: Document, desk: Desk) -> list[Unit]:
    """The units with their quantities raised, rounded and capped."""
    for step in rule.shape:
        if step.kind == "minimum":
            _raise(units, step, rule, document)
        elif step.kind == "round":
            for members in scoped(units, step, rule, document):
                _round(members, step)
        elif step.kind == "cap":
            for members in scoped(units, step, rule, document):
                _cap(members, step, desk)
    return [unit for unit in units if unit.quantity]


def shape_pay(units: Sequence[Unit], rule: Rule, document: Document) -> None:
    """The same for amounts: what is added or taken away stands beside the price."""
    for step in rule.shape:
        if not step.kind.endswith("_pay"):
            continue
        for members in scoped(units, step, rule, document):
            limit = _money(step, members[0])
            if limit is None:
                continue
            total = added([unit.amount + unit.more for unit in members])
            if step.kind == "minimum_pay" and total < limit:
                (members[0] if step.at == "first" else members[-1]).more += limit - total
            elif step.kind == "cap_pay" and total > limit:
                _take(members, total - limit)


def scoped(units: Sequence[Unit], step: ShapeStep, rule: Rule, document: Document) -> list[list[Unit]]:
    """The units of each scope, in order."""
    found: dict[Hashable, list[Unit]] = {}
    for unit, key in zip(units, keys(units, step.each, rule, document), strict=True):
        found.setdefault(key, []).append(unit)
    return list(found.values())


def _money(step: ShapeStep, unit: Unit) -> Fraction | None:
    value = bound(step.value, unit.word)
    if value is None or not step.of:
        return value
    person = unit.group.stretches[0].person
    base = person.number(step.of, unit.booked)
    if base is None:
        raise Missing.on(unit.booked, step.of, person.numbers.get(step.of))
    return base * value / 100


def _raise(units: Sequence[Unit], step: ShapeStep, rule: Rule, document: Document) -> None:
    seen: set[Hashable] = set()
    firsts = keys(units, step.first_of, rule, document) if step.first_of else None
    position = {id(unit): index for index, unit in enumerate(units)} if firsts else {}
    for members in scoped(units, step, rule, document):
        if firsts is not None:
            key = firsts[position[id(members[0])]]
            if key in seen:
                continue
            seen.add(key)
        least = bound(step.value, members[0].word)
        if least is None:
            continue
        if rule.set.stop_at_ordinary:
            least = _until_ordinary(members[0], least)
        total = added([unit.quantity for unit in members])
        if total < least:
            _add(members[0] if step.at == "first" else members[-1], least - total)


def _until_ordinary(unit: Unit, least: Fraction) -> Fraction:
    """A guarantee ends where ordinary hours begin."""
    start = unit.group.calendar.next_ordinary(unit.start)
    return least if start is None else min(least, Fraction(start - unit.start, HOUR))


def _round(members: list[Unit], step: ShapeStep) -> None:
    size = bound(step.value, members[-1].word)
    total = added([unit.quantity for unit in members])
    if not size or (step.beyond and total <= step.beyond):
        return
    how = "half up" if step.how == "nearest" else step.how
    rounded = round_to(total - step.beyond, size, how) + step.beyond if step.beyond else round_to(total, size, how)
    if rounded is total:
        return
    if rounded > total:
        _add(members[-1], rounded - total)
    elif rounded < total:
        _cut(members, total - rounded)


def _cap(members: list[Unit], step: ShapeStep, desk: Desk) -> None:
    most = bound(step.value, members[0].word)
    if most is None:
        return
    over = added([unit.quantity for unit in members]) - most
    if over > 0:
        _cut(members, over)
        for unit in members:
            if not unit.quantity:
                desk.leave_unit(unit, OVER_THE_CAP)


def _add(unit: Unit, quantity: Fraction) -> None:
    unit.quantity += quantity
    unit.raised = unit.raised + quantity if unit.raised else quantity


def _cut(members: list[Unit], quantity: Fraction) -> None:
    """Takes a quantity away, from the end."""
    for unit in reversed(members):
        taken = min(unit.quantity, quantity)
        unit.quantity -= taken
        unit.raised -= taken
        quantity -= taken


def _take(members: list[Unit], money: Fraction) -> None:
    for unit in reversed(members):
        taken = min(unit.amount + unit.more, money)
        unit.more -= taken
        money -= taken
