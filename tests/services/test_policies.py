"""The instance's policy: what is stored is what was saved, and each change is a version."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.spoken_facts import Facts, OnCall, Person, price
from webapp import clock
from webapp.models import Database, PolicyVersion
from webapp.pricing import select as select_period
from webapp.pricing.policy.form import BusinessHours, EvidenceMode, Policy, Stipend, StipendDate, SubstituteDays
from webapp.pricing.report.lines import Period
from webapp.services.policies import (
    NotInForce,
    PolicyText,
    SavedPolicy,
    TextError,
    basis_of,
    check,
    current_policy,
    document_between,
    in_force,
    in_force_between,
    save_policy,
    saved_policies,
    saved_policy,
    timetable,
)
from webapp.services.policy_settings import from_settings, minor_digits, to_settings

ADA = "ada@example.com"
JULY, AUGUST, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (7, 8, 10, 11))

amounts = some.decimals(0, 1_000_000, places=2)
minutes = some.builds(time, some.integers(0, 23), some.integers(0, 59))
policies = some.sampled_from(["GBP", "EUR", "JPY", "KWD"]).flatmap(
    lambda currency: some.builds(
        Policy,
        currency=some.just(currency),
        minor_digits=some.just(minor_digits(currency)),
        levels=some.dictionaries(some.integers(1, 3), some.builds(Stipend, amounts, amounts, amounts)),
        schedules_left_out=some.frozensets(some.from_regex(r"P[A-Z0-9]{6}", fullmatch=True), max_size=3),
        callout_fee=amounts,
        fee_for_each_callout=some.booleans(),
        fees_a_day=some.none() | some.integers(1, 99),
        hourly_rate=some.none() | some.decimals(0, 1_000_000, places=4),
        minimum_minutes=some.integers(0, 1440),
        business_hours=some.builds(BusinessHours, minutes, minutes, some.frozensets(some.integers(1, 7))),
        stipend_in_business_hours=some.booleans(),
        stipend_date=some.sampled_from(StipendDate),
        stipend_hours=some.decimals(0, 24, places=2),
        shortest_piece_hours=some.decimals(0, 24, places=2),
        holiday_region=some.none() | some.sampled_from(["GB-ENG", "none"]),
        substitute_days=some.sampled_from(SubstituteDays),
        pay_zone=some.none() | some.just("Europe/London"),
        evidence=some.sampled_from(EvidenceMode),
        high_urgency_only=some.booleans(),
        pay_not_on_call=some.booleans(),
        callouts_at_paid_levels_only=some.booleans(),
    )
)


@given(policies)
def test_a_policy_comes_back_from_the_database_as_it_was(policy: Policy) -> None:
    assert from_settings(json.loads(json.dumps(to_settings(policy)))) == policy


def test_every_change_is_the_next_version_and_an_equal_policy_is_none(session: Session, policy: Policy) -> None:
    assert current_policy(session, OCTOBER) is None
    first = save_policy(session, policy, "ada@example.com")
    again = save_policy(session, replace(policy, callout_fee=Decimal("45.00")), "eva@example.com")
    dearer = replace(policy, callout_fee=Decimal(50))
    second = save_policy(session, dearer, "eva@example.com")
    assert [first.version, again.version, second.version] == [1, 1, 2]
    assert current_policy(session, OCTOBER) == second
    assert second.saved_by == "eva@example.com"
    versions = saved_policies(session)
    assert basis_of(versions, dearer, JULY, AUGUST).label == "Standard policy version 2"
    assert basis_of(versions, policy, JULY, AUGUST).label == "unsaved settings"


def test_two_who_save_in_the_same_moment_make_two_versions(
    database: Database, session: Session, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    dearer = replace(policy, callout_fee=Decimal(50))
    present, saves = clock.now, iter([dearer])

    def now() -> datetime:
        for other in saves:  # once, while the first save is under way
            with database.session() as theirs:
                save_policy(theirs, other, "eva@example.com")
        return present()

    monkeypatch.setattr(clock, "now", now)
    assert save_policy(session, policy, "ada@example.com").version == 2
    assert [row.saved_by for row in session.scalars(select(PolicyVersion).order_by(PolicyVersion.version))] == [
        "eva@example.com",
        "ada@example.com",
    ]


# Effective dates


def text(amount: str, currency: str = "GBP", **more: str) -> PolicyText:
    """A policy that pays so much a day."""
    said = "".join(f'{name} = "{value}"\n' for name, value in more.items())
    return PolicyText(
        f'name = "Flat"\ncurrency = "{currency}"\nrounding = "half up"\n{said}'
        f'[[rules]]\nname = "Stipend"\npays = "on call"\ncount = "days"\nprice = "{amount}"\n'
    )


def save(session: Session, amount: str, effective: date | None = None, currency: str = "GBP") -> SavedPolicy:
    return save_policy(session, text(amount, currency), ADA, effective=effective)


def amounts_of(session: Session, first: date, after: date) -> list[tuple[str, str]]:
    """What the document for a period pays a day, by the version that it calls itself."""
    document = document_between(saved_policies(session), first, after)
    return [(one.version, str(one.rules[0].price.amount)) for one in (document, *document.later)]


def test_a_text_comes_back_as_it_was_saved(session: Session) -> None:
    rules = replace(text("50"), evidence=EvidenceMode.RESOLVED, longest_lead_minutes=5)
    saved = save_policy(session, rules, ADA, effective=JULY, note="As agreed on 3 June")
    found = saved_policy(session, saved.version)
    assert found == saved
    assert (saved.rules, saved.label, saved.note, saved.form) == (
        rules, "Flat version 1", "As agreed on 3 June", None,
    )  # fmt: skip
    assert saved_policy(session, 2) is None


def test_in_force_is_the_latest_date_not_after_and_of_these_the_newest(session: Session) -> None:
    for amount, effective in (("1", None), ("2", OCTOBER), ("3", JULY), ("4", JULY)):
        save(session, amount, effective)
    versions = saved_policies(session)
    assert [(saved.effective, saved.version) for saved in timetable(versions)] == [(None, 1), (JULY, 4), (OCTOBER, 2)]
    days = (date(2026, 6, 30), JULY, date(2026, 9, 30), OCTOBER)
    assert [found.version for day in days if (found := in_force(versions, day))] == [1, 4, 4, 2]
    assert [saved.version for saved in in_force_between(versions, JULY, OCTOBER)] == [4]
    assert [saved.version for saved in in_force_between(versions, JULY, NOVEMBER)] == [4, 2]


def test_the_day_decides_which_version_is_in_force(session: Session) -> None:
    save(session, "1")
    save(session, "2", OCTOBER)
    current = current_policy(session, date(2026, 9, 30))
    assert current
    assert current.version == 1
    later = current_policy(session, OCTOBER)
    assert later
    assert later.version == 2


def test_a_period_is_priced_by_the_versions_in_force_in_it_and_before(session: Session) -> None:
    for amount, effective in (("1", None), ("2", JULY), ("3", AUGUST), ("4", OCTOBER)):
        save(session, amount, effective)
    assert amounts_of(session, AUGUST, OCTOBER) == [("2026-07-01", "2"), ("2026-08-01", "3")]
    assert amounts_of(session, date(2026, 9, 15), NOVEMBER) == [("2026-08-01", "3"), ("2026-10-01", "4")]
    assert amounts_of(session, date(2025, 1, 1), date(2025, 2, 1)) == [("", "1")]


def test_versions_within_a_text_hold_until_the_next_saved_version(session: Session) -> None:
    inside = '[[versions]]\neffective = "{}"\n[[versions.rules]]\nname = "Stipend"\npays = "on call"\nprice = "{}"\n'
    long = text("1").text + inside.format(AUGUST, "2") + inside.format(NOVEMBER, "9")
    save_policy(session, PolicyText(long), ADA)
    assert amounts_of(session, JULY, date(2027, 1, 1)) == [("", "1"), ("2026-08-01", "2"), ("2026-11-01", "9")]
    save(session, "3", OCTOBER)
    assert amounts_of(session, JULY, date(2027, 1, 1)) == [("", "1"), ("2026-08-01", "2"), ("2026-10-01", "3")]
    assert amounts_of(session, OCTOBER, NOVEMBER) == [("", "1"), ("2026-08-01", "2"), ("2026-10-01", "3")]


def test_without_a_policy_from_the_first_day_of_a_period_nothing_is_priced(session: Session) -> None:
    with pytest.raises(NotInForce, match="None is saved yet"):
        amounts_of(session, JULY, AUGUST)
    save(session, "1", AUGUST)
    with pytest.raises(NotInForce, match=r"No pay policy is in force on 2026-07-01\. The first begins on 2026-08-01"):
        amounts_of(session, JULY, OCTOBER)
    assert amounts_of(session, AUGUST, OCTOBER) == [("2026-08-01", "1")]


@pytest.mark.parametrize(
    ("zone", "later"),
    [
        ("Europe/London", "America/New_York"),
        ("America/New_York", "Europe/London"),
        ("Pacific/Kiritimati", "Etc/GMT+12"),
        ("Etc/GMT+12", "Pacific/Kiritimati"),
        ("engineer", "Etc/GMT+12"),
        ("Europe/London", "schedule"),
        ("schedule", "Europe/London"),
    ],
)
@pytest.mark.parametrize("begins", [date(2026, 7, 31), AUGUST, date(2026, 8, 2)])
def test_months_pay_each_hour_once_where_a_saved_version_changes_the_zone(
    session: Session, zone: str, later: str, begins: date
) -> None:
    for effective, own in ((None, zone), (begins, later)):
        rule = '[[rules]]\nname = "standby"\npays = "on call"\ncount = "hours"\nprice = "1.00"\n'
        said = f'name = "Zones"\ncurrency = "GBP"\nrounding = "half up"\npay_zone = "{own}"\n{rule}'
        save_policy(session, PolicyText(said), ADA, effective=effective)
    start, end = (datetime(2026, month, day, tzinfo=UTC) for month, day in ((7, 29), (8, 4)))
    row = OnCall("ada", start, end, 1, "PSA", "Auckland", "Pacific/Auckland")
    facts = Facts((Person("ada", "Ada", None, "Asia/Tokyo"),), (row,), (), datetime(2026, 12, 1, tzinfo=UTC))
    months = [Period(JULY, AUGUST), Period(AUGUST, date(2026, 9, 1))]
    totals = [
        select_period(price(facts, document_between(saved_policies(session), one.first, one.after)), one).total
        for one in months
    ]
    assert sum(totals) == Decimal(6 * 24)


def test_a_period_has_one_currency(session: Session) -> None:
    save(session, "1")
    save(session, "2", AUGUST, "EUR")
    with pytest.raises(NotInForce, match="currency changes on 2026-08-01"):
        amounts_of(session, JULY, OCTOBER)
    assert amounts_of(session, JULY, AUGUST) == [("", "1")]
    assert amounts_of(session, AUGUST, OCTOBER) == [("2026-08-01", "2")]


def test_what_is_in_force_already_is_not_saved_again(session: Session) -> None:
    save(session, "1")
    assert save(session, "1", JULY).version == 1
    save(session, "2", AUGUST)
    again = save(session, "1", OCTOBER)
    assert (again.version, again.effective) == (3, OCTOBER)


def test_a_wrong_text_is_not_saved_and_every_mistake_has_its_line(session: Session) -> None:
    wrong = text("50").text.replace('"half up"', '"half-up"').replace("on call", "on cal")
    with pytest.raises(TextError) as refused:
        save_policy(session, PolicyText(wrong), ADA)
    assert [(found.line, found.path) for found in refused.value.mistakes] == [(3, "rounding"), (6, "rules[0].pays")]
    assert saved_policies(session) == []


def test_the_date_within_a_text_counts_and_may_not_differ_from_the_pages(session: Session) -> None:
    dated = text("50", effective="2026-07-01")
    assert save_policy(session, dated, ADA).effective == JULY
    with pytest.raises(TextError) as refused:
        save_policy(session, dated, ADA, effective=AUGUST)
    assert [(found.line, found.path) for found in refused.value.mistakes] == [(4, "effective")]


# What a report is priced by


def test_one_version_of_the_form_is_priced_as_the_form(session: Session, policy: Policy) -> None:
    save_policy(session, policy, ADA)
    basis = basis_of(saved_policies(session), policy, JULY, AUGUST)
    assert (basis.form, basis.label, basis.is_saved) == (policy, "Standard policy version 1", True)


def test_a_period_across_a_change_names_both_versions(session: Session, policy: Policy) -> None:
    save_policy(session, policy, ADA)
    dearer = replace(policy, callout_fee=Decimal(50))
    save_policy(session, dearer, ADA, effective=date(2026, 7, 15))
    basis = basis_of(saved_policies(session), dearer, JULY, AUGUST)
    assert basis.label == "Standard policy versions 1 and 2"
    assert basis.form is None
    assert [one.version for one in (basis.document, *basis.document.later)] == ["", "2026-07-15"]
    words = basis.words({})
    assert words[0] == "From the first day, Standard policy version 1:"
    assert "From 15 July 2026, Standard policy version 2:" in words
    save_policy(session, text("5"), ADA, effective=date(2026, 7, 20))
    three = basis_of(saved_policies(session), text("5"), JULY, AUGUST)
    assert three.label == "Standard policy version 1, Standard policy version 2, Flat version 3"


def test_what_is_tried_out_stands_in_for_the_version_at_the_end_of_the_period(session: Session) -> None:
    save(session, "1")
    save(session, "2", date(2026, 7, 15))
    basis = basis_of(saved_policies(session), text("9"), JULY, AUGUST)
    assert basis.label == "unsaved settings"
    amounts = [str(one.rules[0].price.amount) for one in (basis.document, *basis.document.later)]
    assert amounts == ["1", "9"]


def test_a_text_with_a_date_of_its_own_that_is_tried_out_is_in_force_from_then_on(session: Session) -> None:
    save(session, "1")
    basis = basis_of(saved_policies(session), text("9", effective="2026-06-01"), JULY, AUGUST)
    assert basis.document.effective == date(2026, 6, 1)
    with pytest.raises(NotInForce, match=r"not in force on 2026-07-01\. It says that it begins on 2026-07-02"):
        basis_of(saved_policies(session), text("9", effective="2026-07-02"), JULY, AUGUST)


def test_before_anything_is_saved_what_is_tried_out_holds_always() -> None:
    basis = basis_of([], text("9"), JULY, AUGUST)
    assert (basis.label, basis.document.version, basis.stretches) == ("unsaved settings", "", ())


@pytest.mark.parametrize("name", ["x" * 201, "a\\u0000b"])
def test_a_name_that_no_database_keeps_is_refused_at_its_line(name: str) -> None:
    text = f'name = "{name}"\ncurrency = "GBP"\nrounding = "half up"\npay_zone = "Europe/London"\n' + RULE
    with pytest.raises(TextError, match="cannot be saved") as refusal:
        check(text)
    assert [one.line for one in refusal.value.mistakes] == [1]


RULE = '[[rules]]\nname = "Duty"\npays = "on call"\nprice = "1.00"\n'
