"""A period that is not over yet says so: once, gravely, and with what is still to come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.spoken_facts import Facts, OnCall, Person, price
from webapp.pricing import select
from webapp.pricing.policy.form import Policy, Stipend
from webapp.pricing.report.lines import Gravity, Period
from webapp.services.periods import named_month
from webapp.services.unfinished import unfinished_warnings

NOVEMBER = named_month("2026-11")
POLICY = Policy(
    currency="GBP",
    levels={1: Stipend(Decimal(20), Decimal(35), Decimal(50))},
    callout_fee=Decimal(45),
    holiday_region="none",
)
ADA = Person("ADA", "Ada Example", None, "Europe/London")
HEMI = Person("HEMI", "Hemi Example", None, "Pacific/Auckland")
LAST_NIGHT = datetime(2026, 11, 30, 18, tzinfo=UTC)  # of London's November; in Auckland it is December already


def on_call(who: Person, start: datetime, hours: int) -> OnCall:
    return OnCall(who.id, start, start + timedelta(hours=hours), 1, "S1", "Primary")


def sentences(read_at: datetime, *rows: OnCall, period: Period = NOVEMBER, zone: str | None = None) -> list[str]:
    facts = Facts((ADA, HEMI), rows, (), read_at)
    warnings = list(unfinished_warnings(select(price(facts, replace(POLICY, pay_zone=zone)), period)))
    assert all(one.gravity is Gravity.PAY for one in warnings)
    return [one.sentence for one in warnings]


def test_time_that_is_still_to_come_is_told_with_its_hours() -> None:
    nights = (on_call(ADA, LAST_NIGHT - timedelta(days=1), 15), on_call(ADA, LAST_NIGHT, 15))
    assert sentences(LAST_NIGHT + timedelta(hours=2), *nights) == [
        "This period is not over yet for 1 engineer: 6:00 h on call are still to come. A later report pays more."
    ]


def test_what_a_date_earned_once_it_was_over_is_not_still_to_come() -> None:
    assert sentences(LAST_NIGHT + timedelta(hours=8), on_call(ADA, LAST_NIGHT, 15)) == []


def test_a_period_goes_by_the_zone_of_each_engineer() -> None:
    rows = (
        on_call(ADA, datetime(2026, 11, 10, 9, tzinfo=UTC), 24),
        on_call(HEMI, datetime(2026, 11, 9, tzinfo=UTC), 24),
    )
    assert sentences(LAST_NIGHT, *rows) == ["This period is not over yet for 1 engineer. A later report may pay more."]
    assert sentences(LAST_NIGHT - timedelta(days=1), *rows) == [
        "This period is not over yet for 2 engineers. A later report may pay more."
    ]
    assert sentences(LAST_NIGHT + timedelta(hours=6), *rows) == []


@pytest.mark.parametrize(("zone", "told"), [("Pacific/Auckland", False), ("Europe/London", True)])
def test_a_period_in_which_nobody_is_on_call_goes_by_the_pay_zone(zone: str, told: bool) -> None:  # noqa: FBT001
    expected = ["This period is not over yet. A later report may pay more."] if told else []
    assert sentences(LAST_NIGHT, zone=zone) == expected
    assert sentences(LAST_NIGHT, period=named_month("2027-01"), zone=zone) == [
        "This period is not over yet. A later report may pay more."
    ]
