"""What is saved since and gives other figures waits for an update, however far from the report its day lies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.services.test_calendar_corrections import entry
from tests.services.test_inputs import OCTOBER, SAVED_AT, saved
from webapp.exports import ScopeKind
from webapp.pd.records import OnCallRow, ScheduleRecord, UserRecord
from webapp.pd.request import Mode, Organisation, ReadRequest
from webapp.pd.result import Records
from webapp.services import reporting
from webapp.services.calendars.corrections import CalendarChanges, Correction
from webapp.services.input_parts import inputs_digest
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.policies import PolicyText
from webapp.services.reporting import Draft, Scope

WHOLE_DUTY = PolicyText(
    """
name = "By the last day"
currency = "EUR"
rounding = "half up"
pay_zone = "Europe/Berlin"
holiday_region = "DE-BY"

[[day_types]]
name = "holiday"
holidays = true

[[day_types]]
name = "other"

[[rules]]
name = "Duty"
pays = "on call"
count = "hours"
grid = { owner = "end of duty" }
price = { by = "day type", holiday = "5.00", other = "1.00" }
"""
)
BEFORE = saved(WHOLE_DUTY)
LAST_DAY = entry(date(2026, 11, 4))
"""Of a duty that begins in October: four days after the report's period."""


def with_days(*days: Correction) -> SavedSettings:
    return replace(BEFORE, calendars=CalendarChanges(days))


@pytest.fixture
def draft() -> Draft:
    """Somebody is on call from 29 October to 4 November 2026."""
    since, until = datetime(2026, 8, 1, tzinfo=UTC), SAVED_AT + timedelta(days=9)
    held = datetime(2026, 10, 29, 9, tzinfo=UTC), datetime(2026, 11, 4, 9, tzinfo=UTC)
    records = Records(
        ReadRequest(since, until, Organisation(), Mode.ACKNOWLEDGED), until, {"PADA": UserRecord("PADA", "Ada")},
        (OnCallRow("PADA", "Ada", "PEP", "Policy", 1, "PS", "Primary", *held),), {}, (),
        {"PS": ScheduleRecord("PS", "Primary", None, frozenset({"PEP"}), frozenset())}, {}, frozenset(), (),
    )  # fmt: skip
    inputs = ReportInputs(OCTOBER, WHOLE_DUTY, BEFORE, {}, records)
    return Draft(
        scope=Scope(ScopeKind.ORGANISATION, "", "Organisation"),
        inputs=inputs,
        account_id=1,
        subdomain="acme",
        authority="Ada",
        sees_everything=True,
    )


def test_a_far_day_that_gives_other_pay_is_told_and_waits_for_an_update(draft: Draft) -> None:
    total, edition = draft.report.total, draft.edition
    (told,) = draft.missing(with_days(LAST_DAY))
    assert told.words.startswith("Calendar of DE-BY: 4 November 2026 Our day added (because)")
    assert (draft.report.total, draft.edition) == (total, edition)
    draft.take_in(with_days(LAST_DAY))
    assert draft.report.total == total * 5
    assert draft.edition != edition
    assert draft.missing(with_days(LAST_DAY)) == ()


@pytest.mark.parametrize("day", [date(2026, 11, 3), date(2026, 9, 8), date(2027, 5, 5)])
def test_a_far_day_that_pays_nobody_otherwise_is_taken_in_without_a_word(draft: Draft, day: date) -> None:
    total, edition = draft.report.total, draft.edition
    assert draft.missing(with_days(entry(day))) == ()
    draft.take_in(with_days(entry(day)))
    assert (draft.report.total, draft.edition) == (total, edition)


def test_the_digest_covers_all_of_a_duty_that_began_long_before(draft: Draft) -> None:
    records = draft.records
    assert records
    began = replace(records.on_call[0], start=datetime(2026, 6, 1, tzinfo=UTC))
    inputs = replace(draft.inputs, records=replace(records, on_call=(began,)))
    early, earlier = (replace(inputs, saved=with_days(entry(date(2026, month, 4)))) for month in (6, 5))
    assert inputs_digest(inputs) == inputs_digest(earlier) != inputs_digest(early)


def test_whatever_has_no_sentence_of_its_own_is_told_all_the_same(
    draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    for blind in ("saved_changes", "far_calendar_changes"):
        monkeypatch.setattr(reporting, blind, lambda *_: ())
    edition = draft.edition
    assert draft.missing(with_days(LAST_DAY)) == ()  # nobody has seen figures yet
    assert draft.report.total
    assert [one.words for one in draft.missing(with_days(LAST_DAY, LAST_DAY))] == [reporting.OTHER_FIGURES]
    draft.take_in(with_days(LAST_DAY))
    assert draft.edition != edition
