"""Why a minute is paid as it is, or not: made on demand by pricing that engineer again and noting every stage.

Ids stand apart from the words, so that whoever prints an explanation puts in the names it knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from webapp.pricing.engine.calendar import Calendar, local_date
from webapp.pricing.engine.calendars import Calendars
from webapp.pricing.engine.engine import price_each
from webapp.pricing.engine.lines import OtherLine, Outcome, PayLine
from webapp.pricing.engine.needed import EVERYTHING, Needed
from webapp.pricing.engine.work import HOUR, Group, Stretch, Unit
from webapp.pricing.facts import DAY_SECONDS, Facts, Holiday
from webapp.pricing.policy.document import Document, Lookup, Rule
from webapp.pricing.policy.lookup import look_up
from webapp.pricing.policy.reasons import reason_in_words
from webapp.pricing.policy.units import UNITS
from webapp.pricing.rounding import fixed, plain
from webapp.pricing.spans import Interval, instant_of
from webapp.pricing.text import length


@dataclass(frozen=True, slots=True)
class Note:
    """What one stage handed on."""

    text: str
    causes: tuple[str, ...] = ()
    """Of a duty or session: the ids of its facts."""

    def in_words(self, names: Mapping[str, str]) -> str:
        """The facts stand last, by their names where `names` has them by id."""
        causes = ", ".join(dict.fromkeys(names.get(cause, cause) for cause in self.causes))
        return f"{self.text}: {causes}" if self.causes else self.text


@dataclass(frozen=True, slots=True)
class Earned:
    """A pay line in a sentence, and what each stage made of it."""

    line: PayLine
    sentence: str
    stages: Mapping[str, Sequence[Note]]


@dataclass(frozen=True, slots=True)
class Unearned:
    """A line that earned nothing, or nothing yet."""

    line: OtherLine
    time: str
    """Such as "Sat 4 Jul 00:00 to 01:12, 1 h 12 min"."""

    def sentence(self, rotas: Mapping[str, str]) -> str:
        """With the reason, a rota by its name where `rotas` has it by id."""
        return f"{self.time} ({self.line.of}): {reason_in_words(self.line.reason, rotas)}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every line of one engineer that one second stands on."""

    engineer: str
    instant: int
    not_priced: str
    """Why the engineer cannot be priced, or ""."""
    paid: tuple[Earned, ...]
    unpaid: tuple[Unearned, ...]
    pending: tuple[Unearned, ...]


@dataclass(frozen=True, slots=True)
class _StageNote:
    """A note with what it was made of, as it was then."""

    version: str
    rule: str
    stage: str
    time: Interval
    note: Note


@dataclass(slots=True)
class _Notebook:
    notes: list[_StageNote] = field(default_factory=list)
    units: list[tuple[Document, Rule, Unit]] = field(default_factory=list)

    def note(
        self, version: Document, rule: Rule, stage: str, items: Sequence[Stretch] | Sequence[Group] | Sequence[Unit]
    ) -> None:
        """Writes down each stretch, group or unit; the last stage's units are kept."""
        if stage == "price":
            self.units += [(version, rule, item) for item in items if isinstance(item, Unit)]
        self.notes += [
            _StageNote(version.version, rule.name, stage, time, note)
            for item in items
            for time, note in _notes_of(item, rule, stage)
        ]


def explain(document: Document, facts: Facts, engineer: str, instant: int, needed: Needed = EVERYTHING) -> Explanation:
    """Every line of an engineer that a second stands on, each with its derivation and one sentence."""
    book, own = _Notebook(), facts.only(engineer)
    priced = price_each(document, own, Calendars(own, needed, document), trace=book.note)
    outcome = next(priced, Outcome(engineer))
    calendar = next((unit.group.calendar for _, _, unit in book.units), None)

    def unearned(lines: Iterable[OtherLine]) -> tuple[Unearned, ...]:
        return tuple(Unearned(line, _time_of(line, calendar)) for line in lines if _holds((line.time,), instant))

    return Explanation(
        engineer=engineer,
        instant=instant,
        not_priced=outcome.missing,
        paid=tuple(_earned(line, book, document) for line in outcome.pay if _holds(line.spans, instant)),
        unpaid=unearned(outcome.unpaid),
        pending=unearned(outcome.pending),
    )


def _notes_of(item: Stretch | Group | Unit, rule: Rule, stage: str) -> Iterator[tuple[Interval, Note]]:
    """A note with its time; of what GRID made of a duty or session, one for each piece."""
    time = (item.start, item.end)
    if isinstance(item, Unit):
        yield time, Note(_unit_text(item, rule, stage))
    elif isinstance(item, Stretch):
        yield time, Note(f"{_when(item.calendar, time)}, {length(item.seconds)}")
    elif stage == "grid":
        for piece in item.marks:
            words = ", ".join(word for word in (piece.day_type, piece.band) if word)
            words += _holiday(item.calendar.on(local_date(item.calendar.zone, piece.start)).holiday)
            yield (piece.start, piece.end), Note(f"{_when(item.calendar, (piece.start, piece.end))}: {words}")
    else:
        causes = dict.fromkeys(cause for stretch in item.stretches for cause in stretch.causes)
        worked = length(sum(piece.seconds for piece in item.pieces))
        yield time, Note(f"{_when(item.calendar, time)}, {worked}", tuple(causes))


