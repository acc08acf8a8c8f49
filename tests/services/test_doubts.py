"""What evidence leaves open: which questions a report asks, of whom, and what each answer is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.pd.test_evidence import at, incident, records, shift
from webapp.exports import ScopeKind
from webapp.pd.records import IncidentRecord, LogEntry
from webapp.pd.request import Individual, Team
from webapp.pd.request import Scope as ReadScope
from webapp.pd.result import Records
from webapp.pricing.facts import Span
from webapp.pricing.lines import Period
from webapp.pricing.policy import Policy, Stipend
from webapp.services.callout_decisions import ActDecision, Decisions, WorkDecision
from webapp.services.doubt_warnings import doubt_warnings
from webapp.services.doubts import MOST_CANDIDATES, MOST_QUESTIONS, Doubts
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.reporting import Draft, PricedReport, Scope

POLICY = Policy(
    currency="GBP",
    levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
    callout_fee=Decimal(45),
    hourly_rate=Decimal("31.35"),
    holiday_region="none",
    pay_zone="UTC",
)
ON_CALL = (shift("ADA", -600, 4000), shift("BO", -600, 4000, level=2))
MONTH = Period(date(at(0).year, at(0).month, 1), date(at(0).year, at(0).month + 1, 1))


def unnamed(number: int, minute: float) -> tuple[IncidentRecord, LogEntry]:
    """An incident that somebody acknowledged in a chat after four minutes; a machine resolved it after thirty."""
    one = replace(incident(f"Q{number}", resolved=minute + 30, created=minute), number=number)
    return one, LogEntry(f"RS{number}", "acknowledge", one.id, at(minute + 4), None, "slack", ())


def read(*found: tuple[IncidentRecord, LogEntry], scope: ReadScope | None = None) -> Records:
    logs = [(one, [f"{(one.created_at - at(0)) / timedelta(minutes=1)} trigger monitor"]) for one, _ in found]
    made = records(*logs, on_call=ON_CALL, scope=scope)
    users = {key: replace(user, time_zone="UTC") for key, user in made.users.items()}
    entries = sorted((*made.log_entries, *(entry for _, entry in found)), key=lambda entry: entry.created_at)
    return replace(made, users=users, log_entries=tuple(entries), read_at=at(60 * 24 * 20))


def report(found: Records, decisions: Decisions | None = None, policy: Policy = POLICY) -> PricedReport:
    saved = SavedSettings(decisions=decisions or Decisions())
    draft = Draft(
        scope=Scope(ScopeKind.ORGANISATION, "", "Organisation"),
        inputs=ReportInputs(MONTH, policy, saved, {}, found),
        account_id=1,
        subdomain="acme",
        authority="a test",
        sees_everything=True,
    )
    return draft.priced


def named(entry_id: str, user_id: str | None, incident_id: str = "Q1") -> ActDecision:
    return ActDecision(entry_id, incident_id, at(4), user_id, "so it was", "mo@example.com", at(0))


def sentences(doubts: Doubts, priced: PricedReport) -> list[str]:
    return [one.sentence for one in doubt_warnings(doubts, priced.report)]


def test_each_answer_is_worth_what_it_then_pays() -> None:
    found = read(unnamed(1, 60), unnamed(2, 90), unnamed(3, 60 * 26))
    before = report(found)
    assert [one.act.entry_id for one in before.doubts.questions] == ["RS1", "RS2", "RS3"]
    for question in before.doubts.questions:
        for answer in question.alternatives:
            assert answer.changes is not None
            worth = sum((change.amount or Decimal(0) for change in answer.changes), Decimal(0))
            decided = Decisions(
                acts={question.act.entry_id: named(question.act.entry_id, answer.user_id, question.act.incident_id)}
            )
            after = report(found, decided)
            assert after.report.total - before.report.total == worth != 0
            assert len(after.doubts.questions) == 2


def test_only_so_many_are_worked_out_and_all_are_counted() -> None:
    found = read(*(unnamed(number, 60 * number) for number in range(1, MOST_QUESTIONS + 4)))
    priced = report(found)
    worked_out = [any(one.changes is not None for one in question.alternatives) for question in priced.doubts.questions]
    assert worked_out == [True] * MOST_QUESTIONS + [False] * 3
    words = sentences(priced.doubts, priced)
    assert words[0].startswith(f"PagerDuty does not name who was behind {MOST_QUESTIONS + 3} acknowledgements")
    assert words[-1] == "And 3 more like these; Callouts gives their reason in full."
    one = priced.what_if.question(f"RS{MOST_QUESTIONS + 3}")
    assert one is not None
    assert all(answer.changes for answer in one.alternatives)


def test_only_the_likeliest_are_worked_out() -> None:
    crowd = tuple(shift(f"E{number}", -600, 4000, level=3) for number in range(MOST_CANDIDATES + 2))
    found = read(unnamed(1, 60))
    users = {row.user_id: replace(found.users["ADA"], id=row.user_id, name=row.user_name) for row in crowd}
    found = replace(found, on_call=(*found.on_call, *crowd), users={**found.users, **users})
    priced = report(found)
    (question,) = priced.doubts.questions
    assert [one.user_id for one in question.alternatives if one.changes is not None] == ["ADA", "BO", "E0"]
    assert question.others == MOST_CANDIDATES + 1
    assert sentences(priced.doubts, priced)[1].endswith(f"; {question.others} more were on call.")


def test_of_a_team_only_its_engineers_are_worked_out() -> None:
    found = read(unnamed(1, 60), scope=Team("PT1"))
    found = replace(found, users={"BO": found.users["BO"]})
    (question,) = report(found).doubts.questions
    assert [(one.user_id, one.changes is None, one.reason) for one in question.alternatives] == [
        ("BO", False, ""),
        ("ADA", True, "not in this report"),
    ]


@pytest.mark.parametrize("scope", [Team("PT9"), Individual("BO")])
def test_incidents_for_which_nobody_of_the_scope_is_paged_are_not_asked_about(scope: ReadScope) -> None:
    found = read(unnamed(1, 60), scope=scope)
    mine = replace(found, users={"BO": found.users["BO"]})
    assert len(report(mine).doubts.questions) == 1
    elsewhere = {key: replace(one, policy_id="ELSE", team_ids=frozenset()) for key, one in mine.incidents.items()}
    assert report(replace(mine, incidents=elsewhere)).doubts.questions == ()


def test_acts_of_other_months_are_not_asked_about() -> None:
    late = -60 * 24 * (at(0).day + 1)
    found = read(unnamed(1, 60), unnamed(2, late))
    assert [one.act.entry_id for one in report(found).doubts.questions] == ["RS1"]


def test_somebody_without_a_rate_is_said_to_be_not_priced() -> None:
    priced = report(read(unnamed(1, 60)), policy=replace(POLICY, hourly_rate=None))
    (question,) = priced.doubts.questions
    assert [change.amount for one in question.alternatives for change in one.changes or ()] == [None, None]
    assert "if it was Ada Example, an unknown amount (Ada Example is not priced)" in sentences(priced.doubts, priced)[1]


def test_an_answered_question_can_be_asked_again() -> None:
    found = read(unnamed(1, 60))
    priced = report(found, Decisions(acts={"RS1": named("RS1", "ADA"), "RS9": named("RS9", "ADA", "Q9")}))
    assert priced.doubts.questions == ()
    assert [one.entry_id for one in priced.doubts.answered] == ["RS1"]
    question = priced.what_if.question("RS1")
    assert question is not None
    changes = {one.user_id: one.changes for one in question.alternatives}
    assert changes["ADA"] == ()
    assert [(one.person_id, one.amount) for one in changes["BO"] or ()] == [
        ("ADA", Decimal("-76.35")),
        ("BO", Decimal("76.35")),
    ]
    assert priced.what_if.question("RS9") is None
    assert priced.what_if.question("R000") is None


def test_an_act_on_a_merged_incident_is_asked_about_for_its_target() -> None:
    target, _ = unnamed(1, 60)
    merged, act = unnamed(2, 50)
    found = read(
        (replace(merged, merged_into="Q1"), act), (target, LogEntry("RX", "annotate", "Q1", at(70), None, "", ()))
    )
    priced = report(found)
    (question,) = priced.doubts.questions
    assert (question.incident.id, question.act.entry_id) == ("Q1", "RS2")
    assert [(one.person_id, one.amount) for one in question.alternatives[0].changes or ()] == [
        ("ADA", Decimal("76.35"))
    ]
    answered = report(found, Decisions(acts={"RS2": named("RS2", "ADA", "Q1")}))
    assert answered.report.total - priced.report.total == Decimal("76.35")
    (callout,) = answered.facts.callouts
    assert [one.what for one in callout.evidence_decisions] == [f"it was Ada Example at {{{at(4):%Y-%m-%dT%H:%M:%SZ}}}"]


def test_recorded_work_is_no_question_and_counts_before_it_is_answered() -> None:
    found = read(unnamed(1, 60))
    work = WorkDecision("Q1", "BO", (), "by phone", "mo@example.com", datetime(2026, 12, 1, tzinfo=UTC))
    (span,) = report(found, Decisions(acts={"RS1": named("RS1", "BO")})).facts.callouts[0].spells
    assert span.end is not None
    same = replace(work, times=(Span(span.start, span.end),))
    priced = report(found, Decisions(work={("Q1", "BO"): same}))
    (question,) = priced.doubts.questions
    assert {one.user_id: one.changes for one in question.alternatives}["BO"] == ()
