"""How far around a period facts matter: a cap of a month needs the whole month, a tier of a year the year so far."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from webapp.pricing.policy import Document
from webapp.pricing.policy.document import Rule, Scope
from webapp.pricing.policy.units import UNITS

LONGEST_SPELL = timedelta(days=7)
"""Of work, where the policy names no limit."""


def window_of(document: Document, first: date, after: date) -> tuple[date, date]:
    """The dates from which and up to which the rules' own windows reach, of those that touch the period."""
    begins, ends = first, after
    for version in (document, *document.later):
        for rule in version.rules:
            for scope in _scopes(rule):
                begins = min(begins, _begin(scope, first))
                ends = max(ends, _end(scope, after))
    return begins, ends


def longest_spell(document: Document) -> timedelta:
    """How long work that begins in the period may go on after it."""
    lengths = [version.longest_spell for version in (document, *document.later)]
    return max((LONGEST_SPELL if one is None else timedelta(seconds=one)) for one in lengths)


def _scopes(rule: Rule) -> Iterator[Scope]:
    for step in rule.shape:
        yield step.each
        if step.first_of is not None:
            yield step.first_of
    if rule.tier is not None:
        yield rule.tier.each
    if rule.choose is not None:
        yield rule.choose.each
    yield Scope(UNITS[rule.count.unit].scope)
    yield Scope(rule.group.join)


def _begin(scope: Scope, first: date) -> date:
    """The first date of the window that a date lies in; a week may begin on any weekday."""
    match scope.kind:
        case "week":
            return first - timedelta(days=7)
        case "month":
            return first.replace(day=1)
        case "year":
            return first.replace(month=1, day=1)
        case "window" if scope.since is not None:
            return first - timedelta(days=(first - scope.since).days % scope.days)
        case "rolling" | "of duty":
            return first - timedelta(days=scope.seconds // 86_400 + 1)
    return first


def _end(scope: Scope, after: date) -> date:
    """The date after the last one of the window that the day before lies in."""
    last = after - timedelta(days=1)
    match scope.kind:
        case "week":
            return after + timedelta(days=7)
        case "month":
            return (last.replace(day=1) + timedelta(days=32)).replace(day=1)
        case "year":
            return date(last.year + 1, 1, 1)
        case "window" if scope.since is not None:
            return _begin(scope, last) + timedelta(days=scope.days)
        case "rolling" | "of duty":
            return after + timedelta(days=scope.seconds // 86_400 + 1)
    return after
