"""Two reports of one period: each change is found with its reason, nothing else is, and nothing is adjusted twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.exports.conftest import BERLIN, LONDON, NAMED, OCTOBER, POLICY, RATELESS, at, called_out, document_of, facts
from tests.spoken_facts import Facts, OnCall, Spell, price
from webapp.exports import ReportDocument, ScopeKind
from webapp.exports.comparing import Comparison, ComparisonError, compare
from webapp.exports.payroll import Codes, entries
from webapp.exports.reasons import CALLOUT_FEE, HOURLY_PAY, Cause
from webapp.exports.report_json import report_json_bytes
from webapp.pricing import select
from webapp.pricing.facts import Decision, EvidenceDecision, Holiday, SilentIncident, Span
from webapp.pricing.policy.form import BusinessHours
from webapp.pricing.report.lines import Period
from webapp.services.locate import read_policy

Json = dict[str, Any]
DAY_OFF = date(2026, 10, 20)
SHADOW = "shadow rotation, set down by mo@example.com: learning"
RATED = replace(RATELESS, id="PNEW001", name="New Engineer", hourly_rate=Decimal(30))
RISE = ((date.min, Decimal("31.35")), (date(2026, 10, 20), Decimal("33.00")))
LATE_HOURS = BusinessHours(time(12), time(20), frozenset({1, 2, 3, 4, 5}))
EARLIER = Period(date(2026, 9, 30), date(2026, 11, 1))


def record(document: ReportDocument) -> Json:
    """As it comes back from a file."""
    made: Json = json.loads(report_json_bytes(document))
    return made


def found(then: ReportDocument, now: ReportDocument) -> Comparison:
    return compare(record(then), [], record(now))


def causes(comparison: Comparison) -> set[Cause]:
    return {reason.cause for one in comparison.differences for reason in one.reasons}


def with_people(told: Facts, *changed: Any) -> Facts:
    new = {person.id: person for person in changed}
    return replace(told, people=tuple(new.get(person.id, person) for person in told.people))


def with_callouts(told: Facts, change: Callable[[Any], Any]) -> Facts:
    return replace(told, callouts=tuple(one for one in map(change, told.callouts) if one is not None))


def only(number: int, **changes: Any) -> Callable[[Any], Any]:
    return lambda one: replace(one, **changes) if one.incident.number == number else one


DECIDED = Decision(pay=False, reason="not an emergency", decided_by="Mo", decided_at=at(11, 1, 9))
TWO = (Span(at(10, 6, 22), at(10, 6, 23)), Span(at(10, 7, 3), at(10, 7, 4)))
BEN = EvidenceDecision("it was Ben Beispiel at {2026-10-06T22:00:00Z}", "he said so", "Mo", at(11, 1, 9))
RECORDED = replace(called_out(LONDON, 150, at(10, 16, 2), 30), evidence_decisions=(BEN,))
TOLD = facts()
LATER = (
    Spell(at(10, 6, 22), at(10, 6, 23, 15), "acknowledged by Ben"),
    Spell(at(10, 7, 3), at(10, 7, 4), "reopened"),
)

CHANGES: dict[str, tuple[Facts, Any, Cause, str]] = {
    "an override entered late": (
        replace(TOLD, on_call=(*TOLD.on_call, OnCall(LONDON.id, at(10, 9, 8), at(10, 11, 8), 1, "S1", "Platform"))),
        POLICY, Cause.ON_CALL, LONDON.id,
    ),
    "a shadow set down": (
        replace(
            TOLD,
            on_call=tuple(
                replace(one, unpaid=SHADOW if one.person_id == LONDON.id else "")
                for one in TOLD.on_call
            ),
        ),
        POLICY, Cause.SHADOW, LONDON.id,
    ),
    "an incident reopened": (
        with_callouts(TOLD, only(105, spells=LATER)), POLICY, Cause.REOPENED, BERLIN.id,
    ),
    "an incident resolved later": (
        with_callouts(TOLD, only(105, spells=(Spell(at(10, 6, 22), at(10, 7, 1), "acknowledged"),))),
        POLICY, Cause.TIMES, BERLIN.id,
    ),
    "a callout more": (
        replace(TOLD, callouts=(*TOLD.callouts, called_out(LONDON, 150, at(10, 16, 2), 30))),
        POLICY, Cause.NEW, LONDON.id,
    ),
    "a callout less": (
        with_callouts(TOLD, lambda one: None if one.incident.number == 105 else one), POLICY, Cause.GONE, BERLIN.id,
    ),
    "a decision": (with_callouts(TOLD, only(105, decision=DECIDED)), POLICY, Cause.DECISION, BERLIN.id),
    "somebody named": (
        with_callouts(TOLD, only(105, spells=LATER, evidence_decisions=(BEN,))), POLICY, Cause.DECISION, BERLIN.id,
    ),
    "work recorded": (replace(TOLD, callouts=(*TOLD.callouts, RECORDED)), POLICY, Cause.DECISION, LONDON.id),
    "a second stretch corrected": (
        with_callouts(TOLD, only(105, decision=replace(DECIDED, pay=None, times=TWO))),
        POLICY, Cause.DECISION, BERLIN.id,
    ),
    "on call or not when it came": (
        with_callouts(TOLD, only(105, on_call=False, levels=frozenset())), POLICY, Cause.JUDGED, BERLIN.id,
    ),
    "a holiday added": (
        replace(TOLD, holidays={**TOLD.holidays, "DE-BE": {DAY_OFF: Holiday("Tag der Probe")}}),
        POLICY, Cause.DAY, BERLIN.id,
    ),
    "a corrected rate": (
        with_people(TOLD, replace(LONDON, hourly_rate=Decimal("32.00"))), POLICY, Cause.RATE, LONDON.id,
    ),
    "a corrected holiday region": (
        with_people(TOLD, replace(LONDON, holiday_region="FR")), POLICY, Cause.SETTINGS, LONDON.id,
    ),
    "a rise entered late": (
        with_people(TOLD, replace(LONDON, numbers={"hourly rate": RISE})), POLICY, Cause.RATE, LONDON.id,
    ),
    "other working hours": (
        with_people(TOLD, replace(LONDON, business_hours=LATE_HOURS)), POLICY, Cause.SETTINGS, LONDON.id,
    ),
    "another fee": (TOLD, replace(POLICY, callout_fee=Decimal(50)), Cause.POLICY, ""),
    "another minimum": (TOLD, replace(POLICY, minimum_minutes=120), Cause.POLICY, ""),
    "a rate where there was none": (
        with_people(TOLD, replace(RATELESS, hourly_rate=Decimal(30))), POLICY, Cause.PRICED, RATELESS.id,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_with_its_reason_and_no_other_engineer_is(document: ReportDocument, name: str) -> None:
    told, policy, cause, engineer = CHANGES[name]
    now = document_of(told, policy)
    if policy != POLICY:
        now = replace(now, policy_words=("Other words.",), policy_label="Standard policy version 4")
    comparison = found(document, now)
    assert comparison.amount == now.report.total - document.report.total != 0
    assert all(cause in {reason.cause for reason in one.reasons} for one in comparison.differences)
    assert {Cause.UNKNOWN, Cause.DATA}.isdisjoint(causes(comparison))
    assert not engineer or {one.payee.id for one in comparison.differences} == {engineer}
    back = found(now, document)
    assert back.amount == -comparison.amount or back.not_comparable


def test_the_same_report_differs_in_nothing(document: ReportDocument) -> None:
    assert found(document, document_of(TOLD)) == Comparison((), (), 0)


def test_a_difference_says_old_new_and_both_rules(document: ReportDocument) -> None:
    told = replace(TOLD, holidays={**TOLD.holidays, "DE-BE": {DAY_OFF: Holiday("Tag der Probe")}})
    rows = {(one.date, one.component): one for one in found(document, document_of(told)).differences}
    one = rows[DAY_OFF, "stipend"]
    assert (one.then, one.now, one.amount) == (Decimal("20.00"), Decimal("50.00"), Decimal("30.00"))
    assert (one.rules_then, one.rules_now) == ("weekday stipend, level 1", "bank holiday stipend, level 1")
    assert one.words == "The date was a weekday then and is a bank holiday (Tag der Probe) now."


def test_time_that_was_still_to_come_is_no_override(document: ReportDocument) -> None:
    early = document_of(replace(TOLD, read_at=at(10, 20, 6), callouts=()))
    late = replace(document_of(replace(TOLD, callouts=())), read_at=document.read_at)
    assert causes(found(early, late)) == {Cause.NOT_OVER}


def test_an_engineer_of_another_team_is_told_apart(document: ReportDocument) -> None:
    without = document_of(replace(TOLD, people=TOLD.people[1:], on_call=(), callouts=()))
    assert document.scope_kind is ScopeKind.TEAM
    assert {one.reasons[0].cause for one in found(without, document).differences if one.payee.id == LONDON.id} == {
        Cause.ADDED
    }


def test_who_is_not_priced_now_is_not_compared_but_named(document: ReportDocument) -> None:
    told = with_people(TOLD, replace(LONDON, hourly_rate=None))
    comparison = found(document, document_of(told))
    assert [(payee.id, reason) for payee, reason in comparison.not_comparable] == [(LONDON.id, "no hourly rate")]
    assert comparison.differences == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda one: replace(one, subdomain="elsewhere"), "another PagerDuty account"),
        (lambda one: replace(one, region="mars"), "another PagerDuty account"),
        (lambda one: replace(one, report=replace(one.report, period=EARLIER)), "another period"),
        (lambda _: document_of(TOLD, replace(POLICY, currency="EUR")), "pays in GBP, the policy in force in EUR"),
        (lambda one: replace(one, left_out=("incidents",)), "without incidents now"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(
    document: ReportDocument, change: Callable[[ReportDocument], ReportDocument], sentence: str
) -> None:
    with pytest.raises(ComparisonError, match=sentence):
        found(document, change(document))


# Chains


def carrying(comparison: Comparison, earlier: Json, month: ReportDocument) -> Json:
    everybody = {one.payee.id for one in comparison.differences}
    return record(replace(month, adjustments=comparison.adjustments(earlier["id"], everybody)))


def test_what_was_adjusted_is_never_adjusted_again(document: ReportDocument) -> None:
    """September is amended in October and again in November; in the end it has paid what it should have."""
    first = record(document)
    once = document_of(CHANGES["an incident reopened"][0])
    october = carrying(compare(first, [], record(once)), first, document)
    assert compare(first, [october], record(once)) == Comparison((), (), 2)
    twice = document_of(with_people(CHANGES["an incident reopened"][0], replace(LONDON, hourly_rate=Decimal(40))))
    second = compare(first, [october], record(twice))
    assert second.amount == twice.report.total - once.report.total
    november = carrying(second, first, document)
    assert compare(first, [october, november], record(twice)).differences == ()
    paid = sum(Decimal(one["totals"]["to_pay"]) for one in (first, october, november))
    assert paid == document.report.total * 2 + twice.report.total


def test_what_turns_out_as_it_was_at_first_is_taken_back(document: ReportDocument) -> None:
    first = record(document)
    reopened = document_of(CHANGES["an incident reopened"][0])
    october = carrying(compare(first, [], record(reopened)), first, document)
    again = compare(first, [october], first)
    assert again.amount == document.report.total - reopened.report.total
    assert causes(again) == {Cause.ADJUSTED}


def test_adjustments_of_other_reports_do_not_count(document: ReportDocument) -> None:
    first = record(document)
    reopened = record(document_of(CHANGES["an incident reopened"][0]))
    other = carrying(compare(first, [], reopened), {**first, "id": "AAAA-AAAA-AAAA-AAAA"}, document)
    assert compare(first, [other], reopened) == compare(first, [], reopened)


def test_only_the_chosen_engineers_are_adjusted(document: ReportDocument) -> None:
    now = document_of(TOLD, replace(POLICY, callout_fee=Decimal(50)))
    comparison = found(document, replace(now, policy_words=("Other words.",)))
    assert {one.payee.id for one in comparison.adjustments("X", {BERLIN.id})} == {BERLIN.id}
    assert sum(one.amount for one in comparison.adjustments("X", {BERLIN.id, LONDON.id})) == comparison.amount


def test_a_month_later_the_lines_are_still_dated_where_they_belong(document: ReportDocument) -> None:
    reopened = document_of(CHANGES["an incident reopened"][0])
    dates = {one.date for one in found(document, reopened).adjustments("X", {BERLIN.id})}
    assert dates == {date(2026, 10, 7)}
    assert document.read_at - at(10, 7) > timedelta(days=20)


# Hours off in lieu


def in_lieu(told: Facts) -> ReportDocument:
    """The same facts, where a weekend on call earns two hours off and a weekday money."""
    policy, mistakes = read_policy(
        """
        name = "Money or hours off"
        currency = "GBP"
        rounding = "half up"
        holiday_region = "GB-ENG"

        [[day_types]]
        name = "weekend"
        weekdays = ["Sat", "Sun"]

        [[day_types]]
        name = "weekday"

        [[rules]]
        name = "Standby"
        pays = "on call"
        when = { day_type = "weekday" }
        grid = { owner = "end" }
        count = "days"
        price = "20"

        [[rules]]
        name = "Weekend standby"
        pays = "on call"
        when = { day_type = "weekend" }
        grid = { owner = "end" }
        count = "days"
        price = "2 h"
        book = { as = "time off" }
        """
    )
    assert policy is not None, mistakes
    return replace(document_of(told), report=select(price(told, policy), OCTOBER))


def test_hours_off_are_compared_apart_from_money() -> None:
    then, now = in_lieu(TOLD), in_lieu(CHANGES["an override entered late"][0])
    comparison = found(then, now)
    assert comparison.amount == now.report.total - then.report.total
    assert comparison.time_off == now.report.time_off - then.report.time_off == 2
    (one,) = comparison.adjustments("X", {LONDON.id})[-1:]
    assert (one.component, one.amount) == ("time off", 2)
    month = replace(then, adjustments=comparison.adjustments("X", {LONDON.id}))
    assert (month.adjusted, month.adjusted_time_off) == (comparison.amount, comparison.time_off)
    rows = entries(month, Codes())
    assert sum(entry.quantity for entry in rows if entry.unit == "hour off") == then.report.time_off + 2
    assert sum(entry.amount for entry in rows) == month.to_pay
    assert sum(entry.quantity for entry in entries(month, Codes(), together=True) if entry.unit == "hour off") == (
        then.report.time_off + 2
    )


# Changed rules of evidence


PAUSED = (
    Spell(at(10, 6, 22), at(10, 6, 22, 20), "snoozed"),
    Spell(at(10, 6, 23), at(10, 6, 23, 15), "acknowledged again"),
)
BY_RULE = "because a rule of evidence changed in version 0.2.0."


def of_version_0_1_0(document: ReportDocument, **changes: Any) -> Json:
    """The record of a file that does not say by which rules it was made."""
    made = record(replace(document, **changes))
    del made["read"]["rules"]
    return made


def paused(**changes: Any) -> Facts:
    return with_callouts(TOLD, only(105, spells=PAUSED, **changes))


def without(number: int) -> Facts:
    return with_callouts(TOLD, lambda one: None if one.incident.number == number else one)


def why(earlier: Json, today: Json) -> set[tuple[Cause, str]]:
    found = compare(earlier, [], today).differences
    assert found
    return {(reason.cause, reason.text) for one in found for reason in one.reasons}


def test_work_that_only_changed_rules_tell_otherwise_has_them_as_its_reason(document: ReportDocument) -> None:
    now = record(document_of(paused()))
    assert why(of_version_0_1_0(document), now) == {
        (Cause.RULE, f"Work on #105: 1:15 h then, 0:35 h in 2 spells now, {BY_RULE}")
    }
    assert {cause for cause, _ in why(record(document), now)} == {Cause.TIMES}


def test_who_is_or_is_no_longer_a_payee_by_changed_rules(document: ReportDocument) -> None:
    old, less = of_version_0_1_0(document), document_of(without(105))
    assert why(of_version_0_1_0(less), record(document)) == {
        (Cause.RULE, f"Work on #105: none then, 1:15 h now, {BY_RULE}")
    }
    assert why(old, record(less)) == {(Cause.RULE, f"Work on #105: 1:15 h then, none now, {BY_RULE}")}


def test_the_same_policy_in_other_words_is_the_same(document: ReportDocument) -> None:
    now = record(replace(document_of(paused()), policy_words=("The words of another program.",)))
    assert {cause for cause, _ in why(of_version_0_1_0(document), now)} == {Cause.RULE}


def test_the_same_work_that_is_paid_otherwise_lies_in_the_rules(document: ReportDocument) -> None:
    now = record(document_of(TOLD, replace(POLICY, callout_fee=Decimal(50))))
    reasons = why(of_version_0_1_0(document), now)
    assert reasons == {(Cause.RULE, f"The same work is paid otherwise, {BY_RULE}")}
    assert {cause for cause, _ in why(record(document), now)} == {Cause.UNKNOWN}


def test_an_own_rate_explains_only_what_is_paid_by_it(document: ReportDocument) -> None:
    rated = replace(LONDON, hourly_rate=Decimal(40))
    dearer = document_of(with_people(TOLD, rated), replace(POLICY, callout_fee=Decimal(60)))
    told = {
        one.component: {reason.cause for reason in one.reasons}
        for one in found(document, replace(dearer, policy_words=("Other rules.",))).differences
        if one.payee.id == LONDON.id
    }
    assert told["callout fee"] == {Cause.POLICY}
    assert told["hourly pay"] == {Cause.RATE}


SHORTER = replace(TOLD.on_call[1], end=at(10, 7, 6))
SINCE: dict[str, tuple[dict[str, Any], Facts, dict[str, Any], Cause]] = {
    # What the old file says otherwise; the facts of today; what today's report says otherwise; the reason.
    "it was resolved after the file was made": ({"read_at": at(10, 6, 23)}, paused(), {}, Cause.TIMES),
    "it was still open then": (
        {}, paused(incident=replace(TOLD.callouts[4].incident, resolved=at(11, 9))), {}, Cause.TIMES,
    ),
    "a manager decided since": ({}, paused(decision=DECIDED), {}, Cause.DECISION),
    "somebody said since who it was": ({}, paused(evidence_decisions=(NAMED,)), {}, Cause.DECISION),
    "a part was hidden then": ({"left_out": ("log entries",)}, paused(), {"left_out": ("log entries",)}, Cause.TIMES),
    "the policy is another one": (
        {}, paused(), {"policy_label": "Standard policy version 4", "policy_words": ("Other words.",)}, Cause.TIMES,
    ),
    "on call at another level": ({}, paused(levels=frozenset({2})), {}, Cause.ON_CALL),
    "on call for a shorter time": ({}, replace(paused(), on_call=(SHORTER, *TOLD.on_call[2:])), {}, Cause.TIMES),
}  # fmt: skip


@pytest.mark.parametrize("name", SINCE)
def test_what_else_has_changed_since_keeps_its_own_reason(document: ReportDocument, name: str) -> None:
    then, facts_now, now, cause = SINCE[name]
    today = record(replace(document_of(facts_now), **now))
    reasons = why(of_version_0_1_0(document, **then), today)
    assert {one for one, text in reasons if "#105" in text or one is Cause.RULE} == {cause, Cause.TIMES}


def test_a_stipend_never_lies_in_the_rules_of_callouts(document: ReportDocument) -> None:
    swapped = replace(
        TOLD, on_call=(*TOLD.on_call, OnCall(LONDON.id, at(10, 9, 8), at(10, 11, 8), 1, "S1", "Platform"))
    )
    found = compare(of_version_0_1_0(document), [], record(document_of(swapped))).differences
    stipends = [one for one in found if one.component == "stipend"]
    assert stipends
    assert {reason.cause for one in stipends for reason in one.reasons} == {Cause.ON_CALL}


LATE = called_out(RATED, 300, at(10, 16, 2), 30, on_call=False)


@pytest.mark.parametrize(
    ("scope", "is_known", "cause"),
    [
        (ScopeKind.ORGANISATION, True, Cause.RULE),  # the old file lists the incident as nobody's
        (ScopeKind.ORGANISATION, False, Cause.ADDED),  # nothing tells that it was the same then
        (ScopeKind.TEAM, True, Cause.ADDED),  # may have joined the team since, and be paid by another one's file
    ],
)
def test_somebody_who_had_nothing_then(scope: ScopeKind, *, is_known: bool, cause: Cause) -> None:
    """An engineer of whom the earlier file does not know, and who is paid today for one callout."""
    policy = replace(POLICY, pay_not_on_call=True)
    people = (*TOLD.people, RATED)
    silent = (SilentIncident(LATE.incident, "auto-resolved"),) if is_known else ()
    before = replace(TOLD, people=TOLD.people, silent=silent)
    after = replace(TOLD, people=people, callouts=(*TOLD.callouts, LATE), silent=())
    then, now = (replace(document_of(one, policy), scope_kind=scope) for one in (before, after))
    found = compare(of_version_0_1_0(then), [], record(now)).differences
    assert {one.payee.id for one in found} == {RATED.id}
    assert {reason.cause for one in found for reason in one.reasons} == {cause}
    gone = compare(of_version_0_1_0(now), [], record(then)).differences
    assert {reason.cause for one in gone for reason in one.reasons} == {cause if cause is Cause.RULE else Cause.REMOVED}


def test_a_file_of_a_newer_program_is_not_explained_by_what_it_knows(document: ReportDocument) -> None:
    newer = record(document)
    newer["read"]["rules"] = "9.0.0"
    assert {cause for cause, _ in why(newer, record(document_of(paused())))} == {Cause.TIMES}


def test_callouts_that_nobody_asked_for_have_neither_vanished_nor_appeared(document: ReportDocument) -> None:
    """One of the files was made by rules that pay no callout, without reading any incident."""
    free = replace(POLICY, hourly_rate=Decimal(0), callout_fee=Decimal(0))
    people = [replace(one, hourly_rate=None) for one in facts().people]
    told = replace(facts(), people=tuple(people), callouts=(), silent=(), joined=())
    unread = replace(document_of(told, free), incidents_read=False, policy_label="Standard policy version 2")
    check = {CALLOUT_FEE, HOURLY_PAY}
    for earlier, today, words in (
        (unread, document, "Incidents were not read for the earlier file: no rule paid them."),
        (document, unread, "Incidents are not read now: no rule pays them."),
    ):
        differences = [one for one in found(earlier, today).differences if one.component in check]
        assert differences
        assert {one.words for one in differences} == {words}
        assert {reason.cause for one in differences for reason in one.reasons} == {Cause.POLICY}
