"""What was saved since is told for every day that decides about a report's pay, not for those of its period alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.services.test_inputs import ADA, SAVED_AT, version
from webapp.pd.records import OnCallRow, UserRecord
from webapp.pd.request import Mode, Organisation, ReadRequest
from webapp.pd.result import Records
from webapp.pricing.report.lines import Period
from webapp.services.engineer_facts import HOURLY_RATE, Change
from webapp.services.input_parts import saved_changes
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.people import NumberChange
from webapp.services.policies import PolicyText

LAST_WEEK = Period(date(2026, 10, 26), date(2026, 11, 1))
CAPPED = """\
name = "Capped"
currency = "GBP"
pay_zone = "Europe/London"
rounding = "half up"

[[rules]]
name = "Duty"
pays = "on call"
price = {{ of = "hourly rate" }}
{cap}
"""
ROUND_THE_CLOCK = OnCallRow(ADA.user_id, ADA.name, "PE1", "Policy", 1, "PS1", "Schedule", None, None)
A_MONTH = 'shape = [{ cap_pay = "500.00", each = "month" }]'


def records() -> Records:
    request = ReadRequest(
        datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), Organisation(), Mode.ON_CALL
    )
    return Records(
        request=request,
        read_at=SAVED_AT,
        users={ADA.user_id: UserRecord(ADA.user_id, ADA.name)},
        on_call=(),
        incidents={},
        log_entries=(),
        schedules={},
        policies={},
        unseen_incident_ids=frozenset(),
        tallies=(),
    )


@pytest.mark.parametrize(("cap", "told"), [("", []), (A_MONTH, ["Ada: hourly rate £40.00 from 12 October 2026 on"])])
def test_a_rate_of_a_day_before_the_period_is_told_where_a_rule_counts_that_day(cap: str, told: list[str]) -> None:
    rules = PolicyText(CAPPED.format(cap=cap))
    week = (Change(date(2026, 10, 19), "45"),)
    before = SavedSettings((version(1, rules),), {ADA.user_id: replace(ADA, facts={HOURLY_RATE: week})})
    raised = replace(ADA, facts={HOURLY_RATE: (Change(date(2026, 10, 12), "40"), *week)})

    changes = saved_changes(
        ReportInputs(LAST_WEEK, rules, before, before.own, records()), replace(before, own={ADA.user_id: raised})
    )

    assert told == [one.words for one in changes]


@pytest.mark.parametrize(
    ("is_on_call", "is_forgotten", "told"),
    [
        (True, False, ["Ada: payroll number removed"]),
        (True, True, ["Ada: payroll number removed, with all that was saved of them"]),
        (False, False, []),
    ],
)
def test_a_payroll_number_is_told_where_its_engineer_can_be_paid(
    is_on_call: object, is_forgotten: object, told: list[str]
) -> None:
    before = SavedSettings(
        (version(1, PolicyText(CAPPED.format(cap=""))),), {ADA.user_id: replace(ADA, payroll_number="7")}
    )
    gone = replace(ADA, payroll_number="", number_changes=(NumberChange("7"), NumberChange("")))
    read = replace(records(), on_call=(ROUND_THE_CLOCK,) if is_on_call else ())
    changes = saved_changes(
        ReportInputs(LAST_WEEK, PolicyText(CAPPED.format(cap="")), before, before.own, read),
        replace(before, own={} if is_forgotten else {ADA.user_id: gone}),
    )
    assert [one.words for one in changes] == told
