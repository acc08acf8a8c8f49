"""Corrected times and recorded work: where they are booked, and on which of two equal hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.test_reports_evidence import ADA, FillIn, Preview, callouts_of, draft_of, path_of, total, words
from webapp.pricing.facts import Span
from webapp.sandbox import Running
from webapp.sandbox.incidents import Entry
from webapp.sandbox.world import incident_id
from webapp.services.callout_decisions import decide
from webapp.settings import Settings

pytestmark = pytest.mark.usefixtures("saved")

NIGHT = datetime(2026, 10, 13, 1, tzinfo=UTC)


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def ada_works(pagerduty: Running, at: datetime, minutes: int) -> tuple[int, str]:
    """An incident that Ada acknowledges and resolves; its number and id."""
    acts = (
        Entry(at, "trigger", "integration", "api"),
        Entry(at, "acknowledge", ADA, "mobile"),
        Entry(at + timedelta(minutes=minutes), "resolve", ADA, "website"),
    )
    number = pagerduty.state.world.add_story(acts, (), None).number
    return number, incident_id(number)


# Booked outside the report


def test_a_callout_that_a_decision_books_outside_is_seen_and_brought_back(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    number, key = ada_works(pagerduty, NIGHT, 60)
    before = preview(connected)
    with app.extensions["calloutpay"].database.session() as session:
        year_off = [Span(NIGHT + timedelta(days=365), NIGHT + timedelta(days=365, hours=1))]
        signed = {"reason": "By phone", "decided_by": "eva@example.com"}
        decide(session, "lanternworks", incident_id=key, user_id=ADA, pay=True, times=year_off, **signed)
    page = preview(connected)
    assert total(page) < total(before)
    reason = "corrected times put it on 13 October 2027, outside this report"
    assert f"2026-10-13: Ada Lindqvist, #{number}: {reason}." in words(page)
    assert f"?open={ADA}#c-{ADA}-{key}" in page.text
    (row,) = callouts_of(connected, app, fill_in, number)
    assert (row["Paid"], row["Reason"], row["Callout fee"]) == ("no", reason, 0)
    assert row["Decision"].startswith("pay, from 2027-10-13")
    where = path_of(app, "callouts", key, ADA)
    assert f'href="{where}"' in connected.get(path_of(app), query_string={"open": ADA}).text
    form = fill_in(connected.get(where), ADA, decision="rule", **{"times-0-start": "", "times-0-end": ""})
    assert total(connected.post(where, data=form, follow_redirects=True)) == total(before)


def test_a_callout_of_the_reading_is_decided_though_it_is_of_another_period(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    number, key = ada_works(pagerduty, datetime(2026, 9, 20, 1, tzinfo=UTC), 60)
    preview(connected)
    where = path_of(app, "callouts", key, ADA)
    shown = connected.get(where)
    assert f"#{number}" in shown.text
    assert "Outside this report. acknowledged 2026-09-20 02:00:00 BST by Ada Lindqvist" in words(shown)
    form = fill_in(shown, ADA, decision="no", reason="A test alert")
    assert connected.post(where, data=form).status_code == 303
    (found,) = (one for one in draft_of(app).priced.facts.callouts if one.incident.id == key)
    assert found.decision is not None


# Recorded work


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2026-10-12T02:00", "2026-10-12T02:30", 303),  # 24 h before the trigger
        ("2026-10-12T01:59", "2026-10-12T02:30", 422),
        ("2026-09-20T02:00", "2026-09-20T02:30", 422),
        ("2026-10-14T02:30", "2026-10-14T03:00", 303),  # 24 h after the resolution
        ("2026-10-14T02:30", "2026-10-14T03:01", 422),
        ("2026-10-30T02:30", "2026-10-30T03:00", 422),
    ],
)
def test_recorded_work_lies_around_its_incident(
    connected: FlaskClient,
    preview: Preview,
    pagerduty: Running,
    app: Flask,
    fill_in: FillIn,
    start: str,
    end: str,
    status: int,
) -> None:
    _, key = ada_works(pagerduty, NIGHT, 60)
    preview(connected)
    where = path_of(app, "work", key)
    typed = {"engineer": ADA, "reason": "By phone", "times-0-start": start, "times-0-end": end}
    shown = connected.get(where, query_string={"engineer": ADA})
    answer = connected.post(where, data=fill_in(shown, key, **typed))
    assert answer.status_code == status
    if status == 422:
        around = "from 12 Oct 2026, 02:00 BST to 14 Oct 2026, 03:00 BST"
        assert f"Work on this incident lies within 24 h of it: {around}." in words(answer)
        assert f'value="{start}"' in answer.text
