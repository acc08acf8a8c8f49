"""What of a document is worked out before the first engineer: in which order rules are priced, what they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from webapp.pricing.policy.contradictions import waits_for
from webapp.pricing.policy.document import Document, Rule


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a policy, and how its rules are worked through."""

    version: Document
    until: date | None
    """From when on the next version is in force."""
    rules: tuple[Rule, ...]
    """Those first whose pay another needs."""
    waits: dict[str, frozenset[str]]
    """For each rule those that must be priced before it: it asks what they pay or bill."""
    asked_paid: frozenset[str]
    """The rules of which another needs to know what they pay."""
    asked_billed: frozenset[str]
    """The rules of which another needs to know what they bill."""
    same_groups: dict[str, str]
    """For a rule, an earlier one that forms the very same sessions: they differ in what these are worth."""
    asks_duty: bool
    """Whether any rule for callouts asks for the duty that they lie in."""
    asks_called_out: bool
    """Whether any rule asks if somebody was called out in a duty."""

    alone: frozenset[str]
    """The rules for time on call by which each duty, and each date of it, is paid whatever the others are."""

    @property
    def always(self) -> bool:
        """Whether the version is the only one there is."""
        return self.version.effective is None and self.until is None

    def in_force(self, day: date) -> bool:
        """Whether what is booked on a day is this version's to pay."""
        since = self.version.effective
        return (since is None or since <= day) and (self.until is None or day < self.until)


def plans_of(document: Document) -> list[Plan]:
    """The versions of a document, in order."""
    versions = [document, *document.later]
    ends = [version.effective for version in versions[1:]]
    return [_plan(version, until) for version, until in zip(versions, [*ends, None], strict=True)]


def _plan(version: Document, until: date | None) -> Plan:
    waits = {rule.name: frozenset(waits_for(rule, version.rules)) for rule in version.rules}
    rules = tuple(_ordered(version.rules, waits))
    same: dict[str, str] = {}
    for index, rule in enumerate(rules):
        alike = (one.name for one in rules[:index] if _groups_alike(one, rule, version))
        if found := next(alike, None):
            same[rule.name] = found
    asked_paid = frozenset(name for rule in rules for name in waits[rule.name] - set(rule.group.billed_first))
    asked_billed = frozenset(name for rule in rules for name in rule.group.billed_first)
    asked = asked_paid | asked_billed
    return Plan(
        version=version,
        until=until,
        rules=rules,
        waits=waits,
        asked_paid=asked_paid,
        asked_billed=asked_billed,
        same_groups=same,
        asks_duty=any(rule.asks_duty for rule in rules if not rule.on_call),
        asks_called_out=any("called out" in rule.when.words or "called out" in rule.looks_up for rule in rules),
        alone=frozenset(rule.name for rule in rules if rule.name not in asked and _pays_each_duty(rule)),
    )


def _pays_each_duty(rule: Rule) -> bool:
    """Whether nothing in it counts over several duties but for the date that they share, by which it is booked."""
    scopes = {step.each.kind for step in rule.shape} | ({rule.tier.each.kind} if rule.tier else set())
    return (
        rule.on_call
        and rule.choose is None
        and scopes <= {"callout", "session", "duty"}
        and not any(step.first_of for step in rule.shape)
        and not rule.set.free_first
        and rule.count.unit in {"hours", "days", "duties", "blocks"}
        and rule.book.on == "unit"
    )


def _ordered(rules: tuple[Rule, ...], waits: dict[str, frozenset[str]]) -> Iterator[Rule]:
    waiting = {rule.name: rule for rule in rules}
    while waiting:
        for name, rule in list(waiting.items()):
            if not waits[name] & set(waiting):
                del waiting[name]
                yield rule


def _groups_alike(one: Rule, other: Rule, version: Document) -> bool:
    """Whether all that says which sessions there are is alike: WHEN, SET, the days and bands of GRID, GROUP."""
    if one.on_call or other.on_call or one.choose or other.choose:
        return False
    if one.group.asks_minimum and one.shape != other.shape:
        return False
    by_band = bool(version.bands) and ("band" in one.looks_up) is not ("band" in other.looks_up)
    parts = (one.when, one.set, one.group, one.grid.day_start)
    return not by_band and parts == (other.when, other.set, other.group, other.grid.day_start)
