"""What is kept of engineers: payroll numbers, and values from a date on, per PagerDuty account."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from webapp.models import Database, EngineerSettings
from webapp.services import people
from webapp.services.engineer_facts import GRADE, HOLIDAY_REGION, HOURLY_RATE, WORKING_HOURS, Change
from webapp.services.people import (
    NumberTaken,
    PaySettings,
    correct_value,
    forget_engineer,
    pay_settings,
    save_pay_settings,
)

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
    assert ada.on(WORKING_HOURS, JULY) == "Mon-Tue, Thu 08:30-16:00"
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


def test_somebody_who_never_had_a_value_is_not_kept(session: Session) -> None:
    save_pay_settings(session, "acme", [BEN, PaySettings(user_id="PCY", name="Cy", email=None)], MAX)
    assert set(pay_settings(session, "acme")) == {"PBEN002"}


def test_whoever_had_a_value_stays_known_until_forgotten(session: Session) -> None:
    save_pay_settings(session, "acme", [BEN], MAX)
    assert not forget_engineer(session, "acme", "PBEN002")
    emptied = pay_settings(session, "acme")["PBEN002"].changed(HOURLY_RATE, "")
    assert emptied.is_empty
    save_pay_settings(session, "acme", [emptied], MAX)
    assert pay_settings(session, "acme") == {"PBEN002": PaySettings(user_id="PBEN002", name="Ben Example", email=None)}
    assert forget_engineer(session, "acme", "PBEN002")
    assert pay_settings(session, "acme") == {}
    assert not forget_engineer(session, "acme", "PBEN002")


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


# Payroll numbers


def numbers(session: Session) -> dict[str, str]:
    return {one.name: one.payroll_number for one in pay_settings(session, "acme").values()}


def test_a_number_keeps_who_gave_it_and_which_it_was_before(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA], MAX)
    ada = pay_settings(session, "acme")["PADA001"]
    save_pay_settings(session, "acme", [replace(ada, payroll_number="0043")], "eva@example.com")
    save_pay_settings(session, "acme", [replace(ada, payroll_number="")], MAX)
    ada = pay_settings(session, "acme")["PADA001"]
    assert [(one.value, one.saved_by, one.saved_at is not None) for one in ada.number_changes] == [
        ("0042", MAX, True),
        ("0043", "eva@example.com", True),
        ("", MAX, True),
    ]


def test_whoever_saves_a_rate_leaves_a_number_that_somebody_else_saved_meanwhile(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA], MAX)
    seen = pay_settings(session, "acme")["PADA001"]
    save_pay_settings(session, "acme", [replace(seen, payroll_number="0043")], "eva@example.com")
    save_pay_settings(session, "acme", [seen.changed(GRADE, "B")], MAX)
    assert numbers(session) == {"Ada Example": "0043"}


@pytest.mark.parametrize("typed", ["0042x", "0042X", " 0042X "])
def test_a_number_of_somebody_else_is_refused_by_name(session: Session, typed: str) -> None:
    save_pay_settings(session, "acme", [replace(ADA, payroll_number="0042X"), BEN], MAX)
    ben = pay_settings(session, "acme")["PBEN002"]
    with pytest.raises(NumberTaken, match="Write another one") as refusal:
        save_pay_settings(session, "acme", [replace(ben, payroll_number=typed).changed(GRADE, "B")], MAX)
    assert "Ada Example's" in str(refusal.value)
    assert pay_settings(session, "acme")["PBEN002"] == BEN


def test_the_same_number_in_another_account_and_with_other_zeros_is_another(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA, replace(BEN, payroll_number="42")], MAX)
    save_pay_settings(session, "other", [replace(BEN, payroll_number="0042")], MAX)
    assert numbers(session) == {"Ada Example": "0042", "Ben Example": "42"}


def test_two_engineers_swap_their_numbers(session: Session) -> None:
    save_pay_settings(session, "acme", [ADA, replace(BEN, payroll_number="7")], MAX)
    own = pay_settings(session, "acme")
    swapped = [replace(own["PADA001"], payroll_number="7"), replace(own["PBEN002"], payroll_number="0042")]
    save_pay_settings(session, "acme", swapped, MAX)
    assert numbers(session) == {"Ada Example": "7", "Ben Example": "0042"}


def test_of_two_who_take_a_number_in_the_same_moment_one_is_refused_by_name(
    ready: Database, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one saves after this one has looked who has it."""
    save_pay_settings(session, "acme", [BEN], MAX)
    stored, raced = people._stored, []

    def look(mine: Session, subdomain: str) -> dict[str, EngineerSettings]:
        rows = stored(mine, subdomain)
        if not raced:
            raced.append(True)
            mine.rollback()  # SQLite lets nobody else write while it is read
            with ready.session() as theirs:
                save_pay_settings(theirs, "acme", [ADA], "eva@example.com")
        return rows

    monkeypatch.setattr(people, "_stored", look)
    with pytest.raises(NumberTaken, match="Payroll number 0042 is Ada Example's"):
        save_pay_settings(session, "acme", [replace(BEN, payroll_number="0042")], MAX)
    assert numbers(session) == {"Ada Example": "0042", "Ben Example": ""}


def twice(session: Session) -> None:
    """Two engineers with one number, as older programs let it be."""
    for user_id, name in (("PADA001", "Ada Example"), ("PBEN002", "Ben Example")):
        session.add(EngineerSettings(subdomain="acme", user_id=user_id, name=name, payroll_number="0042"))
    session.commit()


def test_two_who_had_one_number_before_keep_it_until_it_is_corrected(session: Session) -> None:
    twice(session)
    ben = pay_settings(session, "acme")["PBEN002"]
    save_pay_settings(session, "acme", [ben.changed(GRADE, "B")], MAX)
    with pytest.raises(NumberTaken):
        save_pay_settings(session, "acme", [replace(BEN, user_id="PCY", payroll_number="0042")], MAX)
    save_pay_settings(session, "acme", [replace(ben, payroll_number="0043")], MAX)
    assert numbers(session) == {"Ada Example": "0042", "Ben Example": "0043"}
    assert {row.payroll_key for row in session.query(EngineerSettings)} == {"0042", "0043"}
