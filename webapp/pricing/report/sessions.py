"""The callouts of one engineer as runs of work, and which of them were paid as one session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from webapp.pricing.engine.duties import spells_apart
from webapp.pricing.engine.lines import Outcome, PayLine, Session
from webapp.pricing.facts import Callout, Incident
from webapp.pricing.report.engineer import Engineer
from webapp.pricing.spans import Interval, Intervals, seconds, union


@dataclass(slots=True, eq=False)
class Run:
    """Spells of one callout that touch: one stretch of work."""

    callout: Callout
    incident: Incident
    start: int
    end: int
    """After the longest length of a spell; of an open run, the reading instant."""
    time: Intervals
    evidence: str
    is_open: bool
    cut: int
    """Seconds that the longest length of a spell cut off."""
    kept: list[Interval] = field(default_factory=list)
    """What of it rules could bill."""
    session: int | None = None
    """One of the engine's sessions that it is in."""


@dataclass(slots=True, eq=False)
class WorkSession:
    """Runs that any rules pay together, and what they pay."""

    runs: list[Run] = field(default_factory=list)
    lines: list[PayLine] = field(default_factory=list)
    gives_way: bool = True
    """Whether only rules pay it that leave the rest to others."""
    number: int = 0


def runs_of(engineer: Engineer) -> list[Run]:
    """All runs in order of their starts."""
    runs = [run for callout in engineer.callouts for run in _runs(callout, engineer)]
    runs.sort(key=lambda run: (run.start, run.end, run.callout.id))
    return runs


def _runs(callout: Callout, engineer: Engineer) -> Iterator[Run]:
    incident = engineer.incidents[callout.id]
    for part in spells_apart(callout):
        start = part.spells[0].start
        longest = engineer.version_at(start, callout.zone).longest_spell
        time: list[Interval] = []
        length, is_open = 0, False
        for spell in part.spells:
            end = max(spell.start, engineer.read_at) if spell.end is None else spell.end
            is_open = is_open or spell.end is None
            length += end - spell.start
            if longest is not None and not spell.checked and spell.end is not None:
                end = min(end, spell.start + longest)
            time.append((spell.start, end))
        until = max(end for _, end in time)
        cut = 0 if is_open else length - seconds(time)
        evidence = _evidence(callout, start, until + cut)
        yield Run(callout, incident, start, until, union(time), evidence, is_open, cut)


def _evidence(callout: Callout, start: int, end: int) -> str:
    """Why a run is known; corrected times are known by all evidence together."""
    spells = callout.evidence or callout.spells
    if len(spells) == 1:
        return spells[0].evidence
    if callout.decision is None or not callout.decision.times:
        within = [spell for spell in spells if start <= spell.start <= end]
        spells = tuple(sorted(within, key=lambda spell: spell.start))
    return "; ".join(dict.fromkeys(spell.evidence for spell in spells))


def sessions_of(runs: list[Run], outcome: Outcome) -> list[WorkSession]:
    """The sessions in order of their starts, numbered from 1; a run of none of them is not paid.

    Rules may group callouts differently: what any of them pays as one piece is one session, so that each line has one.
    """
    joined = _join(runs, outcome.sessions)
    sessions: dict[int, WorkSession] = {}
    for run in runs:
        if run.session is not None:
            sessions.setdefault(joined[run.session], WorkSession()).runs.append(run)
    for number, one in outcome.sessions.items():
        if not one.gives_way and joined[number] in sessions:
            sessions[joined[number]].gives_way = False
    for line in outcome.pay:
        if line.session is not None:
            sessions[joined[line.session]].lines.append(line)
    ordered = sorted(sessions.values(), key=lambda session: (session.runs[0].start, session.gives_way))
    for number, session in enumerate(ordered, start=1):
        session.number = number
    return ordered


def _join(runs: list[Run], sessions: Mapping[int, Session]) -> dict[int, int]:
    """For each of the engine's sessions the first one that shares a run with it."""
    of_callout: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if not run.is_open:
            of_callout[run.callout.id].append(run)
    root = {number: number for number in sessions}
    for number, one in sessions.items():
        for member in one.members:
            for run in of_callout[member.callout]:
                if member.start <= run.start <= member.end:
                    run.kept += member.time
                    if run.session is None:
                        run.session = number
                    first, last = sorted((_root(root, run.session), _root(root, number)))
                    root[last] = first
    return {number: _root(root, number) for number in sessions}


def _root(root: dict[int, int], number: int) -> int:
    while root[number] != number:
        number = root[number]
    return number
