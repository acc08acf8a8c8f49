"""Every clause of "who was called out, from when to when", one case each.

A case is a log in words, "minute kind who": who in lower case is a machine, `ADA>BO` assigns to BO, a fourth word is
the channel. The incident triggers at minute 0 and the reading stands at minute 1440.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.pd.conftest import usual_rules
from webapp.exports import local_words
from webapp.pd.evidence import (
    RecordedWork,
    Response,
    UnansweredIncident,
    find_evidence,
    merge_targets,
)
from webapp.pd.reader import Records
from webapp.pd.records import Agent, IncidentRecord, LogEntry, OnCallRow, UserRecord
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Scope, Team

Times = dict[str, list[tuple[float | None, float | None]]]

TRIGGER = datetime(2026, 7, 4, 1, 0, tzinfo=UTC)
LEAD = timedelta(minutes=15)


def at(minutes: float) -> datetime:
    return TRIGGER + timedelta(minutes=minutes)


def agent(name: str) -> Agent:
    return Agent(name, "user_reference" if name.isupper() else "service_reference", f"{name.title()} Example")


def entry(number: int, line: str, incident: str) -> LogEntry:
    minute, kind, who, *channel = line.split()
    name, _, to = who.partition(">")
    assignees = tuple(map(agent, to.split("+"))) if to else ()
    created = at(float(minute))
    seconds = int(channel.pop()) if channel and channel[-1].isdecimal() else None
    return LogEntry(f"R{number:03}", kind, incident, created, agent(name), " ".join(channel), assignees, seconds)


def incident(
    key: str = "Q1", *, resolved: float | None = None, by: str = "monitor", created: float = 0
) -> IncidentRecord:
    return IncidentRecord(
        id=key,
        number=int(key[1:]),
        title="Checkout 5xx",
        status="triggered" if resolved is None else "resolved",
        urgency="high",
        created_at=at(created),
        resolved_at=None if resolved is None else at(resolved),
        service="Checkout",
        policy_id="PAY",
        team_ids=frozenset({"PT1"}),
        html_url="",
        changed_by=agent(by),
        merged_into=None,
    )


def shift(user: str, start: float | None, end: float | None, level: int = 1) -> OnCallRow:
    return OnCallRow(
        user,
        f"{user.title()} Example",
        "PAY",
        "Payments",
        level,
        None if start is None else f"S{level}",
        f"S{level}",
        None if start is None else at(start),
        None if end is None else at(end),
    )


def records(
    *logs: tuple[IncidentRecord, list[str]],
    on_call: tuple[OnCallRow, ...] = (),
    scope: Scope | None = None,
    users: tuple[str, ...] = ("ADA", "BO", "CY"),
    mode: Mode = Mode.ACKNOWLEDGED,
) -> Records:
    lines = [(line, record.id) for record, log in logs for line in log]
    return Records(
        request=ReadRequest(at(-1440), at(2880), scope or Organisation(), mode),
        read_at=at(1440),
        users={user: UserRecord(user, f"{user.title()} Example") for user in users},
        on_call=on_call,
        incidents={record.id: record for record, _ in logs},
        log_entries=tuple(entry(number, line, key) for number, (line, key) in enumerate(lines)),
        schedules={},
        policies={},
        unseen_incident_ids=frozenset(),
        tallies=(),
    )


def responses(read: Records, mode: Mode, lead: timedelta) -> tuple[list[Response], list[UnansweredIncident]]:
    evidence = find_evidence(read, usual_rules(mode, lead))
    return list(evidence.responses), list(evidence.unanswered)


def minutes(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - TRIGGER).total_seconds() / 60


def times(found: list[Response]) -> Times:
    return {one.user_id: [(minutes(spell.start), minutes(spell.end)) for spell in one.spells] for one in found}


DAY_SHIFT = (shift("ADA", -600, 600),)

CASES: dict[str, tuple[float | None, list[str], tuple[OnCallRow, ...], Times]] = {
    # name: resolved at, log, on call, expected {engineer: [(start, end)]}
    "the first to acknowledge starts at the trigger": (
        60, ["5 acknowledge ADA", "60 resolve ADA"], (), {"ADA": [(0, 60)]}),
    "but at most the lead before acknowledging": (
        90, ["40 acknowledge ADA", "90 resolve ADA"], (), {"ADA": [(25, 90)]}),
    "anybody else starts at the own first acknowledgement": (
        60, ["5 acknowledge ADA", "20 acknowledge BO", "30 acknowledge BO", "60 resolve ADA"], (),
        {"ADA": [(0, 60)], "BO": [(20, 60)]}),
    "a resolver whom nobody preceded starts at most the lead before": (
        60, ["60 resolve BO"], (), {"BO": [(45, 60)]}),
    "and not before the trigger": (
        4, ["4 resolve BO"], (), {"BO": [(0, 4)]}),
    "a resolver after somebody's acknowledgement is no payee": (
        60, ["5 acknowledge ADA", "60 resolve BO"], (), {"ADA": [(0, 60)]}),
    "closed by the monitor after an acknowledgement is a callout": (
        60, ["5 acknowledge ADA", "60 resolve monitor"], (), {"ADA": [(0, 60)]}),
    "a machine's acknowledgement is nobody's": (
        60, ["1 acknowledge robot", "60 resolve ADA"], (), {"ADA": [(45, 60)]}),
    "acknowledged and never ended goes on": (
        None, ["5 acknowledge ADA"], (), {"ADA": [(0, None)]}),
    "reassignment to another ends it": (
        60, ["5 acknowledge ADA", "20 delegate ADA>BO", "25 acknowledge BO", "60 resolve BO"], (),
        {"ADA": [(0, 20)], "BO": [(25, 60)]}),
    "reassignment that keeps one on it ends nothing": (
        60, ["5 acknowledge ADA", "20 assign ADA>ADA+BO", "60 resolve monitor"], (), {"ADA": [(0, 60)]}),
    "something of one's own soon after a reassignment moves the end": (
        60, ["5 acknowledge ADA", "20 delegate ADA>BO", "30 annotate ADA", "60 resolve BO"], (),
        {"ADA": [(0, 30)], "BO": [(45, 60)]}),
    "a snooze ends it": (
        60, ["5 acknowledge ADA", "20 snooze ADA", "60 resolve monitor"], (), {"ADA": [(0, 20)]}),
    "resolving long after a snooze is a spell of its own": (
        60, ["5 acknowledge ADA", "20 snooze ADA", "60 resolve ADA"], (), {"ADA": [(0, 20), (45, 60)]}),
    "what comes back in the very second of an act does not limit the lead": (
        90, ["5 acknowledge ADA", "20 snooze ADA", "60 escalate service>ADA", "60 acknowledge ADA", "90 resolve ADA"],
        (), {"ADA": [(0, 20), (45, 90)]}),
    "acknowledged and handed over in one second": (
        60, ["5 delegate ADA>BO", "5 acknowledge ADA", "60 resolve monitor"], (), {"ADA": [(0, 5)]}),
    "paged to another and acknowledged in one second": (
        60, ["5 acknowledge ADA", "5 assign service>BO", "60 resolve monitor"], (), {"ADA": [(0, 60)]}),
    "a snooze that was over does not wake anybody": (
        700, ["5 acknowledge ADA", "20 snooze ADA 28800", "180 acknowledge ADA", "240 delegate ADA>BO",
              "505 acknowledge ADA", "700 resolve ADA"], (), {"ADA": [(0, 20), (165, 240), (490, 700)]}),
    "a lapsed acknowledgement ends nothing": (
        60, ["5 acknowledge ADA", "35 unacknowledge service", "36 escalate service>ADA", "60 resolve monitor"], (),
        {"ADA": [(0, 60)]}),
    "the end of the own shift ends it": (
        60, ["5 acknowledge ADA", "60 resolve monitor"], (shift("ADA", -60, 30),), {"ADA": [(0, 30)]}),
    "unless one acts later: then the last action": (
        60, ["5 acknowledge ADA", "40 annotate ADA", "60 resolve monitor"], (shift("ADA", -60, 30),),
        {"ADA": [(0, 40)]}),
    "and resolving is an action": (
        60, ["5 acknowledge ADA", "60 resolve ADA"], (shift("ADA", -60, 30),), {"ADA": [(0, 60)]}),
    "a shift that goes on through another schedule has not ended": (
        60, ["5 acknowledge ADA", "60 resolve monitor"], (shift("ADA", -60, 30), shift("ADA", 30, 90, 2)),
        {"ADA": [(0, 60)]}),
    "always on call has no end of shift": (
        60, ["5 acknowledge ADA", "60 resolve monitor"], (shift("ADA", None, None),), {"ADA": [(0, 60)]}),
    "somebody not on call works to the resolution": (
        60, ["5 acknowledge ADA", "60 resolve monitor"], (), {"ADA": [(0, 60)]}),
    "a shift still running at the reading ends nothing": (
        None, ["5 acknowledge ADA"], (shift("ADA", -60, 1500),), {"ADA": [(0, None)]}),
    "a reopening starts a new spell": (
        200, ["5 acknowledge ADA", "60 resolve ADA", "120 trigger ADA", "125 acknowledge ADA", "200 resolve ADA"], (),
        {"ADA": [(0, 60), (120, 200)]}),
    "a reopening told by an acknowledgement alone too": (
        200, ["5 acknowledge ADA", "60 resolve ADA", "125 acknowledge BO", "200 resolve BO"], (),
        {"ADA": [(0, 60)], "BO": [(125, 200)]}),
    "a note after the end reopens nothing": (
        60, ["5 acknowledge ADA", "60 resolve ADA", "120 annotate ADA"], (), {"ADA": [(0, 60)]}),
    "acknowledged and resolved in one second": (
        5, ["5 resolve monitor", "5 acknowledge ADA"], (), {"ADA": [(0, 5)]}),
    "a resolution that the log does not hold is the incident's own": (
        60, ["5 acknowledge ADA"], (), {"ADA": [(0, 60)]}),
    "what happens after the reading instant has not happened": (
        1500, ["5 acknowledge ADA", "1450 acknowledge BO", "1500 resolve ADA"], (), {"ADA": [(0, None)]}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_acknowledged(name: str) -> None:
    resolved, log, on_call, expected = CASES[name]
    found, _ = responses(records((incident(resolved=resolved), log), on_call=on_call), Mode.ACKNOWLEDGED, LEAD)
    assert times(found) == expected


def test_first_acknowledged_pays_the_first_alone() -> None:
    log = ["5 acknowledge ADA", "20 acknowledge BO", "60 resolve BO"]
    found, _ = responses(records((incident(resolved=60), log)), Mode.FIRST_ACKNOWLEDGED, LEAD)
    assert times(found) == {"ADA": [(0, 60)]}


def test_resolved_pays_the_human_resolver_from_the_incident_alone() -> None:
    read = records((incident(resolved=60, by="BO"), []), on_call=DAY_SHIFT, mode=Mode.RESOLVED)
    found, _ = responses(read, Mode.RESOLVED, LEAD)
    assert times(found) == {"BO": [(45, 60)]}
    assert found[0].spells[0].evidence == "resolved {2026-07-04T02:00:00Z} by Bo Example"


def test_on_call_pays_everybody_at_the_lowest_level_that_had_anybody() -> None:
    rows = (shift("ADA", -60, 600, 2), shift("BO", -60, 30, 2), shift("CY", -60, 600, 3), shift("CY", 10, 20, 1))
    found, _ = responses(records((incident(resolved=60), []), on_call=rows, mode=Mode.ON_CALL), Mode.ON_CALL, LEAD)
    assert times(found) == {"ADA": [(0, 60)], "BO": [(0, 30)]}
    assert found[0].levels == {2}
    assert found[0].spells[0].evidence == (
        "Ada Example on call at level 2 when it triggered {2026-07-04T01:00:00Z}; "
        "resolved {2026-07-04T02:00:00Z} automatically"
    )


def test_an_agent_without_a_type_is_human_if_the_id_is_a_known_user() -> None:
    read = records((incident(resolved=60), ["5 acknowledge ADA", "6 acknowledge ROBOT"]), users=("ADA",))
    untyped = tuple(replace(one, agent=replace(one.agent, type="")) if one.agent else one for one in read.log_entries)
    found, _ = responses(replace(read, log_entries=untyped), Mode.ACKNOWLEDGED, LEAD)
    assert set(times(found)) == {"ADA"}


def test_evidence_says_who_when_and_through_what() -> None:
    log = ["15.5 acknowledge ADA mobile", "63 resolve BO website"]
    found, _ = responses(records((incident(resolved=63), log)), Mode.ACKNOWLEDGED, LEAD)
    assert found[0].spells[0].evidence == (
        "acknowledged {2026-07-04T01:15:30Z} by Ada Example, mobile; "
        "resolved {2026-07-04T02:03:00Z} by Bo Example, website"
    )
    assert found[0].acknowledged_at == at(15.5)


@pytest.mark.parametrize(
    ("log", "ending"),
    [
        (["20 delegate ADA>BO"], "reassigned {2026-07-04T01:20:00Z} to Bo Example"),
        (["20 snooze ADA website"], "snoozed {2026-07-04T01:20:00Z} by Ada Example, website"),
        (["90 annotate ADA"], "last acted {2026-07-04T02:30:00Z}, after the own shift"),
        ([], "own shift ended {2026-07-04T02:00:00Z}"),
    ],
)
def test_evidence_says_what_ended_a_spell(log: list[str], ending: str) -> None:
    read = records((incident(), ["5 acknowledge ADA", *log]), on_call=(shift("ADA", -60, 60),))
    found, _ = responses(read, Mode.ACKNOWLEDGED, LEAD)
    assert found[0].spells[0].evidence.split("; ")[1] == ending


@pytest.mark.parametrize(("channel", "words"), [("api", "through the API"), ("auto", "by an automatic rule")])
def test_evidence_says_where_a_program_acted_in_a_persons_name(channel: str, words: str) -> None:
    found, _ = responses(records((incident(), [f"5 acknowledge ADA {channel}"])), Mode.ACKNOWLEDGED, LEAD)
    assert found[0].spells[0].evidence.startswith(f"acknowledged {{2026-07-04T01:05:00Z}} by Ada Example, {words};")


@pytest.mark.parametrize("text", ["{2026-13-45T99:99:99Z}", "{0001-01-01T00:00:00Z}", "{2026-10-07T01:00:00Z}", "{}"])
def test_braces_of_names_and_channels_and_typed_words_stay_braces(text: str) -> None:
    log = ["5 acknowledge ADA", "20 assign ADA>BO", "60 resolve BO"]
    read = records((incident(resolved=60), log), on_call=DAY_SHIFT)
    read = replace(
        read,
        users={key: replace(user, name=f"{user.name} {text}") for key, user in read.users.items()},
        on_call=tuple(replace(row, user_name=text) for row in read.on_call),
        log_entries=tuple(replace(entry, channel=text) for entry in read.log_entries),
    )
    (found, _) = responses(read, Mode.ACKNOWLEDGED, LEAD)[0]
    assert local_words(found.spells[0].evidence, "UTC") == (
        f"acknowledged 2026-07-04 01:05:00 UTC by Ada Example {text}, {text}; "
        f"reassigned 2026-07-04 01:20:00 UTC to Bo Example {text}"
    )
    (held,) = responses(replace(read, request=replace(read.request, mode=Mode.ON_CALL)), Mode.ON_CALL, LEAD)[0]
    assert local_words(held.spells[0].evidence, "UTC").startswith(f"{text} on call at level 1")


def test_an_open_spell_says_so() -> None:
    found, _ = responses(records((incident(), ["5 acknowledge ADA"])), Mode.ACKNOWLEDGED, LEAD)
    assert found[0].spells[0].evidence.endswith("; still open")


def test_on_call_means_at_some_moment_between_trigger_and_own_first_act() -> None:
    log = ["5 acknowledge ADA", "20 acknowledge BO", "20 acknowledge CY"]
    rows = (shift("ADA", 3, 60), shift("BO", -60, 10, 2), shift("CY", 21, 60))
    found, _ = responses(records((incident(), log), on_call=rows), Mode.ACKNOWLEDGED, LEAD)
    held = {one.user_id: (one.on_call, set(one.levels), set(one.schedule_ids)) for one in found}
    assert held == {"ADA": (True, {1}, {"S1"}), "BO": (True, {2}, {"S2"}), "CY": (False, set(), set())}


def test_acknowledgements_of_a_merged_incident_count_for_its_target() -> None:
    source = replace(incident("Q2", resolved=30, by="BO"), merged_into="Q1")
    target = incident("Q1", resolved=60, created=20)
    read = records((source, ["5 acknowledge ADA", "30 resolve BO"]), (target, ["60 resolve monitor"]))
    found, silent = responses(read, Mode.ACKNOWLEDGED, LEAD)
    assert times(found) == {"ADA": [(0, 60)]}
    assert found[0].incident_id == "Q1"
    assert silent == [UnansweredIncident("Q2", "merged into #1")]


def test_a_merged_incident_whose_target_cannot_be_seen_stands_for_itself() -> None:
    source = replace(incident("Q2", resolved=30), merged_into="QGONE")
    found, silent = responses(records((source, ["5 acknowledge ADA"])), Mode.ACKNOWLEDGED, LEAD)
    assert (times(found), silent) == ({"ADA": [(0, 30)]}, [])


@pytest.mark.parametrize(
    ("mode", "resolved", "reason"),
    [
        (Mode.ACKNOWLEDGED, 60, "auto-resolved, nobody acknowledged"),
        (Mode.ACKNOWLEDGED, None, "still open, nobody responded"),
        (Mode.RESOLVED, 60, "auto-resolved"),
        (Mode.RESOLVED, None, "still open, nobody resolved it"),
        (Mode.ON_CALL, 60, "nobody on call"),
    ],
)
def test_an_incident_of_nobody_says_why(mode: Mode, resolved: float | None, reason: str) -> None:
    found, silent = responses(records((incident(resolved=resolved), [])), mode, LEAD)
    assert (found, silent) == ([], [UnansweredIncident("Q1", reason)])


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(Organisation(), ["Q1"]), (Team("PT1"), ["Q1"]), (Team("PT2"), []), (Individual("ADA"), [])],
)
def test_incidents_of_nobody_are_listed_for_their_team_and_the_organisation(scope: Scope, expected: list[str]) -> None:
    _, silent = responses(records((incident(resolved=60), []), scope=scope), Mode.ACKNOWLEDGED, LEAD)
    assert [one.incident_id for one in silent] == expected


def test_only_engineers_of_the_scope_are_returned_and_the_others_still_precede() -> None:
    log = ["5 acknowledge BO", "20 acknowledge ADA", "60 resolve BO"]
    read = records((incident(resolved=60), log), scope=Individual("ADA"), users=("ADA",))
    found, silent = responses(read, Mode.ACKNOWLEDGED, LEAD)
    assert (times(found), silent) == ({"ADA": [(20, 60)]}, [])


def test_a_mode_that_the_reading_cannot_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="another reading"):
        responses(records(mode=Mode.RESOLVED), Mode.ACKNOWLEDGED, LEAD)
    with pytest.raises(ValueError, match="another reading"):
        responses(records(scope=Individual("ADA")), Mode.ON_CALL, LEAD)


@pytest.mark.parametrize(
    ("span", "spells", "until_shift_end"),
    [
        ((190, 195), [(0, 200)], [(0, 30), (190, 195)]),
        ((190, 230), [(0, 230)], [(0, 30), (190, 230)]),
        ((20, 90), [(0, 200)], [(0, 90)]),
        ((-30, 300), [(-30, 300)], [(-30, 300)]),
        ((250, 260), [(0, 200), (250, 260)], [(0, 30), (250, 260)]),
    ],
)
def test_recorded_work_stays_where_a_long_end_does_not(
    span: tuple[float, float], spells: list[tuple[float, float]], until_shift_end: list[tuple[float, float]]
) -> None:
    read = records((incident(), ["5 acknowledge ADA", "200 annotate ADA"]), on_call=(shift("ADA", -60, 30),))
    start, end = map(at, span)
    work = [RecordedWork("Q1", "ADA", ((start, end),), "recorded by hand")]
    (found,) = find_evidence(read, usual_rules(Mode.ACKNOWLEDGED), work=work).responses
    assert [(minutes(spell.start), minutes(spell.end)) for spell in found.spells] == spells
    assert [(minutes(spell.start), minutes(spell.end)) for spell in found.until_shift_end] == until_shift_end
    assert [(minutes(spell.end), spell.shift_ended_at) for spell in found.late] == [(200, at(30))]
    assert any("recorded by hand" in spell.evidence for spell in found.spells)


def test_recorded_work_of_nobody_in_scope_or_on_no_incident_of_the_reading_is_not_used() -> None:
    work = [RecordedWork(key, who, ((at(0), at(30)),), "by hand") for key, who in (("Q9", "ADA"), ("Q1", "EVE"))]
    evidence = find_evidence(records((incident(), [])), usual_rules(Mode.ACKNOWLEDGED), work=work)
    assert evidence.responses == ()


@pytest.mark.parametrize("mode", Mode)
def test_recorded_work_counts_in_every_mode(mode: Mode) -> None:
    work = [RecordedWork("Q1", "BO", ((at(20), at(50)),), "by hand")]
    evidence = find_evidence(records((incident(), []), mode=mode), usual_rules(mode), work=work)
    assert times(list(evidence.responses)) == {"BO": [(20, 50)]}


def unnamed_reading(scope: Scope, *, policy_of_bo: str = "PAY", chat: str = "") -> Records:
    rows = (
        shift("ADA", -60, 600, 2), replace(shift("BO", -60, 600, 1), policy_id=policy_of_bo), shift("CY", 6, 600, 1),
    )  # fmt: skip
    read = records((incident(resolved=60), ["5 acknowledge ADA", "60 resolve monitor"]), on_call=rows, scope=scope)
    first, *others = read.log_entries
    chat_user = Agent("U1", "", chat) if chat else None
    return replace(read, log_entries=(replace(first, agent=None, channel="slack", chat_user=chat_user), *others))


@pytest.mark.parametrize(
    ("policy_of_bo", "chat", "expected"),
    [
        ("PAY", "", ("BO", "ADA")),  # the lower level
        ("OTHER", "", ("ADA", "BO")),  # the incident's policy
        ("OTHER", "bo", ("BO", "ADA")),  # the name
        ("PAY", "Ada Example", ("ADA", "BO")),  # more words of it
        ("PAY", "zoe", ("BO", "ADA")),
    ],
)
def test_candidates_were_on_call_and_the_likeliest_is_first(
    policy_of_bo: str, chat: str, expected: tuple[str, ...]
) -> None:
    read = unnamed_reading(Organisation(), policy_of_bo=policy_of_bo, chat=chat)
    (act,) = find_evidence(read, usual_rules(Mode.ACKNOWLEDGED)).unnamed
    assert act.candidates == expected
    assert (act.entry_id, act.incident_id, act.kind, act.at) == ("R000", "Q1", "acknowledge", at(5))


def test_an_answer_ranks_the_same_user_of_the_chat_elsewhere() -> None:
    read = unnamed_reading(Organisation(), chat="robin")
    again = replace(read.log_entries[0], id="R9", created_at=at(10))
    read = replace(read, log_entries=(*read.log_entries, again))
    (act,) = find_evidence(read, usual_rules(Mode.ACKNOWLEDGED), answers={"R000": "ADA"}).unnamed
    assert (act.entry_id, act.candidates[0]) == ("R9", "ADA")


def test_a_user_whom_the_channel_names_is_no_question_whatever_was_answered_before() -> None:
    read = unnamed_reading(Organisation())
    first, *others = read.log_entries
    read = replace(read, log_entries=(replace(first, chat_user=Agent("CY", "", "cy")), *others))
    evidence = find_evidence(read, usual_rules(Mode.ACKNOWLEDGED), answers={"R000": "BO"})
    assert ({one.user_id for one in evidence.responses}, evidence.unnamed) == ({"CY"}, ())


@pytest.mark.parametrize(
    ("scope", "users", "asked"),
    [
        (Organisation(), ("ADA", "BO", "CY"), 1),
        (Team("PT1"), (), 1),
        (Team("PT2"), ("CY",), 0),
        (Team("PT2"), ("BO",), 1),
        (Individual("ADA"), ("ADA",), 1),
        (Individual("CY"), ("CY",), 0),
    ],
)
def test_a_scope_is_asked_what_may_concern_it(scope: Scope, users: tuple[str, ...], asked: int) -> None:
    read = unnamed_reading(scope)
    read = replace(read, users={key: UserRecord(key, key) for key in users})
    assert len(find_evidence(read, usual_rules(Mode.ACKNOWLEDGED)).unnamed) == asked


def test_an_answer_names_somebody_outside_the_scope_too() -> None:
    read = unnamed_reading(Individual("ADA"))
    read = replace(read, users={"ADA": read.users["ADA"]})
    evidence = find_evidence(read, usual_rules(Mode.ACKNOWLEDGED), answers={"R000": "BO"})
    assert (evidence.responses, evidence.unnamed) == ((), ())


@pytest.mark.parametrize("mode", [Mode.RESOLVED, Mode.ON_CALL])
def test_modes_that_see_no_log_ask_nothing(mode: Mode) -> None:
    read = unnamed_reading(Organisation())
    assert find_evidence(read, usual_rules(mode)).unnamed == ()


def test_chains_and_rings_of_merged_incidents_end() -> None:
    merged = {"Q1": "Q2", "Q2": "Q3", "Q3": "Q2", "Q4": "Q1", "Q5": "Q5", "Q6": "QGONE", "Q7": "Q6"}
    known = {key: replace(incident(key, created=int(key[1])), merged_into=into) for key, into in merged.items()}
    known["Q8"] = incident("Q8")
    targets = {key: target.id for key, target in merge_targets(known).items()}
    assert targets == {"Q1": "Q2", "Q2": "Q2", "Q3": "Q2", "Q4": "Q2", "Q5": "Q5", "Q6": "Q6", "Q7": "Q6"}


@pytest.mark.parametrize("answer", ["ADA", "BO", None])
def test_an_answer_does_not_count_where_pagerduty_names_somebody(answer: str | None) -> None:
    found = records((incident(resolved=60), ["0 trigger monitor", "5 acknowledge ADA slack"]), on_call=DAY_SHIFT)
    answers = {found.log_entries[1].id: answer}
    evidence = find_evidence(found, usual_rules(Mode.ACKNOWLEDGED), answers=answers)
    without = find_evidence(found, usual_rules(Mode.ACKNOWLEDGED))
    assert evidence.responses == without.responses
    assert evidence.needless_answers == {found.log_entries[1].id: "Ada Example"}
