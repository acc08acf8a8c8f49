"""COUNT: measure groups into units, with a threshold and a rule for part units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from webapp.pricing.engine.calendar import ONE_DAY, at_clock, month_of, next_month, wall_seconds
from webapp.pricing.engine.stages.grid import owned, shift_cell, shift_clock
from webapp.pricing.engine.stages.set import is_one, removed_hours, too_short
from webapp.pricing.engine.work import Desk, Group, Part, Piece, Stretch, Unit, hours_of
from webapp.pricing.facts import Clock
from webapp.pricing.policy.document import CountStage, Document, Rule, Template
from webapp.pricing.policy.units import UNITS
from webapp.pricing.spans import Interval, Intervals, intersect, seconds, subtract, union
from webapp.pricing.text import short_length

COUNTED_BEFORE = "callout paid at its first spell"
_HALF = Fraction(1, 2)
_ONE = Fraction(1)  # made once: fractions are slow to make


@dataclass(slots=True)
class Cell:
    """One day, week or month, and what is held of it."""

    date: date
    bounds: Interval
    group: Group
    pieces: list[Piece] = field(default_factory=list)
    others: list[Cell] = field(default_factory=list)
    """The cells of single duties that it was put together of; none: it is of one."""

    @property
    def ends(self) -> int:
        """When it is over for every duty."""
        return max([self.bounds[1], *(other.bounds[1] for other in self.others)])

    @property
    def seconds(self) -> int:
        """Time held."""
        return sum([piece.end - piece.start for piece in self.pieces])

    @property
    def share(self) -> Fraction:
        """Time held, of all its time."""
        return min(Fraction(1), Fraction(self.seconds, self.bounds[1] - self.bounds[0]))


def count(groups: Sequence[Group], rule: Rule, document: Document, desk: Desk) -> list[Unit]:
    """The units in order of their starts."""
    units = list(COUNTERS[rule.count.unit](groups, rule, document, desk))
    units.sort(key=lambda unit: (unit.start, unit.end))
    return units


def callouts_once(units: Iterable[Unit], desk: Desk) -> list[Unit]:
    """The units without the callouts that were counted before: spells that stand apart are still one callout."""
    counted: set[tuple[str, ...]] = set()
    first = []
    for unit in units:
        if unit.callout and unit.callout.causes in counted:
            desk.leave_unit(unit, COUNTED_BEFORE)
            continue
        if unit.callout:
            counted.add(unit.callout.causes)
        first.append(unit)
    return first


def make_unit(group: Group, pieces: list[Piece], quantity: Fraction, owner: Piece, day: date | None = None) -> Unit:
    """A unit of these pieces, which `owner` says the day type and band of."""
    if len(pieces) == 1:
        start, end = pieces[0].start, pieces[0].end
    elif pieces:
        start, end = min([piece.start for piece in pieces]), max([piece.end for piece in pieces])
    else:
        start, end = group.start, group.end
    date_ = owner.date if day is None else day
    return Unit(group, pieces, quantity, date_, owner.day_type, owner.band, owner.part.words, start, end)


def _hours(groups: Sequence[Group], rule: Rule, document: Document, desk: Desk) -> Iterator[Unit]:
    for group in groups:
        if rule.count.at_least and sum(piece.seconds for piece in group.pieces) < rule.count.at_least:
            desk.leave(group.pieces, _too_little(rule.count), too_little=True)
            continue
        if not group.pieces and any(step.kind == "minimum" for step in rule.shape):
            # A session of no length, or whose time stands at an earlier one, is still raised to the minimum.
            yield make_unit(group, [], Fraction(0), group.marks[0])
        for pieces in _owning_sets(group, rule):
            # What a session starts on counts, though its first time may stand at an earlier session.
            of_session = rule.grid.owner == "start" and rule.grid.day_start is not None
            whole = None if rule.grid.owner == "split" else owned(group.marks if of_session else pieces, rule, document)
            sizes = _sizes(pieces, group, rule)
            for piece, size in zip(pieces, sizes, strict=True):
                yield make_unit(group, [piece], hours_of(size), whole or piece, piece.date)


def _owning_sets(group: Group, rule: Rule) -> list[list[Piece]]:
    """The pieces that one day type owns together: the group, or each 24 h day of the shift."""
    if not group.pieces:
        return []
    if rule.grid.day_start is not None:
        return [group.pieces]
    by_cell: dict[Interval, list[Piece]] = {}
    for piece in group.pieces:
        by_cell.setdefault(piece.cell, []).append(piece)
    return list(by_cell.values())


def _sizes(pieces: list[Piece], group: Group, rule: Rule) -> list[int]:
    if rule.count.clock == "elapsed":
        return [piece.seconds for piece in pieces]
    sizes = [wall_seconds(group.calendar.zone, (piece.start, piece.end)) for piece in pieces]
    nominal = group.stretches[0].nominal
    if rule.count.clock == "nominal" and nominal is not None and pieces and pieces[-1] is group.pieces[-1]:
        held = sum(piece.seconds for piece in group.pieces)
        if held == group.end - group.start:
            walls = sum(wall_seconds(group.calendar.zone, (piece.start, piece.end)) for piece in group.pieces)
            sizes[-1] += nominal - walls
    return sizes


def _days(groups: Sequence[Group], rule: Rule, document: Document, desk: Desk) -> Iterator[Unit]:
    cells: list[Cell] = []
    for group in groups:
        if not group.pieces:
            continue
        if rule.grid.day_start is not None and rule.grid.owner in {"start", "end", "majority"}:
            owner = owned(group.pieces, rule, document)
            cells.append(Cell(owner.date, owner.cell, group, list(group.pieces)))
            continue
        own = _cells(group, lambda piece: (piece.date, piece.cell))
        if rule.grid.owner == "end of day" and rule.grid.day_start is not None and rule.count.part != "prorated":
            own = _ended(own)
        cells += own
    if rule.grid.day_start is None and rule.set.shortest:
        cells = [cell for cell in cells if _long_enough(cell, rule, desk)]
    if rule.count.once or (rule.grid.day_start is not None and rule.set.rotas == "together"):
        cells = _once(cells)
    yield from _qualified(cells, rule, document, desk)


def _cells(group: Group, cell_of: Callable[[Piece], tuple[date, Interval]]) -> list[Cell]:
    """The group's pieces by cell, cut where a cell ends."""
    cells: dict[Interval, Cell] = {}
    for whole in group.pieces:
        piece = whole
        while True:
            day, bounds = cell_of(piece)
            cell = cells.get(bounds)
            if cell is None:
                cell = cells[bounds] = Cell(day, bounds, group)
            if piece.end <= bounds[1]:
                cell.pieces.append(piece)
                break
            cell.pieces.append(piece.until(bounds[1]))
            piece = piece.since(bounds[1])
    return list(cells.values())


