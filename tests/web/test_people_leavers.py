"""Whoever is in a report or ever had a value has a page and can be imported, though PagerDuty has deleted them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.test_people_numbers import save
from webapp.models import SeenReport
from webapp.pd.records import UserRecord
from webapp.services import people
from webapp.services.engineer_facts import GRADE, HOURLY_RATE
from webapp.services.people import PaySettings
from webapp.settings import Settings

ADA = "PUZXTCN"
JULY = date(2026, 7, 1)
LEAVER = "engineer,grade,from\nPGONE01,B,first day\n"

Kept = Callable[[], Mapping[str, PaySettings]]
Press = Callable[..., TestResponse]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def kept(app: Flask, connected: FlaskClient) -> Kept:
    assert connected

    def read() -> Mapping[str, PaySettings]:
        with app.extensions["calloutpay"].database.session() as session:
            return people.pay_settings(session, "lanternworks")

    return read


def test_a_line_of_nobody_is_refused_with_the_way_out_and_the_others_are_saved(
    connected: FlaskClient, kept: Kept
) -> None:
    page = connected.send("/people/import", table=f"{LEAVER}{ADA},C,first day\n{ADA},D,2026-07-01\n")
    assert page.status_code == 422
    assert "Nobody is known as “PGONE01”." in page.text
    assert "or say who it is in a column “name”. Otherwise correct the id, or remove the line." in page.text
    assert "Save 2 values, leave out 1 line" in page.text
    assert kept() == {}
    answer = save(connected, page)
    assert "Saved: 2 values of 1 engineer. 1 line left out: correct below what was not saved." in answer.text
    assert re.search(r"<textarea[^>]*>\s*engineer,grade,from\nPGONE01,B,first day\n</textarea>", answer.text)
    assert [one.value for one in kept()[ADA].facts[GRADE]] == ["C", "D"]
    assert set(kept()) == {ADA}


def test_whoever_has_left_is_added_by_id_and_name_after_somebody_has_confirmed_it(
    connected: FlaskClient, kept: Kept
) -> None:
    page = connected.send("/people/import", table="engineer,name,grade,from\nPGONE01,Gil Gone,B,first day\n")
    assert "not in PagerDuty" in page.text
    assert "<li>Gil Gone, PGONE01</li>" in page.text
    refused = save(connected, page)
    assert refused.status_code == 422
    assert "Tick that those whom PagerDuty does not know are added" in refused.text
    assert kept() == {}
    assert save(connected, refused, newcomers="yes").status_code == 303
    assert (kept()["PGONE01"].name, kept()["PGONE01"].on(GRADE, JULY)) == ("Gil Gone", "B")
    assert "Gil Gone" in connected.get("/people/PGONE01").text


@pytest.mark.slow
def test_while_pagerduty_cannot_be_asked_nobody_is_added(connected: FlaskClient, kept: Kept) -> None:
    connected.send("/people/import", table="x")
    connected.send("/connection/disconnect", page="/connection")
    page = connected.send("/people/import", table="engineer,name,grade,from\nPGONE01,Gil Gone,B,first day\n")
    assert page.status_code == 422
    assert "PagerDuty is not connected" in page.text
    assert 'name="save"' not in page.text
    assert "PGONE01,Gil Gone" in page.text.partition("<textarea")[2]
    assert kept() == {}


@pytest.mark.slow
def test_an_engineer_of_a_reviewed_report_has_a_page_by_id(app: Flask, connected: FlaskClient, kept: Kept) -> None:
    """Of a closed month only ids are kept; the name can be told by a report alone."""
    assert connected.get("/people/PGONE01").status_code == 404
    with app.extensions["calloutpay"].database.session() as session:
        session.add(
            SeenReport(
                id="x", region="us", subdomain="lanternworks", scope_kind="organisation", scope_id="", also=[],
                first=JULY, last=date(2026, 7, 31), policy_label="", digest="", engineers={"PGONE01": "x"},
                seen_by="ada@example.com", seen_at=datetime(2026, 8, 1, tzinfo=UTC), reviewed=True,
            )
        )  # fmt: skip
        session.commit()
    assert connected.get("/people/PGONE01").status_code == 200
    page = connected.send("/people/import", table=LEAVER)
    assert page.status_code == 200
    save(connected, page)
    assert kept()["PGONE01"].on(GRADE, JULY) == "B"


def deleted_in(app: Flask) -> UserRecord:
    """The contractor of the month in memory, whom PagerDuty has deleted since."""
    (only,) = app.extensions["calloutpay"].working_sets._sets.values()
    in_report = {statement.person.id for statement in only.draft.report.statements}
    (found,) = (user for user in only.draft.records.users.values() if user.deleted and user.id in in_report)
    gone: UserRecord = found
    return gone


@pytest.mark.slow
@pytest.mark.usefixtures("saved")
def test_whom_a_report_read_has_a_page_and_is_offered_until_there_are_values(
    app: Flask, connected: FlaskClient, kept: Kept, preview: Press
) -> None:
    assert "of your last report" not in connected.get("/people").text
    preview(connected, scope="organisation", team=None)
    gone = deleted_in(app)
    page = connected.get("/people").text
    offered = page.partition('id="offered-title"')[2].partition("</section>")[0]
    assert re.match(r">\d+ engineers of your last report have no values yet<", offered)
    assert gone.name in offered
    assert kept() == {}
    assert gone.name in connected.get(f"/people/{gone.id}").text
    assert f'href="/people/{gone.id}"' in connected.get(f"/people?q={gone.name[:5]}").text
    connected.send(f"/people/{gone.id}", what=HOURLY_RATE, value="40", begins="ever", earlier="yes")
    assert kept()[gone.id].name == gone.name
    offered = connected.get("/people").text.partition('id="offered-title"')[2].partition("</section>")[0]
    assert gone.name not in offered
    table = connected.get("/people/import?offered=yes").text.partition("<textarea")[2].partition("</textarea>")[0]
    assert f"{ADA},Ada Lindqvist,,,\n" in table
    assert gone.id not in table


@pytest.mark.slow
@pytest.mark.usefixtures("saved")
def test_whom_a_report_read_can_be_imported_by_id_alone(
    app: Flask, connected: FlaskClient, kept: Kept, preview: Press
) -> None:
    preview(connected, scope="organisation", team=None)
    gone = deleted_in(app)
    page = connected.send("/people/import", table=f"engineer,grade,from\n{gone.id},B,first day\n")
    assert page.status_code == 200
    assert save(connected, page).status_code == 303
    assert (kept()[gone.id].name, kept()[gone.id].on(GRADE, JULY)) == (gone.name, "B")
