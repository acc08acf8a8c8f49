"""The pages of the calendars: every day with its source, corrections of it, who may make them, and what is refused."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.models import SeenReport
from webapp.services import people
from webapp.services.calendars import store
from webapp.services.calendars.corrections import CalendarChanges, CalendarScope, Correction
from webapp.services.engineer_facts import HOLIDAY_REGION
from webapp.services.people import PaySettings
from webapp.settings import Settings

ADA, BO = "PUZXTCN", "PUZUKC6"
BAVARIA = "/calendars/DE-BY/2026"
ASSUMPTION = {
    "adds": "add", "day": "2026-08-15", "name": "Assumption Day", "every_year": "once", "scope": "region",
    "reason": "our town is catholic",
}  # fmt: skip

Kept = Callable[[], CalendarChanges]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def kept(app: Flask) -> Kept:
    """What is stored for the connection's account."""

    def read() -> CalendarChanges:
        with app.extensions["calloutpay"].database.session() as session:
            return store.calendar_changes(session, "lanternworks")

    return read


@pytest.fixture
def bavarians(app: Flask, connected: FlaskClient) -> None:
    """Ada and Bo, whose holidays are Bavaria's."""
    assert connected
    with app.extensions["calloutpay"].database.session() as session:
        own = [
            PaySettings(user_id=key, name=name, email=None).changed(HOLIDAY_REGION, "DE-BY")
            for key, name in ((ADA, "Ada Lindqvist"), (BO, "Bo Example"))
        ]
        people.save_pay_settings(session, "lanternworks", own, "ada@example.com")


def correct(client: FlaskClient, path: str = BAVARIA, **typed: Any) -> TestResponse:
    """Fill in the form of a day and send it."""
    client.get(path)
    return client.post(path, data={"csrf_token": client.token, **ASSUMPTION, **typed})


def words(page: TestResponse) -> str:
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


# Reading


def test_every_day_has_its_weekday_its_name_and_its_source(logged_in: FlaskClient) -> None:
    page = words(logged_in.get(BAVARIA))
    assert re.search(r"Tue 6 Jan 2026 Epiphany the whole day holidays [\d.]+", page)
    assert "15 Aug 2026" not in page.partition("More kinds of days")[0]


def test_regions_in_use_come_first_and_any_other_can_be_opened(connected: FlaskClient, bavarians: None) -> None:
    assert bavarians is None
    assert 'href="/calendars/DE-BY/2026"' in connected.get("/calendars").text
    assert connected.get("/calendars?region=gb-sct&year=2027").headers["Location"] == "/calendars/GB-SCT/2027"
    refused = connected.get("/calendars?region=Atlantis&year=2027")
    assert refused.status_code == 422
    assert 'value="Atlantis"' in refused.text


@pytest.mark.parametrize("path", ["/calendars/XX/2026", "/calendars/de-by/2026", "/calendars/DE-BY/1999"])
def test_what_has_no_calendar_has_no_page(logged_in: FlaskClient, path: str) -> None:
    assert logged_in.get(path).status_code == 404
    assert logged_in.send(path, page="/calendars", **ASSUMPTION).status_code == 404


def test_days_that_nobody_can_know_yet_are_said(logged_in: FlaskClient) -> None:
    assert "One-off and announced days of 2027 may be missing." in words(logged_in.get("/calendars/GB-ENG/2027"))
    assert "may be missing" not in words(logged_in.get("/calendars/GB-ENG/2026"))
    assert "Estimated, and often moved by a day or two" in words(logged_in.get("/calendars/AE/2027"))


def test_a_viewer_reads_and_changes_nothing(app: Flask, logged_in: FlaskClient, add_account: Any, kept: Kept) -> None:
    correct(logged_in)
    viewer = add_account(app, "eva@example.com", "viewer")
    page = viewer.get(BAVARIA)
    assert "Assumption Day" in page.text
    assert "<form" not in page.text.partition("<main")[2]
    assert "/remove" not in page.text
    entry = kept().days[0].id
    assert correct(viewer, day="2026-08-16").status_code == 403
    assert viewer.send(f"/calendars/days/{entry}/remove", page="/account").status_code == 403
    assert [one.since for one in kept().days] == [date(2026, 8, 15)]


# Adding and taking out


def test_a_day_is_added_with_who_when_and_why(logged_in: FlaskClient, kept: Kept) -> None:
    answer = correct(logged_in)
    assert answer.headers["Location"] == BAVARIA
    page = words(logged_in.get(BAVARIA))
    assert "Saved for DE-BY: 15 August 2026, Assumption Day added." in page
    source = "added by ada@example.com on 21 November 2026: our town is catholic"
    assert f"Sat 15 Aug 2026 Assumption Day the whole day {source}" in page
    assert [(one.scope, one.whom, one.since) for one in kept().days] == [
        (CalendarScope.REGION, "DE-BY", date(2026, 8, 15))
    ]


