"""Corrected times and recorded work: where they are booked, and on which of two equal hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.test_reports_evidence import ADA, FillIn, Preview, callouts_of, draft_of, path_of, total, words
from webapp.blueprints.reports.times_form import MOST_ROWS, TimesForm, times_data
from webapp.pricing.facts import Span
from webapp.sandbox import Running
from webapp.sandbox.incidents import Entry
from webapp.sandbox.world import incident_id
from webapp.services.callout_decisions import decide
from webapp.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]

NIGHT = datetime(2026, 10, 13, 1, tzinfo=UTC)


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def works(pagerduty: Running, at: datetime, minutes: int, who: str = ADA) -> tuple[int, str]:
    """An incident that somebody acknowledges and resolves; its number and id."""
    acts = (
        Entry(at, "trigger", "integration", "api"),
        Entry(at, "acknowledge", who, "mobile"),
        Entry(at + timedelta(minutes=minutes), "resolve", who, "website"),
    )
    number = pagerduty.state.world.add_story(acts, (), None).number
    return number, incident_id(number)


# Booked outside the report


def test_a_callout_that_a_decision_books_outside_is_seen_and_brought_back(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    number, key = works(pagerduty, NIGHT, 60)
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
    number, key = works(pagerduty, datetime(2026, 9, 20, 1, tzinfo=UTC), 60)
    preview(connected)
    where = path_of(app, "callouts", key, ADA)
    shown = connected.get(where)
    assert f"#{number}" in shown.text
    assert "Outside this report. acknowledged 2026-09-20 02:00:00 BST by Ada Lindqvist" in words(shown)
    form = fill_in(shown, ADA, decision="no", reason="A test alert")
    assert connected.post(where, data=form).status_code == 303
    (found,) = (one for one in draft_of(app).priced.facts.callouts if one.id == key)
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
    _, key = works(pagerduty, NIGHT, 60)
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


# The hour that comes twice

TWICE = datetime(2026, 10, 25, tzinfo=UTC)
"""London's clocks show 01:00 to 02:00 from here, and then again."""
FIRST, SECOND = ("2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z"), ("2026-10-25T01:10:00Z", "2026-10-25T01:50:00Z")
TYPED = {"times-0-start": "2026-10-25T01:10", "times-0-end": "2026-10-25T01:50", "reason": "By phone"}


def which(choice: Iterable[str]) -> dict[str, str]:
    return dict(zip(("times-0-which_start", "times-0-which_end"), choice, strict=True))


def free_night(app: Flask) -> None:
    """What else Ada, who is on call, did that night is not paid."""
    (ada,) = (one for one in draft_of(app).report.statements if one.person.id == ADA)
    with app.extensions["calloutpay"].database.session() as session:
        for row in ada.callouts:
            if row.date == TWICE.date():
                other = {"incident_id": row.incident.id, "user_id": ADA, "reason": "A test alert"}
                decide(session, "lanternworks", pay=False, decided_by="eva@example.com", **other)


