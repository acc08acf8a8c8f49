"""What the stages hand to each other: stretches of facts, pieces, groups, units.

All seconds are whole, all quantities fractions. A stage answers new lists; units are filled in as they go.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache

from webapp.pricing.engine.calendar import Calendar
from webapp.pricing.engine.lines import Left, Member
from webapp.pricing.facts import Person
from webapp.pricing.policy.lookup import Missing
from webapp.pricing.spans import Interval

HOUR = 3600


@lru_cache(maxsize=4096)
def hours_of(seconds: int) -> Fraction:
    """Seconds as hours."""
    return Fraction(seconds, HOUR)


@dataclass(slots=True)
class Part:
    """Time of a fact that is alike in everything a rule may ask: level, rota, kind of spell, judgements."""

    start: int
    end: int
    words: Mapping[str, str]
    causes: tuple[str, ...]

    def within(self, start: int, end: int) -> Part:
        """The same from `start` to `end`."""
        return Part(start, end, self.words, self.causes)


@dataclass(slots=True, eq=False)
class Stretch:
    """One duty, or one callout."""

    start: int
    end: int
    parts: list[Part]
    """What of it can still be paid."""
    words: Mapping[str, str]
    calendar: Calendar
    person: Person
    causes: tuple[str, ...]
    duty: Stretch | None = None
    """Of a callout: the duty in which it starts."""
    nominal: int | None = None
    levels: frozenset[str] = frozenset()
    rotas: frozenset[str] = frozenset()
    """Of a callout: all that was held then."""
    lacks: str = ""
    """What the engineer lacks at its start, which is before the dates that must be priced; "" where it is known."""

    @property
    def seconds(self) -> int:
        """Time that can still be paid."""
        return sum([part.end - part.start for part in self.parts])

    def copy(self) -> Stretch:
        """The same, for a rule to take time from."""
        return Stretch(
            self.start, self.end, self.parts, self.words, self.calendar, self.person, self.causes, self.duty,
            self.nominal, self.levels, self.rotas, self.lacks,
        )  # fmt: skip


@dataclass(slots=True)
class Piece:
    """Time of one part on one day, in one band."""

    start: int
    end: int
    part: Part
    stretch: Stretch
    date: date
    cell: Interval
    """The day of the rule that it lies in."""
    day_type: str
    band: str

    @property
    def seconds(self) -> int:
        """Elapsed."""
        return self.end - self.start

    def until(self, second: int) -> Piece:
        """What lies before a second."""
        return replace(self, end=second)

    def since(self, second: int) -> Piece:
        """What lies from a second on."""
        return replace(self, start=second)


@dataclass(slots=True, eq=False)
class Group:
    """One duty, or callouts that are paid as one session."""

    stretches: list[Stretch]
    pieces: list[Piece]
    """Its time; what it shares with an earlier group stands there."""
    marks: list[Piece]
    """Its time, shared time included: what it is, but not what is billed."""
    number: int | None = None
    """Of a session: its number among the engineer's."""
    members: tuple[Member, ...] = ()
    """Of a session that has a number: its callouts."""

    @property
    def start(self) -> int:
        """As delivered."""
        return self.stretches[0].start

    @property
    def end(self) -> int:
        """As delivered, or as measured."""
        if len(self.stretches) == 1 == len(self.pieces):
            return max(self.stretches[0].end, self.pieces[0].end)
        return max([stretch.end for stretch in self.stretches] + [piece.end for piece in self.pieces])

    @property
    def duty(self) -> Stretch | None:
        """The duty itself, or the duty in which the session starts."""
        first = self.stretches[0]
        return first.duty

    @property
    def calendar(self) -> Calendar:
        """The engineer's local time when it starts."""
        return self.stretches[0].calendar


@dataclass(slots=True, eq=False)
class Unit:
    """What is priced: so many hours, one day, one session.

    Measured once; each pricing fills in anew what it is paid as, its price, amount, `more`, and which of its choices.
    """

    group: Group
    pieces: list[Piece]
    quantity: Fraction
    date: dt.date
    day_type: str
    band: str
    words: Mapping[str, str]
    start: int
    end: int
    template: str = ""
    tier: str = ""
    raised: Fraction = Fraction(0)
    booked: dt.date = dt.date.min
    as_: str = "money"
    price: Fraction = Fraction(0)
    amount: Fraction = Fraction(0)
    due: int | None = None
    """When it is sure to be earned; None: at its end."""
    choices: tuple[tuple[Mapping[str, str], int], ...] = ()
    """Words of which those that pay most hold, each with the end of the time that they are of."""
    decided: int = 0
    """The end of the time that the words are of, where they were chosen."""
    callout: Stretch | None = None
    """Of a unit that is one callout of a session: which."""
    more: Fraction = Fraction(0)
    """Money added by a minimum or taken by a cap."""

    def word(self, by: str) -> str:
        """What a table is looked up by. Raises Missing for what the engineer lacks."""
        if by in _OF_UNIT:
            return str(getattr(self, _OF_UNIT[by]))
        if by == "date":
            return self.booked.isoformat()
        if by in self.words:
            return self.words[by]
        return word_of_person(self.group.stretches[0].person, by, self.booked)


_OF_UNIT = {"day type": "day_type", "band": "band", "template": "template", "tier": "tier"}
"""The words of the unit itself, by the name that a table looks them up by."""


def word_of_person(person: Person, by: str, day: date) -> str:
    """A word of the engineer on a day. Raises Missing."""
    places = {"zone": person.pay_zone, "holiday region": person.holiday_region}
    dated = places.get(by) or person.words.get(by)
    found = dated.on(day) if dated else None
    if found is None:
        raise Missing.on(day, by, dated)
    return found


@dataclass(slots=True)
class Desk:
    """What one rule works with for one engineer: the notes it leaves beside its units."""

    read_at: int
    in_force: Callable[[date], bool]
    """Whether the version is in force on a day."""
    left: list[Left] = field(default_factory=list)
    paid_by: Mapping[str, list[Interval]] = field(default_factory=dict)
    worked: list[Interval] = field(default_factory=list)
    billed_by: Mapping[str, list[Interval]] = field(default_factory=dict)
    """The time that rules bill, guarantees aside."""

    def leave(self, pieces: Iterable[Piece | Part], reason: str, *, too_little: bool = False) -> None:
        """Notes time as not paid."""
        for piece in pieces:
            causes = piece.causes if isinstance(piece, Part) else piece.part.causes
            self.left.append(Left(piece.start, piece.end, reason, causes, too_little))

    def leave_unit(self, unit: Unit, reason: str) -> None:
        """Notes a unit as not paid; one without time of its own by the moment at which it starts."""
        self.leave(unit.pieces, reason)
        if not unit.pieces:
            causes = (unit.callout or unit.group.stretches[0]).causes
            self.left.append(Left(unit.start, unit.start, reason, causes))
