"""What the same facts came to before: for a caller who prices them again whenever an amount changes.

Measuring is most of the work, and other prices leave it as it is; of a rule whose price stays, so do its lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from threading import Lock

from webapp.pricing.check import check_facts
from webapp.pricing.engine.calendars import Calendars
from webapp.pricing.engine.lines import Left, PayLine, Session, Side
from webapp.pricing.engine.needed import Needed
from webapp.pricing.engine.work import Group, Piece, Stretch, Unit
from webapp.pricing.facts import Facts
from webapp.pricing.policy.document import Document, PriceStage, Rule, ShapeStep
from webapp.pricing.spans import Interval

SEGMENT_BYTES = 750
"""Of a unit, a piece of time, a callout or a reason, with all that is kept beside it, as `make bench` measures it."""
MOST_SEGMENTS = 260_000
"""For how many of these all memories of the process have room: 200 MB. A report of 1,000 engineers with 20,000 callouts
has 160,000."""
OWN_SEGMENTS = 10_000
"""For how many each memory has room whatever others keep: a team's."""
Given = Sequence[tuple[list[Interval] | None, list[Interval] | None]]
"""What each rule that a rule waits for pays, and bills."""


@dataclass(slots=True, eq=False)
class RuleWork:
    """What one rule made of one engineer's facts: measured, and then by its price."""

    given: Given
    groups: list[Group]
    units: list[Unit]
    """Measured; each pricing fills in what they are worth."""
    refused: list[Left]
    """What it did not pay before anything was priced."""
    uncounted: int
    """How much of that was left before anything was counted."""
    rule: Rule | None = None
    """By which it was priced; None: not yet."""
    priced: list[Unit] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    """All that it did not pay."""
    sessions: dict[int, Session] = field(default_factory=dict)
    """By number: those that earn, and those that are worth nothing without having been refused."""
    pay: list[PayLine] | None = None
    """None: not yet booked."""
    pending: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class EngineerWork:
    """What one engineer's facts came to."""

    rules: dict[tuple[str, str], RuleWork] = field(default_factory=dict)
    """By version and rule."""
    callouts: dict[tuple[str, str], list[Stretch]] = field(default_factory=dict)
    """Callouts as stretches, by version and how their spells count."""
    sessions: int = 0
    """How many have a number."""
    on_call: Side | None = None
    called: Side | None = None
    """What it came to in the end."""

    @property
    def segments(self) -> int:
        """Units, pieces of time, callouts and reasons: what memory grows with."""
        works = self.rules.values()
        marks = {id(group): len(group.marks) for work in works for group in work.groups}
        callouts = sum(map(len, self.callouts.values()))
        return sum(marks.values()) + callouts + sum(len(work.units) + len(work.left) for work in works)


@dataclass(slots=True)
class Room:
    """For how many more segments there is room, in all reports of a process."""

    free: int = MOST_SEGMENTS
    _lock: Lock = field(default_factory=Lock, repr=False)

    def take(self, size: int) -> bool:
        """Takes room; False where there is not so much. What is less than nothing is given back."""
        with self._lock:
            fits = size <= self.free
            self.free -= size if fits else 0
        return fits


_PROCESS = Room()


@dataclass(slots=True)
class Work:
    """What the facts of every engineer came to, by policies of one `measure`."""

    own: int = 0
    """Room of its own; the work of engineers who find none is made anew each time."""
    shared: Room = field(default_factory=lambda: Room(0))
    taken: int = 0
    """Of the shared room."""
    engineers: dict[str, EngineerWork] = field(default_factory=dict)
    rules: dict[tuple[str, str], Rule] = field(default_factory=dict)
    """By version and name: those of the pricing of the moment; one that stays as it was is the very same."""

    def __del__(self) -> None:
        self.shared.take(-self.taken)

    def begin(self, document: Document) -> None:
        """Notes the rules of a pricing."""
        for version in (document, *document.later):
            for rule in version.rules:
                key = (version.version, rule.name)
                if self.rules.get(key) != rule:
                    self.rules[key] = rule

    def of(self, person: str) -> EngineerWork:
        """What is known of an engineer."""
        return self.engineers.get(person) or EngineerWork()

    def keep(self, person: str, work: EngineerWork) -> None:
        """Keeps an engineer's work for the next pricing, as far as there is room."""
        if person in self.engineers or not (self.own or self.shared.free):
            return
        size = work.segments
        if size <= self.own:
            self.own -= size
        elif self.shared.take(size):
            self.taken += size
        else:
            return
        self.engineers[person] = work


@dataclass(frozen=True, slots=True)
class Known:
    """Local time, and what the facts came to before."""

    calendars: Calendars
    work: Work

    @classmethod
    def of(cls, facts: Facts, document: Document, needed: Needed) -> Known:
        """Of facts that are priced once. Raises FactsError."""
        check_facts(facts)
        return cls(Calendars(facts, needed, document), Work())


@dataclass(slots=True)
class Memory:
    """What lies before any price, of the facts that were priced last. It changes no answer, and is not for two at once.

    It is kept while the facts are the very same, the needed dates, the first second that is asked for and the names of
    schedules stay as they are, and the policy differs in prices alone; else it begins anew.
    """

    own: int = OWN_SEGMENTS
    shared: Room = field(default_factory=lambda: _PROCESS)
    _facts: Facts | None = None
    _measure: object = None
    _known: Known | None = None

    @property
    def segments(self) -> int:
        """How many are kept."""
        return sum(work.segments for work in self._known.work.engineers.values()) if self._known else 0

    def of(self, facts: Facts, document: Document, needed: Needed, since: int, names: Mapping[str, str]) -> Known:
        """What is known of facts, by a policy. Raises FactsError."""
        measured = (measure(document), needed, since, names)
        if self._known is None or facts is not self._facts or measured != self._measure:
            check_facts(facts)
            self._known = Known(Calendars(facts, needed, document), Work(self.own, self.shared))
            self._facts, self._measure = facts, measured
        return self._known


_NO_PRICE = PriceStage()


def measure(document: Document) -> object:
    """What of a policy says how time is measured: two that are alike in it differ in nothing but prices."""
    versions = [document, *document.later]
    asked = [tuple(rule.looks_up for rule in version.rules) for version in versions]
    return tuple(asked), tuple(map(_without_prices, versions))


def _without_prices(version: Document) -> Document:
    rules = tuple(
        replace(rule, price=_NO_PRICE, shape=tuple(map(_without_amount, rule.shape))) for rule in version.rules
    )
    return replace(version, rules=rules, later=())


def _without_amount(step: ShapeStep) -> ShapeStep:
    return replace(step, value=Fraction(0)) if step.kind.endswith("_pay") else step
