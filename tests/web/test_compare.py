"""Comparing a workbook with PagerDuty of today, and paying the differences once, in a later month."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from webapp.models import ReportAmendment
from webapp.pricing.policy.form import Policy
from webapp.sandbox import Running
from webapp.services import files, policies
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

pytestmark = pytest.mark.slow

Preview = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
ADA, CARYS, CALLUM = "PUZXTCN", "PUZVMPA", "PUZTG1X"
NIGHT = datetime(2026, 9, 18, 2, tzinfo=UTC)


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@dataclass
class Desk:
    """A manager at work."""

    client: FlaskClient
    app: Flask
    preview: Preview
    fill_in: FillIn

    def sets(self) -> list[WorkingSet]:
        return list(self.app.extensions["calloutpay"].working_sets._sets.values())

    def report(self, month: str) -> WorkingSet:
        """The team Payments in a month."""
        assert self.preview(self.client, month=month).status_code == 200
        return self.sets()[-1]

    def workbook(self, kept: WorkingSet) -> bytes:
        answer = self.client.send(f"/reports/{kept.id}/workbook", page=f"/reports/{kept.id}", without="yes")
        assert answer.status_code == 200, answer.text
        return answer.data

    def upload(self, earlier: bytes, *later: bytes) -> TestResponse:
        self.client.get("/compare")
        sent = {
            "csrf_token": self.client.token,
            "earlier": (BytesIO(earlier), "earlier.xlsx"),
            "later": [(BytesIO(content), f"later-{place}.xlsx") for place, content in enumerate(later)],
        }
        return self.client.post("/compare", data=sent, content_type="multipart/form-data")

    def compare(self, earlier: bytes, *later: bytes) -> TestResponse:
        """Upload, and read until the comparison is shown."""
        answer = self.upload(earlier, *later)
        assert answer.status_code == 303, answer.text
        path = answer.headers["Location"]
        page = self.client.get(path)
        while 'id="reading"' in page.text:
            page = self.client.get(path)
        while page.status_code == 303:
            page = self.client.get(page.headers["Location"])
        return page

    def add(self, page: TestResponse, target: WorkingSet, **typed: list[str] | None) -> TestResponse:
        path = f"/reports/{self.sets()[-1].id}/comparison"
        return self.client.post(path, data=self.fill_in(page, "/comparison", target=target.id, **typed))

    def drop(self, report_id: str) -> TestResponse:
        self.client.get("/compare")
        return self.client.post("/compare/drop", data={"csrf_token": self.client.token, "report": report_id})

    def rows(self) -> list[ReportAmendment]:
        with self.app.extensions["calloutpay"].database.session() as session:
            return list(session.scalars(select(ReportAmendment).order_by(ReportAmendment.id)))


@pytest.fixture
def desk(connected: FlaskClient, saved: Policy, preview: Preview, app: Flask, fill_in: FillIn) -> Desk:
    assert saved
    return Desk(connected, app, preview, fill_in)


def reopened_night(pagerduty: Running) -> None:
    """Carys answered an incident of September that PagerDuty learned of late."""
    pagerduty.state.world.add_incident(NIGHT, NIGHT.replace(hour=3), CARYS)


def altered(content: bytes) -> bytes:
    """With another name on the sheet Rates."""
    target = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(target, "w") as copy:
        for name in source.namelist():
            text = source.read(name).decode()
            copy.writestr(name, text.replace("Carys", "Karys") if name == "xl/worksheets/sheet4.xml" else text)
    return target.getvalue()


def differences(page: TestResponse) -> list[list[str]]:
    """The rows of the table of differences: texts of their cells, without those that name an engineer."""
    found = re.search(r'<table id="differences".*?</table>', page.text, re.DOTALL)
    assert found, page.text
    body = found[0].partition("<tfoot>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body.partition("</thead>")[2], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


# What is found


def test_nothing_has_changed(desk: Desk) -> None:
    page = desk.compare(desk.workbook(desk.report("2026-09")))
    assert page.status_code == 200
    assert "Nothing has changed" in page.text


def test_a_late_callout_is_found_with_its_lines_and_reason(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    page = desk.compare(september)
    assert re.search(r"<label for=\"engineer-PUZVMPA\">.*Carys Pembrooke</label>", page.text)
    rows = differences(page)
    assert [row[:2] + row[2:6] for row in rows] == [
        ["Fri 18 Sept 2026", "callout fee", "£0.00", "£0.00", "£45.00", "£45.00"],
        ["Fri 18 Sept 2026", "hourly pay", "£0.00", "£0.00", "£31.35", "£31.35"],
    ]
    assert all(re.fullmatch(r"Incident #\d+ is a callout now, and was none then\.", row[6]) for row in rows)


def test_a_change_of_the_policy_is_told_as_such(desk: Desk, saved: Policy) -> None:
    september = desk.workbook(desk.report("2026-09"))
    with desk.app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, replace(saved, callout_fee=Decimal(50)), "ada@example.com")
    rows = differences(desk.compare(september))
    assert rows
    words = "The rules have changed (Standard policy version 1 then, Standard policy version 2 now)."
    assert {row[6] for row in rows} == {words}


# Adjusting


def test_differences_become_adjustments_of_a_later_report_and_are_paid_once(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    october = desk.report("2026-10")
    page = desk.compare(september)
    assert "On-call pay, Payments, October 2026</label>" in page.text
    answer = desk.add(page, october)
    assert answer.headers["Location"] == f"/reports/{october.id}#adjustments"
    shown = desk.client.get(f"/reports/{october.id}")
    assert "Adjustments of earlier reports: £76.35" in shown.text
    total = october.draft.report.total + Decimal("76.35")
    assert f"<strong>£{total:,}</strong>" in shown.text

    book = desk.workbook(october)
    record = files.verify(book, desk.app.extensions["calloutpay"].vault).record()
    assert record
    assert Decimal(record["totals"]["to_pay"]) == total
    (row,) = desk.rows()
    assert (row.amended_by, row.number, row.previous) == (record["id"], 1, "")

    again = desk.upload(september)
    assert again.status_code == 422
    assert "Later workbooks amend this one, too." in again.text
    assert f"<code>{record['id']}</code>" in again.text
    assert "Thu 1 Oct 2026 to Sat 31 Oct 2026" in again.text
    settled = desk.compare(september, book)
    assert "Nothing has changed" in settled.text
    assert re.search(r"<dt>Adjusted before, and right</dt><dd>2</dd>", settled.text)


def test_a_chain_of_three_adds_up_to_one_correct_run(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    october = desk.report("2026-10")
    desk.add(desk.compare(september), october)
    second = desk.workbook(october)
    later = NIGHT.replace(day=19)
    pagerduty.state.world.add_incident(later, later.replace(hour=4), CARYS)
    november = desk.report("2026-11")
    page = desk.compare(september, second)
    assert [row[5] for row in differences(page)] == ["£45.00", "£62.70"]
    desk.add(page, november)
    third = desk.workbook(november)
    assert [(row.number, row.previous != "") for row in desk.rows()] == [(1, False), (2, True)]
    assert desk.upload(september, second).status_code == desk.upload(september, third).status_code == 422
    assert "Nothing has changed" in desk.compare(september, third, second).text
    vault = desk.app.extensions["calloutpay"].vault
    records = [files.verify(book, vault).record() for book in (september, second, third)]
    paid = sum(Decimal(record["totals"]["to_pay"]) for record in records if record)
    correct = desk.report("2026-09").draft.report.total
    assert paid == correct + october.draft.report.total + november.draft.report.total


def test_a_file_that_was_never_paid_is_dropped_from_the_chain(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    october = desk.report("2026-10")
    desk.add(desk.compare(september), october)
    thrown_away = desk.workbook(october)
    (row,) = desk.rows()
    assert desk.drop(row.amended_by).status_code == 303
    assert desk.rows()[0].dropped_by == "ada@example.com"
    page = desk.compare(september)
    assert len(differences(page)) == 2
    assert "was marked as never paid" in desk.upload(september, thrown_away).text
    desk.client.get("/compare")
    desk.drop("NONE-NONE-NONE-NONE")
    assert "Nothing is known of a file NONE-NONE-NONE-NONE." in desk.client.get("/compare").text


def test_two_reports_cannot_both_carry_the_same_adjustments(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    october, november = desk.report("2026-10"), desk.report("2026-11")
    page = desk.compare(september)
    desk.add(page, october)
    desk.add(page, november)
    desk.workbook(october)
    for path, extra in (("workbook", {"without": "yes"}), ("payroll.csv", {"incomplete": "yes"}), ("report.json", {})):
        answer = desk.client.send(f"/reports/{november.id}/{path}", page=f"/reports/{november.id}", **extra)
        assert answer.status_code == 409
        assert "was amended meanwhile by the file" in answer.text
    desk.workbook(october)  # the same file once more is no second amendment
    assert len(desk.rows()) == 1


def test_adding_again_replaces_and_leaving_out_drops(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    october = desk.report("2026-10")
    page = desk.compare(september)
    desk.add(page, october)
    desk.add(page, october)
    assert len(october.draft.carried.adjustments) == 2
    (link,) = october.draft.carried.amends
    path = f"/reports/{october.id}"
    desk.client.send(f"{path}/adjustments/drop", page=path, report=link.report_id)
    assert october.draft.carried.adjustments == ()
    desk.workbook(october)
    assert desk.rows() == []


def test_adjustments_survive_reading_again(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    october = desk.report("2026-10")
    desk.add(desk.compare(september), october)
    page = desk.client.get(f"/reports/{october.id}")
    answer = desk.client.post(f"/reports/{october.id}/again", data=desk.fill_in(page, "/price"))
    assert answer.status_code == 303
    assert len(desk.sets()[-1].draft.carried.adjustments) == 2


# What is refused


def test_nobody_chosen_or_nowhere_to_put_it_is_refused(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    october, august = desk.report("2026-10"), desk.report("2026-08")
    page = desk.compare(september)
    assert "August 2026</label>" not in page.text
    assert "Choose at least one engineer" in desk.add(page, october, engineer=None).text
    assert "Choose the report that is to carry" in desk.add(page, august).text


def test_adjustments_are_not_made_by_settings_that_are_only_tried_out(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    reopened_night(pagerduty)
    october = desk.report("2026-10")
    page = desk.compare(september)
    compared = desk.sets()[-1]
    whole = desk.client.get(f"/reports/{compared.id}?whole=yes")
    assert "What has changed since" in whole.text
    desk.client.post(f"/reports/{compared.id}/price", data=desk.fill_in(whole, "/price", callout_fee="99"))
    answer = desk.add(page, october)
    assert answer.status_code == 422
    assert "Adjustments are made by what is saved" in answer.text


def test_an_engineer_who_has_left_the_team_is_compared_all_the_same(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    organisation = pagerduty.state.world.organisation
    team = organisation.teams[0]
    smaller = replace(team, member_ids=tuple(key for key in team.member_ids if key != CALLUM))
    changed = replace(organisation, teams=(smaller, *organisation.teams[1:]))
    pagerduty.state.world.organisation = changed
    try:
        assert "Nothing has changed" in desk.compare(september).text
    finally:
        pagerduty.state.world.organisation = organisation


def test_who_joined_the_team_since_is_shown_and_not_ticked(desk: Desk, pagerduty: Running) -> None:
    september = desk.workbook(desk.report("2026-09"))
    organisation = pagerduty.state.world.organisation
    team = organisation.teams[0]
    larger = replace(team, member_ids=(*team.member_ids, "PUZR9EK"))
    pagerduty.state.world.organisation = replace(organisation, teams=(larger, *organisation.teams[1:]))
    try:
        page = desk.compare(september)
    finally:
        pagerduty.state.world.organisation = organisation
    assert {row[6] for row in differences(page)} == {"Not in the earlier file: perhaps in another team&#39;s."}
    assert re.search(r'name="engineer" value="PUZR9EK">', page.text)


@pytest.mark.parametrize("kind", ["none", "foreign", "altered", "not of the chain", "other account"])
def test_files_that_cannot_be_compared_are_refused(desk: Desk, pagerduty: Running, kind: str) -> None:
    october, september = (desk.workbook(desk.report(month)) for month in ("2026-10", "2026-09"))
    if kind == "none":
        answer, sentence = desk.client.send("/compare"), "Choose a file."
    elif kind == "foreign":
        answer, sentence = desk.upload(b"PK nothing"), "This is no workbook of CalloutPay"
    elif kind == "altered":
        answer, sentence = desk.upload(altered(september)), "made here and altered"
    elif kind == "not of the chain":
        october = desk.workbook(desk.report("2026-10"))
        answer, sentence = desk.upload(september, october), "carries no adjustments of"
    else:
        desk.client.send("/connection/key", page="/connection", api_key=pagerduty.credentials.eu.read_only)
        answer, sentence = desk.upload(september), "is of the PagerDuty account lanternworks (US)"
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_statement_downloaded_alone_is_no_link_of_a_chain(desk: Desk) -> None:
    kept = desk.report("2026-09")
    answer = desk.client.send(f"/reports/{kept.id}/statement/{ADA}", page=f"/reports/{kept.id}?open={ADA}")
    assert answer.status_code == 200
    refused = desk.upload(answer.data)
    assert refused.status_code == 422
    assert "this is one engineer&#39;s statement, taken out of a larger report" in refused.text


def test_a_report_that_is_compared_with_nothing_has_no_comparison(desk: Desk) -> None:
    kept = desk.report("2026-09")
    assert desk.client.get(f"/reports/{kept.id}/comparison").status_code == 404


def test_without_a_policy_nothing_can_be_compared(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    september = desk.workbook(desk.report("2026-09"))
    monkeypatch.setattr(policies, "current_policy", lambda *_: None)
    assert "No pay policy is in force in" in desk.upload(september).text
