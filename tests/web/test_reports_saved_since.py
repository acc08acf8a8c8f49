"""What somebody saved since a report was priced: it is told where it touches the report, and files wait for it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from webapp.models import Account, SeenReport
from webapp.pricing.policy.form import Policy
from webapp.services import callout_decisions, people, policies
from webapp.services.engineer_facts import HOURLY_RATE, Change
from webapp.services.people import PaySettings
from webapp.services.reporting import PricedReport
from webapp.settings import Settings

Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
BO = "bo@example.com"
ADA = "PUZXTCN"
OTHER_TEAM = "PNOBODY"
SAVED_AT = "on 21 November 2026, 10:00 UTC"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture(scope="module")
def first_priced() -> list[PricedReport]:
    """What the first test read and priced, for the others: they ask for the same, of the same policy."""
    return []


@pytest.fixture
def path(app: Flask, connected: FlaskClient, ask: Ask, first_priced: list[PricedReport]) -> str:
    """The report of the team Payments for October, priced."""
    where = ask(connected, scope="team", team="PTZXTCN", period="month", month="2026-10").headers["Location"]
    draft = only(app)
    for first in first_priced:
        draft.inputs, draft._priced = first.inputs, first
    while draft.records is None:
        connected.get(where)
    first_priced[:] = first_priced or [draft.priced]
    return str(where)


def only(app: Flask) -> Any:
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    return kept.draft


@pytest.fixture
def save(app: Flask) -> Callable[..., None]:
    """Bo saves something elsewhere: in another login, on another page, on the command line."""

    def do(change: Callable[..., object], /, *given: Any, **named: Any) -> None:
        with app.extensions["calloutpay"].database.session() as session:
            change(session, *given, **named)

    return do


Save = Callable[..., None]


@pytest.fixture
def ada_callout(app: Flask, path: str) -> Any:
    """A callout of Ada's that pays."""
    assert path
    (ada,) = (one for one in only(app).report.statements if one.person.id == ADA)
    return next(row for row in ada.callouts if row.payable)


def do_not_pay(save: Save, app: Flask, incident_id: str, user_id: str = ADA) -> None:
    subdomain = only(app).subdomain
    save(
        callout_decisions.decide, subdomain, incident_id=incident_id, user_id=user_id, pay=False, reason="a test alert",
        decided_by=BO,
    )  # fmt: skip


def raise_ada(
    save: Save, app: Flask, since: date = date(2026, 10, 1), user_id: str = ADA, payroll_number: str = ""
) -> None:
    own = PaySettings(user_id=user_id, name="Ada Lindqvist", email=None, payroll_number=payroll_number)
    own = own.changed(HOURLY_RATE, "40.00", since)
    save(people.save_pay_settings, only(app).subdomain, [own], BO)


def told(page: TestResponse) -> list[str]:
    """What the page says was saved since."""
    found = re.search(r"(\d+) things? changed since this report was priced.*?<ul>(.*?)</ul>", page.text, re.DOTALL)
    if found is None:
        return []
    listed = [html.unescape(one) for one in re.findall(r"<li>(.*?)</li>", found[2])]
    assert len(listed) == int(found[1])
    return listed


def tick(page: TestResponse) -> str:
    """What the box stands for, beside the list of this page."""
    (value,) = set(re.findall(r'name="outdated" value="(\w+)"', page.text))
    return str(value)


