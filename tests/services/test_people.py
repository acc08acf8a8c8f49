"""What is kept of engineers: own pay settings and decisions, per PagerDuty account."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

from sqlalchemy.orm import Session

from webapp.pricing.facts import BusinessHours
from webapp.services.people import PaySettings, decide, decisions, pay_settings, save_pay_settings, undecide

ADA = PaySettings(
    user_id="PADA001",
    name="Ada Example",
    email="ada@example.com",
    payroll_number="0042",
    hourly_rate=Decimal("31.3500"),
    holiday_region="GB-SCT",
    business_hours=BusinessHours(time(8, 30), time(16), frozenset({1, 2, 4})),
)
BEN = PaySettings(user_id="PBEN002", name="Ben Example", email=None, hourly_rate=Decimal(0))


def test_settings_come_back_as_they_were_saved(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA, BEN])
    assert pay_settings(session, "acme") == {"PADA001": ADA, "PBEN002": BEN}


def test_settings_belong_to_one_pagerduty_account(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA])
    assert pay_settings(session, "other") == {}
    save_pay_settings(session, "other", [PaySettings(user_id="PADA001", name="Ada", email=None)])
    assert pay_settings(session, "acme") == {"PADA001": ADA}


def test_saving_some_leaves_the_others_and_empty_settings_are_not_kept(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA, BEN])
    emptied = PaySettings(user_id="PADA001", name="Ada Example", email=None)
    assert emptied.is_empty
    save_pay_settings(session, "acme", [emptied])
    assert pay_settings(session, "acme") == {"PBEN002": BEN}


def test_a_rate_of_zero_is_a_rate(session: Session) -> None:
    assert not BEN.is_empty
    save_pay_settings(session, "acme", [BEN])
    assert pay_settings(session, "acme")["PBEN002"].hourly_rate == Decimal(0)


def test_the_last_decision_on_a_callout_stands(session: Session) -> None:
    times = (datetime(2026, 10, 3, 1, tzinfo=UTC), datetime(2026, 10, 3, 2, 30, tzinfo=UTC))
    callout = {"incident_id": "Q1", "user_id": "PADA001"}
    decide(session, "acme", **callout, pay=False, reason="A test", decided_by="ada@example.com")
    decide(session, "acme", **callout, pay=True, reason="Phoned", decided_by="eva@example.com", corrected=times)
    (found,) = decisions(session, "acme").values()
    assert (found.pay, found.reason, found.decided_by) == (True, "Phoned", "eva@example.com")
    assert (found.start, found.end) == times
    assert decisions(session, "other") == {}
    undecide(session, "acme", **callout)
    undecide(session, "acme", **callout)
    assert decisions(session, "acme") == {}
