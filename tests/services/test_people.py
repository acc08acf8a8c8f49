"""What is kept of engineers: payroll numbers, and values from a date on, per PagerDuty account."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from sqlalchemy.orm import Session

from webapp.pricing.facts import BusinessHours
from webapp.services.engineer_facts import GRADE, HOLIDAY_REGION, HOURLY_RATE, WORKING_HOURS, Change
from webapp.services.people import PaySettings, correct_value, pay_settings, save_pay_settings

MAX = "max@example.com"
JULY = date(2026, 7, 1)
BEN = PaySettings(user_id="PBEN002", name="Ben Example", email=None).changed(HOURLY_RATE, "0")
ADA = (
    PaySettings(user_id="PADA001", name="Ada Example", email="ada@example.com", payroll_number="0042")
    .changed(HOURLY_RATE, "31.3500")
    .changed(HOURLY_RATE, "33.00", JULY)
    .changed(HOLIDAY_REGION, "GB-SCT")
    .changed(WORKING_HOURS, "Mon-Tue, Thu 08:30-16:00")
)


def test_settings_come_back_as_they_were_saved(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA, BEN], MAX)
    assert pay_settings(session, "acme") == {"PADA001": ADA, "PBEN002": BEN}


def test_each_day_has_the_value_that_was_in_force(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA], MAX)
    ada = pay_settings(session, "acme")["PADA001"]
    assert ada.rate_on(date(2026, 6, 30)) == Decimal("31.35")
    assert ada.rate_on(JULY) == Decimal(33)
    assert ada.hours_on(JULY) == BusinessHours(time(8, 30), time(16), frozenset({1, 2, 4}))
    assert ada.on(GRADE, JULY) is None


def test_from_a_date_on_a_value_can_be_the_policys_again(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA.changed(HOLIDAY_REGION, "", JULY)], MAX)
    ada = pay_settings(session, "acme")["PADA001"]
    assert ada.region_on(date(2026, 6, 30)) == "GB-SCT"
    assert ada.region_on(JULY) is None


def test_settings_belong_to_one_pagerduty_account(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA], MAX)
    assert pay_settings(session, "other") == {}
    save_pay_settings(session, "other", [BEN], MAX)
    assert pay_settings(session, "acme") == {"PADA001": ADA}


def test_somebody_without_any_is_not_kept(session: Session) -> None:
    save_pay_settings(session, "acme", [BEN, PaySettings(user_id="PCY", name="Cy", email=None)], MAX)
    emptied = pay_settings(session, "acme")["PBEN002"].changed(HOURLY_RATE, "")
    assert emptied.is_empty
    save_pay_settings(session, "acme", [emptied], MAX)
    assert pay_settings(session, "acme") == {}


def test_a_rate_of_zero_is_a_rate(session: Session) -> None:
    assert not BEN.is_empty
    save_pay_settings(session, "acme", [BEN], MAX)
    assert pay_settings(session, "acme")["PBEN002"].rate_on(JULY) == Decimal(0)


def test_what_somebody_else_saved_meanwhile_is_not_lost(session: Session) -> None:
    save_pay_settings(session, "acme", [BEN], MAX)
    seen = pay_settings(session, "acme")["PBEN002"]
    save_pay_settings(session, "acme", [seen.changed(HOURLY_RATE, "40", JULY)], "eva@example.com")
    save_pay_settings(session, "acme", [seen.changed(GRADE, "B")], MAX)
    ben = pay_settings(session, "acme")["PBEN002"]
    assert [(one.since, one.value, one.saved_by) for one in ben.facts[HOURLY_RATE]] == [
        (date.min, "0", MAX),
        (JULY, "40", "eva@example.com"),
    ]
    assert ben.on(GRADE, JULY) == "B"


def test_a_value_keeps_who_typed_it_in(session: Session) -> None:
    save_pay_settings(session, "acme", [BEN], MAX)
    save_pay_settings(session, "acme", [BEN], "eva@example.com")
    assert pay_settings(session, "acme")["PBEN002"].facts[HOURLY_RATE][0].saved_by == MAX


def test_a_value_is_corrected_moved_or_removed(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA], MAX)
    june = date(2026, 6, 1)

    def correct(since: date, change: Change | None) -> bool:
        return correct_value(session, "acme", "PADA001", HOURLY_RATE, since, change=change, saved_by=MAX)

    def rates() -> list[tuple[date, str]]:
        return [(one.since, one.value) for one in pay_settings(session, "acme")["PADA001"].facts[HOURLY_RATE]]

    assert correct(JULY, Change(june, "34"))
    assert rates() == [(date.min, "31.3500"), (june, "34")]
    assert correct(date.min, Change(date.min, "30"))
    assert rates() == [(date.min, "30"), (june, "34")]
    assert correct(june, None)
    assert rates() == [(date.min, "30")]
    assert not correct(june, None)