def test_half_a_day_of_every_year_for_everybody(logged_in: FlaskClient, kept: Kept) -> None:
    typed = {"day": "2026-12-24", "name": "Christmas Eve", "start": "14:00", "every_year": "every"}
    correct(logged_in, scope="organisation", **typed)
    for path in ("/calendars/DE-BY/2027", "/calendars/GB-SCT/2026", "/calendars/none/2028"):
        assert "24 Dec" in words(logged_in.get(path))
        assert "Christmas Eve from 14:00" in words(logged_in.get(path))
    assert "24 Dec" not in words(logged_in.get("/calendars/GB-SCT/2025")).partition("Every change")[0]
    assert kept().days[0].start == time(14)


def test_a_day_is_taken_out_for_two_engineers_only(connected: FlaskClient, bavarians: None, kept: Kept) -> None:
    assert bavarians is None
    correct(connected, adds="out", day="2026-01-06", name="", scope="engineer", engineers=[ADA, BO], reason="a swap")
    assert [(one.whom, one.what, one.name) for one in kept().days] == [
        (ADA, "taken out", "Epiphany"),
        (BO, "taken out", "Epiphany"),
    ]
    page = words(connected.get(BAVARIA))
    assert "Tue 6 Jan 2026 Epiphany the whole day" in page  # for the region
    assert "Ada Lindqvist: taken out, by ada@example.com on 21 November 2026: a swap" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": ""}, "Write the date."),
        ({"day": "1999-12-31"}, "Write a date from 2000 to 2100."),
        ({"day": "2101-01-01"}, "Write a date from 2000 to 2100."),
        ({"day": "2026-02-30"}, "Not a valid date value."),
        ({"name": " "}, "Write what the day is called"),
        ({"reason": " "}, "Write why: it is printed with the day"),
        ({"start": "25:00"}, "Not a valid time value."),
        ({"scope": "galaxy"}, "Not a valid choice"),
        ({"scope": "engineer"}, "Choose one engineer or several."),
        ({"scope": "engineer", "engineers": "PSTRANGER"}, "PSTRANGER: not known here as an engineer"),
        (
            {"day": "2026-12-25"},
            "25 December 2026 is a holiday of DE-BY already, the whole day: Christmas Day (holidays",
        ),
        (
            {"adds": "out"},
            "15 August 2026 is no holiday of DE-BY, so nothing can be taken out. There is no holiday in August 2026.",
        ),
        (
            {"adds": "out", "day": "2026-12-24"},
            "Holidays in December 2026: 25 December Christmas Day, 26 December Second Day of Christmas.",
        ),
        ({"adds": "out", "scope": "organisation"}, "15 August 2026 is no holiday of DE-BY, so nothing"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    logged_in: FlaskClient, kept: Kept, typed: dict[str, str], said: str
) -> None:
    page = correct(logged_in, **{"reason": "our <town>", **typed})
    assert page.status_code == 422
    assert said in words(page)
    if "reason" not in typed:
        assert 'value="our &lt;town&gt;"' in page.text
    assert kept() == CalendarChanges()


def test_twice_the_same_is_refused(logged_in: FlaskClient, kept: Kept) -> None:
    correct(logged_in)
    page = correct(logged_in, name="Mariä Himmelfahrt", every_year="every")
    assert page.status_code == 422
    assert (
        "DE-BY already has an entry that begins on 15 August 2026: Assumption Day added, by ada@example.com"
        in words(page)
    )
    assert len(kept().days) == 1


def test_two_people_at_once_are_told(app: Flask, logged_in: FlaskClient, kept: Kept, monkeypatch: Any) -> None:
    add = store.add_days

    def after_bo(session: Any, *given: Any) -> None:
        with app.extensions["calloutpay"].database.session() as other:
            one = Correction(
                scope=CalendarScope.REGION, whom="DE-BY", since=date(2026, 8, 15), name="Bo's", reason="Bo's"
            )
            add(other, "", [one], "bo@example.com")
        add(session, *given)

    monkeypatch.setattr(store, "add_days", after_bo)
    page = correct(logged_in)
    assert page.status_code == 409
    assert "Somebody saved an entry for the same day meanwhile." in words(page)
    assert 'value="Assumption Day"' in page.text
    assert [one.name for one in kept().days] == ["Bo's"]


# Correcting and removing


