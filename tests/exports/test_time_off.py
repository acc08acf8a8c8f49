"""Time off in lieu stands beside the money, in columns of its own, and only where the policy gives any."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from openpyxl import Workbook

from tests.exports.conftest import workbook_of
from tests.spoken_facts import Callout, Facts, OnCall, Person, Spell, price
from webapp.exports import ReportDocument
from webapp.pricing import select
from webapp.pricing.facts import Incident
from webapp.pricing.policy import parse
from webapp.pricing.report.lines import Period

NIGHT = datetime(2026, 10, 6, 20, tzinfo=UTC)
POLICY = """
name = "Time back"
currency = "GBP"
rounding = "half up"
[[rules]]
name = "Duty"
pays = "on call"
count = "days"
price = { by = "day type", weekday = "10", weekend = "20" }
[[rules]]
name = "Time back"
pays = "hours in callouts"
shape = [{ minimum = "1 h" }]
price = { of = "hourly rate" }
book = { as = "time off" }
"""


def report_document(document: ReportDocument) -> ReportDocument:
    ada = Person("A", "Ada", None, "Europe/London", hourly_rate=Decimal(30))
    incident = Incident("Q1", 1, "t", "s", "high", NIGHT, NIGHT + timedelta(hours=1))
    callout = Callout("A", incident, NIGHT, (Spell(NIGHT, NIGHT + timedelta(minutes=20), "seen"),), on_call=True)
    row = OnCall("A", NIGHT, NIGHT + timedelta(hours=12), 1, "S1", "Primary")
    facts = Facts((ada,), (row,), (callout,), NIGHT + timedelta(days=9))
    report = select(price(facts, parse(POLICY)), Period(date(2026, 10, 1), date(2026, 11, 1)))
    return replace(document, report=report)


def test_hours_off_have_their_own_columns(document: ReportDocument, opened: Callable[[bytes], Workbook]) -> None:
    book = opened(workbook_of(report_document(document)))
    for name in ("Summary", "Detail", "Callouts"):
        rows = [row for row in book[name].iter_rows(values_only=True) if "Hours off in lieu" in row or "Ada" in row]
        header, ada = rows[0], rows[1]
        assert dict(zip(header, ada, strict=True))["Hours off in lieu"] == 1
    summary = [row for row in book["Summary"].iter_rows(values_only=True) if row[0] in {"Engineer", "Ada"}]
    assert dict(zip(*summary, strict=True))["Total"] == 10  # one date, and no hour in it


def test_without_time_off_there_is_none(document: ReportDocument, opened: Callable[[bytes], Workbook]) -> None:
    book = opened(workbook_of(document))
    for name in ("Summary", "Detail", "Callouts"):
        assert not any("Hours off in lieu" in row for row in book[name].iter_rows(values_only=True))
