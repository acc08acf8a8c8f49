"""Why a minute is paid as it is, or not: made on demand by pricing that engineer again and noting every stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from webapp.pricing.engine.calendar import Calendar, local_date
from webapp.pricing.engine.engine import price
from webapp.pricing.engine.facts import Facts, Holiday
from webapp.pricing.engine.lines import OtherLine, PayLine
from webapp.pricing.engine.needed import EVERYTHING, Needed
from webapp.pricing.engine.work import HOUR, Group, Stretch, Unit
from webapp.pricing.policy.document import DAY_SECONDS, Document, Lookup, Rule
from webapp.pricing.policy.lookup import look_up
from webapp.pricing.policy.units import UNITS
from webapp.pricing.report.report_json import line_as_json, other_as_json
from webapp.pricing.rounding import fixed, plain
from webapp.pricing.spans import Interval, instant_of


@dataclass(frozen=True, slots=True)
class _Note:
    """What one stage handed on, as it was then."""

    version: str
    rule: str
    stage: str
    time: Interval
    text: str


@dataclass(slots=True)
class _Notebook:
    notes: list[_Note] = field(default_factory=list)
    units: list[tuple[Document, Rule, Unit]] = field(default_factory=list)

    def note(
        self, version: Document, rule: Rule, stage: str, found: Sequence[Stretch] | Sequence[Group] | Sequence[Unit]
    ) -> None:
        """Writes down each stretch or unit; the last stage's units are kept."""
        for one in found:
            if isinstance(one, Group):
                self.notes += _of_group(version, rule, stage, one)
                continue
            if isinstance(one, Stretch):
                text = f"{_when(one.calendar, (one.start, one.end))}, {length(one.seconds)}"
                time = (one.start, one.end)
            else:
                text, time = _unit_text(one, rule, stage), (one.start, one.end)
                if stage == "price":
                    self.units.append((version, rule, one))
            self.notes.append(_Note(version.version, rule.name, stage, time, text))


def _of_group(version: Document, rule: Rule, stage: str, one: Group) -> Iterator[_Note]:
    """What GRID made of a duty or session, piece by piece; or what GROUP made of callouts."""
    if stage == "grid":
        for piece in one.marks:
            words = ", ".join(word for word in (piece.day_type, piece.band) if word)
            words += _holiday(one.calendar.on(local_date(one.calendar.zone, piece.start)).holiday)
            time = (piece.start, piece.end)
            yield _Note(version.version, rule.name, stage, time, f"{_when(one.calendar, time)}: {words}")
        return
    time = (one.start, one.end)
    causes = ", ".join(dict.fromkeys(cause for stretch in one.stretches for cause in stretch.causes))
    worked = length(sum(piece.seconds for piece in one.pieces))
    yield _Note(version.version, rule.name, stage, time, f"{_when(one.calendar, time)}, {worked}: {causes}")


def explain(
    document: Document, facts: Facts, engineer: str, instant: int, needed: Needed = EVERYTHING
) -> dict[str, Any]:
    """Every line of an engineer that a second stands on, each with its derivation and one sentence."""
    book = _Notebook()
    priced = price(document, facts.only(engineer), book.note, needed)
    missing = dict(priced.not_priced).get(engineer, "")
    calendar = next((unit.group.calendar for _, _, unit in book.units), None)
    lines = [line for line in priced.pay if _holds(line.spans, instant)]
    return {
        "engineer": engineer,
        "instant": instant_of(instant).isoformat().replace("+00:00", "Z"),
        "not_priced": missing,
        "paid": [_derivation(line, book, document) for line in lines],
        "unpaid": [_other(line, calendar) for line in priced.unpaid if _holds((line.time,), instant)],
        "pending": [_other(line, calendar) for line in priced.pending if _holds((line.time,), instant)],
    }


def sentence(line: PayLine, rule: Rule, units: Iterable[Unit], currency: str) -> str:
    """A pay line in words: "Sat 4 Jul 01:12 to 02:03, 51 min, raised to 1 h, weekend: x 1.5 of 31.35: 47.03 GBP"."""
    members = list(units)
    first = members[0]
    parts = [
        _when(first.group.calendar, (line.spans[0][0], line.spans[-1][1])) if line.spans else line.booked.isoformat()
    ]
    if line.spans:
        parts.append(length(line.seconds))
    raised = sum((unit.raised for unit in members), start=Fraction(0))
    quantity = _quantity(line.quantity, rule)
    if raised > 0:
        parts.append(f"raised to {quantity}")
    elif raised < 0:
        parts.append(f"cut to {quantity}")
    elif rule.count.unit != "hours":
        parts.append(quantity)
    kind = " ".join(word for word in (line.day_type, line.band if line.band != "other" else "", line.template) if word)
    parts.append(f"{kind}{_holiday(first.group.calendar.on(first.date).holiday)}: {_price_text(first, rule)}")
    if any(unit.more for unit in members):
        parts.append("changed by a minimum or a cap in money")
    unit = currency if line.as_ == "money" else "h off"
    return f"{', '.join(parts)}: {plain(line.amount)} {unit}".replace(", :", ":")


