"""Payroll numbers on the pages: before and then, a history, one engineer each, and no file that carries one twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.models import EngineerSettings, PayrollNumberChange
from webapp.services import accounts, people
from webapp.services.engineer_facts import HOURLY_RATE
from webapp.services.people import PaySettings
from webapp.settings import Settings

ADA, CARYS, CALLUM = "PUZXTCN", "PUZVMPA", "PUZTG1X"
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"

Kept = Callable[[], Mapping[str, PaySettings]]
Press = Callable[..., TestResponse]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def kept(app: Flask, connected: FlaskClient) -> Kept:
    """What is stored of the engineers; Ada has payroll number 000123."""

    def read() -> Mapping[str, PaySettings]:
        with app.extensions["calloutpay"].database.session() as session:
            return people.pay_settings(session, "lanternworks")

    give(connected, ADA, "000123")
    return read


def give(client: FlaskClient, user_id: str, number: str) -> TestResponse:
    """Type a payroll number on an engineer's page."""
    page = f"/people/{user_id}"
    answer = client.send(f"{page}/number", page=page, payroll_number=number)
    return client.get(answer.headers["Location"]) if answer.status_code == 303 else answer


def save(client: FlaskClient, page: TestResponse, **typed: str) -> TestResponse:
    """Press the button below what changes."""
    table = re.search(r"<textarea[^>]*>\r?\n?(.*?)</textarea>", page.text, re.DOTALL)
    checked = re.search(r'name="checked" value="(\w+)"', page.text)
    assert table
    assert checked
    form = {"csrf_token": client.token, "table": table[1], "checked": checked[1], "save": "yes", **typed}
    return client.post("/people/import", data=form)


