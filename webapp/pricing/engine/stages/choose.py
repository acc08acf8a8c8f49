"""CHOOSE: one rule or the other: time that an earlier rule pays is hidden, or the greatest of several stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction

from webapp.pricing.engine.scopes import keys
from webapp.pricing.engine.stages.set import keep
from webapp.pricing.engine.work import Desk, Stretch, Unit
from webapp.pricing.policy.document import ChooseStage, Document, Rule
from webapp.pricing.spans import union


def choose(stretches: Sequence[Stretch], rule: Rule, rules: Sequence[Rule], desk: Desk) -> list[Stretch]:
    """First match: hides what rules of lower priority number pay."""
    own = rule.choose
    if own is None or own.how != "first match":
        return list(stretches)
    for other in rules:
        theirs = other.choose
        if theirs and theirs.among == own.among and theirs.priority < own.priority:
            paid = union(desk.paid_by.get(other.name, []))
            for stretch in stretches:
                keep(stretch, paid, desk, f"paid by {other.name}")
    return [stretch for stretch in stretches if stretch.parts]


def greatest(units_of: dict[str, list[Unit]], document: Document, desks: Mapping[str, Desk]) -> None:
    """Of the rules of a choice, keeps for each scope the units of the one that pays most."""
    choices: dict[str, list[Rule]] = defaultdict(list)
    for rule in document.rules:
        if rule.choose and rule.choose.how == "greatest" and rule.name in units_of:
            choices[rule.choose.among].append(rule)
    for rules in choices.values():
        rules.sort(key=lambda rule: rule.choose.priority if rule.choose else 0)
        sums: dict[Hashable, dict[str, Fraction]] = defaultdict(dict)
        key_of: dict[int, Hashable] = {}
        for rule in rules:
            units = units_of[rule.name]
            for unit, key in zip(units, _keys(units, rule, document), strict=True):
                key_of[id(unit)] = key
                sums[key][rule.name] = sums[key].get(rule.name, Fraction(0)) + unit.amount + unit.more
        for rule in rules:
            kept = []
            for unit in units_of[rule.name]:
                of_scope = sums[key_of[id(unit)]]
                best = max(of_scope, key=of_scope.__getitem__)
                if best == rule.name:
                    kept.append(unit)
                else:
                    desks[rule.name].leave_unit(unit, f"{best} pays more")
            units_of[rule.name] = kept


def _keys(units: Sequence[Unit], rule: Rule, document: Document) -> list[Hashable]:
    """Keys that mean the same for each rule: a session is known by its first callout."""
    stage = rule.choose
    if not isinstance(stage, ChooseStage):
        return []
    if stage.each.kind == "callout":
        return [unit.pieces[0].stretch.causes if unit.pieces else unit.group.stretches[0].causes for unit in units]
    if stage.each.kind == "session":
        return [unit.group.stretches[0].causes for unit in units]
    if stage.each.kind == "duty":
        return [(unit.group.duty or unit.group.stretches[0]).causes for unit in units]
    return keys(units, stage.each, rule, document)
