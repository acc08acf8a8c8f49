"""The pages of engineers' own settings: values with dates, history, corrections, import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp.models import EngineerFact, SeenReport
from webapp.services import accounts, people, policies
from webapp.services.engineer_facts import GRADE, HOURLY_RATE
from webapp.services.people import PaySettings
from webapp.services.policies import PolicyText
from webapp.settings import Settings

ADA, CARYS = "PUZXTCN", "PUZUKC6"
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"
JULY = date(2026, 7, 1)
BY_CONTRACT = (
    'name = "Flat"\ncurrency = "GBP"\nrounding = "half up"\n[[rules]]\nname = "Stipend"\npays = "on call"\n'
    'count = "days"\nprice = { by = "contract", casual = "50.00", other = "40.00" }\n'
)

Kept = Callable[[], Mapping[str, PaySettings]]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def kept(app: Flask, connected: FlaskClient) -> Kept:
    """What is stored of the engineers of the connection's account."""
    assert connected

    def read() -> Mapping[str, PaySettings]:
        with app.extensions["calloutpay"].database.session() as session:
            card = app.extensions["calloutpay"].connections.working_card(1)
            return people.pay_settings(session, card.subdomain)

    return read


def add(client: FlaskClient, user_id: str = ADA, **typed: str) -> str:
    """Add a value on the page of an engineer and give back what the page says then."""
    values = {"what": HOURLY_RATE, "value": "31.35", "begins": "ever", "earlier": "yes", **typed}
    answer = client.send(f"/people/{user_id}", **values)
    assert answer.status_code in {303, 422}
    return client.get(answer.headers["Location"]).text if answer.status_code == 303 else answer.text


# One engineer


@pytest.mark.parametrize(
    ("table", "file", "sentence"),
    [
        ("keep me", b"0" * 3_000_000, "The file is larger than 2 MB. Import it in parts."),
        ("keep me" * 400_000, b"", "The table is larger than 500 kB. Import it in parts."),
        ("engineer,remark,payroll number\nkeep me," + "x" * 140_000, b"", "A cell is too long to be read."),
    ],
)
def test_what_is_too_large_to_import_is_said_on_its_page_and_nothing_typed_is_lost(
    connected: FlaskClient, table: str, file: bytes, sentence: str
) -> None:
    connected.get("/people/import")
    parts = {"csrf_token": connected.token, "table": table, 'file"; filename="rates.csv' if file else "none": file}
    # by hand: the client of the tests keeps what is large in temporary files, and leaves them open
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (name.encode(), part if isinstance(part, bytes) else part.encode())
        for name, part in parts.items()
    )
    answer = connected.post("/people/import", data=body + b"--x--\r\n", content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "keep me" in answer.text.partition("<textarea")[2]


def test_a_value_holds_from_its_first_day(connected: FlaskClient, kept: Kept) -> None:
    assert "Saved: hourly rate from the first day: 31.35." in add(connected)
    page = add(connected, value="33.00", begins="date", effective="2026-07-01")
    assert "Saved: hourly rate from 1 July 2026: 33.00." in page
    assert page.count("in force today") == 1
    ada = kept()[ADA]
    assert (ada.name, ada.email) == ("Ada Lindqvist", "ada.lindqvist@example.com")
    assert [str(ada.rate_on(day)) for day in (date(2026, 6, 30), JULY)] == ["31.35", "33.00"]


def test_an_empty_value_is_the_policys_again(connected: FlaskClient, kept: Kept) -> None:
    add(connected)
    typed = {"value": "", "begins": "date", "effective": "2026-07-01"}
    assert "Hourly rate 31.35 ends on that day" in add(connected, **typed)
    assert str(kept()[ADA].rate_on(JULY)) == "31.35"
    assert "as the policy says" in add(connected, removed="yes", **typed)
    assert kept()[ADA].rate_on(JULY) is None


def test_a_value_begins_with_this_month_unless_another_day_is_typed(connected: FlaskClient) -> None:
    page = connected.get(f"/people/{ADA}").text
    assert 'name="effective" type="date" value="2026-11-01"' in page
    assert page.index('name="effective"') < page.index('name="begins"') < page.index('name="value"')


def test_since_ever_asks_first(connected: FlaskClient, kept: Kept) -> None:
    page = add(connected, earlier="")
    assert "Ada Lindqvist, from the first day: this changes the reports of every earlier month." in page
    assert 'value="31.35"' in page
    assert kept() == {}


def reviewed(app: Flask, first: date, last: date, user_id: str = ADA) -> None:
    """Let somebody have reviewed a report with an engineer."""
    row = {"region": "us", "scope_kind": "organisation", "scope_id": "", "also": [], "policy_label": "", "digest": ""}
    with app.extensions["calloutpay"].database.session() as session:
        subdomain = app.extensions["calloutpay"].connections.working_card(1).subdomain
        session.add(
            SeenReport(
                id=f"{first}{user_id}", subdomain=subdomain, first=first, last=last, engineers={user_id: "x"},
                seen_by=EMAIL, seen_at=datetime(2026, 11, 2, tzinfo=UTC), reviewed=True, **row,
            )
        )  # fmt: skip
        session.commit()


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ({"begins": "ever"}, "July 2026, October 2026"),
        ({"begins": "date", "effective": "2026-08-01"}, "October 2026"),
        ({"begins": "date", "effective": "2026-10-31"}, "October 2026"),
    ],
)
def test_the_months_that_it_would_change_are_named(
    app: Flask, connected: FlaskClient, kept: Kept, typed: dict[str, str], named: str
) -> None:
    reviewed(app, JULY, date(2026, 7, 31))
    reviewed(app, date(2026, 10, 1), date(2026, 10, 31))
    reviewed(app, date(2026, 9, 1), date(2026, 9, 30), CARYS)
    reviewed(app, date(2026, 11, 1), date(2026, 11, 30))
    page = add(connected, earlier="", **typed)
    assert f"Reviewed, shared or amended here: {named}." in page
    assert kept() == {}
    assert "Saved: hourly rate" in add(connected, **typed)


