"""Under which payroll numbers adjustments are paid: those saved now, never one that is somebody else's by now."""

from __future__ import annotations

import csv
import html
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from tests.web.test_compare import CALLUM, CARYS, Desk, reopened_night
from tests.web.test_compare import desk as desk  # noqa: PLC0414  a fixture
from tests.web.test_people_numbers import give
from webapp.exports.amendments import Adjustment
from webapp.exports.payroll_csv import Layout
from webapp.models import EngineerSettings
from webapp.sandbox import Running
from webapp.services.payroll import save_layout
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

pytestmark = pytest.mark.slow
STRANGER, LEAVER = "PSTRANG", "PLEAVER"
NAMES = {STRANGER: "Stella Stranger", LEAVER: "Lena Leaver"}
FILES = ("workbook", "payroll.csv", "report.json")


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def october(desk: Desk, pagerduty: Running) -> WorkingSet:
    """October's report, which pays Carys an adjustment of September's file; she had number 7 there."""
    with desk.app.extensions["calloutpay"].database.session() as session:
        save_layout(session, Layout(columns=("Name", "Payroll number", "Amount")), "ada@example.com")
    give(desk.client, CARYS, "7")
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    kept = desk.report("2026-10")
    assert desk.add(desk.compare(september), kept).status_code == 303
    return kept


@pytest.fixture
def october_of_a_leaver(october: WorkingSet) -> WorkingSet:
    """The same, as if the adjustments were those of a leaver whom the report does not know."""
    assert october.draft

    def leavers(one: Adjustment) -> Adjustment:
        return replace(one, payee=replace(one.payee, id=LEAVER, name=NAMES[LEAVER]))

    october.draft.carried.adjustments = tuple(map(leavers, october.draft.carried.adjustments))
    return october


def update(desk: Desk, kept: WorkingSet) -> None:
    desk.client.send(f"/reports/{kept.id}/update", page=f"/reports/{kept.id}")


def deliver(desk: Desk, kept: WorkingSet, file: str) -> TestResponse:
    path = f"/reports/{kept.id}"
    return desk.client.send(f"{path}/{file}", page=path, incomplete="yes", without="yes")


def numbers_of(answer: TestResponse, name: str) -> set[str]:
    """Under which numbers a payroll file pays an engineer."""
    assert answer.mimetype == "text/csv", answer.text
    rows = csv.DictReader(StringIO(answer.data.decode("utf-8-sig")))
    return {row["Payroll number"] for row in rows if row["Name"] == name}


def save_number(desk: Desk, user_id: str, number: str) -> None:
    """Somebody who is not in the report has a number."""
    with desk.app.extensions["calloutpay"].database.session() as session:
        session.add(
            EngineerSettings(
                subdomain="lanternworks", user_id=user_id, name=NAMES[user_id], email=None, payroll_number=number
            )
        )
        session.commit()


def test_an_adjustment_is_paid_under_the_number_of_today(desk: Desk, october: WorkingSet) -> None:
    give(desk.client, CARYS, "8")
    give(desk.client, CALLUM, "7")
    update(desk, october)
    assert numbers_of(deliver(desk, october, "payroll.csv"), "Carys Pembrooke") == {"8"}
    workbook = load_workbook(BytesIO(deliver(desk, october, "workbook").data))
    printed = [row[1] for row in workbook["Adjustments"].iter_rows(values_only=True) if row[0] == "Carys Pembrooke"]
    assert set(printed) == {"8"}
    assert deliver(desk, october, "report.json").mimetype == "application/json"


def test_a_number_tried_out_holds_for_the_adjustment_too(
    desk: Desk, october: WorkingSet, fill_in: Callable[..., dict[str, list[str]]]
) -> None:
    path = f"/reports/{october.id}/rates"
    form = fill_in(desk.client.get(path), "/rates", **{f"{CARYS}-payroll_number": "9"})
    assert desk.client.post(path, data={**form, "try": "yes"}).status_code == 303
    assert numbers_of(deliver(desk, october, "payroll.csv"), "Carys Pembrooke") == {"9"}


def test_a_number_of_today_that_the_report_does_not_know_yet_is_no_file(desk: Desk, october: WorkingSet) -> None:
    give(desk.client, CARYS, "8")
    save_number(desk, STRANGER, "7")
    for file in FILES:
        answer = deliver(desk, october, file)
        assert answer.status_code == 422
        told = "Payroll number 7 is Stella Stranger's now, not Carys Pembrooke's. Press Update"
        assert told in html.unescape(answer.text)


def test_the_number_of_the_earlier_file_that_is_somebody_elses_now_is_no_file(
    desk: Desk, october_of_a_leaver: WorkingSet
) -> None:
    kept = october_of_a_leaver
    give(desk.client, CARYS, "8")
    update(desk, kept)
    assert numbers_of(deliver(desk, kept, "payroll.csv"), "Lena Leaver") == {"7"}
    save_number(desk, STRANGER, "7")
    told = "Payroll number 7 is Stella Stranger's now, not Lena Leaver's. Lena Leaver (PLEAVER) has only adjustments"
    for page in ("", "/payroll"):
        assert told in html.unescape(desk.client.get(f"/reports/{kept.id}{page}").text)
    for file in FILES:
        answer = deliver(desk, kept, file)
        assert answer.status_code == 422
        assert told in html.unescape(answer.text)
    save_number(desk, LEAVER, "70")  # the way out that it names
    desk.drop(desk.rows()[0].amended_by)
    assert numbers_of(deliver(desk, kept, "payroll.csv"), "Lena Leaver") == {"70"}
