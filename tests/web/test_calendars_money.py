"""From the page of a calendar to the workbook: what a corrected day pays, and whom."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from webapp.pricing.policy.form import Policy
from webapp.sandbox import Running
from webapp.sandbox.small import ID_BY_NAME
from webapp.services import policies
from webapp.settings import Settings

pytestmark = pytest.mark.slow

EMAIL = "ada@example.com"
BAVARIA = "/calendars/DE-BY/2026"
WEDNESDAY = datetime(2026, 8, 12, 13, tzinfo=UTC)
"""15:00 in Berlin, in business hours of every zone of the team: nobody is paid for a callout then."""

Ask = Callable[..., TestResponse]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def bavarian(app: Flask, connected: FlaskClient, policy: Policy) -> Policy:
    """The saved policy: whoever has no region of their own has Bavaria's holidays, by Berlin's clock."""
    assert connected
    found = replace(policy, holiday_region="DE-BY", pay_zone="Europe/Berlin")
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, found, EMAIL)
    return found


class Report:
    """The report of the organisation for August 2026, open in a browser."""

    def __init__(self, client: FlaskClient, page: TestResponse) -> None:
        self.client = client
        self.path = page.request.path

    def page(self) -> str:
        return str(self.client.get(self.path).text)

    def update(self) -> None:
        """Press Update, having seen that something changed."""
        assert "changed since this report was priced" in self.page()
        answer = self.client.post(f"{self.path}/update", data={"csrf_token": self.client.token})
        assert answer.status_code == 303, answer.text

    def detail(self, day: int) -> dict[str, tuple[Any, ...]]:
        """Of that day of the workbook's sheet Detail: day type and name, stipend, total; by engineer."""
        sheet = load_workbook(BytesIO(self.workbook()), data_only=True)["Detail"]
        rows = [row for row in sheet.iter_rows(values_only=True) if any(row)]
        start = next(index for index, row in enumerate(rows) if "Date" in row)
        heads = list(rows[start])
        found = {}
        for row in rows[start + 1 :]:
            line = dict(zip(heads, row, strict=True))
            if isinstance(line["Date"], datetime) and line["Date"].day == day:
                found[line["Engineer"]] = (line["Day type"], line["Stipend"], line["Total"])
        return found

    def total(self) -> Decimal:
        """What the page says."""
        found = re.search(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", self.page())
        assert found
        return Decimal(found[1].replace(",", ""))

    def workbook(self) -> bytes:
        page = self.page()
        edition = re.search(r'name="edition" value="([^"]+)"', page)
        assert edition
        answer = self.client.post(
            f"{self.path}/workbook", data={"csrf_token": self.client.token, "edition": edition[1], "without": "yes"}
        )
        assert answer.mimetype.endswith("sheet"), answer.text
        return bytes(answer.data)

    def reasons(self, earlier: bytes) -> list[str]:
        """Compare a workbook with PagerDuty of today: why something differs, and by how much."""
        self.client.get("/compare")
        sent = {"csrf_token": self.client.token, "earlier": (BytesIO(earlier), "earlier.xlsx")}
        path = self.client.post("/compare", data=sent, content_type="multipart/form-data").headers["Location"]
        page = self.client.get(path)
        while 'id="reading"' in page.text or page.status_code == 303:
            page = self.client.get(page.headers.get("Location", path))
        found = re.search(r'<table id="differences".*?</table>', page.text, re.DOTALL)
        assert found, page.text
        rows = re.findall(r"<tr>(.*?)</tr>", found[0].partition("</thead>")[2].partition("<tfoot>")[0], re.DOTALL)
        return [html.unescape(" ".join(re.sub("<[^>]+>", " ", row).split())) for row in rows]

    def texts(self, sheet: str) -> str:
        rows = load_workbook(BytesIO(self.workbook()))[sheet].iter_rows(values_only=True)
        return "\n".join(str(cell) for row in rows for cell in row if cell is not None)


@pytest.fixture
def august(bavarian: Policy, connected: FlaskClient, preview: Ask) -> Report:
    assert bavarian
    return Report(connected, preview(connected, month="2026-08", scope="organisation"))


def correct(client: FlaskClient, **typed: Any) -> None:
    usual = {"adds": "add", "every_year": "once", "scope": "region", "reason": "works agreement"}
    answer = client.send(BAVARIA, **usual | typed)
    assert answer.status_code == 303, answer.text


def stipends(report: Report, day: int, *names: str) -> dict[str, tuple[str, Decimal]]:
    """Day type and stipend of engineers on a day."""
    rows = report.detail(day)
    return {name: (rows[name][0], Decimal(str(rows[name][1])).quantize(Decimal("0.01"))) for name in names}


def weekend(amount: str) -> tuple[str, Decimal]:
    return "weekend", Decimal(amount)


def holiday(amount: str) -> tuple[str, Decimal]:
    return "bank holiday", Decimal(amount)


CALLUM, ELIF, FERGUS, HEMI = EVERYBODY = ("Callum MacRae", "Elif Demirkan", "Fergus Kinnaird", "Hemi Walker")
"""On call on Saturday, 15 August 2026: Elif at level 2, the others at level 1."""


def test_bavarias_15_august_by_hand(connected: FlaskClient, august: Report) -> None:
    before = {CALLUM: weekend("35.00"), ELIF: weekend("15.00"), FERGUS: weekend("35.00"), HEMI: weekend("35.00")}
    assert stipends(august, 15, *EVERYBODY) == before
    total, earlier = august.total(), august.workbook()
    correct(connected, day="2026-08-15", name="Assumption Day")
    assert f'<a href="{august.path}">' in connected.get(BAVARIA).text  # the way back
    page = august.page()
    assert "Calendar of DE-BY: 15 August 2026 Assumption Day added (works agreement), saved by ada@example.com" in page
    august.update()
    after = {CALLUM: holiday("50.00"), ELIF: holiday("20.00"), FERGUS: holiday("50.00"), HEMI: holiday("50.00")}
    assert stipends(august, 15, *EVERYBODY) == after
    assert august.total() - total == Decimal("15.00") * 3 + Decimal("5.00")
    for sheet in ("Detail", "Rates"):
        assert "Assumption Day" in august.texts(sheet)
    assert "added by ada@example.com on 21 November 2026: works agreement" in august.texts("Rates")
    why = "Calendar: 15 August 2026 Assumption Day added for DE-BY by ada@example.com on 21 November 2026: works"
    reasons = august.reasons(earlier)
    assert [why in one for one in reasons] == [True] * len(EVERYBODY)


def test_bavarias_15_august_by_category_and_not_for_two_engineers(connected: FlaskClient, august: Report) -> None:
    total = august.total()
    typed = {"category": "catholic", "counts": "yes", "since": "2026-01-01", "why": "our town is catholic"}
    assert connected.send(f"{BAVARIA}/category", page=BAVARIA, **typed).status_code == 303
    august.update()
    assert august.total() - total == Decimal("15.00") * 3 + Decimal("5.00")

    catholic = august.workbook()
    two = [ID_BY_NAME[CALLUM], ID_BY_NAME[FERGUS]]  # known to the page from the open report
    correct(connected, adds="out", day="2026-08-15", scope="engineer", engineers=two, reason="they work in Berlin")
    august.update()
    after = {CALLUM: weekend("35.00"), ELIF: holiday("20.00"), FERGUS: weekend("35.00"), HEMI: holiday("50.00")}
    assert stipends(august, 15, *EVERYBODY) == after
    assert august.total() - total == Decimal("15.00") + Decimal("5.00")
    reasons = august.reasons(catholic)
    assert len(reasons) == len(two)
    assert all("taken out for Callum MacRae, Fergus Kinnaird by ada@example.com" in one for one in reasons), reasons


def test_a_half_day_pays_the_callouts_of_its_afternoon_and_the_stipend_of_a_weekday(
    connected: FlaskClient, pagerduty: Running, bavarian: Policy, preview: Ask
) -> None:
    assert bavarian.holiday_region == "DE-BY"
    pagerduty.state.world.add_incident(WEDNESDAY, WEDNESDAY + timedelta(hours=1), ID_BY_NAME[CALLUM])
    august = Report(connected, preview(connected, month="2026-08", scope="organisation"))
    assert august.detail(12)[CALLUM] == ("weekday", 20, 20)
    earlier = august.workbook()
    correct(connected, day="2026-08-12", name="Founders' Day", start="14:00", scope="organisation")
    august.update()
    assert august.detail(12)[CALLUM] == ("weekday", 20, 96.35)  # a fee of 45.00 and an hour of 31.35 besides
    (reason,) = {one.partition("Calendar: ")[2] for one in august.reasons(earlier)}
    assert reason.startswith("12 August 2026 Founders' Day added from 14:00 for everybody by ada@example.com"), reason
