"""Two ledgers of an engineer: each minute on call, and each worked minute, is paid, pending or unpaid with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from webapp.pricing.engine.calendar import Calendar
from webapp.pricing.engine.lines import Left, OtherLine, PayLine
from webapp.pricing.engine.work import Piece
from webapp.pricing.facts import Callout, OnCall
from webapp.pricing.spans import Interval, Intervals, intersect, split_at, subtract, take, union

Cut = Callable[[int, int], Iterable[tuple[Calendar, int, int]]]
"""Cuts time where another calendar begins to date it."""
ON_CALL, CALLOUT = "on call", "callout"
NO_RULE = "no rule pays it"
NOT_YET_WORKED = "not yet worked"
STILL_OPEN = "still open"


@dataclass(slots=True)
class Ledger:
    """What is known of an engineer's time, and what the rules said of it."""

    person: str
    rows: Sequence[OnCall]
    callouts: Sequence[Callout]
    read_at: int
    left: list[tuple[Left, bool]] = field(default_factory=list)
    """What rules left, and whether they pay time on call."""
    pending: list[Piece] = field(default_factory=list)
    unpaid_lines: list[OtherLine] = field(default_factory=list)
    pending_lines: list[OtherLine] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The first second of all."""
        return min([row.time[0] for row in self.rows] + [one.start for call in self.callouts for one in call.spells])

    def time_of(self, *, on_call: bool) -> list[tuple[Interval, str]]:
        """All time of a ledger with its causes."""
        if on_call:
            return [(row.time, row.id) for row in self.rows]
        spells = ((one.id, spell) for one in self.callouts for spell in one.spells)
        return [((spell.start, spell.end), key) for key, spell in spells if spell.end is not None]


def close(ledger: Ledger, of: str, pay: Iterable[PayLine], cut: Cut, missing: str, since: int) -> None:
    """Writes the unpaid and pending lines of time on call from `since` on, or of all callouts."""
    on_call = of == ON_CALL
    sources = ledger.time_of(on_call=on_call)
    time = union(interval for interval, _ in sources)
    paid = union(span for line in pay if line.on_call is on_call for span in line.spans)
    waits = union((piece.start, piece.end) for piece in ledger.pending if _of_on_call(piece) is on_call)
    rest = subtract(time, paid)
    past, future = split_at(ledger.read_at, split_at(since, rest)[1] if on_call else rest)
    left = [] if missing else [one for one, is_on_call in ledger.left if is_on_call is on_call]
    for found in _reasons(subtract(past, waits), left, missing):
        ledger.unpaid_lines += _lines(ledger.person, of, found, sources, cut)
    for start, end in union([*intersect(past, waits), *future]):
        ledger.pending_lines += _lines(ledger.person, of, Left(start, end, NOT_YET_WORKED), sources, cut)
    for one in ledger.callouts if of == CALLOUT else ():
        for spell in one.spells:
            if spell.end is None:
                day = next(iter(cut(spell.start, spell.start)))[0].at(spell.start).date
                line = OtherLine(ledger.person, of, day, (spell.start, spell.start), STILL_OPEN, (one.id,))
                ledger.pending_lines.append(line)
    ledger.unpaid_lines.sort(key=lambda line: (line.time, line.of))
    ledger.pending_lines.sort(key=lambda line: (line.time, line.of))


def _of_on_call(piece: Piece) -> bool:
    return piece.stretch.duty is piece.stretch


def _reasons(unpaid: Intervals, left: list[Left], missing: str) -> Iterator[Left]:
    """Unpaid time with the first reason that a rule gave for it."""
    rest = list(unpaid)
    found: list[Left] = []
    for one in left:
        found += [Left(start, end, one.reason, (), one.too_little) for start, end in take(one.start, one.end, rest)]
    found += [Left(start, end, missing or NO_RULE) for start, end in rest]
    found.sort(key=lambda one: one.start)
    merged: list[Left] = []
    for one in found:
        if merged and (merged[-1].reason, merged[-1].end) == (one.reason, one.start):
            merged[-1] = replace(merged[-1], end=one.end)
        else:
            merged.append(one)
    yield from merged


def _lines(person: str, of: str, found: Left, sources: list[tuple[Interval, str]], cut: Cut) -> Iterator[OtherLine]:
    """One line for each local date."""
    pieces = cut(found.start, found.end)
    days = ((first, last, day) for calendar, first, last in pieces for day in calendar.over(first, last))
    for first, last, day in days:
        start, end = max(first, day.start), min(last, day.end)
        causes = dict.fromkeys([key for time, key in sources if time[0] < end and time[1] > start])
        yield OtherLine(person, of, day.date, (start, end), found.reason, tuple(causes), found.too_little)
