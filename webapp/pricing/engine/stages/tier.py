"""TIER: which price a unit, or a part of it, comes under."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from webapp.pricing.engine.scopes import keys
from webapp.pricing.engine.work import HOUR, Piece, Unit
from webapp.pricing.policy.document import Document, Rule, TierStage
from webapp.pricing.policy.units import UNITS


def tier(units: Sequence[Unit], rule: Rule, document: Document) -> list[Unit]:
    """The units with their tier, cut where a tier ends."""
    stage = rule.tier
    if stage is None or stage.by == "ordinal":
        return list(units)
    by_scope = keys(units, stage.each, rule, document)
    if stage.by == "length":
        total: dict[Hashable, Fraction] = defaultdict(Fraction)
        for unit, key in zip(units, by_scope, strict=True):
            total[key] += _size(unit, rule, stage)
        for unit, key in zip(units, by_scope, strict=True):
            unit.tier = _name(stage, total[key])
        return list(units)
    so_far: dict[Hashable, Fraction] = defaultdict(Fraction)
    cut: list[Unit] = []
    for unit, key in zip(units, by_scope, strict=True):
        cut += _cut(unit, so_far[key], stage)
        so_far[key] += unit.quantity
    return cut


def ordinals(units: Sequence[Unit], rule: Rule, document: Document) -> None:
    """The tier by ordinal, which a minimum may depend on: the first, second ... of its scope."""
    stage = rule.tier
    if stage is None or stage.by != "ordinal":
        return
    met: dict[Hashable, dict[Hashable, int]] = defaultdict(dict)
    for unit, key in zip(units, keys(units, stage.each, rule, document), strict=True):
        one: Hashable = id(unit) if rule.on_call or UNITS[rule.count.unit].has_ordinal else id(unit.group)
        number = met[key].setdefault(one, len(met[key]) + 1)
        unit.tier = _name(stage, Fraction(number))


def _size(unit: Unit, rule: Rule, stage: TierStage) -> Fraction:
    """What its length is measured in: of days or sessions, the hours held."""
    if stage.in_time and rule.count.unit != "hours":
        return Fraction(sum(piece.seconds for piece in unit.pieces), HOUR)
    return unit.quantity


def _name(stage: TierStage, number: Fraction) -> str:
    """A tier holds up to its limit, the limit included."""
    return str(bisect_left(stage.limits, number) + 1)


def _cut(unit: Unit, before: Fraction, stage: TierStage) -> Iterator[Unit]:
    limits = [limit - before for limit in stage.limits if before < limit < before + unit.quantity]
    bounds = [Fraction(0), *limits, unit.quantity]
    rest = unit.pieces
    raised = unit.raised
    for start, end in pairwise(bounds):
        name = _name(stage, before + end)
        last = end == unit.quantity
        own, rest = (rest, []) if last else _split(rest, int((end - start) * HOUR))
        held = Fraction(sum(piece.seconds for piece in own), HOUR)
        # What was rounded off or capped is missing at the end; what was raised stands after the time held.
        part = raised if last else max(Fraction(0), min(raised, end - start - held))
        raised -= part
        at_end = [unit.pieces[-1].since(unit.pieces[-1].end)] if unit.pieces else []
        yield replace(unit, quantity=end - start, tier=name, pieces=own or at_end, raised=part)


def _split(pieces: list[Piece], seconds: int) -> tuple[list[Piece], list[Piece]]:
    first: list[Piece] = []
    for index, piece in enumerate(pieces):
        if piece.seconds > seconds:
            if not seconds:
                return first, pieces[index:]
            first.append(piece.until(piece.start + seconds))
            return first, [piece.since(piece.start + seconds), *pieces[index + 1 :]]
        first.append(piece)
        seconds -= piece.seconds
    return first, []
