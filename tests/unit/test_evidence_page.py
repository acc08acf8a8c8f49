"""Every worked case of docs/evidence.md comes out exactly as the page says; the page explains how one is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import starmap
from pathlib import Path
from typing import Any

import pytest

from tests.pd.test_evidence import records
from tests.spoken_facts import price
from webapp.exports import ReportWarning, ScopeKind, local_words
from webapp.pd.evidence import (
    Evidence,
    EvidenceRules,
    RecordedWork,
    Response,
    UnnamedAct,
    find_evidence,
)
from webapp.pd.records import Agent, IncidentRecord, LogEntry, OnCallRow, UserRecord
from webapp.pd.request import Mode, Organisation, ReadRequest
from webapp.pd.result import Records
from webapp.pd.shifts import Duty
from webapp.pricing import select
from webapp.pricing.facts import Decision, Span
from webapp.pricing.policy.form import EvidenceMode, Policy, Stipend
from webapp.pricing.policy.form_document import form_document
from webapp.pricing.report.lines import Period, Report
from webapp.services.callout_decisions import Decisions, WorkDecision
from webapp.services.doubt_warnings import ALL_ACTS, doubt_warnings
from webapp.services.facts import Places, to_facts
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.reporting import Draft, Scope

PAGE = Path(__file__).parents[2] / "docs" / "evidence.md"
SATURDAY = date(2026, 7, 4)
DAYS = {"Fri": -1, "Sat": 0, "Sun": 1, "Mon": 2}
JULY = Period(date(2026, 7, 1), date(2026, 8, 1))
READ_AT = datetime(2026, 7, 6, 12, tzinfo=UTC)
KINDS = {
    "acknowledges": "acknowledge",
    "resolves": "resolve",
    "snoozes": "snooze",
    "writes a note": "annotate",
    "opens it again": "trigger",
    "lets the acknowledgement lapse": "unacknowledge",
    "assigns it to": "assign",
    "escalates it to": "escalate",
}
LINE = re.compile(
    rf"(?P<at>(?:\w{{3}} )?\d\d:\d\d) (?P<who>the \w+|\w+) (?P<kind>{'|'.join(KINDS)})"
    r"(?: for (?P<hours>\d+) h)?(?: (?P<to>\w+(?: and \w+)*))?(?:, (?P<channel>\w+)(?: as (?P<id>id )?(?P<chat>.+))?)?"
)
ON_CALL = re.compile(r"(?P<who>\w+), level (?P<level>\d), (?:always|(?P<start>.+) to (?P<end>.+))")


def read_cases() -> list[dict[str, Any]]:
    blocks = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [tomllib.loads(block) for block in blocks]


CASES = read_cases()
WORK = re.compile(r"(?:#(?P<number>\d), )?(?P<who>\w+): (?P<start>.+?) to (?P<end>.+?), (?P<words>.+)")
INCIDENT_KEYS = {"triggered", "log", "into"}
KEYS = INCIDENT_KEYS | {
    "name", "mode", "policy", "urgency", "merged", "on_call", "decision", "answers", "work", "expect", "words",
    "nobody", "unnamed", "long_after_the_shift", "pay", "fees", "warning", "warns",
}  # fmt: skip


def test_each_case_has_a_name_of_its_own() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) > 30
    assert sorted(set(names)) == sorted(names)


def test_all_four_modes_are_shown() -> None:
    assert {case.get("mode", "acknowledged") for case in CASES} == {mode.value for mode in Mode}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_worked_case(case: dict[str, Any]) -> None:
    assert set(case) <= KEYS
    read, policy = reading_of(case), policy_of(case)
    lead, grace = timedelta(minutes=policy.longest_lead_minutes), timedelta(minutes=policy.pause_grace_minutes)
    evidence = find_evidence(
        read,
        EvidenceRules(Mode(policy.evidence.value), lead, grace),
        answers=answers_of(case, read),
        work=[work_of(line) for line in case.get("work", [])],
    )
    assert sorted(case["expect"]) == sorted(map(told, evidence.responses))
    assert all_of(case.get("nobody")) == [one.reason for one in evidence.unanswered]
    if "unnamed" in case:
        assert case["unnamed"] == list(map(asked, evidence.unnamed))
    else:
        assert "answers" in case or evidence.unnamed == ()
    marked = [
        f"{one.user_id}: own shift ended {clock(spell.shift_ended_at)}"
        for one in evidence.responses
        for spell in one.late
        if spell.shift_ended_at
    ]
    assert case.get("long_after_the_shift", []) == marked
    for who, words in case.get("words", {}).items():
        printed = [spell.evidence for one in evidence.responses if one.user_id == who for spell in one.spells]
        assert all_of(words) == [local_words(sentence, "UTC") for sentence in printed]
    if "pay" in case:
        report = priced(case, read, evidence, policy)
        assert case["pay"] == list(paid(report))
        fees = sum(row.fee for statement in report.statements for row in statement.callouts)
        assert Decimal(case.get("fees", fees)) == fees
        assert case.get("warning", "") in " ".join(warning.text for warning in report.warnings)
    if "warns" in case:
        assert case["warns"] == [one.sentence for one in warnings(case, read, policy) if ALL_ACTS not in one.targets]


# What a case says


def reading_of(case: dict[str, Any]) -> Records:
    """What would have been read; in the ways that read no logs, without them."""
    mode = Mode(case.get("mode", "acknowledged"))
    incidents, entries = [], []
    others = all_of(case.get("merged"))
    assert all(set(other) <= INCIDENT_KEYS for other in others)
    for number, told_of in enumerate([case, *others], start=1):
        log = [entry_of(line, f"Q{number}", f"R{number}{index:02}") for index, line in enumerate(told_of["log"])]
        incidents.append(incident_of(told_of, number, log))
        entries += log if mode.needs_log_entries else []
    return replace(
        records(mode=mode),
        request=ReadRequest(READ_AT - timedelta(days=9), READ_AT + timedelta(days=9), Organisation(), mode),
        read_at=READ_AT,
        users={name: UserRecord(name, f"{name} Example", time_zone="UTC") for name in ("Ada", "Bo", "Cy")},
        on_call=tuple(map(row_of, case.get("on_call", []))),
        incidents={incident.id: incident for incident in incidents},
        log_entries=tuple(sorted(entries, key=lambda entry: (entry.created_at, entry.id))),
    )


def incident_of(case: dict[str, Any], number: int, log: list[LogEntry]) -> IncidentRecord:
    """PagerDuty: a resolved incident tells when and by whom it was resolved last, and nothing of anybody else."""
    last = next((entry for entry in reversed(log) if entry.kind in {"resolve", "trigger"}), None)
    resolved = last if last and last.kind == "resolve" else None
    return IncidentRecord(
        id=f"Q{number}",
        number=number,
        title="Checkout fails",
        status="resolved" if resolved else "triggered",
        urgency=case.get("urgency", "high"),
        created_at=at(case.get("triggered", "01:00")),
        resolved_at=resolved.created_at if resolved else None,
        service="Checkout",
        policy_id="P1",
        team_ids=frozenset(),
        html_url="",
        changed_by=last.agent if last else None,
        merged_into=f"Q{case.get('into', 1)}" if number > 1 or "into" in case else None,
    )


def entry_of(line: str, incident_id: str, key: str) -> LogEntry:
    read = LINE.fullmatch(line)
    assert read, f"This line of a log cannot be read: {line}"
    to = tuple(map(agent_of, read["to"].split(" and "))) if read["to"] else ()
    kind = KINDS[read["kind"]]
    return LogEntry(
        id=key,
        kind=kind,
        incident_id=incident_id,
        created_at=at(read["at"]),
        agent=None if read["who"] == "somebody" else agent_of(read["who"]),
        channel=read["channel"] or "",
        assignees=to,
        duration_seconds=int(read["hours"]) * 3600 if read["hours"] else None,
        chat_user=Agent(read["chat"] if read["id"] else "U012ABC", "", read["chat"]) if read["chat"] else None,
    )


def answers_of(case: dict[str, Any], read: Records) -> dict[str, str | None]:
    """Who was behind what somebody did at an instant."""
    answers = {at(moment): who for moment, who in case.get("answers", {}).items()}
    return {
        entry.id: None if answers[entry.created_at] == "a machine" else answers[entry.created_at]
        for entry in read.log_entries
        if entry.agent is None and entry.created_at in answers
    }


def work_of(line: str) -> RecordedWork:
    read = WORK.fullmatch(line)
    assert read, f"This work cannot be read: {line}"
    return RecordedWork(f"Q{read['number'] or 1}", read["who"], ((at(read["start"]), at(read["end"])),), read["words"])


def all_of(said: Any) -> list[Any]:
    """One or several, or none."""
    if said is None:
        return []
    return said if isinstance(said, list) else [said]


def agent_of(name: str) -> Agent:
    machine = name.startswith("the ")
    return Agent(name, "service_reference" if machine else "user_reference", name if machine else f"{name} Example")


def row_of(line: str) -> OnCallRow:
    read = ON_CALL.fullmatch(line)
    assert read, f"This time on call cannot be read: {line}"
    schedule = f"S{read['level']}" if read["start"] else None
    start, end = (at(bound) if bound else None for bound in (read["start"], read["end"]))
    return OnCallRow(
        read["who"], f"{read['who']} Example", "P1", "Shop", int(read["level"]), schedule, schedule or "", start, end
    )


def at(text: str) -> datetime:
    """Such as 01:05, on the Saturday, or Sun 03:00."""
    day, _, clock = text.rpartition(" ")
    return datetime.combine(SATURDAY + timedelta(days=DAYS[day or "Sat"]), time.fromisoformat(clock), UTC)


def span_of(text: str) -> Span:
    """Such as 01:00 to 02:30."""
    start, end = map(at, text.split(" to "))
    return Span(start, end)


def policy_of(case: dict[str, Any]) -> Policy:
    standard = Policy(
        currency="GBP",
        levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
        callout_fee=Decimal(45),
        hourly_rate=Decimal("31.35"),
        holiday_region="GB-ENG",
        evidence=EvidenceMode(case.get("mode", "acknowledged")),
    )
    changed = dict(case.get("policy", {}))
    if "schedules_left_out" in changed:
        changed["schedules_left_out"] = frozenset(changed["schedules_left_out"])
    return replace(standard, **changed)


# What came out, in the words of the page


def told(response: Response) -> str:
    spells = [f"{clock(spell.start)} to {clock(spell.end)}" for spell in response.spells]
    return f"{response.user_id}: {', '.join(spells)}"


def asked(act: UnnamedAct) -> str:
    """Such as "01:05 acknowledge, slack as bo: Bo, Ada"."""
    chat = f" as {act.chat_name}" if act.chat_name else ""
    return f"{clock(act.at)} {act.kind}, {act.channel}{chat}: {', '.join(act.candidates) or 'nobody on call'}"


def clock(moment: datetime | None) -> str:
    if moment is None:
        return "still open"
    return f"{moment:%H:%M}" if moment.date() == SATURDAY else f"{moment:%a %H:%M}"


def priced(case: dict[str, Any], read: Records, evidence: Evidence, policy: Policy) -> Report:
    duty = Duty(read.on_call, read.request.until)
    places = Places.of(form_document(policy))
    facts = to_facts(read, duty, evidence, places=places, day=SATURDAY, own={}, decisions=Decisions(decided(case)))
    return select(price(facts, policy), JULY, None)


def decided(case: dict[str, Any]) -> dict[tuple[str, str], Decision]:
    one = case.get("decision")
    if one is None:
        return {}
    times = tuple(map(span_of, one.get("times", [])))
    return {("Q1", one["who"]): Decision(one["pay"], one["reason"], "Mo Manager", READ_AT, times)}


def warnings(case: dict[str, Any], read: Records, policy: Policy) -> Iterator[ReportWarning]:
    """What the evidence leaves open, as the page says it."""
    work = {
        (one.incident_id, one.user_id): WorkDecision(
            one.incident_id, one.user_id, tuple(starmap(Span, one.spans)), "by phone", "mo@example.com", READ_AT
        )
        for one in map(work_of, case.get("work", ()))
    }
    saved = SavedSettings(decisions=Decisions(decided(case), work=work))
    draft = Draft(
        scope=Scope(ScopeKind.ORGANISATION, "", "Organisation"),
        inputs=ReportInputs(JULY, policy, saved, {}, read),
        account_id=1,
        subdomain="example",
        authority="a test",
        sees_everything=True,
    )
    return doubt_warnings(draft.priced.doubts, draft.report)


def paid(report: Report) -> Iterator[str]:
    """Such as "Ada: paid, 1:00 hours"."""
    for statement in report.statements:
        for row in statement.callouts:
            minutes = row.billed_seconds // 60
            outcome = f"paid, {minutes // 60}:{minutes % 60:02} hours" if row.payable else f"not paid, {row.reason}"
            yield f"{statement.person.id}: {outcome}"