def _ended(cells: list[Cell]) -> list[Cell]:
    """The cells whose end the duty reaches, else the first; other time goes to the one before it."""
    until = cells[0].group.end
    earned = [cell for cell in cells if cell.bounds[1] <= until] or cells[:1]
    if len(earned) == len(cells):
        return earned
    target = earned[0]
    for cell in cells:
        if cell.bounds[1] <= until:
            target = cell
        elif cell is not target:
            target.pieces += cell.pieces
    for cell in earned:
        if len(cell.pieces) > 1:
            cell.pieces.sort(key=_start)
    return earned


def _runs(pieces: Iterable[Piece], rule: Rule) -> list[list[Piece]]:
    """Pieces by duty, and where gaps or removed hours cut it."""
    runs: list[list[Piece]] = []
    latest: dict[int, list[Piece]] = {}
    for piece in pieces:
        run = latest.get(id(piece.stretch))
        if run and is_one(run[-1].end, piece.start, rule, removed_hours(piece.stretch, rule)):
            run.append(piece)
        else:
            run = latest[id(piece.stretch)] = [piece]
            runs.append(run)
    return runs


def _long_enough(cell: Cell, rule: Rule, desk: Desk) -> bool:
    """Drops what is too short of a day of a shift; whether something is left."""
    kept: list[Piece] = []
    for run in _runs(cell.pieces, rule):
        if sum(piece.seconds for piece in run) < rule.set.shortest:
            desk.leave(run, too_short(rule.set.shortest), too_little=True)
        else:
            kept += run
    cell.pieces = kept
    return bool(kept)


def _decide(unit: Unit, cell: Cell, rule: Rule) -> None:
    """When a day is sure to be earned, and which level and rota it may take."""
    by_shift = rule.grid.day_start is None
    limit = max(one.group.calendar.on(cell.date).end for one in cell.others or (cell,)) if by_shift else cell.ends
    takes_last = rule.grid.takes == "best last" or rule.grid.owner == "end of day"
    due: list[int] = []
    for run in [cell.pieces] if len(cell.pieces) == 1 else _runs(sorted(cell.pieces, key=_start), rule):
        stretch = run[0].stretch
        ended = run[-1].end if by_shift else max(stretch.end, run[-1].end)
        due.append(max(min(limit, ended), _reached(run if by_shift else stretch.parts, rule.set.shortest)))
        if takes_last:
            before = [piece for piece in run if piece.start < limit] if len(run) > 1 else run
            last = before[-1] if before else run[-1]
            unit.choices += ((last.part.words, last.end),)
    unit.due = max(due)


def _start(piece: Piece) -> int:
    return piece.start


def _reached(held: Sequence[Piece] | Sequence[Part], least: int) -> int:
    """The instant at which so much was held."""
    for one in held:
        if one.end - one.start >= least:
            return one.start + least
        least -= one.end - one.start
    return held[-1].end