def _holiday(found: Holiday | None) -> str:
    """The holiday of a date, with its hours and who says so where that is known."""
    if found is None:
        return ""
    return f" ({found.words}, {found.source})" if found.source else f" ({found.words})"


def length(seconds: int) -> str:
    """A length as people say it: "1 h 30 min"."""
    hours, rest = divmod(abs(seconds), HOUR)
    minutes, rest = divmod(rest, 60)
    told = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest)
    return " ".join(told) or "0 min"


def _derivation(line: PayLine, book: _Notebook, document: Document) -> dict[str, Any]:
    units = [
        (rule, unit)
        for version, rule, unit in book.units
        if (version.version, rule.name, unit.booked) == (line.version, line.rule, line.booked)
        and (unit.price, unit.tier, unit.day_type, unit.band) == (line.rate, line.tier, line.day_type, line.band)
        and any(_holds(line.spans, piece.start) for piece in unit.pieces)
    ]
    bounds = (line.spans[0][0], line.spans[-1][1]) if line.spans else (0, 0)
    stages: dict[str, list[str]] = {}
    for note in dict.fromkeys(book.notes):  # a stage that begins anew says the same again
        touches = note.time[0] < bounds[1] and note.time[1] > bounds[0]
        if (note.version, note.rule) == (line.version, line.rule) and touches:
            stages.setdefault(note.stage, []).append(note.text)
    exact = plain(line.exact)
    amount = fixed(line.amount, document.rounding.to if line.as_ == "money" else document.rounding.time_to)
    stages["book"] = [
        f"booked on {line.booked}: {exact}" + (f", rounded to {amount}" if exact != plain(line.amount) else "")
    ]
    return {
        "sentence": sentence(line, units[0][0], [unit for _, unit in units], document.currency),
        "line": line_as_json(line, document.rounding),
        "stages": [{"stage": stage, "gives": gives} for stage, gives in stages.items()],
    }


def _other(line: OtherLine, calendar: Calendar | None) -> dict[str, Any]:
    told = _when(calendar, line.time) if calendar else line.date.isoformat()
    size = length(line.time[1] - line.time[0])
    return {"sentence": f"{told}, {size} ({line.of}): {line.reason}", "line": other_as_json(line)}


def _unit_text(unit: Unit, rule: Rule, stage: str) -> str:
    words = [unit.day_type, unit.band if unit.band != "other" else "", unit.template, unit.tier and f"tier {unit.tier}"]
    told = f"{_when(unit.group.calendar, (unit.start, unit.end))}: {_quantity(unit.quantity, rule)}"
    told += "".join(f", {word}" for word in words if word)
    return f"{told}, {_price_text(unit, rule)}: {plain(unit.amount + unit.more)}" if stage == "price" else told


def _price_text(unit: Unit, rule: Rule) -> str:
    """How the price of one unit came about."""
    stage = rule.price
    if stage.amount is not None and not stage.times and stage.percent is None and stage.divided_by is None:
        return f"{plain(unit.price)} {'an hour' if rule.count.unit == 'hours' else 'each'}"
    factors = [f"x {_told(value, unit)}" for value in stage.times]
    if stage.percent is not None:
        factors.insert(0, f"{_told(stage.percent, unit)} %")
    if stage.divided_by is not None:
        factors.append(f"/ {_told(stage.divided_by, unit)}")
    if factors:
        return f"{' '.join(factors)} of {_base(unit, rule)}"
    return f"{_base(unit, rule)} {'an hour' if rule.count.unit == 'hours' else 'each'}"


def _base(unit: Unit, rule: Rule) -> str:
    if rule.price.amount is not None:
        return _told(rule.price.amount, unit)
    if unit.as_ == "time off" and rule.price.of == "hourly rate":
        return "the time"
    dated = unit.group.stretches[0].person.numbers.get(rule.price.of)
    found = dated.on(unit.booked) if dated else None
    return f"{plain(found)}" if found is not None else rule.price.of


def _told(value: Lookup, unit: Unit) -> str:
    found = look_up(value, unit.word)
    return plain(found) if isinstance(found, Fraction) else found


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
