"""What always holds of evidence, whatever an incident's log says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.pd.conftest import usual_rules
from tests.pd.test_evidence import agent, at, incident, records, shift
from webapp.pd.cycles import HANDING_OVER
from webapp.pd.evidence import Evidence, RecordedWork, find_evidence
from webapp.pd.records import LogEntry, OnCallRow
from webapp.pd.request import Mode
from webapp.pd.result import Records

PEOPLE = ("ADA", "BO", "CY")
KINDS = (
    "acknowledge", "acknowledge", "acknowledge", "acknowledge", "snooze", "annotate", "assign", "delegate", "escalate",
    "resolve", "unacknowledge", "trigger",
)  # fmt: skip
LAST = 900
"""Minutes after the trigger; the reading stands at 1440."""
GRACE = timedelta(minutes=15)
MODES = st.sampled_from([Mode.ACKNOWLEDGED, Mode.FIRST_ACKNOWLEDGED])


@st.composite
def logs(draw: st.DrawFn, *, is_distinct: bool = True) -> list[LogEntry]:
    """A log in order of time; with distinct minutes, or many things within one."""
    spread = st.integers(1, LAST if is_distinct else 8)
    minutes = sorted(draw(st.lists(spread, max_size=14, unique=is_distinct)))
    return [draw(entries(minute, f"R{place:02}")) for place, minute in enumerate(minutes)]


@st.composite
def entries(draw: st.DrawFn, minute: int, key: str) -> LogEntry:
    kind = draw(st.sampled_from(KINDS))
    who = draw(st.sampled_from(PEOPLE if kind in {"acknowledge", "snooze", "annotate"} else (*PEOPLE, "service")))
    to = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True)) if kind in HANDING_OVER else []
    seconds = draw(st.sampled_from([None, 600, 3600, 25_200])) if kind == "snooze" else None
    return LogEntry(key, kind, "Q1", at(minute), agent(who), "", tuple(map(agent, to)), seconds)


@st.composite
def rotas(draw: st.DrawFn) -> tuple[OnCallRow, ...]:
    found = []
    for person in PEOPLE:
        start = draw(st.integers(-600, LAST))
        if draw(st.booleans()):
            found.append(shift(person, start, start + draw(st.integers(1, 600))))
    return tuple(found)


def reading(log: list[LogEntry], on_call: tuple[OnCallRow, ...] = ()) -> Records:
    """PagerDuty: the incident tells of its last resolution, if nothing has happened to it since."""
    last = [entry for entry in log if entry.kind in {"resolve", "trigger", "acknowledge", "unacknowledge"}][-1:]
    resolved = last[0].created_at if last and last[0].kind == "resolve" else None
    known = replace(incident(), status="resolved" if resolved else "triggered", resolved_at=resolved)
    return replace(records((known, []), on_call=on_call), log_entries=tuple(log))


def judge(read: Records, mode: Mode, **more: object) -> Evidence:
    return find_evidence(read, usual_rules(mode), **more)  # type: ignore[arg-type]  # of each test its own


def spells_of(evidence: Evidence) -> list[tuple[str, datetime, datetime | None]]:
    return [(one.user_id, spell.start, spell.end) for one in evidence.responses for spell in one.spells]


@given(logs(), rotas(), MODES)
def test_spells_of_an_engineer_never_overlap_and_lie_within_the_incident(
    log: list[LogEntry], on_call: tuple[OnCallRow, ...], mode: Mode
) -> None:
    read = reading(log, on_call)
    over = read.incidents["Q1"].resolved_at or read.read_at
    for response in judge(read, mode).responses:
        reached = at(0)
        for spell in response.spells:
            assert reached <= spell.start <= (spell.end or over) <= over
            reached = spell.end or over


@given(logs(), rotas(), MODES)
def test_no_spell_goes_through_a_pause_but_by_an_own_act_within_the_grace(
    log: list[LogEntry], on_call: tuple[OnCallRow, ...], mode: Mode
) -> None:
    for user_id, start, end in spells_of(judge(reading(log, on_call), mode)):
        acts = [entry.created_at for entry in log if entry.agent and entry.agent.id == user_id]
        pauses = [entry.created_at for entry in log if leaves_out(entry, user_id)]
        for pause in pauses:
            if start < pause and (end is None or pause < end):
                assert any(pause < act <= pause + GRACE for act in acts)


@given(logs(), rotas(), MODES)
def test_every_spell_is_known_by_an_own_act(log: list[LogEntry], on_call: tuple[OnCallRow, ...], mode: Mode) -> None:
    lead = timedelta(minutes=15)
    for user_id, start, end in spells_of(judge(reading(log, on_call), mode)):
        acts = [entry.created_at for entry in log if entry.agent and entry.agent.id == user_id]
        assert any(start <= act <= start + lead and (end is None or act <= end) for act in acts) or any(
            row.end and row.end == end for row in on_call if row.user_id == user_id
        )


@given(logs(), rotas(), MODES, st.lists(st.integers(1, LAST), max_size=5))
def test_what_machines_acknowledge_and_note_changes_nothing(
    log: list[LogEntry], on_call: tuple[OnCallRow, ...], mode: Mode, minutes: list[int]
) -> None:
    over = [entry.created_at for entry in log if entry.kind == "resolve"]
    assume(not over)  # after a resolution even a machine's acknowledgement tells of a reopening
    kinds = ("acknowledge", "annotate", "urgency_change")
    more = [
        LogEntry(f"M{place}", kinds[place % 3], "Q1", at(minute), agent("robot"), ("api", "auto", "")[place % 3], ())
        for place, minute in enumerate(minutes)
    ]
    assert judge(reading(log, on_call), mode) == judge(reading([*log, *more], on_call), mode)


@given(logs(is_distinct=False), rotas(), MODES, st.randoms(use_true_random=False))
def test_the_order_in_which_entries_come_does_not_matter(
    log: list[LogEntry], on_call: tuple[OnCallRow, ...], mode: Mode, chance: st.DataObject
) -> None:
    read = reading(log, on_call)
    shuffled = list(log)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random
    assert judge(read, mode) == judge(replace(read, log_entries=tuple(shuffled)), mode)


@given(logs(is_distinct=False), rotas(), MODES)
def test_ids_tell_no_order_within_a_second(log: list[LogEntry], on_call: tuple[OnCallRow, ...], mode: Mode) -> None:
    kinds = [(entry.created_at, "hand-over" if leaves_out(entry, "") else entry.kind) for entry in log]
    assume(len(set(kinds)) == len(kinds))
    read = reading(log, on_call)
    renamed = tuple(replace(entry, id=f"R{99 - place:02}") for place, entry in enumerate(log))
    assert judge(read, mode) == judge(replace(read, log_entries=renamed), mode)


@given(logs(), rotas(), st.lists(st.tuples(st.integers(0, LAST), st.integers(1, 120)), min_size=1, max_size=3))
def test_recorded_work_is_added_once(
    log: list[LogEntry], on_call: tuple[OnCallRow, ...], spans: list[tuple[int, int]]
) -> None:
    read = reading(log, on_call)
    work = [RecordedWork("Q1", "ADA", tuple((at(start), at(start + length)) for start, length in spans), "by hand")]
    alone, joined = (
        {minute for who, start, end in spells_of(evidence) if who == "ADA" for minute in minutes_of(start, end)}
        for evidence in (judge(read, Mode.ACKNOWLEDGED), judge(read, Mode.ACKNOWLEDGED, work=work))
    )
    assert joined == alone | {start + place for start, length in spans for place in range(length)}


def minutes_of(start: datetime, end: datetime | None) -> range:
    first, last = ((moment - at(0)) // timedelta(minutes=1) for moment in (start, end or at(1440)))
    return range(first, last)


def leaves_out(entry: LogEntry, user_id: str) -> bool:
    if entry.kind == "snooze":
        return True
    return entry.kind in HANDING_OVER and all(person.id != user_id for person in entry.assignees)
