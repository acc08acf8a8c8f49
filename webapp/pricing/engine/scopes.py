"""Where a step or a tier starts anew: the key of each unit at a scope."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from webapp.pricing.engine.calendar import month_of
from webapp.pricing.engine.work import Unit
from webapp.pricing.policy.document import Document, Rule, Scope


def keys(units: Sequence[Unit], scope: Scope, rule: Rule, document: Document) -> list[Hashable]:
    """The key of each unit; units are in order of their starts."""
    if scope.kind == "rolling":
        return _rolling(units, scope.seconds)
    return [_key(unit, scope, rule, document) for unit in units]


def _key(unit: Unit, scope: Scope, rule: Rule, document: Document) -> Hashable:
    group = unit.group
    if scope.kind == "callout":
        return id(unit.pieces[0].stretch if unit.pieces else group.stretches[0])
    if scope.kind == "session":
        return id(group)
    duty = group.duty
    if scope.kind == "duty":
        return id(group) if duty is None or rule.on_call else id(duty)
    if scope.kind == "of duty":
        start = duty.start if duty else group.calendar.cell(group.start, rule.grid.day_start or 0)[1]
        return start, (unit.start - start) // scope.seconds
    return _of_date(unit, scope, document)


def _of_date(unit: Unit, scope: Scope, document: Document) -> Hashable:
    day = unit.date
    if scope.kind == "day":
        return day
    if scope.kind == "month":
        return month_of(day)
    if scope.kind == "year":
        return day.year
    if scope.kind == "window" and scope.since is not None:
        return (day - scope.since).days // scope.days
    return week_of(unit, document)


def week_of(unit: Unit, document: Document) -> Hashable:
    """The week that a unit's start lies in."""
    return unit.group.calendar.week(unit.start, document.week_day, document.week_clock)[0]


def _rolling(units: Sequence[Unit], seconds: int) -> list[Hashable]:
    """Windows that the first unit after the last window opens."""
    found: list[Hashable] = []
    opened: int | None = None
    for unit in units:
        if opened is None or unit.group.start >= opened + seconds:
            opened = unit.group.start
        found.append(opened)
    return found