def _once(cells: Iterable[Cell]) -> list[Cell]:
    """An engineer earns a date, week or month once, however many duties earn it, and in whatever zones."""
    same: dict[date, list[Cell]] = {}
    for cell in cells:
        same.setdefault(cell.date, []).append(cell)
    return [members[0] if len(members) == 1 else _together(members) for members in same.values()]


def _together(cells: Sequence[Cell]) -> Cell:
    first, *others = cells
    pieces = sorted([piece for cell in cells for piece in cell.pieces], key=_start)
    return Cell(first.date, first.bounds, first.group, pieces, [replace(first), *others])


def _qualified(cells: Iterable[Cell], rule: Rule, document: Document, desk: Desk) -> Iterator[Unit]:
    asked = rule.count
    touched = rule.grid.owner == "any touch" and rule.grid.day_start == 0
    by_date = asked.unit == "days" and (asked.once or touched or rule.grid.owner in {"end of day", "split"})
    for cell in cells:
        if asked.at_least and cell.seconds < asked.at_least:
            desk.leave(cell.pieces, _too_little(asked), too_little=True)
        elif asked.more_than is not None and _own_seconds(cell) <= asked.more_than * _payable(cell, rule):
            share = "half" if asked.more_than == _HALF else str(asked.more_than)
            desk.leave(cell.pieces, f"{share} of the date or less", too_little=True)
        elif asked.reach is not None and _ends_before(cell, asked.reach):
            desk.leave(cell.pieces, "ends too early in the day", too_little=True)
        elif asked.part == "none" and not _is_whole(cell):
            desk.leave(cell.pieces, f"no complete {UNITS[asked.unit].singular}", too_little=True)
        else:
            quantity = cell.share if asked.part == "prorated" else _ONE
            # A day that time of other days was added to is still what it is itself.
            own = _own(cell) or cell.pieces
            unit = make_unit(cell.group, cell.pieces, quantity, owned(own, rule, document), cell.date)
            if asked.unit == "days":
                _decide(unit, cell, rule)
            if by_date:
                unit.day_type = cell.group.calendar.on(cell.date).day_type
            yield unit


def _too_little(asked: CountStage) -> str:
    return f"less than {short_length(asked.at_least)} {UNITS[asked.unit].within}"


def _own_seconds(cell: Cell) -> int:
    """Time held on the day itself, without the tail of a duty that stands with it."""
    return sum(piece.seconds for piece in _own(cell))


def _own(cell: Cell) -> list[Piece]:
    """What starts in the cell."""
    if cell.others:
        return sorted([piece for other in cell.others for piece in _own(other)], key=_start)
    start, end = cell.bounds
    return [piece for piece in cell.pieces if start <= piece.start < end]


def _ends_before(cell: Cell, clock: Clock) -> bool:
    return all(piece.end < at_clock(piece.stretch.calendar.zone, cell.date, clock) for piece in cell.pieces)


def _payable(cell: Cell, rule: Rule) -> int:
    """The time of a day that can be paid."""
    ordinary = cell.group.calendar.ordinary if "ordinary hours" in rule.set.remove else []
    return seconds(subtract([cell.bounds], ordinary))


def _is_whole(cell: Cell) -> bool:
    """Whether a duty covers the cell, with whatever was removed of it."""
    return any(one.group.start <= one.bounds[0] and one.group.end >= one.bounds[1] for one in cell.others or (cell,))


def _weeks(groups: Sequence[Group], rule: Rule, document: Document, desk: Desk) -> Iterator[Unit]:
    def cell_of(piece: Piece) -> tuple[date, Interval]:
        calendar = piece.stretch.calendar
        if rule.count.week_from == "week start":
            day, start, end = calendar.week(piece.start, document.week_day, document.week_clock)
            return day, (start, end)
        first = shift_cell(piece.stretch, piece.stretch.start)[0]
        day = shift_cell(piece.stretch, piece.start)[0]
        begin = first + (day - first).days // 7 * 7 * ONE_DAY
        bounds = (shift_clock(piece.stretch, begin), shift_clock(piece.stretch, begin + 7 * ONE_DAY))
        return calendar.named(begin, bounds[0]), bounds

    cells = [cell for group in groups if group.pieces for cell in _cells(group, cell_of)]
    if rule.count.week_from == "week start":
        cells = _merged(cells, rule)
    yield from _qualified(cells, rule, document, desk)


def _merged(cells: list[Cell], rule: Rule) -> list[Cell]:
    """One for each stretch of time; but whole ones are each duty's own affair until one is found whole."""
    if rule.count.part == "none":
        cells = sorted(cells, key=lambda cell: not _is_whole(cell))
    return _once(cells)


