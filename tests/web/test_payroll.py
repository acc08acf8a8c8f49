"""The payroll file: its settings, what is refused, and the downloads of a report."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.exports.payroll_csv import COLUMNS
from webapp.services import payroll
from webapp.services.input_parts import saved_settings
from webapp.services.people import PaySettings, save_pay_settings
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

Preview = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
POLICY = "Standard policy"


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def kept(connected: FlaskClient, saved: object, preview: Preview, app: Flask) -> WorkingSet:
    """The report of the team Payments for October."""
    assert saved
    preview(connected)
    (only,) = app.extensions["calloutpay"].working_sets._sets.values()
    found: WorkingSet = only
    return found


def in_database(app: Flask, do: Callable[..., object], *words: object) -> object:
    with app.extensions["calloutpay"].database.session() as session:
        return do(session, *words)


def number_everybody(app: Flask, kept: WorkingSet) -> None:
    """Payroll numbers for the report's engineers, and codes for all that they earn."""
    people = [
        PaySettings(user_id=one.person.id, name=one.person.name, email=one.person.email, payroll_number=f"00{place}")
        for place, one in enumerate(kept.draft.report.statements)
    ]
    in_database(app, save_pay_settings, kept.draft.subdomain, people, "ada@example.com")
    in_database(app, lambda session: kept.draft.take_in(saved_settings(session, kept.draft.subdomain)))
    codes = {"stipend": "STBY", "callout fee": "CALL", "hourly pay": "OT"}
    in_database(app, payroll.save_codes, POLICY, codes, {})


# Settings


def test_the_page_shows_the_usual_file(logged_in: FlaskClient) -> None:
    page = logged_in.get("/payroll")
    assert page.status_code == 200
    assert all(f'<th scope="row">{name}</th>' in page.text for name in COLUMNS)
    assert page.text.count(" checked") == 6 + 4  # the usual columns; three choices, and the heading row


def test_what_is_saved_is_shown_again_and_used(logged_in: FlaskClient, fill_in: FillIn, app: Flask) -> None:
    typed = fill_in(logged_in.get("/payroll"), "/payroll", delimiter="semicolon", decimal="comma", dates="03.10.2026")
    places = {name: number for number, name in enumerate(COLUMNS)}
    typed[f"use-{places['Name']}"] = ["yes"]
    typed[f"place-{places['Name']}"] = ["0"]
    typed[f"heading-{places['Name']}"] = ["Mitarbeiter"]
    del typed[f"use-{places['Date']}"]
    typed["component-code"] = ["STBY", "CALL", "OT", "ADJ"]
    answer = logged_in.post("/payroll", data=typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/payroll")
    page = logged_in.get("/payroll")
    assert 'value="Mitarbeiter"' in page.text
    assert 'value="STBY"' in page.text
    found = in_database(app, payroll.layout)
    assert found.columns == ("Name", "Payroll number", "Code", "Quantity", "Rate", "Amount")
    assert (found.delimiter, found.decimal, found.dates) == ("semicolon", "comma", "03.10.2026")
    assert in_database(app, payroll.codes, POLICY).of("hourly pay", "ran past business hours") == "OT"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"decimal": "comma"}, "With a decimal comma the columns must be separated by something else"),
        ({f"use-{number}": None for number in range(len(COLUMNS))}, "Choose at least one column."),
        ({"place-0": "first"}, "Payroll number: Write a whole number from 0 to 999."),
        ({"place-0": "²"}, "Payroll number: Write a whole number from 0 to 999."),
        ({"heading-0": "x" * 61}, "Payroll number: At most 60 characters."),
        ({"heading-0": "x\x00"}, "Payroll number: There is a character in it that nobody can see."),
        ({"component-code": ["x" * 41, "", "", ""]}, "stipend: At most 40 characters."),
        ({"delimiter": "pipe"}, "Columns are separated by a: Not a valid choice"),
        ({"delimiter": None}, "Columns are separated by a:"),
    ],
)
def test_what_no_program_could_read_is_not_saved(
    logged_in: FlaskClient, fill_in: FillIn, app: Flask, changed: dict[str, str | None], sentence: str
) -> None:
    before = in_database(app, payroll.layout)
    answer = logged_in.post("/payroll", data=fill_in(logged_in.get("/payroll"), "/payroll", **changed))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert in_database(app, payroll.layout) == before