def test_a_correction_changes_the_months_of_its_old_day_too(app: Flask, connected: FlaskClient, kept: Kept) -> None:
    add(connected, begins="date", effective="2026-07-01")
    reviewed(app, JULY, date(2026, 7, 31))
    typed = {"what": HOURLY_RATE, "value": "34", "begins": "date", "effective": "2026-11-01"}
    page = connected.send(f"/people/{ADA}?what=hourly+rate&since=2026-07-01", **typed)
    assert page.status_code == 422
    assert "Reviewed, shared or amended here: July 2026." in page.text
    assert str(kept()[ADA].rate_on(JULY)) == "31.35"


@pytest.mark.parametrize("effective", ["2026-11-01", "2026-12-01", "2026-08-01"])
def test_a_value_that_changes_nothing_that_is_known_is_saved_at_once(
    app: Flask, connected: FlaskClient, effective: str
) -> None:
    reviewed(app, JULY, date(2026, 7, 31))
    assert "Saved: hourly rate" in add(connected, earlier="", begins="date", effective=effective)


def test_a_value_is_corrected_in_its_place(connected: FlaskClient, kept: Kept) -> None:
    add(connected)
    add(connected, value="33.00", begins="date", effective="2026-07-01")
    path = f"/people/{ADA}?what=hourly+rate&since=2026-07-01"
    page = connected.get(path).text
    assert "Correct hourly rate from 1 July 2026" in page
    assert 'value="33.00"' in page
    typed = {"what": HOURLY_RATE, "value": "34", "begins": "date", "effective": "2026-08-01"}
    assert connected.send(path, **typed).status_code == 303
    assert [(one.since, one.value) for one in kept()[ADA].facts[HOURLY_RATE]] == [
        (date.min, "31.35"),
        (date(2026, 8, 1), "34"),
    ]
    assert connected.get(path).status_code == 404


