"""GRID: cut time by days, day types and bands; then say which day type owns a unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from webapp.pricing.engine.calendar import at_clock, local_date
from webapp.pricing.engine.stages.when import bands_cut_time
from webapp.pricing.engine.work import Desk, Part, Piece, Stretch
from webapp.pricing.policy.document import Document, Rule
from webapp.pricing.spans import Interval, instant_of, intersect, subtract


def grid(stretch: Stretch, parts: Iterable[Part], rule: Rule, document: Document, desk: Desk) -> list[Piece]:
    """Parts of a stretch cut into pieces; each lies on one day, in one day type and one band."""
    pieces: list[Piece] = []
    by_band = bool(document.bands) and (rule.when.band is not None or "band" in rule.looks_up)
    plain = rule.grid.day_start == 0 and not by_band
    for part in parts:
        if part.start == part.end:
            pieces += _moment(part, stretch, rule, document, desk)
        elif plain and not _is_cut(part, rule, desk):
            pieces += [
                Piece(start, end, part, stretch, day.date, day.bounds, day_type, "")
                for day, day_type, start, end in stretch.calendar.cut(part.start, part.end)
            ]
        else:
            pieces += _finely(part, stretch, rule, desk, by_band=by_band)
    if len(pieces) > 1:
        pieces.sort(key=lambda piece: piece.start)
    if rule.when.band is not None and bands_cut_time(rule):
        desk.leave([piece for piece in pieces if piece.band not in rule.when.band], "outside the band")
        pieces = [piece for piece in pieces if piece.band in rule.when.band]
    return pieces


def _finely(part: Part, stretch: Stretch, rule: Rule, desk: Desk, *, by_band: bool) -> Iterator[Piece]:
    """A part cut by everything that a rule may ask: its own days, its bands, the reading instant."""
    calendar = stretch.calendar
    for day, day_type, start, end in calendar.cut(part.start, part.end):
        for begin, until, cell_date, cell in _cells(stretch, start, end, rule, (day.date, day.bounds)):
            own_type = calendar.on(cell_date).day_type if rule.grid.day_start else day_type
            for one, other, band in _bands(stretch, begin, until, by_band=by_band):
                for first, last in _at(one, other, desk.read_at if rule.on_call else until):
                    yield Piece(first, last, part, stretch, cell_date, cell, own_type, band)


def _is_cut(part: Part, rule: Rule, desk: Desk) -> bool:
    """Whether the reading instant cuts it."""
    return rule.on_call and part.start < desk.read_at < part.end


def _moment(part: Part, stretch: Stretch, rule: Rule, document: Document, desk: Desk) -> list[Piece]:
    """Work of no length lies where the second after it lies."""
    second = replace(part, end=part.start + 1)
    return [piece.until(part.start) for piece in grid(stretch, [second], rule, document, desk)]


def owned(pieces: Sequence[Piece], rule: Rule, document: Document) -> Piece:
    """The piece that decides what the unit is."""
    owner = rule.grid.owner
    if owner in {"end", "end of day"}:
        return pieces[-1]
    if owner == "majority":
        return _majority(pieces)
    if owner == "end of duty":
        return _last_of_duty(pieces[0], rule, document)
    if owner == "any touch":
        order = {one.name: number for number, one in reversed(list(enumerate(document.day_types)))}
        return min(pieces, key=lambda piece: (order[piece.day_type], piece.start))
    return pieces[0]


def shift_clock(stretch: Stretch, day: date) -> int:
    """The instant of a date at the wall clock at which the stretch starts."""
    local = instant_of(stretch.start).astimezone(stretch.calendar.zone)
    if day == local.date():
        return stretch.start
    return at_clock(stretch.calendar.zone, day, local.hour * 3600 + local.minute * 60 + local.second)


def shift_cell(stretch: Stretch, second: int) -> tuple[date, Interval]:
    """The 24 h day, by the wall clock from the stretch's own start, that a second lies in."""
    day = local_date(stretch.calendar.zone, second)
    if second < shift_clock(stretch, day):
        day = stretch.calendar.step(day, -1)
    return day, (shift_clock(stretch, day), shift_clock(stretch, stretch.calendar.step(day, 1)))


def _last_of_duty(piece: Piece, rule: Rule, document: Document) -> Piece:
    """The last second of the duty that a piece lies in, or of the piece itself when not on call."""
    end = piece.stretch.duty.end if piece.stretch.duty else piece.end
    last = Part(end - 1, end, piece.part.words, piece.part.causes)
    found = grid(piece.stretch, [last], rule, document, Desk(end, lambda _: True))
    return replace(piece, day_type=found[0].day_type, band=found[0].band) if found else piece


def _majority(pieces: Sequence[Piece]) -> Piece:
    seconds: dict[str, int] = defaultdict(int)
    for piece in pieces:
        seconds[piece.day_type] += piece.seconds
    most = max(seconds.values())
    return next(piece for piece in pieces if seconds[piece.day_type] == most)


def _cells(
    stretch: Stretch, start: int, end: int, rule: Rule, day: tuple[date, Interval]
) -> Iterator[tuple[int, int, date, Interval]]:
    """An interval of one date cut at the ends of the rule's days."""
    if rule.grid.day_start == 0:
        yield start, end, *day
        return
    while start < end:
        if rule.grid.day_start is None:
            day_of_shift, cell = shift_cell(stretch, start)
            cell_date = stretch.calendar.named(day_of_shift, cell[0])
        else:
            cell_date, *bounds = stretch.calendar.cell(start, rule.grid.day_start)
            cell = (bounds[0], bounds[1])
        until = min(end, cell[1])
        yield start, until, cell_date, cell
        start = until


def _bands(stretch: Stretch, start: int, end: int, *, by_band: bool) -> Iterator[tuple[int, int, str]]:
    if not by_band:
        yield start, end, ""
        return
    rest = [(start, end)]
    for name, spans in stretch.calendar.bands.items():
        yield from ((*interval, name) for interval in intersect([(start, end)], spans))
        rest = subtract(rest, spans)
    yield from ((*interval, "other") for interval in rest)


def _at(start: int, end: int, second: int) -> Iterator[Interval]:
    """Cut at the reading instant: what lies after it is pending."""
    if start < second < end:
        yield start, second
        yield second, end
    else:
        yield start, end