def test_rules_of_a_report_can_have_codes(connected: FlaskClient, kept: WorkingSet, fill_in: FillIn) -> None:
    path = f"/payroll?report={kept.id}"
    page = connected.get(path)
    rules = fill_in(page, "/payroll")["rule"]
    assert "weekday stipend, level 1" in rules
    codes = ["WE" if rule == "weekend stipend, level 1" else "" for rule in rules]
    answer = connected.post(path, data=fill_in(page, "/payroll", **{"rule-code": codes}))
    assert answer.headers["Location"] == f"/reports/{kept.id}/payroll"
    assert fill_in(connected.get("/payroll"), "/payroll")["rule"] == ["weekend stipend, level 1"]


# A report


def test_missing_numbers_and_codes_are_named_and_refused(connected: FlaskClient, kept: WorkingSet) -> None:
    page = connected.get(f"/reports/{kept.id}/payroll")
    assert page.status_code == 200
    for statement in kept.draft.report.statements:
        assert f"<li>{statement.person.name}</li>" in page.text
    assert "<li>stipend</li>" in page.text
    answer = connected.send(f"/reports/{kept.id}/payroll.csv", page=f"/reports/{kept.id}/payroll")
    assert answer.status_code == 422
    assert "Not downloaded: payroll numbers or codes are missing." in answer.text


def test_with_an_explicit_choice_the_file_has_gaps_and_every_penny(connected: FlaskClient, kept: WorkingSet) -> None:
    path = f"/reports/{kept.id}/payroll"
    answer = connected.send(f"{path}.csv", page=path, incomplete="yes")
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert {row["Code"] for row in rows} == {""}
    assert sum(Decimal(row["Amount"]) for row in rows) == kept.draft.report.total


def test_the_csv_is_the_report(connected: FlaskClient, kept: WorkingSet, app: Flask) -> None:
    number_everybody(app, kept)
    path = f"/reports/{kept.id}/payroll"
    assert "missing" not in connected.get(path).text
    answer = connected.send(f"{path}.csv", page=path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=2026-10_payments_oncall-pay.csv"
    rows = list(csv.DictReader(StringIO(answer.text)))
    for place, statement in enumerate(kept.draft.report.statements):
        own = [row for row in rows if row["Payroll number"] == f"00{place}"]
        assert sum(Decimal(row["Amount"]) for row in own) == statement.total
        by_code = {code: sum(Decimal(row["Amount"]) for row in own if row["Code"] == code) for code in ("STBY", "OT")}
        assert by_code == {"STBY": statement.stipends, "OT": statement.hourly_pay}
    for row in rows:
        product = Decimal(row["Quantity"]) * Decimal(row["Rate"])
        assert product.quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal(row["Amount"])


def test_engineers_who_are_not_priced_need_a_tick(
    connected: FlaskClient, kept: WorkingSet, app: Flask, fill_in: FillIn
) -> None:
    number_everybody(app, kept)
    page = connected.get(f"/reports/{kept.id}")
    connected.post(f"/reports/{kept.id}/price", data=fill_in(page, "/price", hourly_rate=""))
    path = f"/reports/{kept.id}/payroll"
    assert "These engineers are not priced:" in connected.get(path).text
    assert connected.send(f"{path}.csv", page=path, incomplete="yes").status_code == 422
    assert connected.send(f"{path}.csv", page=path, incomplete="yes", without="yes").status_code == 200


def test_the_json_is_the_report(connected: FlaskClient, kept: WorkingSet) -> None:
    answer = connected.send(f"/reports/{kept.id}/report.json", page=f"/reports/{kept.id}/payroll")
    assert answer.headers["Content-Disposition"] == "attachment; filename=2026-10_payments_oncall-pay.json"
    made = json.loads(answer.text)
    assert made["totals"]["to_pay"] == str(kept.draft.report.total)
    assert (made["account"], made["scope"]["id"]) == ({"region": "us", "subdomain": "lanternworks"}, "PTZXTCN")


def test_a_report_that_is_gone_says_so(connected: FlaskClient, kept: WorkingSet, app: Flask) -> None:
    connected.get(f"/reports/{kept.id}/payroll")
    app.extensions["calloutpay"].working_sets.forget(kept.id)
    assert connected.get(f"/reports/{kept.id}/payroll").status_code == 410
    for name in ("payroll.csv", "report.json"):
        assert connected.post(f"/reports/{kept.id}/{name}", data={"csrf_token": connected.token}).status_code == 410


def test_a_reload_of_a_refused_download_leads_back(connected: FlaskClient, kept: WorkingSet) -> None:
    for name in ("payroll.csv", "report.json"):
        assert connected.get(f"/reports/{kept.id}/{name}").headers["Location"] == f"/reports/{kept.id}/payroll"
    assert connected.get(f"/reports/{kept.id}/link").headers["Location"] == f"/reports/{kept.id}/review"