def test_recorded_work_in_the_hour_that_comes_twice_is_asked_about(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    preview(connected)
    free_night(app)
    number, key = works(pagerduty, TWICE + timedelta(minutes=70), 40)  # 01:10 to 01:50 GMT
    found = preview(connected)
    where = path_of(app, "work", key)
    shown = connected.get(where, query_string={"engineer": ADA})
    assert "which_start" not in shown.text
    asked = connected.post(where, data=fill_in(shown, key, **TYPED))
    assert asked.status_code == 422
    assert (
        "One of these times comes twice: the clocks of Europe/London go back then. Choose which you mean." in asked.text
    )
    for choice in ("first 01:10 (BST)", "second 01:10 (GMT)", "first 01:50 (BST)", "second 01:50 (GMT)"):
        assert choice in asked.text
    form = fill_in(asked, key)
    assert (form["times-0-start"], form["times-0-which_start"]) == (["2026-10-25T01:10"], [""])
    assert connected.post(where, data=form).status_code == 422
    same = connected.post(where, data=form | which(SECOND), follow_redirects=True)
    assert total(same) == total(found)  # the very time that PagerDuty knows
    (row,) = callouts_of(connected, app, fill_in, number)
    assert (row["Hours billed"], row["Hourly pay"]) == (timedelta(hours=1), 31.35)  # at least an hour
    kept = fill_in(connected.get(where, query_string={"engineer": ADA}), key)
    assert (kept["times-0-which_start"], kept["times-0-which_end"]) == ([SECOND[0]], [SECOND[1]])
    other = connected.post(where, data=kept | which(FIRST), follow_redirects=True)
    assert total(other) - total(found) == Decimal(
        "76.35"
    )  # 01:10 to 01:50 BST, and an hour later PagerDuty's 01:10 to 01:50 GMT
    stale = kept | {"times-0-start": ["2026-10-25T01:20"]}  # the choice was of 01:10
    assert connected.post(where, data=stale).status_code == 422


def test_corrected_times_in_the_hour_that_comes_twice_are_asked_about(
    connected: FlaskClient, preview: Preview, pagerduty: Running, app: Flask, fill_in: FillIn
) -> None:
    preview(connected)
    free_night(app)
    _, key = works(pagerduty, TWICE + timedelta(minutes=10), 100)  # 01:10 BST to 01:50 GMT
    found = preview(connected)
    where = path_of(app, "callouts", key, ADA)
    asked = connected.post(where, data=fill_in(connected.get(where), ADA, decision="pay", **TYPED))
    assert asked.status_code == 422
    form = fill_in(asked, ADA)
    whole = connected.post(where, data=form | which((FIRST[0], SECOND[1])), follow_redirects=True)
    assert total(whole) == total(found)
    short = connected.post(where, data=form | which(SECOND), follow_redirects=True)
    assert total(found) - total(short) == Decimal("23.51")  # £31.35 for an hour, £54.86 for 1:45 hours
    backwards = connected.post(where, data=form | which((SECOND[0], FIRST[1])))
    assert "The end of a row must be after its start." in backwards.text


# What is shown and saved unchanged is the same


def changes_of_clocks() -> Iterator[tuple[ZoneInfo, datetime]]:
    """Every change from one offset to another, at every time of day, that any zone has made in these years."""
    weeks = [datetime(2012, 1, 1, tzinfo=UTC) + timedelta(days=7 * count) for count in range(52 * 16)]
    seen: set[tuple[object, ...]] = set()
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        offsets = [(week, week.astimezone(zone).utcoffset()) for week in weeks]
        for (before, old), (after, new) in pairwise(offsets):
            if old != new and (old, new, before) not in seen:
                change = change_between(zone, before, after)
                if (old, new, change.time()) not in seen:
                    yield zone, change
                seen |= {(old, new, before), (old, new, change.time())}


def change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == old else (before, middle)
    return after.replace(second=0, microsecond=0)


def test_stored_times_shown_and_saved_unchanged_are_the_same_instants(app: Flask) -> None:
    tried = 0
    for zone, change in changes_of_clocks():
        first = change - timedelta(minutes=17 * MOST_ROWS // 2, seconds=tried % 2 * 13)
        starts = [first + timedelta(minutes=17 * count) for count in range(MOST_ROWS)]
        spans = tuple(Span(start, start + timedelta(minutes=11)) for start in starts)
        with app.test_request_context():
            shown = TimesForm(data={"times": times_data(spans, zone)}, meta={"csrf": False})
        sent = {"clock": zone.key}
        for row in shown.times:
            for time, choice in row.form.fields(zone):
                sent[time.name] = time._value()
                if choice:
                    sent[choice.name] = next(value for value, _, chosen, _ in choice.iter_choices() if chosen)
        with app.test_request_context(method="POST", data=sent):
            form = TimesForm(meta={"csrf": False})
            form.zone = zone
            assert form.validate(), (zone.key, change, form.errors)
            assert form.spans() == spans, (zone.key, change)
        tried += 1
    assert tried > 100, tried


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_year_without_instants_is_refused(app: Flask, typed: str) -> None:
    for zone in ("Asia/Tokyo", "America/New_York"):
        sent = {"clock": zone, "times-0-start": typed, "times-0-end": typed}
        with app.test_request_context(method="POST", data=sent):
            form = TimesForm(meta={"csrf": False})
            form.zone = ZoneInfo(zone)
            assert not form.validate()
            assert form.times.errors == ["Write a day and a time in each field."]
