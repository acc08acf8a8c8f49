"""What duties and sessions measure before any price, kept from one pricing to the next.

It is most of the work, and other amounts leave it as it is. What is kept never changes: each pricing fills in copies.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from webapp.pricing.engine.lines import Left
from webapp.pricing.engine.work import Group, Stretch, Unit
from webapp.pricing.policy.document import Document, PriceStage


@dataclass(frozen=True, slots=True)
class Measured:
    """What one rule made of one engineer's facts."""

    groups: list[Group]
    units: list[Unit]
    left: list[Left]
    """What it did not pay so far."""
    noted: int
    """How much of that was left before anything was counted."""

    def copy(self, groups: dict[int, Group]) -> Measured:
        """The same to be filled in; `groups` holds the copies of groups that rules of one engineer share."""
        for one in self.groups:
            if id(one) not in groups:
                groups[id(one)] = Group(one.stretches, one.pieces, one.marks)
        own = [groups[id(one)] for one in self.groups]
        return Measured(own, [one.copy(groups[id(one.group)]) for one in self.units], list(self.left), self.noted)


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one set of facts, and of policies of one `measure`."""

    of_rule: dict[tuple[str, str, str], Measured] = field(default_factory=dict)
    """By engineer, version and rule."""
    callouts: dict[tuple[str, str, str], list[Stretch]] = field(default_factory=dict)
    """Callouts as stretches, by engineer, version and how their spells count; every rule takes time from copies."""


_NO_PRICE = PriceStage()


def measure(document: Document) -> object:
    """What of a policy says how time is measured: two that are alike in it differ in nothing but prices."""
    versions = [document, *document.later]
    asked = [tuple(rule.looks_up for rule in version.rules) for version in versions]
    return tuple(asked), tuple(map(_without_prices, versions))


def _without_prices(version: Document) -> Document:
    return replace(version, rules=tuple(replace(rule, price=_NO_PRICE) for rule in version.rules), later=())