def _sentence(line: PayLine, rule: Rule, units: Sequence[Unit], currency: str) -> str:
    """A pay line in words: "Sat 4 Jul 01:12 to 02:03, 51 min, raised to 1 h, weekend: x 1.5 of 31.35: 47.03 GBP"."""
    first = units[0]
    parts = [
        _when(first.group.calendar, (line.spans[0][0], line.spans[-1][1])) if line.spans else line.booked.isoformat()
    ]
    if line.spans:
        parts.append(length(line.seconds))
    raised = sum((unit.raised for unit in units), start=Fraction(0))
    quantity = _quantity(line.quantity, rule)
    if raised > 0:
        parts.append(f"raised to {quantity}")
    elif raised < 0:
        parts.append(f"cut to {quantity}")
    elif rule.count.unit != "hours":
        parts.append(quantity)
    kind = " ".join(word for word in (line.day_type, line.band if line.band != "other" else "", line.template) if word)
    day = f"{kind}{_holiday(first.group.calendar.on(first.date).holiday)}"
    price = f"{_price_text(first, rule)}{', changed by a minimum or a cap in money' * any(unit.more for unit in units)}"
    unit = currency if line.as_ == "money" else "h off"
    return f"{', '.join(filter(None, [*parts, day]))}: {price}: {plain(line.amount)} {unit}"


def _holiday(holiday: Holiday | None) -> str:
    """The holiday of a date, with its hours and who says so where that is known."""
    return "" if holiday is None else f" ({', '.join(filter(None, (holiday.words, holiday.source)))})"


def _earned(line: PayLine, book: _Notebook, document: Document) -> Earned:
    units = [
        (rule, unit)
        for version, rule, unit in book.units
        if (version.version, rule.name, unit.booked) == (line.version, line.rule, line.booked)
        and (unit.price, unit.tier, unit.day_type, unit.band) == (line.rate, line.tier, line.day_type, line.band)
        and any(_holds(line.spans, piece.start) for piece in unit.pieces)
    ]
    bounds = (line.spans[0][0], line.spans[-1][1]) if line.spans else (0, 0)
    stages: dict[str, list[Note]] = {}
    for one in dict.fromkeys(book.notes):  # a stage that begins anew says the same again
        touches = one.time[0] < bounds[1] and one.time[1] > bounds[0]
        if (one.version, one.rule) == (line.version, line.rule) and touches:
            stages.setdefault(one.stage, []).append(one.note)
    exact = plain(line.exact)
    amount = fixed(line.amount, document.rounding.to if line.as_ == "money" else document.rounding.time_to)
    rounded = f", rounded to {amount}" if exact != plain(line.amount) else ""
    stages["book"] = [Note(f"booked on {line.booked}: {exact}{rounded}")]
    return Earned(line, _sentence(line, units[0][0], [unit for _, unit in units], document.currency), stages)


def _time_of(line: OtherLine, calendar: Calendar | None) -> str:
    when = _when(calendar, line.time) if calendar else line.date.isoformat()
    return f"{when}, {length(line.time[1] - line.time[0])}"


def _unit_text(unit: Unit, rule: Rule, stage: str) -> str:
    words = [unit.day_type, unit.band if unit.band != "other" else "", unit.template, unit.tier and f"tier {unit.tier}"]
    parts = [_quantity(unit.quantity, rule), *filter(None, words)]
    if stage == "price":
        parts.append(f"{_price_text(unit, rule)}: {plain(unit.amount + unit.more)}")
    return f"{_when(unit.group.calendar, (unit.start, unit.end))}: {', '.join(parts)}"


def _price_text(unit: Unit, rule: Rule) -> str:
    """How the price of one unit came about."""
    stage = rule.price
    if stage.amount is not None and not stage.times and stage.percent is None and stage.divided_by is None:
        return f"{plain(unit.price)} {'an hour' if rule.count.unit == 'hours' else 'each'}"
    factors = [f"x {_value(value, unit)}" for value in stage.times]
    if stage.percent is not None:
        factors.insert(0, f"{_value(stage.percent, unit)} %")
    if stage.divided_by is not None:
        factors.append(f"/ {_value(stage.divided_by, unit)}")
    if factors:
        return f"{' '.join(factors)} of {_base(unit, rule)}"
    return f"{_base(unit, rule)} {'an hour' if rule.count.unit == 'hours' else 'each'}"


def _base(unit: Unit, rule: Rule) -> str:
    if rule.price.amount is not None:
        return _value(rule.price.amount, unit)
    if unit.as_ == "time off" and rule.price.of == "hourly rate":
        return "the time"
    number = unit.group.stretches[0].person.number(rule.price.of, unit.booked)
    return rule.price.of if number is None else plain(number)


def _value(table: Lookup, unit: Unit) -> str:
    value = look_up(table, unit.word)
    return plain(value) if isinstance(value, Fraction) else value


def _quantity(quantity: Fraction, rule: Rule) -> str:
    if rule.count.unit == "hours":
        seconds = quantity * HOUR
        return length(int(seconds)) if seconds.denominator == 1 else f"{plain(quantity)} h"
    return f"{plain(quantity)} {UNITS[rule.count.unit].printed if quantity == 1 else rule.count.unit}"


def _when(calendar: Calendar, time: Interval) -> str:
    start, end = (instant_of(second).astimezone(calendar.zone) for second in time)
    ends_its_day = (end.hour, end.minute) == (0, 0) and time[1] - time[0] <= DAY_SECONDS
    same = ends_its_day or start.date() == end.date()
    until = "24:00" if same and start.date() != end.date() else _clock(end)
    return f"{_day(start)} {_clock(start)} to {until if same else f'{_day(end)} {_clock(end)}'}"


def _day(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b}"


def _clock(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def _holds(spans: Iterable[Interval], second: int) -> bool:
    return any(start <= second < end for start, end in spans)