def test_an_entry_is_corrected_and_the_old_one_stays_in_the_history(logged_in: FlaskClient, kept: Kept) -> None:
    correct(logged_in)
    path = f"{BAVARIA}?entry={kept().days[0].id}"
    page = logged_in.get(path)
    assert "Correct for DE-BY: Assumption Day, Sat 15 Aug 2026" in words(page)
    assert correct(logged_in, path, start="12:00", reason="from noon only").status_code == 303
    assert [(one.start, one.reason) for one in kept().days] == [(time(12), "from noon only")]
    history = words(logged_in.get(BAVARIA)).partition("Every change")[2]
    assert "our town is catholic" in history
    assert "corrected 21 Nov 2026" in history


def test_a_stale_correction_changes_nothing(logged_in: FlaskClient, kept: Kept) -> None:
    correct(logged_in)
    path = f"{BAVARIA}?entry={kept().days[0].id}"
    assert correct(logged_in, path, start="12:00").status_code == 303
    page = correct(logged_in, path, start="13:00")
    assert page.status_code == 409
    assert "Somebody corrected or removed this entry meanwhile." in words(page)
    assert 'value="13:00"' in page.text
    assert [one.start for one in kept().days] == [time(12)]


def test_removing_asks_first(logged_in: FlaskClient, kept: Kept) -> None:
    correct(logged_in)
    path = f"/calendars/days/{kept().days[0].id}/remove?region=DE-BY&year=2026"
    page = logged_in.get(path)
    assert "DE-BY: Sat 15 Aug 2026, Assumption Day added (our town is catholic)." in words(page)
    assert len(kept().days) == 1
    assert logged_in.send(path).headers["Location"] == BAVARIA
    assert kept().days == ()
    assert " removed 21 Nov 2026, 10:00 UTC, by ada@example.com" in words(logged_in.get(BAVARIA))
    assert "Somebody corrected or removed this entry already." in words(logged_in.get(path, follow_redirects=True))


def test_months_that_are_over_are_asked_about(app: Flask, logged_in: FlaskClient, kept: Kept) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        session.add(
            SeenReport(
                id="x", region="us", subdomain="lanternworks", scope_kind="organisation", scope_id="", also=[],
                first=date(2026, 8, 1), last=date(2026, 8, 31), policy_label="", digest="", engineers={ADA: "x"},
                seen_by="ada@example.com", seen_at=datetime(2026, 9, 2, tzinfo=UTC), reviewed=True,
            )
        )  # fmt: skip
        session.commit()
    page = correct(logged_in)
    assert page.status_code == 422
    assert "Reviewed, shared or amended here: August 2026." in words(page)
    assert kept().days == ()
    question, form = page.text.index("Please confirm"), page.text.index('id="day-form"')
    assert page.text.index("<h1") < question < page.text.index("Jan 2026") < form  # seen at once
    assert correct(logged_in, day="2026-09-01").status_code == 422  # work of the last day may end on it
    assert correct(logged_in, day="2026-09-15").status_code == 303
    assert correct(logged_in, earlier="yes").status_code == 303
    entry = next(one for one in kept().days if one.since.month == 8)
    assert "August 2026" in words(logged_in.get(f"/calendars/days/{entry.id}/remove"))


# Categories


def test_a_category_counts_from_a_day_on(logged_in: FlaskClient, kept: Kept) -> None:
    typed = {"category": "catholic", "counts": "yes", "since": "2026-01-01", "why": "our town is catholic"}
    assert logged_in.send(f"{BAVARIA}/category", page=BAVARIA, **typed).status_code == 303
    page = words(logged_in.get(BAVARIA))
    assert re.search(
        r"Sat 15 Aug 2026 Assumption Day the whole day holidays [\d.]+, catholic; switched on by ada@example.com", page
    )
    assert "15 Aug 2025" not in words(logged_in.get("/calendars/DE-BY/2025")).partition("More kinds")[0]
    refused = logged_in.send(f"{BAVARIA}/category", page=BAVARIA, **typed)
    assert refused.status_code == 422
    assert "Something begins for this category on 1 January 2026 already." in words(refused)
    (switch,) = kept().categories
    path = f"/calendars/categories/{switch.id}/remove?region=DE-BY&year=2026"
    assert "the category “catholic” counts from Thu 1 Jan 2026 on" in words(logged_in.get(path))
    assert logged_in.send(path).headers["Location"] == BAVARIA
    assert kept().categories == ()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"why": " "}, "Write why: it is printed with the day"),
        ({"since": ""}, "Write the day from which it holds."),
        ({"since": "1999-01-01"}, "Write a day from 2000 to 2100."),
        ({"category": "islamic"}, "Not a valid choice"),
        ({"counts": "no"}, "This category does not count on 1 January 2026, so there is nothing to switch off."),
    ],
)
def test_what_is_wrong_with_a_category_is_said(
    logged_in: FlaskClient, kept: Kept, typed: dict[str, str], said: str
) -> None:
    usual = {"category": "catholic", "counts": "yes", "since": "2026-01-01", "why": "our <town>"}
    page = logged_in.send(f"{BAVARIA}/category", page=BAVARIA, **usual | typed)
    assert page.status_code == 422
    assert said in words(page)
    assert "why" in typed or 'value="our &lt;town&gt;"' in page.text
    assert kept() == CalendarChanges()