def test_a_correction_takes_the_place_of_another_value_only_once_that_is_confirmed(
    connected: FlaskClient, kept: Kept
) -> None:
    add(connected)
    add(connected, value="33.00", begins="date", effective="2026-07-01")
    path = f"/people/{ADA}?what=hourly+rate&since=2026-07-01"
    typed = {"what": HOURLY_RATE, "value": "35", "begins": "ever", "earlier": "yes"}
    page = connected.send(path, **typed)
    assert page.status_code == 422
    assert "Hourly rate from the first day is 31.35 already. It would be gone." in page.text
    assert 'value="35"' in page.text
    assert len(kept()[ADA].facts[HOURLY_RATE]) == 2
    assert connected.send(path, **typed, replaced="yes").status_code == 303
    assert [(one.since, one.value) for one in kept()[ADA].facts[HOURLY_RATE]] == [(date.min, "35")]


def test_a_value_in_place_of_another_of_the_same_day_says_so(connected: FlaskClient) -> None:
    add(connected)
    assert "Saved: hourly rate from the first day: 40, in place of 31.35." in add(connected, value="40")


def test_removing_a_value_names_the_months_that_it_may_change(app: Flask, connected: FlaskClient) -> None:
    add(connected)
    reviewed(app, JULY, date(2026, 7, 31))
    typed = {"what": HOURLY_RATE, "since": "0001-01-01"}
    connected.send(f"/people/{ADA}/remove", page=f"/people/{ADA}", **typed)
    assert "That may change reports of months that are over: July 2026." in connected.get("/people").text


def test_a_value_is_removed(connected: FlaskClient, kept: Kept) -> None:
    add(connected)
    add(connected, what=GRADE, value="B")
    typed = {"what": HOURLY_RATE, "since": "0001-01-01"}
    assert connected.send(f"/people/{ADA}/remove", page=f"/people/{ADA}", **typed).status_code == 303
    assert set(kept()[ADA].facts) == {GRADE}
    assert connected.send(f"/people/{ADA}/remove", page=f"/people/{ADA}", **typed).status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"value": "lots"}, "“lots” is not an amount."),
        ({"what": "holiday region", "value": "Narnia"}, "is not a country code"),
        ({"what": "time zone", "value": "Europe/Londin"}, "Did you mean Europe/London?"),
        ({"what": "working hours", "value": "nine to five"}, "Write them like Mon-Fri 09:00-17:30."),
        ({"what": "working hours", "value": "Mon 17:00-09:00"}, "must end after they start"),
        ({"what": "shoe size", "value": "43"}, "Not a valid choice"),
        ({"begins": "date"}, "Write the day from which it holds"),
    ],
)
def test_a_wrong_value_is_not_saved_and_kept_in_its_field(
    connected: FlaskClient, kept: Kept, typed: dict[str, str], sentence: str
) -> None:
    page = add(connected, **typed)
    assert sentence in page
    assert f'value="{typed.get("value", "31.35")}"' in page
    assert kept() == {}


def test_the_payroll_number_has_no_date(connected: FlaskClient, kept: Kept) -> None:
    path = f"/people/{ADA}"
    assert connected.send(f"{path}/number", page=path, payroll_number=" 0042 ").status_code == 303
    assert kept()[ADA].payroll_number == "0042"
    answer = connected.send(f"{path}/number", page=path, payroll_number="0" * 41)
    assert answer.status_code == 422
    assert "At most 40 characters." in answer.text


def test_somebody_whom_pagerduty_does_not_know_is_not_found(connected: FlaskClient) -> None:
    assert connected.get("/people/PNOBODY").status_code == 404


def test_what_the_policy_asks_for_can_be_said(app: Flask, connected: FlaskClient, kept: Kept) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, PolicyText(BY_CONTRACT), EMAIL)
    add(connected, what="contract", value="casual")
    assert kept()[ADA].on("contract", JULY) == "casual"
    assert "working hours, contract." in connected.get("/people/import").text


# Everybody


def test_the_list_shows_what_is_in_force_and_finds_those_without_settings(connected: FlaskClient) -> None:
    assert "Nobody has settings of their own yet" in connected.get("/people").text
    add(connected)
    add(connected, value="99.00", begins="date", effective="2030-01-01")
    page = connected.get("/people").text
    assert "Ada Lindqvist" in page
    assert "31.35" in page
    assert "99.00" not in page
    found = connected.get("/people?q=pembr").text
    assert "Carys Pembrooke" in found
    assert "Ada Lindqvist" not in found


