"""What evidence leaves open: which questions a report asks, of whom, and what each answer is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.pd.test_evidence import at, incident, records, shift
from webapp.exports import ScopeKind
from webapp.pd.records import Agent, IncidentRecord, LogEntry
from webapp.pd.request import Individual, Team
from webapp.pd.request import Scope as ReadScope
from webapp.pd.result import Records
from webapp.pricing.facts import Span
from webapp.pricing.policy.form import Policy, Stipend
from webapp.pricing.report.lines import Period
from webapp.pricing.spans import instant_of
from webapp.services.callout_decisions import ActDecision, Decisions, WorkDecision
from webapp.services.doubt_warnings import doubt_warnings
from webapp.services.doubts import MOST_CANDIDATES, MOST_QUESTIONS, Doubts
from webapp.services.facts import answer_words, engineer_names
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.people import PaySettings
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


def report(
    found: Records, decisions: Decisions | None = None, policy: Policy = POLICY, period: Period = MONTH
) -> PricedReport:
    saved = SavedSettings(decisions=decisions or Decisions())
    draft = Draft(
        scope=Scope(ScopeKind.ORGANISATION, "", "Organisation"),
        inputs=ReportInputs(period, policy, saved, {}, found),
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
    assert [one.decision.entry_id for one in priced.doubts.answers] == ["RS1"]
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
    same = replace(work, times=(Span(instant_of(span.start), instant_of(span.end)),))
    priced = report(found, Decisions(work={("Q1", "BO"): same}))
    (question,) = priced.doubts.questions
    assert {one.user_id: one.changes for one in question.alternatives}["BO"] == ()


LONDON = "Europe/London"
EDGE = datetime(2026, 7, 1, tzinfo=UTC)
"""The first midnight of a month in UTC; of June's last day, London's July is an hour old then."""
MONTHS = {6: Period(date(2026, 6, 1), date(2026, 7, 1)), 7: MONTH}


def asking_months(found: Records, decisions: Decisions | None = None, **policy: str | None) -> list[int]:
    """The months whose reports ask, or show the answer."""
    asked = []
    for month, period in MONTHS.items():
        priced = report(found, decisions, replace(POLICY, **policy), period)  # type: ignore[arg-type]  # all are words
        asked += [month] * bool(priced.doubts.questions or priced.doubts.answers)
    return asked


def around(edge: datetime, minutes: float, **zones: str) -> Records:
    """An incident whose trigger lies so many minutes after an instant, with the zones of engineers."""
    found = read(unnamed(1, (edge - at(0)) / timedelta(minutes=1) + minutes))
    rows = tuple(replace(row, start=EDGE - timedelta(days=9), end=EDGE + timedelta(days=9)) for row in ON_CALL)
    users = {key: replace(user, time_zone=zones.get(key, LONDON)) for key, user in found.users.items()}
    return replace(found, on_call=rows, users=users)


@pytest.mark.parametrize(
    ("minutes", "zones", "months"),
    [
        (-35, {}, [7]),  # 00:25 in London
        (-35, {"ADA": "UTC"}, [6, 7]),
        (-35, {"ADA": "UTC", "BO": "UTC"}, [6]),  # it goes on until 23:55
        (-20, {"ADA": "UTC", "BO": "UTC"}, [6, 7]),
        (-95, {"ADA": "UTC", "BO": "UTC"}, [6]),
        (-95, {}, [6]),
        (-65, {}, [6, 7]),
        (-12 * 60, {"BO": "Pacific/Auckland"}, [6, 7]),
        (300, {"ADA": "America/Los_Angeles"}, [6, 7]),
        (300, {}, [7]),
    ],
)
def test_a_question_is_asked_in_every_month_in_which_an_answer_may_pay(
    minutes: float, zones: dict[str, str], months: list[int]
) -> None:
    found = around(EDGE, minutes, **zones)
    assert asking_months(found, pay_zone=None) == months


@pytest.mark.parametrize("answer", [None, "ADA"])
def test_an_answer_is_shown_in_the_months_in_which_it_may_pay(answer: str | None) -> None:
    decided = Decisions(acts={"RS1": replace(named("RS1", answer), at=EDGE - timedelta(minutes=31))})
    assert asking_months(around(EDGE, -35), decided, pay_zone=None) == [7]
    assert asking_months(around(EDGE, -35, ADA="UTC"), decided, pay_zone=None) == [6, 7]


def test_one_pay_zone_decides_for_everybody() -> None:
    found = around(EDGE, -35, ADA="Pacific/Auckland", BO="America/Los_Angeles")
    assert asking_months(found, pay_zone=LONDON) == [7]
    assert asking_months(found, pay_zone="UTC") == [6]


def test_who_is_paid_as_a_resolver_in_the_next_month_is_asked_about_there() -> None:
    found = around(EDGE, -120)
    resolved = EDGE + timedelta(hours=4)
    one = replace(found.incidents["Q1"], resolved_at=resolved)
    entry = LogEntry("RB", "resolve", "Q1", resolved, Agent("BO", "user_reference", "Bo Example"), "website", ())
    found = replace(found, incidents={"Q1": one}, log_entries=(*found.log_entries, entry))
    assert asking_months(found, pay_zone="UTC") == [6, 7]
    (question,) = report(found, period=MONTHS[7]).doubts.questions
    changes = {one.name: one.changes for one in question.alternatives}
    assert ("BO", Decimal("-76.35")) in [(one.person_id, one.amount) for one in changes["Ada Example"] or ()]


def test_who_answered_is_called_by_name_wherever_it_is_known() -> None:
    found = read(unnamed(1, 60), scope=Individual("ADA"))
    found = replace(found, users={"ADA": found.users["ADA"]}, on_call=ON_CALL[:1])
    own = {"BO": PaySettings(user_id="BO", name="Bo Example", email=None)}
    seen = LogEntry("RN", "annotate", "Q1", at(70), Agent("BO", "user_reference", "Bo Example"), "", ())
    unknown = "an engineer whom this report does not know (BO)"
    for names, expected in (
        (engineer_names(found, {}), unknown),
        (engineer_names(found, own), "Bo Example"),
        (engineer_names(replace(found, log_entries=(*found.log_entries, seen)), {}), "Bo Example"),
    ):
        assert answer_words(named("RS1", "BO"), report(found).evidence, names) == (expected, "")


@pytest.mark.parametrize("recorded", [None, (120, 180), (30, 150), (150, 400), (60, 210)])
def test_up_to_the_shifts_end_recorded_work_is_still_paid(recorded: tuple[int, int] | None) -> None:
    """The shift ended at minute 60, and a last act is at minute 210: what is paid if it had not been."""
    log = ["0 trigger monitor", "0 acknowledge ADA mobile", "210 annotate ADA note"]
    found = records((incident(resolved=900), log), on_call=(shift("ADA", -600, 60),))
    found = replace(found, users={key: replace(user, time_zone="UTC") for key, user in found.users.items()})
    times = (Span(*map(at, recorded)),) if recorded else ()
    work = {("Q1", "ADA"): WorkDecision("Q1", "ADA", times, "by phone", "mo@example.com", at(0))}
    priced = report(found, Decisions(work=work))
    without = report(replace(found, log_entries=found.log_entries[:-1]), Decisions(work=work))
    amount = without.report.total - priced.report.total
    assert [one.change.amount for one in priced.doubts.late_ends] == [amount] * (amount != 0)
    assert (amount == 0) is (recorded == (60, 210))
    assert all((one.ended_at, one.shift_ended_at) == (at(210), at(60)) for one in priced.doubts.late_ends)


@pytest.mark.parametrize(
    ("channel", "where"),
    [("slack", "in Slack"), ("msteams", "in Microsoft Teams"), ("mobile", "through mobile"), ("webex", "in a chat")],
)
def test_the_warning_says_by_what_means_as_the_incident_does(channel: str, where: str) -> None:
    one, entry = unnamed(1, 60)
    priced = report(read((one, replace(entry, channel=channel))))
    (silent,) = priced.report.silent
    assert silent.reason == f"acknowledged {where} by somebody whom PagerDuty does not name"
    assert f" UTC {where}: if it was Ada Example" in sentences(priced.doubts, priced)[1]


def test_a_zone_that_nobody_knows_is_taken_for_utc() -> None:
    found = around(EDGE, -35, ADA="Nowhere/Land", BO="Nowhere/Land")
    assert asking_months(found, pay_zone=None) == [6]