def test_half_days_have_the_hour_that_the_package_says(logged_in: FlaskClient) -> None:
    sweden = "/calendars/SE/2026"
    assert "Mon 5 Jan 2026 Twelfth Night (from 14:00)" in words(logged_in.get(sweden))  # before anything is saved
    typed = {"category": "bank", "counts": "yes", "since": "2026-01-01", "why": "as agreed"}
    assert logged_in.send(f"{sweden}/category", page=sweden, **typed).status_code == 303
    assert re.search(r"Twelfth Night from 14:00 holidays [\d.]+, bank; switched on", words(logged_in.get(sweden)))


def test_half_days_need_their_hour(logged_in: FlaskClient, kept: Kept) -> None:
    typed = {"category": "government", "counts": "yes", "since": "2026-01-01", "why": "as agreed"}
    macao = "/calendars/MO/2026"
    page = logged_in.send(f"{macao}/category", page=macao, **typed)
    assert page.status_code == 422
    assert "Write when these half days begin to be holidays" in words(page)
    assert "New Year's Eve (Afternoon) (half a day: write from when)" in words(page)
    assert logged_in.send(f"{macao}/category", page=macao, hour="13:00", **typed).status_code == 303
    shown = words(logged_in.get(macao))
    assert re.search(r"New Year's Eve \(Afternoon\) from 13:00 holidays [\d.]+, government; switched on", shown)
    assert re.search(r"the whole day holidays [\d.]+, government; switched on", shown)  # those that are no half days
    assert [one.start for one in kept().categories] == [time(13)]


# An engineer's own page


def test_an_engineers_page_lists_days_of_their_own_and_forgetting_waits_for_them(
    app: Flask, connected: FlaskClient, kept: Kept
) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        known = PaySettings(user_id=ADA, name="Ada Lindqvist", email=None, payroll_number="7")
        people.save_pay_settings(session, "lanternworks", [known], "ada@example.com")
        known = people.pay_settings(session, "lanternworks")[ADA]
        people.save_pay_settings(session, "lanternworks", [replace(known, payroll_number="")], "ada@example.com")
    page = f"/people/{ADA}"
    correct(connected, scope="engineer", engineers=[ADA])
    shown = words(connected.get(page))
    assert "Sat 15 Aug 2026 Assumption Day added (our town is catholic)" in shown
    assert "Everything is as the policy says" not in shown
    connected.send(f"{page}/forget", page=page)
    assert "Remove those first" in words(connected.get(page))
    connected.send(f"/calendars/days/{kept().days[0].id}/remove", page="/calendars")
    connected.send(f"{page}/forget", page=page)
    assert "Lindqvist" not in connected.get("/calendars").text
    assert [one.where for one in kept().removed if isinstance(one, Correction)] == [ADA]


def test_correcting_an_entry_of_another_region_leaves_it_there(logged_in: FlaskClient, kept: Kept) -> None:
    correct(logged_in, "/calendars/DE-BE/2026")
    entry = kept().days[0].id
    assert "Engineers" not in logged_in.get(f"{BAVARIA}?entry={entry}").text.partition('id="day-form"')[2]
    assert correct(logged_in, f"{BAVARIA}?entry={entry}", name="Moved").status_code == 303
    assert [(one.whom, one.name) for one in kept().days] == [("DE-BE", "Moved")]


@pytest.mark.parametrize("field", ["name", "reason"])
def test_what_shows_nothing_is_no_name_and_no_reason(logged_in: FlaskClient, kept: Kept, field: str) -> None:
    for blank in ("\u200b", "\u2060 \u200e", "\u3164"):
        assert correct(logged_in, **{field: blank}).status_code == 422
    assert kept() == CalendarChanges()


def test_a_long_history_comes_in_pages(app: Flask, logged_in: FlaskClient) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(120)]
    with app.extensions["calloutpay"].database.session() as session:
        made = [Correction(scope=CalendarScope.REGION, whom="FR", since=day, name="Day", reason="x") for day in days]
        store.add_days(session, "lanternworks", made, "ada@example.com")
    first = logged_in.get("/calendars")
    assert "Entries 1 to 100 of 120." in words(first)
    assert "Entries 101 to 120 of 120." in words(logged_in.get("/calendars?entries=100"))
    assert "Entries" not in words(logged_in.get("/calendars/FR/2027"))