def total(page: TestResponse) -> Decimal:
    found = re.search(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", page.text)
    assert found, page.text
    return Decimal(found[1].replace(",", ""))


def texts(workbook: bytes, sheet: str) -> list[str]:
    rows = load_workbook(BytesIO(workbook))[sheet].iter_rows(values_only=True)
    return [str(cell) for row in rows for cell in row if cell is not None]


def versions(app: Flask) -> list[int]:
    with app.extensions["calloutpay"].database.session() as session:
        return [one.version for one in policies.saved_policies(session)]


# What is told


def test_a_callout_that_a_colleague_decided_is_told_and_the_workbook_waits(
    connected: FlaskClient, path: str, app: Flask, save: Save, ada_callout: Any, fill_in: FillIn
) -> None:
    before = total(connected.get(path))
    do_not_pay(save, app, ada_callout.incident.id)

    page = connected.get(path)
    what = f"Ada Lindqvist, incident #{ada_callout.incident.number}: do not pay (a test alert)"
    words = f"{what}, decided by {BO} {SAVED_AT}"
    assert told(page) == [words]
    assert total(page) == before

    refused = connected.post(f"{path}/workbook", data=fill_in(page, "/workbook"))
    assert refused.status_code == 422
    assert "Not downloaded: 1 change was saved since this report was priced." in refused.text
    assert "Press Update, or tick “Download without the 1 change saved since”." in refused.text
    assert told(refused) == [words]

    answer = connected.post(f"{path}/update", data=fill_in(page, "/price"))
    assert answer.status_code == 303
    updated = connected.get(path)
    assert told(updated) == []
    assert total(updated) < before
    assert connected.post(f"{path}/workbook", data=fill_in(updated, "/workbook")).status_code == 200


def test_a_tick_that_names_no_list_of_changes_agrees_to_none(
    connected: FlaskClient, path: str, app: Flask, save: Save, ada_callout: Any, fill_in: FillIn
) -> None:
    do_not_pay(save, app, ada_callout.incident.id)
    form = fill_in(connected.get(path), "/workbook")
    for value in ("yes", "True", "on"):
        assert connected.post(f"{path}/workbook", data={**form, "outdated": value}).status_code == 422


def test_with_the_tick_the_file_lists_what_is_not_in_it(
    connected: FlaskClient, path: str, app: Flask, save: Save, ada_callout: Any, fill_in: FillIn
) -> None:
    do_not_pay(save, app, ada_callout.incident.id)
    raise_ada(save, app)
    page = connected.get(path)
    missing = told(page)
    assert len(missing) == 2

    answer = connected.post(f"{path}/workbook", data=fill_in(page, "/workbook", outdated=tick(page)))

    assert answer.status_code == 200
    name = "2026-10_payments_oncall-pay_without-2-saved-since.xlsx"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    for sheet in ("Summary", "Policy", "Checks"):
        assert set(missing) <= set(texts(answer.data, sheet))
    first_words = "Without 2 changes saved since this report was priced. They are listed below the table."
    assert first_words in texts(answer.data, "Summary")[:5]


@pytest.mark.parametrize(
    ("action", "what", "label"),
    [
        ("payroll.csv", "Not downloaded", "Download"),
        ("report.json", "Not downloaded", "Download"),
        ("review", "Not marked as reviewed", "Mark as reviewed"),
        ("link", "No link made", "Make a link"),
        ("statement/PUZXTCN", "Not downloaded", "Download"),
    ],
)
def test_every_way_out_of_the_house_waits_for_an_update_or_a_tick(
    connected: FlaskClient, path: str, app: Flask, save: Save, action: str, what: str, label: str
) -> None:
    raise_ada(save, app)
    connected.get(path)
    typed = {"csrf_token": connected.token, "incomplete": "yes"}  # type: ignore[attr-defined]  # the checking client's

    refused = connected.post(f"{path}/{action}", data=typed)
    assert refused.status_code == 422
    assert f"{what}: 1 change was saved since this report was priced." in refused.text
    assert f"Press Update, or tick “{label} without the 1 change saved since”." in refused.text
    assert f'value="{tick(refused)}"> {label} without the 1 change saved since</label>' in refused.text
    assert "hourly rate £40.00 from 1 October 2026 on" in refused.text

    ticked = connected.post(f"{path}/{action}", data={**typed, "outdated": tick(refused)})
    assert ticked.status_code in {200, 303}
    if action == "report.json":
        (missing,) = json.loads(ticked.text)["missing"]
        assert missing["engineer"] == ADA


@pytest.mark.parametrize("action", ["workbook", "payroll.csv", "report.json", "review", "link", "statement/PUZXTCN"])
def test_a_tick_agrees_to_go_on_without_the_listed_changes_and_no_others(
    connected: FlaskClient, path: str, app: Flask, save: Save, ada_callout: Any, action: str
) -> None:
    raise_ada(save, app)
    seen = tick(connected.get(path))
    do_not_pay(save, app, ada_callout.incident.id)
    typed = {"csrf_token": connected.token, "incomplete": "yes"}  # type: ignore[attr-defined]  # the checking client's

    refused = connected.post(f"{path}/{action}", data={**typed, "outdated": seen})

    assert refused.status_code == 422
    assert len(told(refused)) == 2
    assert "do not pay (a test alert)" in refused.text
    with app.extensions["calloutpay"].database.session() as session:
        assert session.query(SeenReport).count() == 0
    ticked = connected.post(f"{path}/{action}", data={**typed, "outdated": tick(refused)})
    assert ticked.status_code in {200, 303}


def test_an_engineer_who_is_opened_in_place_has_the_tick_too(
    connected: FlaskClient, path: str, app: Flask, save: Save
) -> None:
    connected.get(path)
    raise_ada(save, app)
    opened = connected.get(path, query_string={"open": ADA}, headers={"HX-Request": "true"})
    assert opened.status_code == 200
    assert "Download without the 1 change saved since</label>" in opened.text


def test_an_engineer_reads_in_a_statement_of_no_colleague(
    connected: FlaskClient, path: str, app: Flask, save: Save
) -> None:
    other = next(one.person for one in only(app).report.statements if one.person.id != ADA)
    raise_ada(save, app)
    raise_ada(save, app, user_id=other.id)
    page = connected.get(path)
    typed = {"csrf_token": connected.token, "outdated": tick(page)}  # type: ignore[attr-defined]  # the checking client's
    answer = connected.post(f"{path}/statement/{ADA}", data=typed)
    assert answer.status_code == 200
    assert other.name not in " ".join(texts(answer.data, "Policy"))
    assert "Ada Lindqvist: hourly rate £40.00" in " ".join(texts(answer.data, "Policy"))


def test_a_version_of_the_policy_is_told_by_who_when_and_from_when(
    connected: FlaskClient, path: str, save: Save, saved: Policy
) -> None:
    save(policies.save_policy, replace(saved, callout_fee=Decimal(60)), BO, effective=date(2026, 10, 16))
    words = f"Standard policy version 2, in force from 16 October 2026, saved by {BO} {SAVED_AT}"
    assert told(connected.get(path)) == [words]


def test_what_was_taken_back_is_told_too(
    connected: FlaskClient, path: str, app: Flask, save: Save, ada_callout: Any, fill_in: FillIn
) -> None:
    do_not_pay(save, app, ada_callout.incident.id)
    raise_ada(save, app)
    connected.post(f"{path}/update", data=fill_in(connected.get(path), "/price"))
    assert told(connected.get(path)) == []
    subdomain = only(app).subdomain
    save(callout_decisions.undecide, subdomain, incident_id=ada_callout.incident.id, user_id=ADA)
    save(people.correct_value, subdomain, ADA, HOURLY_RATE, date(2026, 10, 1), change=None, saved_by=BO)
    assert set(told(connected.get(path))) == {
        f"Ada Lindqvist, incident #{ada_callout.incident.number}: the decision was taken back",
        "Ada Lindqvist: hourly rate of their own removed",
    }


# What is silent


def test_what_touches_nobody_and_no_day_of_the_report_is_silent(
    connected: FlaskClient, path: str, app: Flask, save: Save, saved: Policy, fill_in: FillIn
) -> None:
    before = connected.get(path)
    records = only(app).records
    september = next(
        one.id
        for one in records.incidents.values()
        if one.resolved_at and one.resolved_at < datetime(2026, 9, 29, tzinfo=UTC)
    )
    raise_ada(save, app, since=date(2026, 11, 1))
    raise_ada(save, app, user_id=OTHER_TEAM)
    do_not_pay(save, app, "QUNKNOWN")
    do_not_pay(save, app, september)
    do_not_pay(save, app, next(iter(records.incidents)), OTHER_TEAM)
    save(policies.save_policy, replace(saved, callout_fee=Decimal(60)), BO, effective=date(2026, 11, 1))

    page = connected.get(path)

    assert told(page) == []
    assert total(page) == total(before)
    assert "By Standard policy version 1." in page.text
    assert connected.post(f"{path}/workbook", data=fill_in(page, "/workbook")).status_code == 200


def test_what_was_saved_while_pagerduty_was_read_is_in_the_first_report(
    connected: FlaskClient, ask: Ask, app: Flask, save: Save, saved: Policy
) -> None:
    object.__setattr__(app.extensions["calloutpay"].settings, "read_slice_seconds", 0)
    where = ask(connected, scope="team", team="PTZXTCN", period="month", month="2026-10").headers["Location"]
    connected.get(where)
    save(policies.save_policy, replace(saved, callout_fee=Decimal(60)), BO)
    page = connected.get(where)
    while 'id="reading"' in page.text:
        page = connected.get(where)
    assert "By Standard policy version 2." in page.text
    assert told(page) == []


# An update keeps what is tried out


def test_an_update_keeps_what_is_typed_and_tried_out(
    connected: FlaskClient, path: str, app: Flask, save: Save, saved: Policy, fill_in: FillIn
) -> None:
    page = connected.get(path)
    connected.post(f"{path}/price", data=fill_in(page, "/price", callout_fee="50"))
    rates = fill_in(connected.get(f"{path}/rates"), "/rates", **{f"{ADA}-payroll_number": "A1"})
    connected.post(f"{path}/rates", data=rates)
    raise_ada(save, app, payroll_number="B2")
    save(policies.save_policy, replace(saved, callout_fee=Decimal(60)), BO)

    page = connected.get(path)
    assert len(told(page)) == 2
    connected.post(f"{path}/update", data=fill_in(page, "/price", minimum_minutes="30"))

    page = connected.get(path)
    assert told(page) == []
    assert "Callout fee: you typed 50.00; version 2 says 60.00." in page.text
    assert "Ada Lindqvist, payroll number: you typed A1; B2 is saved." in page.text
    typed = fill_in(page, "/price")
    assert (typed["callout_fee"], typed["minimum_minutes"]) == (["50"], ["30"])
    ada = only(app).inputs.own[ADA]
    assert (ada.payroll_number, ada.on(HOURLY_RATE, date(2026, 10, 31))) == ("A1", "40.00")
    assert "By unsaved settings." in page.text


def test_an_update_lets_follow_what_nobody_typed_and_names_what_stays_all_the_same(
    connected: FlaskClient, path: str, save: Save, saved: Policy, fill_in: FillIn
) -> None:
    page = connected.get(path)
    save(policies.save_policy, replace(saved, callout_fee=Decimal(50), minimum_minutes=45), BO)
    connected.post(f"{path}/update", data=fill_in(page, "/price", hourly_rate="33", minimum_minutes="30"))
    updated = connected.get(path)
    typed = fill_in(updated, "/price")
    assert (typed["callout_fee"], typed["hourly_rate"], typed["minimum_minutes"]) == (["50"], ["33"], ["30"])
    assert "Minimum for a session (minutes): you typed 30; version 2 says 45." in updated.text
    assert "Callout fee: you typed" not in updated.text


def test_a_version_that_cannot_be_merged_with_a_text_goes_on_being_told(
    connected: FlaskClient, path: str, app: Flask, save: Save, saved: Policy, fill_in: FillIn
) -> None:
    connected.post(f"{path}/text", data=fill_in(connected.get(path), "/price", callout_fee="46"))
    page = connected.get(path)
    save(policies.save_policy, replace(saved, callout_fee=Decimal(50)), BO)
    text = policies.text_of(only(app).policy)
    connected.post(f"{path}/update", data=fill_in(page, "/price", text=text))

    words = (
        f"Standard policy version 2, in force from the first day, saved by {BO} {SAVED_AT}, is not in these settings"
    )
    page = connected.get(path)
    assert told(page) == [words]
    typed = fill_in(page, "/price", text=text)
    for action in ("policy", "download"):
        refused = connected.post(f"{path}/{action}", data=typed)
        assert refused.status_code == 422
        assert f"{words}. Press “Back to the saved policy”" in html.unescape(refused.text)
        assert told(refused) == [words]
    assert versions(app) == [1, 2]
    raise_ada(save, app)
    answer = connected.get(f"{path}/rates")
    connected.post(f"{path}/rates", data=fill_in(answer, "/rates", save="yes", **{"try": None}))
    assert f"version 2, in force from the first day, saved by {BO} {SAVED_AT}." not in connected.get(path).text
    page = connected.get(path)
    assert told(page) == [words]

    sent = connected.post(f"{path}/download", data={**fill_in(page, "/price", text=text), "over": [words]})
    assert sent.headers["Content-Disposition"] == "attachment; filename=2026-10_payments_oncall-pay.xlsx"
    assert versions(app) == [1, 2, 3]
    assert told(connected.get(path)) == []


def test_back_to_the_saved_policy_takes_in_what_could_not_be_merged(
    connected: FlaskClient, path: str, app: Flask, save: Save, saved: Policy, fill_in: FillIn
) -> None:
    connected.post(f"{path}/text", data=fill_in(connected.get(path), "/price", callout_fee="46"))
    save(policies.save_policy, replace(saved, callout_fee=Decimal(50)), BO)
    page = connected.get(path)
    connected.post(f"{path}/update", data=fill_in(page, "/price", text=policies.text_of(only(app).policy)))
    connected.post(f"{path}/saved", data=fill_in(connected.get(path), "/price"))
    page = connected.get(path)
    assert told(page) == []
    assert "By Standard policy version 2." in page.text


def test_an_update_of_what_nobody_touched_takes_the_policy_that_is_in_force_now(
    connected: FlaskClient, path: str, save: Save, saved: Policy, fill_in: FillIn
) -> None:
    before = connected.get(path)
    save(policies.save_policy, replace(saved, callout_fee=Decimal(60)), BO)
    connected.post(f"{path}/update", data=fill_in(before, "/price"))
    page = connected.get(path)
    assert "By Standard policy version 2." in page.text
    assert total(page) > total(before)


@pytest.mark.parametrize("page", ["payroll", "review"])
def test_an_update_leads_back_to_where_it_was_pressed(
    connected: FlaskClient, path: str, app: Flask, save: Save, fill_in: FillIn, page: str
) -> None:
    raise_ada(save, app)
    shown = connected.get(f"{path}/{page}")
    answer = connected.post(f"{path}/update", data=fill_in(shown, "/update"))
    assert answer.headers["Location"] == f"{path}/{page}"
    assert told(connected.get(f"{path}/{page}")) == []


# Nobody's save undoes another's


def test_a_policy_is_not_saved_over_a_version_that_nobody_here_has_seen(
    connected: FlaskClient, path: str, app: Flask, save: Save, saved: Policy, fill_in: FillIn
) -> None:
    page = connected.get(path)
    save(policies.save_policy, replace(saved, callout_fee=Decimal(60)), BO)
    refused = connected.post(f"{path}/policy", data=fill_in(page, "/price", callout_fee="50"))
    assert refused.status_code == 422
    assert "Somebody saved the policy meanwhile" in refused.text
    with app.extensions["calloutpay"].database.session() as session:
        assert len(policies.saved_policies(session)) == 2
    connected.post(f"{path}/update", data=fill_in(refused, "/price"))
    assert connected.post(f"{path}/policy", data=fill_in(connected.get(path), "/price")).status_code == 303


def test_saving_rates_keeps_the_payroll_number_that_a_colleague_typed_meanwhile(
    connected: FlaskClient, path: str, app: Flask, save: Save, fill_in: FillIn
) -> None:
    shown = connected.get(f"{path}/rates")
    own = PaySettings(user_id=ADA, name="Ada Lindqvist", email=None, payroll_number="000777")
    save(people.save_pay_settings, only(app).subdomain, [own], BO)

    answer = connected.post(
        f"{path}/rates", data=fill_in(shown, "/rates", **{f"{ADA}-hourly_rate": "41.00"}, save="yes", **{"try": None})
    )

    with app.extensions["calloutpay"].database.session() as session:
        ada = people.pay_settings(session, only(app).subdomain)[ADA]
    assert (ada.payroll_number, ada.on(HOURLY_RATE, date(2026, 10, 31))) == ("000777", "41.00")
    page = connected.get(answer.headers["Location"])
    assert "Others have saved meanwhile, and it is in this report now: Ada Lindqvist: payroll number" in page.text
    assert told(page) == []


def test_a_decision_here_takes_in_and_names_what_others_decided(
    connected: FlaskClient, path: str, app: Flask, save: Save, ada_callout: Any, fill_in: FillIn
) -> None:
    raise_ada(save, app)
    where = f"{path}/callouts/{ada_callout.incident.id}/{ADA}"
    connected.post(where, data=fill_in(connected.get(where), where, decision="no", reason="a drill"))
    page = connected.get(f"{path}?open={ADA}")
    assert "Others have saved meanwhile, and it is in this report now: Ada Lindqvist: hourly rate £40.00" in page.text
    assert told(page) == []
    assert "do not pay: a drill" in page.text


def test_back_to_the_saved_policy_names_what_others_saved(
    connected: FlaskClient, path: str, save: Save, app: Flask, ada_callout: Any, saved: Policy, fill_in: FillIn
) -> None:
    connected.post(f"{path}/price", data=fill_in(connected.get(path), "/price", callout_fee="60"))
    page = connected.get(path)
    do_not_pay(save, app, ada_callout.incident.id)
    save(policies.save_policy, replace(saved, callout_fee=Decimal(50)), BO)

    connected.post(f"{path}/saved", data=fill_in(page, "/price"))

    page = connected.get(path)
    words = re.search(r"Others have saved meanwhile, and it is in this report now: ([^<]*)", page.text)
    assert words
    assert f"Standard policy version 2, in force from the first day, saved by {BO} {SAVED_AT}" in words[1]
    assert f"do not pay (a test alert), decided by {BO} {SAVED_AT}" in words[1]
    assert told(page) == []


# Settings that are not saved


def test_by_settings_that_are_not_saved_every_file_is_a_draft(
    connected: FlaskClient, path: str, fill_in: FillIn
) -> None:
    connected.post(f"{path}/price", data=fill_in(connected.get(path), "/price", callout_fee="50"))
    page = connected.get(path)
    assert "Download workbook as a draft" in page.text
    assert "Save and download" in page.text
    typed = {"csrf_token": connected.token, "incomplete": "yes"}  # type: ignore[attr-defined]  # the checking client's

    file = connected.post(f"{path}/workbook", data=typed)
    assert file.headers["Content-Disposition"] == "attachment; filename=DRAFT_2026-10_payments_oncall-pay.xlsx"
    book = load_workbook(BytesIO(file.data))
    for sheet in book.worksheets[:-1]:
        assert str(sheet["A1"].value).startswith("DRAFT") or str(sheet["A3"].value).startswith("DRAFT"), sheet.title
    assert {sheet.oddHeader.center.text for sheet in book.worksheets} == {"DRAFT"}
    assert book.properties.title.startswith("DRAFT. ")
    record = connected.post(f"{path}/report.json", data=typed)
    assert json.loads(record.text)["draft"] is True
    assert "filename=DRAFT_" in record.headers["Content-Disposition"]
    rows = connected.post(f"{path}/payroll.csv", data=typed)
    assert {line.split(",")[0] for line in rows.text.splitlines()} == {"DRAFT"}
    assert "filename=DRAFT_" in rows.headers["Content-Disposition"]
    alone = connected.post(f"{path}/statement/{ADA}", data=typed)
    assert "filename=DRAFT_" in alone.headers["Content-Disposition"]

    verified = connected.post(
        "/verify",
        data={"csrf_token": connected.token, "file": (BytesIO(file.data), "x.xlsx")},  # type: ignore[attr-defined]
    )
    assert "Nobody is to be paid by it." in verified.text
    compared = connected.post(
        "/compare",
        data={"csrf_token": connected.token, "earlier": (BytesIO(file.data), "x.xlsx")},  # type: ignore[attr-defined]
    )
    assert compared.status_code == 422
    assert "this is a draft, by settings that were not saved, so nobody was paid by it" in compared.text


@pytest.mark.parametrize("action", ["review", "link"])
def test_a_draft_is_neither_reviewed_nor_shared(
    connected: FlaskClient, path: str, app: Flask, fill_in: FillIn, action: str
) -> None:
    connected.post(f"{path}/price", data=fill_in(connected.get(path), "/price", callout_fee="50"))
    page = connected.get(f"{path}/review")
    assert "Save them on the report first" in page.text
    assert f'action="{path}/{action}"' not in page.text

    refused = connected.post(f"{path}/{action}", data={"csrf_token": connected.token})  # type: ignore[attr-defined]

    assert refused.status_code == 422
    assert "Nobody can make this report again, because its settings are not saved." in refused.text
    with app.extensions["calloutpay"].database.session() as session:
        assert session.query(SeenReport).count() == 0


def test_save_and_download_saves_policy_and_values_and_sends_a_file_to_pay_by(
    connected: FlaskClient, path: str, app: Flask, fill_in: FillIn
) -> None:
    connected.post(
        f"{path}/rates", data=fill_in(connected.get(f"{path}/rates"), "/rates", **{f"{ADA}-hourly_rate": "41.00"})
    )
    page = connected.get(path)

    file = connected.post(f"{path}/download", data=fill_in(page, "/price", callout_fee="50"))

    assert file.headers["Content-Disposition"] == "attachment; filename=2026-10_payments_oncall-pay.xlsx"
    policy = " ".join(texts(file.data, "Policy"))
    assert "Standard policy version 2" in policy
    assert re.search(r"earns a callout fee of \D*50\.00", policy)
    with app.extensions["calloutpay"].database.session() as session:
        assert [one.effective for one in policies.saved_policies(session)] == [None, date(2026, 10, 1)]
        assert people.pay_settings(session, only(app).subdomain)[ADA].facts[HOURLY_RATE] == (
            Change(date(2026, 10, 1), "41.00"),
        )
    assert "By Standard policy version 2." in connected.get(path).text


def test_save_and_download_waits_for_what_others_saved(
    connected: FlaskClient, path: str, app: Flask, save: Save, fill_in: FillIn
) -> None:
    raise_ada(save, app)
    page = connected.get(path)
    refused = connected.post(f"{path}/download", data=fill_in(page, "/price", callout_fee="50"))
    assert refused.status_code == 422
    assert "Not downloaded: 1 change was saved since this report was priced. Press Update." in refused.text
    assert fill_in(refused, "/price")["callout_fee"] == ["50"]
    connected.post(f"{path}/update", data=fill_in(refused, "/price"))
    assert connected.post(f"{path}/download", data=fill_in(connected.get(path), "/price")).status_code == 200


def test_save_and_download_is_refused_where_the_file_would_be_a_draft_all_the_same(
    connected: FlaskClient, path: str, app: Flask, fill_in: FillIn
) -> None:
    typed = fill_in(connected.get(path), "/price", callout_fee="50", effective="2026-11-01")
    refused = connected.post(f"{path}/download", data=typed)
    assert refused.status_code == 422
    assert "The report ends before this day, so its workbook would still be a draft." in refused.text
    with app.extensions["calloutpay"].database.session() as session:
        assert len(policies.saved_policies(session)) == 1


def test_a_viewer_downloads_a_draft_and_saves_nothing(
    app: Flask, add_account: Callable[..., Any], pagerduty: Any, ask: Ask, fill_in: FillIn
) -> None:
    viewer = add_account(app, "vic@example.com", "viewer")
    with app.extensions["calloutpay"].database.session() as session:
        account_id = session.scalars(select(Account.id).where(Account.email == "vic@example.com")).one()
    app.extensions["calloutpay"].connections.connect_by_key(account_id, pagerduty.credentials.us.read_only)
    where = ask(viewer, scope="team", team="PTZXTCN", period="month", month="2026-10").headers["Location"]
    while 'id="reading"' in viewer.get(where).text:
        pass
    viewer.post(f"{where}/price", data=fill_in(viewer.get(where), "/price", callout_fee="50"))
    page = viewer.get(where)
    assert "Save and download" not in page.text
    assert "Download workbook as a draft" in page.text
    assert viewer.post(f"{where}/download", data=fill_in(page, "/price")).status_code == 403
