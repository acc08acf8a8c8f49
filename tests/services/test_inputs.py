"""What a report is priced by, as one value: an update keeps what is tried out, a result stays with its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.exports import ScopeKind
from webapp.pd.request import Mode, Organisation, ReadRequest
from webapp.pd.result import Records
from webapp.pricing.policy.form import BusinessHours, EvidenceMode, Policy, Stipend
from webapp.pricing.report.lines import Period
from webapp.services import reporting
from webapp.services.engineer_facts import HOLIDAY_REGION, HOURLY_RATE, Change
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.people import PaySettings
from webapp.services.policies import UNSAVED, PolicyText, Rules, SavedPolicy
from webapp.services.policy_merge import Conflict
from webapp.services.reading_needs import ReportError
from webapp.services.reporting import Draft, Scope

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
SAVED_AT = datetime(2026, 11, 1, tzinfo=UTC)
FIRST = date(2026, 10, 1)
RULES = Policy(
    currency="GBP",
    levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
    hourly_rate=Decimal(30),
    holiday_region="GB-ENG",
)
ADA = PaySettings(user_id="PADA", name="Ada", email=None)


def version(number: int, rules: Rules) -> SavedPolicy:
    return SavedPolicy(number, "Standard policy", rules, None, "", SAVED_AT, "bo@example.com")


def saved(policy: Rules, *own: PaySettings, number: int = 1) -> SavedSettings:
    return SavedSettings((version(number, policy),), {one.user_id: one for one in own})


def inputs_of(policy: Rules, before: SavedSettings, *tried: PaySettings) -> ReportInputs:
    return ReportInputs(OCTOBER, policy, before, {**before.own, **{one.user_id: one for one in tried}})


def signed(settings: PaySettings) -> PaySettings:
    """As the database gives it back."""
    facts = {
        what: tuple(Change(one.since, one.value, SAVED_AT, "bo@example.com") for one in changes)
        for what, changes in settings.facts.items()
    }
    return replace(settings, facts=facts)


def test_what_nobody_touched_follows_what_is_saved(policy: Policy) -> None:
    other = replace(policy, callout_fee=Decimal(60))
    updated = inputs_of(policy, saved(policy, ADA)).taking_in(saved(other, ADA.changed(HOURLY_RATE, "40"), number=2))
    assert updated.policy == other
    assert updated.label == "Standard policy version 2"
    assert updated.own["PADA"].rate_on(FIRST) == 40


def test_a_field_that_is_tried_out_stays_and_every_other_follows(policy: Policy) -> None:
    tried = replace(policy, hourly_rate=Decimal(33))
    now = saved(replace(policy, callout_fee=Decimal(50)), number=2)
    updated = inputs_of(tried, saved(policy)).taking_in(now)
    assert updated.policy == replace(policy, hourly_rate=Decimal(33), callout_fee=Decimal(50))
    assert updated.label == UNSAVED
    assert updated.taking_in(saved(updated.policy, number=3)).label == "Standard policy version 3"


def test_a_field_that_both_changed_stays_as_it_is_tried_out_and_is_named(policy: Policy) -> None:
    inputs = inputs_of(replace(policy, callout_fee=Decimal(46)), saved(policy))
    now = saved(replace(policy, callout_fee=Decimal(50)), number=2)
    assert inputs.taking_in(now).policy == inputs.policy
    assert inputs.conflicts(now) == (Conflict("callout_fee", Decimal(46), Decimal(50)),)
    assert inputs.conflicts(saved(inputs.policy, number=2)) == ()


A_TEXT = PolicyText("a text")
EUROS = replace(RULES, currency="EUR", callout_fee=Decimal(60))
OTHER = replace(RULES, callout_fee=Decimal(50))


@pytest.mark.parametrize(
    ("before", "tried", "now"),
    [
        (RULES, A_TEXT, OTHER),
        (RULES, OTHER, A_TEXT),
        (A_TEXT, RULES, OTHER),
        (A_TEXT, PolicyText("another"), PolicyText("a third")),
        (RULES, OTHER, EUROS),
        (RULES, EUROS, OTHER),
    ],
)
def test_a_version_that_cannot_be_merged_waits_until_somebody_chooses(before: Rules, tried: Rules, now: Rules) -> None:
    was, is_now = saved(before, ADA), saved(now, ADA.changed(HOURLY_RATE, "40"), number=2)
    inputs = inputs_of(tried, was)
    updated = inputs.taking_in(is_now)
    assert (updated.policy, updated.saved.versions) == (tried, was.versions)
    assert updated.own["PADA"].rate_on(FIRST) == 40
    assert updated.is_apart_from(is_now)
    chosen = replace(updated, policy=now).taking_in(is_now)
    assert (chosen.policy, chosen.saved) == (now, is_now)


def test_a_version_that_is_saved_beside_settings_that_rest_on_none_waits_too() -> None:
    inputs = inputs_of(RULES, SavedSettings())
    assert inputs.is_apart_from(saved(OTHER))
    assert not inputs.is_apart_from(saved(RULES))


_AMOUNTS = st.sampled_from([Decimal(0), Decimal(10), Decimal(20)])
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "callout_fee": _AMOUNTS,
        "hourly_rate": st.none() | _AMOUNTS,
        "minimum_minutes": st.sampled_from([0, 30, 60]),
        "high_urgency_only": st.booleans(),
        "holiday_region": st.sampled_from([None, "GB-ENG", "none"]),
        "schedules_left_out": st.frozensets(st.sampled_from(["PS1", "PS2", "PS3"])),
        "levels": st.dictionaries(st.sampled_from([1, 2, 3]), st.builds(Stipend, _AMOUNTS, _AMOUNTS, _AMOUNTS)),
        "business_hours": st.builds(
            BusinessHours,
            st.sampled_from([time(8), time(12)]),
            st.sampled_from([time(10), time(18)]),
            st.frozensets(st.integers(1, 7), min_size=1),
        ).filter(lambda hours: hours.start < hours.end),
        "evidence": st.sampled_from(EvidenceMode),
    },
)


@given(_FIELDS, _FIELDS, _FIELDS)
def test_what_is_tried_out_stays_what_is_not_follows_and_conflicts_are_named(
    was: dict[str, Any], typed: dict[str, Any], saved_since: dict[str, Any]
) -> None:
    before = replace(RULES, **was)
    tried, now = replace(before, **typed), replace(before, **saved_since)
    inputs = inputs_of(tried, saved(before))
    merged = inputs.taking_in(saved(now, number=2)).policy
    assert isinstance(merged, Policy)
    conflicts = {one.field: one for one in inputs.conflicts(saved(now, number=2))}
    whole = {"levels", "business_hours", "schedules_left_out"}
    for name in (one.name for one in fields(Policy) if one.name not in whole):
        ours, base, theirs = (getattr(one, name) for one in (tried, before, now))
        assert getattr(merged, name) == (theirs if ours == base else ours)
        assert (name in conflicts) == (base != theirs != ours != base)
    for schedule in ("PS1", "PS2", "PS3"):
        ours, base, theirs = (schedule in one.schedules_left_out for one in (tried, before, now))
        assert (schedule in merged.schedules_left_out) == (theirs if ours == base else ours)
    for level in (1, 2, 3):
        rows = [one.levels.get(level) for one in (tried, before, now, merged)]
        for day in ("weekday", "weekend", "bank_holiday"):
            ours, base, theirs, made = (getattr(row, day, None) for row in rows)
            follows = made == (theirs if ours == base else ours)
            assert follows or (made == ours and f"level{level}_{day}" in conflicts)
    assert merged.business_hours.start < merged.business_hours.end


def test_values_that_are_tried_out_stay_beside_those_that_others_saved(policy: Policy) -> None:
    before = saved(policy, replace(ADA, payroll_number="1").changed(HOURLY_RATE, "30"))
    tried = before.own["PADA"].changed(HOLIDAY_REGION, "GB-SCT", FIRST)
    now = saved(policy, replace(ADA, payroll_number="2").changed(HOURLY_RATE, "40"))
    updated = inputs_of(policy, before, tried).taking_in(now)
    ada = updated.own["PADA"]
    assert (ada.payroll_number, ada.rate_on(FIRST), ada.region_on(FIRST)) == ("2", 40, "GB-SCT")
    assert not updated.is_saved


def test_a_value_that_both_changed_stays_as_it_is_tried_out_and_is_named() -> None:
    before = saved(RULES, ADA.changed(HOURLY_RATE, "30", FIRST))
    tried = replace(before.own["PADA"].changed(HOURLY_RATE, "41", FIRST), payroll_number="1")
    inputs = inputs_of(RULES, before, tried)
    now = saved(RULES, replace(ADA.changed(HOURLY_RATE, "40", FIRST), payroll_number="1"))
    assert inputs.taking_in(now).own["PADA"].rate_on(FIRST) == 41
    assert list(inputs.own_conflicts(now)) == [Conflict("Ada, hourly rate from 1 October 2026 on", "41", "40")]
    assert list(inputs.own_conflicts(before)) == []
    assert list(inputs_of(RULES, before).own_conflicts(now)) == []


def test_what_is_emptied_here_stays_empty(policy: Policy) -> None:
    before = saved(policy, ADA.changed(HOURLY_RATE, "30"))
    updated = inputs_of(policy, before, ADA.changed(HOURLY_RATE, "")).taking_in(before)
    assert updated.own["PADA"].rate_on(FIRST) is None
    assert not updated.is_saved
    assert updated.taking_in(saved(policy)).is_saved


_VALUES = st.dictionaries(
    st.sampled_from([HOURLY_RATE, HOLIDAY_REGION]),
    st.dictionaries(st.dates(date(2026, 9, 1), date(2026, 11, 30)), st.sampled_from(["", "10", "20"]), max_size=3),
)


def changed(settings: PaySettings, number: str, values: dict[str, dict[date, str]]) -> PaySettings:
    """As somebody types it in: values are added or replaced, and none is removed."""
    for what, steps in values.items():
        for since, value in steps.items():
            settings = settings.changed(what, value, since)
    return replace(settings, payroll_number=number)


@given(st.sampled_from(["", "1"]), _VALUES, st.sampled_from(["", "1", "2"]), _VALUES)
def test_whatever_is_tried_out_stays_until_it_is_saved(
    number: str, values: dict[str, dict[date, str]], typed_number: str, typed: dict[str, dict[date, str]]
) -> None:
    before = signed(changed(ADA, number, values))
    tried = changed(before, typed_number, typed)
    inputs = inputs_of(RULES, saved(RULES, before), tried)
    assert inputs.taking_in(inputs.saved).own["PADA"] == tried
    assert inputs.taking_in(saved(RULES, signed(tried))).is_saved


# A draft


@pytest.fixture
def draft(policy: Policy) -> Draft:
    request = ReadRequest(datetime(2026, 8, 1, tzinfo=UTC), SAVED_AT + timedelta(days=3), Organisation(), Mode.RESOLVED)
    records = Records(request, SAVED_AT, {}, (), {}, (), {}, {}, frozenset(), ())
    rules = replace(policy, evidence=EvidenceMode.RESOLVED)
    return Draft(
        scope=Scope(ScopeKind.ORGANISATION, "", "Organisation"),
        inputs=ReportInputs(OCTOBER, rules, saved(rules), {}, records),
        account_id=1,
        subdomain="acme",
        authority="Ada",
        sees_everything=True,
    )


def test_a_result_is_kept_only_beside_the_inputs_that_it_was_computed_from(
    draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies: Iterator[Policy] = iter([replace(draft.policy, callout_fee=Decimal(60))])  # type: ignore[type-var]
    price = reporting.price

    def price_while_somebody_edits(*given: Any, **named: Any) -> Any:
        for policy in policies:
            draft.change(policy=policy)
        return price(*given, **named)

    monkeypatch.setattr(reporting, "price", price_while_somebody_edits)
    before = draft.inputs
    first, second = draft.priced, draft.priced
    assert first.inputs is before
    assert second.inputs is draft.inputs
    assert second.inputs.policy.callout_fee == 60  # type: ignore[union-attr]  # of the form
    assert draft.priced is second


def test_the_same_settings_are_priced_once(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    first = draft.priced
    monkeypatch.setattr(reporting, "price", None)
    draft.take_in(saved(draft.policy))  # type: ignore[arg-type]  # of the form
    assert draft.priced is first


def test_what_needs_more_than_was_read_is_neither_tried_out_nor_taken_in(draft: Draft) -> None:
    before, other = draft.inputs, replace(draft.policy, evidence=EvidenceMode.ACKNOWLEDGED)  # type: ignore[type-var]
    with pytest.raises(ReportError, match="more must be read"):
        draft.change(policy=other)
    with pytest.raises(ReportError, match="more must be read"):
        draft.take_in(saved(other, number=2))
    assert draft.inputs is before


def test_a_rule_that_counts_over_more_days_than_were_read_is_not_tried_out(draft: Draft) -> None:
    text = """\
name = "Capped"
currency = "GBP"
pay_zone = "Europe/London"
rounding = "half up"

[[rules]]
name = "Duty"
pays = "on call"
price = "1.00"
shape = [{{ cap_pay = "500.00", each = "{each}" }}]
"""
    a_month, a_year = (PolicyText(text.format(each=each), EvidenceMode.RESOLVED) for each in ("month", "year"))
    draft.change(policy=a_month)
    with pytest.raises(ReportError, match="counts over more days than were read"):
        draft.change(policy=a_year)
    assert draft.policy == a_month


def test_nothing_is_tried_out_before_everything_is_read(draft: Draft) -> None:
    """What is read depends on the policy: another one might need more."""
    draft.inputs = replace(draft.inputs, records=None)
    with pytest.raises(ReportError, match="still being read"):
        draft.change(policy=draft.policy)