def test_without_a_connection_nobody_is_known(logged_in: FlaskClient) -> None:
    assert "PagerDuty is not connected" in logged_in.get("/people").text
    assert logged_in.get(f"/people/{ADA}").status_code == 404


# Import


TABLE = "engineer,hourly rate,from\nada.lindqvist@example.com,31.35,first day\n"


def test_a_table_is_checked_shown_and_then_saved(connected: FlaskClient, kept: Kept) -> None:
    page = connected.send("/people/import", table=TABLE)
    assert "What changes: 1 value of 1 engineer" in page.text
    assert kept() == {}
    checked = page.text.partition('name="checked" value="')[2].partition('"')[0]
    typed = {"csrf_token": connected.token, "table": TABLE.replace("\n", "\r\n"), "checked": checked, "save": "yes"}
    assert connected.post("/people/import", data=typed).status_code == 303
    assert str(kept()[ADA].rate_on(JULY)) == "31.35"
    assert kept()[ADA].facts[HOURLY_RATE][0].saved_by == EMAIL


def test_a_table_that_reaches_into_earlier_months_says_which(app: Flask, connected: FlaskClient) -> None:
    reviewed(app, JULY, date(2026, 7, 31))
    page = connected.send("/people/import", table=TABLE)
    assert "Months that are over change" in page.text
    assert "Reviewed, shared or amended here: July 2026." in page.text
    page = connected.send("/people/import", table=TABLE.replace("first day", "2026-08-01"))
    assert "Months that are over change" not in page.text


def test_a_table_that_was_edited_after_it_was_checked_is_shown_again(connected: FlaskClient, kept: Kept) -> None:
    page = connected.send("/people/import", table=TABLE)
    checked = page.text.partition('name="checked" value="')[2].partition('"')[0]
    answer = connected.send("/people/import", table=TABLE.replace("31", "91"), checked=checked, save="yes")
    assert answer.status_code == 200
    assert "91.35" in answer.text
    assert kept() == {}


def test_a_table_with_a_mistake_is_kept_and_nothing_of_it_saved(connected: FlaskClient, kept: Kept) -> None:
    answer = connected.send("/people/import", table=f"{TABLE}nobody@example.com,1,first day\n", save="yes")
    assert answer.status_code == 422
    assert "1 line needs a correction" in answer.text
    assert "<strong>Line 3</strong>: Nobody is known as" in answer.text
    assert "nobody@example.com,1,first day" in answer.text.partition("<textarea")[2]
    assert kept() == {}


def test_a_file_is_read_like_a_pasted_table(connected: FlaskClient) -> None:
    page = connected.send("/people/import", file=(BytesIO(b"\xef\xbb\xbf" + TABLE.encode()), "rates.csv"))
    assert "What changes: 1 value of 1 engineer" in page.text
    assert "ada.lindqvist@example.com,31.35" in page.text.partition("<textarea")[2]
    wrong = connected.send("/people/import", file=(BytesIO(b"PK\x03\x04\xff\xff"), "rates.xlsx"))
    assert wrong.status_code == 422
    assert "no workbook that can be read" in wrong.text


# Roles


@pytest.mark.parametrize("role", ["viewer", "engineer"])
def test_whoever_does_not_decide_about_pay_sees_no_rates(app: Flask, role: str) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        accounts.add_account(session, f"{role}@example.com", PASSWORD, role)
    client = app.test_client()
    client.log_in(f"{role}@example.com", PASSWORD)
    for path in ("/people", f"/people/{ADA}", "/people/import"):
        assert client.get(path).status_code == 403
    client.get("/account")
    for path in (f"/people/{ADA}", f"/people/{ADA}/number", f"/people/{ADA}/remove", "/people/import"):
        assert client.post(path, data={"csrf_token": client.token}).status_code == 403


def test_with_the_account_its_name_goes(app: Flask, connected: FlaskClient) -> None:
    add(connected)
    connected.send("/account/close", page="/account", email=EMAIL)
    with app.extensions["calloutpay"].database.session() as session:
        assert session.scalars(select(EngineerFact.saved_by)).all() == ["closed account"]
