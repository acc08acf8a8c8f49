"""GROUP: duties stand alone; callouts become sessions that are paid as one piece of work."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from fractions import Fraction

from webapp.pricing.engine.lines import Member
from webapp.pricing.engine.stages.set import FREE, frees_sessions
from webapp.pricing.engine.work import HOUR, Desk, Group, Part, Piece, Stretch, Unit
from webapp.pricing.policy.document import Document, Lookup, Rule
from webapp.pricing.policy.lookup import bound
from webapp.pricing.spans import Interval, Intervals, intersect, subtract, union

Cut = Callable[[Stretch, Sequence[Part]], list[Piece]]
"""GRID for parts of a stretch."""


def group(
    stretches: Sequence[Stretch], rule: Rule, document: Document, cut: Cut, billed: Intervals, desk: Desk
) -> list[Group]:
    """The groups in order of their starts; what is `billed` by another rule already stands there."""
    ordered = sorted(stretches, key=lambda stretch: (stretch.start, stretch.end, stretch.causes))
    joined = [[stretch] for stretch in ordered] if rule.on_call else _join(ordered, rule, document, cut)
    groups = []
    taken = list(billed)
    for members in joined:
        marks = _measured(members, rule, cut)
        if frees_sessions(rule):
            marks = _after_free(marks, rule.set.free_first, desk)
        if marks:
            # A minute that two sessions share is billed once, at the earlier.
            groups.append(Group(members, marks if rule.on_call else _alone(marks, taken), marks))
    return groups


def _after_free(marks: list[Piece], free: int, desk: Desk) -> list[Piece]:
    """A session's time without the first so much of it."""
    freed: Intervals = []
    for start, end in union((piece.start, piece.end) for piece in marks):
        freed += [(start, min(end, start + free))] if free else []
        free -= min(free, end - start)
    desk.leave(
        (replace(one, start=a, end=b) for one in marks for a, b in intersect([(one.start, one.end)], freed)), FREE
    )
    return [replace(one, start=a, end=b) for one in marks for a, b in subtract([(one.start, one.end)], freed)]


def members_of(group: Group) -> tuple[Member, ...]:
    """The callouts of a session, with the time that could be billed of each."""
    return tuple(
        Member(
            one.causes[0],
            one.start,
            one.end,
            union([(piece.start, piece.end) for piece in group.marks if piece.stretch is one]),
        )
        for one in group.stretches
    )


def _alone(marks: list[Piece], taken: Intervals) -> list[Piece]:
    """The time that is not taken yet; takes it."""
    alone: list[Piece] = []
    for piece in marks:
        time = (piece.start, piece.end)
        if piece.start == piece.end:
            continue
        if not taken or piece.start > taken[-1][1]:
            alone.append(piece)
            taken.append(time)
            continue
        alone += [replace(piece, start=start, end=end) for start, end in subtract([time], taken)]
        taken[:] = union([*taken, time])
    return sorted(alone, key=_start) if len(alone) > 1 else alone


def _start(piece: Piece) -> int:
    return piece.start


def _join(ordered: list[Stretch], rule: Rule, document: Document, cut: Cut) -> list[list[Stretch]]:
    how = rule.group.join
    if how in {"duty", "day", "week", "block"}:
        by_key: dict[Hashable, list[Stretch]] = {}
        for stretch in ordered:
            by_key.setdefault(_key(stretch, rule, document), []).append(stretch)
        return list(by_key.values())
    sessions: list[list[Stretch]] = []
    for stretch in ordered:
        if sessions and how != "each" and _joins(sessions[-1], stretch, rule, cut):
            sessions[-1].append(stretch)
        else:
            sessions.append([stretch])
    return sessions


def _key(stretch: Stretch, rule: Rule, document: Document) -> Hashable:
    how, duty = rule.group.join, stretch.duty
    day_start = stretch.calendar.cell(stretch.start, rule.grid.day_start or 0)
    if how == "day":
        return day_start[0]
    if how == "week":
        return stretch.calendar.week(stretch.start, document.week_day, document.week_clock)[0]
    if how == "duty":
        return id(duty) if duty else id(stretch)
    start = duty.start if duty else day_start[1]
    return start, (stretch.start - start) // rule.group.block


def _joins(session: list[Stretch], stretch: Stretch, rule: Rule, cut: Cut) -> bool:
    asked = rule.group
    last_end = max(member.end for member in session)
    if asked.longest is not None and stretch.start >= session[0].start + asked.longest:
        return False
    if asked.join == "overlapping" or asked.gap is not None:
        near = stretch.start <= last_end + (asked.gap or 0)
        if near or asked.join == "overlapping":
            return near
    since = {"first start": session[0].start, "last start": session[-1].start, "last end": last_end}[asked.from_]
    window = asked.window or _minimum(session, rule, cut)
    until = since + window
    if stretch.start > until or (stretch.start == until and asked.from_ != "last end"):
        return False
    if asked.ends_inside and stretch.end > until:
        return False
    worked = sum(member.seconds for member in session)
    return asked.only_if_under is None or worked < asked.only_if_under


def _minimum(session: list[Stretch], rule: Rule, cut: Cut) -> int:
    """The minimum of `shape` in seconds, as it stands for the first callout of the session."""
    step = next((step for step in rule.shape if step.kind == "minimum"), None)
    if step is None:
        return 0
    marks = cut(session[0], session[0].parts)
    first = marks[0]
    unit = Unit(
        Group(session, marks, marks), marks, Fraction(0), first.date, first.day_type, first.band, first.part.words,
        first.start, first.end, booked=first.date,
    )  # fmt: skip
    return seconds_of(step.value, unit)


def seconds_of(value: Lookup, unit: Unit) -> int:
    """A looked-up length in whole seconds; "none" is none."""
    return int((bound(value, unit.word) or 0) * HOUR)


def _measured(members: list[Stretch], rule: Rule, cut: Cut) -> list[Piece]:
    """The session's time as the rule measures it."""
    if len(members) == 1:
        pieces = cut(members[0], members[0].parts)
    else:
        pieces = sorted([piece for one in members for piece in cut(one, one.parts)], key=_start)
    if rule.on_call or rule.group.measure == "worked" or not pieces:
        return pieces
    start, end = pieces[0].start, max(piece.end for piece in pieces)
    if rule.group.measure == "to last minimum":
        last = max(piece.start for piece in _firsts(members, pieces))
        end = max(end, last + _minimum(members, rule, cut))
    held = union((piece.start, piece.end) for piece in pieces)
    gaps: list[Interval] = subtract([(start, end)], held)
    first = pieces[0]
    fillers = [replace(first.part, start=gap[0], end=gap[1]) for gap in gaps]
    return sorted([*pieces, *cut(members[0], fillers)], key=lambda piece: piece.start)


def _firsts(members: list[Stretch], pieces: list[Piece]) -> list[Piece]:
    """The first piece of each callout that has any."""
    firsts = (next((piece for piece in pieces if piece.stretch is member), None) for member in members)
    return [piece for piece in firsts if piece]
