"""PRICE: what one unit is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from webapp.pricing.engine.work import Desk, Unit
from webapp.pricing.policy.document import Lookup, PriceStage, Rule
from webapp.pricing.policy.lookup import Missing, Unpaid, look_up
from webapp.pricing.rounding import round_to

_NOTHING = Fraction(0)


def price(units: Sequence[Unit], rule: Rule, desk: Desk) -> list[Unit]:
    """The units with their price and amount; what has no price is left with the reason. Raises Missing."""
    priced = []
    as_ = rule.book.as_
    for unit in units:
        try:
            unit.as_ = as_ if isinstance(as_, str) else str(look_up(as_, unit.word))
            unit.price = _best(unit, rule) if unit.choices else unit_price(unit, rule)
        except Unpaid as error:
            desk.leave_unit(unit, error.reason)
            continue
        unit.more = _NOTHING
        unit.amount = unit.price if unit.quantity == 1 else unit.price * unit.quantity
        priced.append(unit)
    return priced


def _best(unit: Unit, rule: Rule) -> Fraction:
    """The price of the words that pay most; the unit keeps these words."""
    if len(unit.choices) == 1:
        unit.words, unit.decided = unit.choices[0]
        return unit_price(unit, rule)
    found: list[tuple[Fraction, Mapping[str, str], int]] = []
    refusal = Unpaid("not paid by this rule")
    for words, until in unit.choices:
        unit.words = words
        try:
            found.append((unit_price(unit, rule), words, until))
        except Unpaid as error:
            refusal = error
    if not found:
        raise refusal
    value, unit.words, unit.decided = max(found, key=lambda one: one[0])
    return value


def unit_price(unit: Unit, rule: Rule) -> Fraction:
    """Base, bounds of the base, percent, times, divided, bounds, rounding, supplement: in this order."""
    stage = rule.price
    if stage.is_plain:
        return _number(stage.amount, unit) if stage.amount is not None else _base(stage, unit)
    value = _number(stage.amount, unit) if stage.amount is not None else _base(stage, unit)
    value = _bounded(value, stage.base_at_least, stage.base_at_most, unit)
    if stage.percent is not None:
        value *= _number(stage.percent, unit) / 100
    for factor in stage.times:
        value *= _number(factor, unit)
    if stage.divided_by is not None:
        value /= _number(stage.divided_by, unit)
    value = _bounded(value, stage.at_least, stage.at_most, unit)
    if stage.round_to is not None:
        value = round_to(value, stage.round_to, stage.round_how)
    if stage.supplement is not None:
        value += _number(stage.supplement, unit)
    return value


def _number(value: Lookup, unit: Unit) -> Fraction:
    found = look_up(value, unit.word)
    if not isinstance(found, Fraction):
        raise Unpaid("not paid by this rule")
    return found


def _base(stage: PriceStage, unit: Unit) -> Fraction:
    """A number of the engineer on the booking date; an hour off is worth an hour."""
    name = stage.of
    if unit.as_ == "time off" and name == "hourly rate":
        return Fraction(1)
    person = unit.group.stretches[0].person
    found = person.number(name, unit.booked)
    if found is None and stage.default is not None:
        return _number(stage.default, unit)
    if found is None:
        raise Missing.on(unit.booked, name, person.numbers.get(name))
    return found


def _bounded(value: Fraction, low: Lookup | None, high: Lookup | None, unit: Unit) -> Fraction:
    if low is not None:
        value = max(value, _number(low, unit))
    return value if high is None else min(value, _number(high, unit))
