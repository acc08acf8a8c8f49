"""BOOK: the date a unit is booked on, and the pay lines, each rounded once by the policy's rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import date
from fractions import Fraction

from webapp.pricing.engine.lines import PayLine
from webapp.pricing.engine.work import HOUR, Group, Piece, Unit
from webapp.pricing.policy.document import Document, Rule
from webapp.pricing.policy.units import UNITS
from webapp.pricing.rounding import added, line_amount
from webapp.pricing.spans import Interval, union


def date_units(units: Sequence[Unit], rule: Rule) -> None:
    """Gives each unit its booking date, on which rates and versions are looked up."""
    for unit in units:
        unit.booked = unit.date if rule.book.on == "unit" else session_date(unit.group, rule)


def session_date(group: Group, rule: Rule) -> date:
    """The date of a session as a whole, whether it earns anything or not."""
    return group.calendar.at(group.end - 1).date if rule.book.on == "end" else group.marks[0].date


def book(units: Sequence[Unit], rule: Rule, document: Document, person: str, read_at: int) -> list[PayLine]:
    """The pay lines of priced units; units that print alike are one line. What follows `read_at` is not yet over."""
    if not UNITS[rule.count.unit].adds_up:
        return [_line([unit], rule, document, person, read_at, whole=True) for unit in units]
    units_of = Counter([id(unit.group) for unit in units])
    alike: dict[Hashable, list[Unit]] = {}
    for unit in units:
        is_lone = units_of[id(unit.group)] == 1  # most are, and then there is nothing to compare
        alike.setdefault(id(unit) if is_lone else _looks(unit), []).append(unit)
    lines_of = Counter(id(members[0].group) for members in alike.values())
    return [
        _line(members, rule, document, person, read_at, whole=lines_of[id(members[0].group)] == 1)
        for members in alike.values()
    ]


def _looks(unit: Unit) -> Hashable:
    """All that a line prints of a unit, and adds up for several."""
    price = unit.price.as_integer_ratio()  # quicker to compare than the fraction
    return unit.booked, unit.as_, unit.day_type, unit.band, unit.template, unit.tier, price, id(unit.group)


def _line(members: list[Unit], rule: Rule, document: Document, person: str, read_at: int, *, whole: bool) -> PayLine:
    """One line; `whole`: it is all that its duty or session earns by the rule."""
    first = members[0]
    quantity, raised, amount, more = _sums(members)
    exact = amount + more if more else amount
    rounding, unit = document.rounding, rule.count.unit
    how, to = (rounding.money, rounding.to) if first.as_ == "money" else (rounding.time, rounding.time_to)
    pieces = first.pieces if len(members) == 1 else [piece for one in members for piece in one.pieces]
    if first.due is not None and first.end >= read_at:  # a day that is earned before it is over
        pieces = [piece for piece in pieces if piece.start < read_at]
    return PayLine(
        person, rule.name, rule.component, document.version, first.booked, first.as_, first.day_type, first.band,
        first.template, first.tier, quantity, unit, first.price, exact, line_amount(exact, to, how), _spans(pieces),
        int(raised * HOUR) if unit == "hours" and raised else 0,
        _causes(pieces) or first.group.stretches[0].causes,
        rule.on_call, first.words, first.decided or first.end, more, first.group.number,
        () if rule.on_call else _shares(members, rule, quantity, whole=whole),
    )  # fmt: skip


def _sums(members: list[Unit]) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """Quantity, what of it was raised, amount, and what a minimum or cap in money added to that."""
    if len(members) == 1:
        (one,) = members
        return one.quantity, one.raised, one.amount, one.more
    return (
        added([unit.quantity for unit in members]),
        added([unit.raised for unit in members]),
        added([unit.amount for unit in members]),
        added([unit.more for unit in members]),
    )


def _causes(pieces: list[Piece]) -> tuple[str, ...]:
    if len(pieces) == 1:
        return pieces[0].part.causes
    return tuple(dict.fromkeys([cause for piece in pieces for cause in piece.part.causes]))


def _spans(pieces: list[Piece]) -> tuple[Interval, ...]:
    if len(pieces) == 1 and pieces[0].start < pieces[0].end:
        return ((pieces[0].start, pieces[0].end),)
    return tuple(union([(piece.start, piece.end) for piece in pieces]))


def _shares(members: list[Unit], rule: Rule, quantity: Fraction, *, whole: bool) -> tuple[Fraction, ...]:
    """How much of the quantity stands at each callout: shared time at the earlier, a raise at the first."""
    stretches = members[0].group.stretches
    if len(stretches) == 1:
        return (quantity,)
    place = {id(stretch): index for index, stretch in enumerate(stretches)}
    shares = [Fraction(0)] * len(stretches)
    if rule.count.unit == "callouts":
        for unit in members:
            shares[place[id(unit.callout)]] += unit.quantity
        return tuple(shares)
    if rule.count.unit == "hours":
        for unit in members:
            for piece in unit.pieces:
                shares[place[id(piece.stretch)]] += Fraction(piece.seconds, HOUR)
    pieces = members[0].pieces
    _settle(shares, quantity, place[id(pieces[0].stretch)] if pieces and not whole else 0)
    return tuple(shares)


def _settle(shares: list[Fraction], quantity: Fraction, first: int) -> None:
    """What was raised is added at the first; what was cut is taken from the last."""
    extra = quantity - added(shares)
    if extra > 0:
        shares[first] += extra
    for index in reversed(range(len(shares))):
        if extra >= 0:
            break
        taken = min(shares[index], -extra)
        shares[index] -= taken
        extra += taken