def _months(groups: Sequence[Group], rule: Rule, document: Document, desk: Desk) -> Iterator[Unit]:
    def cell_of(piece: Piece) -> tuple[date, Interval]:
        calendar = piece.stretch.calendar
        first = month_of(calendar.at(piece.start).date)
        return first, (calendar.begins(first), calendar.begins(next_month(first)))

    cells = [cell for group in groups if group.pieces for cell in _cells(group, cell_of)]
    yield from _qualified(_merged(cells, rule), rule, document, desk)


def _each_group(groups: Sequence[Group], rule: Rule, document: Document, desk: Desk) -> Iterator[Unit]:
    for group in groups:
        if rule.count.at_least and sum(piece.seconds for piece in group.marks) < rule.count.at_least:
            desk.leave(group.pieces, _too_little(rule.count), too_little=True)
        else:
            yield make_unit(group, group.pieces, _ONE, owned(group.marks, rule, document))


def _callouts(groups: Sequence[Group], rule: Rule, document: Document, _: Desk) -> Iterator[Unit]:
    for group in groups:
        once: dict[tuple[str, ...], list[Stretch]] = {}
        for stretch in group.stretches:
            once.setdefault(stretch.causes, []).append(stretch)
        for same in once.values():
            marks = [piece for piece in group.marks if piece.stretch in same]
            if marks:
                pieces = [piece for piece in group.pieces if piece.stretch in same]
                of_session = rule.grid.owner == "start of session"
                unit = make_unit(group, pieces, _ONE, owned(group.marks if of_session else marks, rule, document))
                unit.start, unit.end = same[0].start, max(stretch.end for stretch in same)
                unit.callout = same[0]
                yield unit


def _blocks(groups: Sequence[Group], rule: Rule, document: Document, desk: Desk) -> Iterator[Unit]:
    asked = rule.count
    for group in groups:
        size, held, pieces = asked.first_block or asked.block, 0, list[Piece]()
        waiting = list(reversed(group.pieces))
        while waiting:
            piece = waiting.pop()
            room = size - held
            if piece.seconds > room:
                waiting.append(piece.since(piece.start + room))
                piece = piece.until(piece.start + room)
            pieces.append(piece)
            held += piece.seconds
            if held == size or not waiting:
                if held < size and asked.part == "none":
                    desk.leave(pieces, "no complete block")
                else:
                    quantity = Fraction(held, size) if asked.part == "prorated" else Fraction(1)
                    yield make_unit(group, pieces, quantity, owned(pieces, rule, document), pieces[0].date)
                size, held, pieces = asked.block, 0, []


def _templates(groups: Sequence[Group], rule: Rule, document: Document, desk: Desk) -> Iterator[Unit]:
    names = rule.count.templates or tuple(one.name for one in document.templates)
    earned: dict[tuple[str, date], ZoneInfo] = {}
    for group in groups:
        rest = union((piece.start, piece.end) for piece in group.pieces)
        for name in dict.fromkeys(names):
            for template in (one for one in document.templates if one.name == name):
                for day, cell in _occurrences(group, template):
                    held = intersect(rest, [cell])
                    if not held or seconds(held) < (cell[1] - cell[0] if template.of is None else template.of):
                        continue
                    if earned.setdefault((name, day), group.calendar.zone) != group.calendar.zone:
                        continue
                    pieces = _within(group.pieces, held)
                    unit = make_unit(group, pieces, Fraction(1), owned(pieces, rule, document), day)
                    unit.template = name
                    yield unit
                    rest = subtract(rest, [cell])
        desk.leave(_within(group.pieces, rest), "fits no template")


def _within(pieces: Iterable[Piece], time: Intervals) -> list[Piece]:
    return [
        piece.since(start).until(end) for piece in pieces for start, end in intersect([(piece.start, piece.end)], time)
    ]


def _occurrences(group: Group, template: Template) -> Iterator[tuple[date, Interval]]:
    calendar = group.calendar
    start, end = group.pieces[0].start if group.pieces else group.start, group.end
    for day in calendar.over(start - 8 * 86_400, end):
        if day.date.isoweekday() not in template.starts:
            continue
        if template.day_types is not None and day.day_type not in template.day_types:
            continue
        first = at_clock(calendar.zone, day.date, template.start_clock)
        last = at_clock(calendar.zone, day.date + template.days_later * ONE_DAY, template.end_clock)
        if first < end and last > start:
            yield day.date, (first, last)


COUNTERS: dict[str, Callable[[Sequence[Group], Rule, Document, Desk], Iterator[Unit]]] = {
    "hours": _hours,
    "days": _days,
    "weeks": _weeks,
    "months": _months,
    "duties": _each_group,
    "sessions": _each_group,
    "callouts": _callouts,
    "blocks": _blocks,
    "templates": _templates,
}
"""By the units of `policy/units.py`."""