def cells(page: TestResponse) -> list[list[str]]:
    """The rows of what changes."""
    body = page.text.partition('id="changes"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


def test_the_import_shows_payroll_numbers_before_and_then(connected: FlaskClient, kept: Kept) -> None:
    page = connected.send("/people/import", table=f"engineer,payroll number\n{ADA},000124\n{CARYS},0007\n")
    assert "What changes: 2 values of 2 engineers" in page.text
    assert cells(page) == [
        ["2", "Ada Lindqvist", "payroll number", "every month", "000123", "000124"],
        ["3", "Carys Pembrooke", "payroll number", "every month", "none", "0007"],
    ]
    assert kept()[ADA].payroll_number == "000123"
    assert save(connected, page).status_code == 303
    assert {one.name: one.payroll_number for one in kept().values()} == {
        "Ada Lindqvist": "000124",
        "Carys Pembrooke": "0007",
    }


def test_a_number_of_somebody_else_is_refused_by_name_in_the_import(connected: FlaskClient, kept: Kept) -> None:
    page = connected.send("/people/import", table=f"engineer,payroll number\n{CARYS},000123\n")
    assert page.status_code == 422
    assert (
        "<strong>Line 2</strong>: Carys Pembrooke: Payroll number 000123 is Ada Lindqvist&#39;s. Write another one, or "
        "change Ada Lindqvist&#39;s first."
    ) in page.text
    assert 'name="save"' not in page.text
    assert set(kept()) == {ADA}


@pytest.mark.slow
def test_two_numbers_are_swapped_in_one_table(connected: FlaskClient, kept: Kept) -> None:
    give(connected, CARYS, "7")
    page = connected.send("/people/import", table=f"engineer,payroll number\n{CARYS},000123\n{ADA},7\n")
    assert save(connected, page).status_code == 303
    assert (kept()[ADA].payroll_number, kept()[CARYS].payroll_number) == ("7", "000123")


def test_a_number_of_somebody_else_is_refused_by_name_on_the_page_of_an_engineer(
    connected: FlaskClient, kept: Kept
) -> None:
    answer = give(connected, CARYS, "000123")
    assert answer.status_code == 422
    assert "Payroll number 000123 is Ada Lindqvist&#39;s." in answer.text
    assert 'value="000123"' in answer.text
    assert "in leading zeros only" in give(connected, CARYS, "123").text
    assert kept()[CARYS].payroll_number == "123"


def test_a_number_that_is_somebodys_pagerduty_id_or_email_is_refused(connected: FlaskClient, kept: Kept) -> None:
    for number in (CARYS, "carys.pembrooke@example.com"):
        answer = give(connected, CALLUM, number)
        assert answer.status_code == 422
        assert f"Payroll number {number} is Carys Pembrooke&#39;s" in answer.text
    assert give(connected, CARYS, CARYS).status_code == 200  # one's own confuses nobody
    assert {one.payroll_number for one in kept().values()} == {"000123", CARYS}


@pytest.mark.parametrize("number", ["1\x002", "1\x7f", "7" * 41])
def test_a_number_that_cannot_be_kept_is_refused_beside_its_field(
    connected: FlaskClient, kept: Kept, number: str
) -> None:
    answer = give(connected, CARYS, number)
    assert answer.status_code == 422
    assert 'id="payroll_number-error"' in answer.text
    assert set(kept()) == {ADA}


@pytest.mark.parametrize("value", ["B\x00", "\x1b[1m", "B" * 201])
def test_a_value_that_cannot_be_kept_is_refused_beside_its_field(
    connected: FlaskClient, kept: Kept, value: str
) -> None:
    answer = connected.send(f"/people/{CARYS}", what="grade", value=value, begins="ever", earlier="yes")
    assert answer.status_code == 422
    assert 'id="value-error"' in answer.text
    assert set(kept()) == {ADA}


def test_an_invisible_character_makes_no_other_number(connected: FlaskClient, kept: Kept) -> None:
    answer = give(connected, CARYS, "000123\u200e")
    assert answer.status_code == 422
    assert "Payroll number 000123 is Ada Lindqvist&#39;s." in answer.text
    give(connected, CARYS, "\u200b7")
    assert kept()[CARYS].payroll_number == "7"


@pytest.mark.slow
def test_a_number_taken_between_the_check_and_the_save_is_refused_by_name(
    app: Flask, connected: FlaskClient, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = connected.send("/people/import", table=f"engineer,payroll number\n{CARYS},0007\n")
    store = people.save_pay_settings

    def late(*words: object) -> None:
        with app.extensions["calloutpay"].database.session() as session:
            callum = PaySettings(user_id=CALLUM, name="Callum MacRae", email=None, payroll_number="0007")
            store(session, "lanternworks", [callum], "bo@example.com")
        store(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(people, "save_pay_settings", late)
    answer = save(connected, page)
    assert answer.status_code == 422
    assert "Nothing was saved. Payroll number 0007 is Callum MacRae&#39;s." in answer.text
    assert CARYS not in kept()


def test_a_number_keeps_its_history_when_it_is_removed_and_removing_asks(connected: FlaskClient, kept: Kept) -> None:
    page = give(connected, ADA, "")
    assert "Remove a value of Ada Lindqvist?" in page.text
    assert "Payroll number: 000123." in page.text
    assert kept()[ADA].payroll_number == "000123"
    form = {"csrf_token": connected.token, "what": "payroll number", "since": ""}
    assert connected.post(f"/people/{ADA}/remove", data=form).status_code == 303
    assert connected.post(f"/people/{ADA}/remove", data=form).status_code == 404
    assert [one.value for one in kept()[ADA].number_changes] == ["000123", ""]
    history = connected.get(f"/people/{ADA}").text.partition('id="numbers"')[2].partition("</table>")[0]
    assert re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td>", history) == [("removed", "000123"), ("000123", "none")]
    assert f"by {EMAIL}" in history


@pytest.mark.slow
def test_whoever_has_no_value_left_can_be_forgotten(connected: FlaskClient, kept: Kept) -> None:
    connected.get(f"/people/{ADA}")
    form = {"csrf_token": connected.token}
    assert connected.post(f"/people/{ADA}/forget", data=form).status_code == 404
    connected.post(f"/people/{ADA}/remove", data={**form, "what": "payroll number"})
    assert "Forget this engineer" in connected.get(f"/people/{ADA}").text
    assert connected.post(f"/people/{ADA}/forget", data=form).status_code == 303
    assert kept() == {}


def test_removing_a_value_asks_first(connected: FlaskClient, kept: Kept) -> None:
    connected.send(f"/people/{ADA}", what=HOURLY_RATE, value="31.35", begins="ever", earlier="yes")
    assert "confirm_remove" not in connected.get(f"/people/{ADA}").text
    page = connected.get(f"/people/{ADA}/remove?what=hourly+rate&since=0001-01-01")
    assert "Hourly rate from the first day: 31.35." in page.text
    assert HOURLY_RATE in kept()[ADA].facts
    assert connected.get(f"/people/{ADA}/remove?what=hourly+rate&since=2026-01-01").status_code == 404


@pytest.mark.slow
def test_a_dash_in_the_import_is_shown_as_a_removal(connected: FlaskClient, kept: Kept) -> None:
    connected.send(f"/people/{ADA}", what=HOURLY_RATE, value="31.35", begins="ever", earlier="yes")
    table = f"engineer,payroll number,hourly rate,from\n{ADA},-,-,2026-11-01\n"
    page = connected.send("/people/import", table=table)
    assert [row[-2:] for row in cells(page)] == [["000123", "removed"], ["31.35", "from then on as the policy says"]]
    save(connected, page)
    assert kept()[ADA].payroll_number == ""


@pytest.mark.slow
def test_a_closed_account_is_no_longer_named_in_the_history(app: Flask, connected: FlaskClient, kept: Kept) -> None:
    assert kept()
    connected.send("/account/close", page="/account", email=EMAIL)
    with app.extensions["calloutpay"].database.session() as session:
        assert [one.saved_by for one in session.query(PayrollNumberChange)] == ["closed account"]


# Export


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_downloaded_and_imported_again_changes_nothing(connected: FlaskClient, kept: Kept, kind: str) -> None:
    connected.send(f"/people/{ADA}", what=HOURLY_RATE, value="31.350", begins="ever", earlier="yes")
    connected.send(f"/people/{CARYS}", what="grade", value="=B", begins="ever", earlier="yes")
    assert f"/people/engineers.{kind}" in connected.get("/people").text
    answer = connected.get(f"/people/engineers.{kind}")
    assert re.fullmatch(
        rf"attachment; filename=engineers_\d{{4}}-\d\d-\d\d\.{kind}", answer.headers["Content-Disposition"]
    )
    before = kept()
    page = connected.send("/people/import", file=(BytesIO(answer.data), f"engineers.{kind}"))
    assert page.status_code == 200
    assert "Nothing changes: all of it is saved so already." in page.text
    assert kept() == before


def test_a_file_that_cannot_be_read_leaves_what_was_pasted(connected: FlaskClient) -> None:
    content = "engineer;grade;from\nPUZXTCN;Jürgen;first day".encode("cp1252")
    page = connected.send("/people/import", table="engineer,grade,from", file=(BytesIO(content), "x.csv"))
    assert page.status_code == 422
    assert "save it as “CSV UTF-8”" in page.text
    assert "engineer,grade,from" in page.text.partition("<textarea")[2]


# Files of a report


@pytest.fixture
def twice(app: Flask, connected: FlaskClient) -> None:
    """Ada and Carys have one number, as older programs let it be."""
    assert connected
    with app.extensions["calloutpay"].database.session() as session:
        for user_id, name in ((ADA, "Ada Lindqvist"), (CARYS, "Carys Pembrooke")):
            number = "000123"
            changes = [PayrollNumberChange(value=number, saved_by="")]
            session.add(
                EngineerSettings(
                    subdomain="lanternworks",
                    user_id=user_id,
                    name=name,
                    payroll_number="000123",
                    number_changes=changes,
                )
            )
        session.commit()


SHARED = "Ada Lindqvist and Carys Pembrooke have the same payroll number, 000123."


@pytest.mark.usefixtures("twice")
def test_numbers_that_two_engineers_have_since_before_are_told(connected: FlaskClient) -> None:
    assert SHARED in connected.get("/people").text
    assert SHARED in connected.get(f"/people/{CARYS}").text
    assert SHARED not in connected.get(f"/people/{CALLUM}").text


@pytest.mark.slow
@pytest.mark.usefixtures("twice", "saved")
def test_no_file_carries_a_number_twice(connected: FlaskClient, preview: Press) -> None:
    page = preview(connected)
    assert SHARED in page.text
    path = re.search(r"/reports/[\w-]{22}", page.text)
    assert path
    for file in ("workbook", "payroll.csv", "report.json", f"statement/{ADA}"):
        answer = connected.post(f"{path[0]}/{file}", data={"csrf_token": connected.token, "incomplete": "yes"})
        assert answer.status_code == 422
        assert f"Not downloaded. {SHARED} Give each a number of their own under Rates and regions" in answer.text


@pytest.mark.slow
@pytest.mark.usefixtures("twice", "saved")
def test_the_command_writes_no_file_that_carries_a_number_twice(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["report", "--account", EMAIL, "--scope", "team", "--team", "Payments", "--month", "2026-10"]
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 1
    assert f"No file was made. {SHARED}" in done.output
    assert list(tmp_path.glob("*.xlsx")) == []


@pytest.mark.slow
@pytest.mark.usefixtures("kept", "saved")
def test_new_numbers_of_a_report_that_differ_in_leading_zeros_only_are_told(
    connected: FlaskClient, preview: Press, fill_in: Callable[..., dict[str, list[str]]]
) -> None:
    path = re.search(r"/reports/[\w-]{22}", preview(connected).text)
    assert path
    typed = {f"{CARYS}-payroll_number": "77", f"{CALLUM}-payroll_number": "0077"}
    form = fill_in(connected.get(f"{path[0]}/rates"), "/rates", **typed)
    answer = connected.post(f"{path[0]}/rates", data={**form, "save": "yes"})
    assert answer.status_code == 303
    assert "in leading zeros only" in connected.get(path[0]).text
    typed = {f"{CARYS}-payroll_number": CALLUM}
    form = fill_in(connected.get(f"{path[0]}/rates"), "/rates", **typed)
    answer = connected.post(f"{path[0]}/rates", data={**form, "removed": "yes", "save": "yes"})
    assert answer.status_code == 422
    assert "PagerDuty id. Write another one." in answer.text


@pytest.mark.slow
@pytest.mark.parametrize("button", ["try", "save"])
@pytest.mark.usefixtures("saved")
def test_rates_and_regions_refuses_a_number_of_somebody_else_and_swaps_two(
    connected: FlaskClient, kept: Kept, preview: Press, fill_in: Callable[..., dict[str, list[str]]], button: str
) -> None:
    give(connected, CARYS, "7")
    found = re.search(r"/reports/[\w-]{22}", preview(connected).text)
    assert found
    path = f"{found[0]}/rates"

    def press(**typed: str) -> TestResponse:
        form = fill_in(connected.get(path), "/rates", **typed)
        return connected.post(path, data={**form, button: "yes"})

    taken = press(**{f"{CALLUM}-payroll_number": "000123"})
    assert taken.status_code == 422
    assert f'<a href="#{CALLUM}-payroll_number">' in taken.text
    assert "Payroll number 000123 is Ada Lindqvist&#39;s." in taken.text
    swapped = press(**{f"{ADA}-payroll_number": "7", f"{CARYS}-payroll_number": "000123"})
    assert swapped.status_code == 303
    is_saved = button == "save"
    assert kept()[ADA].payroll_number == ("7" if is_saved else "000123")


@pytest.mark.slow
@pytest.mark.usefixtures("saved")
def test_rates_and_regions_asks_before_a_number_is_removed(
    connected: FlaskClient, kept: Kept, preview: Press, fill_in: Callable[..., dict[str, list[str]]]
) -> None:
    found = re.search(r"/reports/[\w-]{22}", preview(connected).text)
    assert found
    path = f"{found[0]}/rates"
    form = fill_in(connected.get(path), "/rates", **{f"{ADA}-payroll_number": ""})
    answer = connected.post(path, data={**form, "save": "yes"})
    assert answer.status_code == 422
    assert "<li>Ada Lindqvist: payroll number 000123</li>" in answer.text
    assert kept()[ADA].payroll_number == "000123"
    again = fill_in(answer, "/rates", removed="yes")
    assert connected.post(path, data={**again, "save": "yes"}).status_code == 303
    assert kept()[ADA].payroll_number == ""


# Roles


@pytest.mark.parametrize("role", ["viewer", "engineer"])
def test_whoever_does_not_decide_about_pay_downloads_and_removes_nothing(app: Flask, role: str) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        accounts.add_account(session, f"{role}@example.com", PASSWORD, role)
    client = app.test_client()
    client.log_in(f"{role}@example.com", PASSWORD)
    for path in ("/people/engineers.csv", "/people/engineers.xlsx", f"/people/{ADA}/remove"):
        assert client.get(path).status_code == 403
    client.get("/account")
    for path in (f"/people/{ADA}/forget", f"/people/{ADA}/remove"):
        assert client.post(path, data={"csrf_token": client.token}).status_code == 403
