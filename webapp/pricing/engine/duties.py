"""Facts of one engineer as stretches: duties of time on call, and callouts with what is known at their start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from webapp.pricing.engine.calendar import Calendar
from webapp.pricing.engine.stages.set import ROTA_ZONE, UNPAID, join
from webapp.pricing.engine.stages.when import wrong_fact
from webapp.pricing.engine.work import Desk, Part, Stretch
from webapp.pricing.facts import Callout, OnCall, Person, Spell
from webapp.pricing.policy.document import Document, Rule
from webapp.pricing.spans import Intervals, subtract, union

_EVER = 1 << 62
CalendarOf = Callable[[int, int, str | None], tuple[Calendar, str]]
"""Local time of a stretch from its start to its end, by the zone of its rota, and what the engineer lacks then."""


def duties_of(
    person: Person, rows: Iterable[OnCall], rule: Rule | None, document: Document, calendar_of: CalendarOf, desk: Desk
) -> list[Stretch]:
    """The duties a rule sees: rows that it asks for, joined. Without a rule: all duties.

    Unpaid rows that it would ask for are parts of duties, too, until SET takes them out: time that becomes unpaid
    neither splits a duty nor moves its start.
    """
    by_rota: dict[str, list[Part]] = defaultdict(list)
    unpaid: dict[str, list[Part]] = defaultdict(list)
    nominal: dict[str, int] = {}
    not_asked: list[tuple[Part, str]] = []
    for row in rows:
        own = {"rota": row.rota, "kind": row.kind, "level": str(row.level)}
        if document.zone_of_schedule:
            own[ROTA_ZONE] = row.zone
        words = dict(document.attested) | own | dict(row.attested)
        part = Part(*row.time, words, (row.id,))
        rota = row.rota if rule and rule.set.rotas == "separately" else ""
        mismatch = wrong_fact(words, rule) if rule else ""
        if wrong := (row.unpaid or mismatch) if rule else "":
            not_asked.append((part, wrong))
            if not mismatch:
                unpaid[rota].append(replace(part, words=words | {UNPAID: row.unpaid}))
        else:
            by_rota[rota].append(part)
            if row.nominal is not None:
                nominal[row.id] = row.nominal
    if not_asked:
        _leave(not_asked, union((part.start, part.end) for parts in by_rota.values() for part in parts), desk)
    for rota in by_rota.keys() & unpaid.keys():
        by_rota[rota] += _beside(unpaid[rota], by_rota[rota])
    gap = rule.set.join_gap if rule else 0
    return [
        _duty(person, parts, calendar_of, nominal) for rota in sorted(by_rota) for parts in join(by_rota[rota], gap)
    ]


def _beside(parts: Iterable[Part], others: Iterable[Part]) -> list[Part]:
    """What of the parts no other part holds."""
    taken = union((part.start, part.end) for part in others)
    return [part.within(*rest) for part in parts for rest in subtract([(part.start, part.end)], taken)]


def _leave(not_asked: Iterable[tuple[Part, str]], asked: Intervals, desk: Desk) -> None:
    """Notes the time that is held through rows that the rule does not ask for, and through no other."""
    for part, reason in not_asked:
        rest = subtract([(part.start, part.end)], asked)
        desk.leave([replace(part, start=start, end=end) for start, end in rest], reason)


def _duty(person: Person, parts: list[Part], calendar_of: CalendarOf, nominal: Mapping[str, int]) -> Stretch:
    causes = tuple(dict.fromkeys(cause for part in parts for cause in part.causes))
    stated = [nominal.get(cause) for cause in causes]
    start, end = parts[0].start, max(part.end for part in parts)
    calendar, lacks = calendar_of(start, end, parts[0].words.get(ROTA_ZONE))
    duty = Stretch(
        start=start,
        end=end,
        parts=parts,
        words=parts[0].words,
        calendar=calendar,
        person=person,
        causes=causes,
        nominal=None if None in stated else sum(size for size in stated if size is not None),
        lacks=lacks,
    )
    duty.duty = duty
    return duty


def note_callouts(duties: Iterable[Stretch], callouts: Iterable[Callout]) -> None:
    """Tells each duty whether somebody was called out in it."""
    starts = [callout.spells[0].start for callout in callouts]
    for duty in duties:
        called = "true" if any(duty.start <= start < duty.end for start in starts) else "false"
        duty.parts = [replace(part, words={**part.words, "called out": called}) for part in duty.parts]
        duty.words = duty.parts[0].words


def callouts_of(
    person: Person,
    callouts: Iterable[Callout],
    duties: list[Stretch],
    document: Document,
    calendar_of: CalendarOf,
    *,
    apart: bool,
) -> list[Stretch]:
    """Each callout that has ended, as a stretch; `apart`: each spell of it that stands alone."""
    once = {callout.id: callout for callout in callouts}.values()
    return [
        _callout(person, one, duties, document, calendar_of)
        for one in (single for callout in once for single in (spells_apart(callout) if apart else [callout]))
        if all(spell.end is not None for spell in one.spells)
    ]


def spells_apart(callout: Callout) -> Iterator[Callout]:
    """The spells of a callout as callouts; those that touch stay one, alike ones as one spell."""
    if len(callout.spells) == 1:
        yield callout
        return
    runs: list[list[Spell]] = []
    reached = 0
    for spell in sorted(callout.spells, key=lambda spell: (spell.start, spell.end is None, spell.end or 0)):
        if runs and spell.start <= reached:
            last = runs[-1][-1]
            if (last.kind, last.checked) == (spell.kind, spell.checked):
                ends = (last.end, spell.end)
                runs[-1][-1] = replace(last, end=None if None in ends else max(end for end in ends if end is not None))
            else:
                runs[-1].append(spell)
        else:
            runs.append([spell])
        reached = max(reached, _EVER if spell.end is None else spell.end)
    for run in runs:
        yield replace(callout, spells=tuple(run))


def _callout(
    person: Person, one: Callout, duties: list[Stretch], document: Document, calendar_of: CalendarOf
) -> Stretch:
    start = one.spells[0].start
    duty, held = _held(duties, start)
    words = _words(one, duty, held, document)
    parts = _parts(one, words, document)
    end = max([part.end for part in parts], default=start) if len(parts) != 1 else parts[0].end
    levels = [words["level"]] if one.levels is None else [str(level) for level in one.levels]
    rotas = [words["rota"]] if one.rotas is None else one.rotas
    calendar, lacks = calendar_of(start, end, held.get(ROTA_ZONE, "") if one.zone is None else one.zone)
    stretch = Stretch(start, end, parts, words, calendar, person, (one.id,), duty, lacks=lacks)
    stretch.levels, stretch.rotas = frozenset(filter(None, levels)), frozenset(filter(None, rotas))
    return stretch


def _held(duties: list[Stretch], start: int) -> tuple[Stretch | None, Mapping[str, str]]:
    """The duty that an instant lies in, and what is held then."""
    for duty in duties:
        if duty.start <= start < duty.end:
            for part in duty.parts:
                if part.start <= start < part.end:
                    return duty, part.words
    return None, {}


def _words(one: Callout, duty: Stretch | None, held: Mapping[str, str], document: Document) -> dict[str, str]:
    on_call = one.on_call if one.on_call is not None else duty is not None
    return {
        **document.attested,
        "level": str(one.level) if one.level is not None else held.get("level", ""),
        "rota": one.rota if one.rota is not None else held.get("rota", ""),
        "kind": one.kind if one.kind is not None else held.get("kind", ""),
        "mode": one.mode,
        "urgency": one.urgency,
        "on call": "true" if on_call else "false",
        **one.attested,
    }


def _parts(one: Callout, words: Mapping[str, str], document: Document) -> list[Part]:
    """The time of a callout's spells, each no longer than a spell may count; shared time stands once."""
    parts: list[Part] = []
    taken: Intervals = []
    for spell in one.spells:
        end = spell.end if spell.end is not None else spell.start
        if document.longest_spell is not None and not spell.checked:
            end = min(end, spell.start + document.longest_spell)
        whole = Part(spell.start, end, {**words, "spell": spell.kind}, (one.id,))
        if len(one.spells) == 1:
            return [whole]
        time = [(spell.start, end)]
        told = subtract(time, taken) if taken and spell.start < end else time
        parts += [whole.within(*interval) for interval in told]
        taken = union([*taken, *time])
    return sorted(parts, key=lambda part: part.start)
