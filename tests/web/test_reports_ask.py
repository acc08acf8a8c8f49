"""The report generator: whose pay, which period; every wrong answer has its own message and loses nothing typed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.pricing.policy.form import Policy
from webapp.sandbox import Running
from webapp.sandbox.faults import Fault
from webapp.settings import Settings

Ask = Callable[..., TestResponse]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def heading(page: TestResponse) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page.text)
    assert found
    return found[1]


# What can be asked


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ({"scope": "organisation"}, "On-call pay, Organisation, October 2026"),
        ({"scope": "team"}, "On-call pay, Payments, October 2026"),
        ({"scope": "engineer", "engineer": "Ada Lindqvist"}, "On-call pay, Ada Lindqvist, October 2026"),
        ({"scope": "engineer", "engineer": "pembrooke"}, "On-call pay, Carys Pembrooke, October 2026"),
        ({"scope": "engineer", "engineer": "CALLUM.macrae@example.com"}, "On-call pay, Callum MacRae, October 2026"),
        ({"scope": "engineer", "engineer": "PUZR9EK"}, "On-call pay, Elif Demirkan, October 2026"),
        ({"scope": "engineer", "engineer": "Bo Achterberg (PUZP2R7)"}, "On-call pay, Bo Achterberg, October 2026"),
    ],
)
def test_whose_pay(connected: FlaskClient, preview: Ask, typed: dict[str, str], title: str) -> None:
    page = preview(connected, **typed)
    assert page.status_code == 200
    assert heading(page) == title


def test_a_plan_without_teams_says_so_by_the_field_and_the_other_scopes_are_read_whole(
    connected: FlaskClient, pagerduty: Running, ask: Ask, preview: Ask
) -> None:
    pagerduty.state.abilities.discard("teams")
    lacks = "The PagerDuty plan of this account does not include this feature."
    assert lacks in connected.get("/reports").text
    refused = ask(connected, scope="team", team="")
    assert (refused.status_code, lacks in refused.text) == (422, True)
    for scope in ("organisation", "engineer"):
        page = preview(connected, scope=scope, engineer="Ada Lindqvist", team="")
        assert heading(page).startswith("On-call pay, ")
        assert "PARTIAL" not in page.text


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ({"period": "last_month"}, "October 2026"),
        ({"period": "this_month"}, "November 2026"),
        ({"period": "month", "month": "2026-08"}, "August 2026"),
        ({"period": "dates", "first": "2026-09-14", "last": "2026-09-20"}, "14 Sep 2026 to 20 Sep 2026"),
        ({"period": "dates", "first": "2026-09-01", "last": "2026-09-30"}, "September 2026"),
    ],
)
def test_which_period(connected: FlaskClient, preview: Ask, typed: dict[str, str], label: str) -> None:
    assert heading(preview(connected, **typed)) == f"On-call pay, Payments, {label}"


def test_the_last_month_is_what_a_fresh_form_asks_for(connected: FlaskClient, ask: Ask) -> None:
    answer = ask(connected, scope="team", team="PTZXTCN")
    page = connected.get(answer.headers["Location"])
    assert heading(page) == "On-call pay, Payments, October 2026"


def test_a_form_starts_with_the_saved_policy(connected: FlaskClient, policy: Policy) -> None:
    page = connected.get("/reports").text
    assert "Pay settings: Standard policy version 1" in page
    assert re.search(rf'<input[^>]* name="callout_fee"[^>]* value="{policy.callout_fee}"', page)


@pytest.mark.parametrize(
    ("query", "typed"),
    [
        ("scope=engineer&engineer=PUZR9EK&period=dates&first=2026-09-14&last=2026-09-20",
         {"engineer": "PUZR9EK", "first": "2026-09-14", "last": "2026-09-20"}),
        ("scope=team&team=PTZXTCN&period=month&month=2026-08", {"team": "PTZXTCN", "month": "2026-08"}),
        ("scope=everything&period=always&first=tomorrow&team=PGONE", {"first": "", "month": ""}),
    ],
)  # fmt: skip
def test_an_address_may_fill_in_scope_and_period(
    connected: FlaskClient, fill_in: Callable[..., dict[str, list[str]]], query: str, typed: dict[str, str]
) -> None:
    form = fill_in(connected.get(f"/reports?{query}"), "/reports")
    assert {name: form[name] for name in typed} == {name: [value] for name, value in typed.items()}


def test_teams_are_offered_by_name(connected: FlaskClient) -> None:
    options = re.findall(r'<option value="(?:PT\w+)">(\w+)</option>', connected.get("/reports").text)
    assert options == ["Data", "Payments", "Platform"]


def test_engineers_are_found_while_typing(connected: FlaskClient) -> None:
    found = connected.get("/reports/engineers?engineer=reu").text
    assert found == '<option value="Jonas Reuter (PUZKPGH)">jonas.reuter@example.com</option>'
    assert connected.get("/reports/engineers?engineer=r").text == ""
    assert connected.get("/reports/engineers?engineer=Jonas+Reuter+(PUZKPGH)").text == ""


def test_a_search_that_fails_leaves_the_page_alone(
    logged_in: FlaskClient, connected: FlaskClient, pagerduty: Running
) -> None:
    pagerduty.state.faults.add(Fault(status=503, path="/users", times=5))
    answer = connected.get("/reports/engineers?engineer=rei", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (200, "")
    logged_in.send("/connection/disconnect", page="/connection/disconnect")
    answer = logged_in.get("/reports/engineers?engineer=rei", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (200, "")


# What cannot


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"scope": "team", "team": ""}, "Choose a team."),
        ({"scope": "team", "team": "PNOSUCH"}, "Choose a team."),
        ({"scope": "engineer"}, "Write a name, an e-mail or a PagerDuty id."),
        ({"scope": "engineer", "engineer": "Nobody"}, "PagerDuty knows no engineer “Nobody”."),
        ({"scope": "engineer", "engineer": "PZZZZZZ"}, "PagerDuty knows no engineer “PZZZZZZ”."),
        ({"scope": "engineer", "engineer": "ca"}, "engineers fit “ca”. Write more, or the id in brackets."),
        ({"scope": ""}, "Not a valid choice"),
        ({"period": "month", "month": ""}, "Write a month like 2026-10."),
        ({"period": "month", "month": "2026-13"}, "Write a month like 2026-10."),
        ({"period": "month", "month": "0001-01"}, "not within the years 2009 to 2100"),
        ({"period": "month", "month": "9999-11"}, "not within the years 2009 to 2100"),
        ({"period": "dates"}, "Write a date."),
        ({"period": "dates", "first": "2026-09-20", "last": "2026-09-14"}, "is before the first"),
        ({"period": "dates", "first": "2025-01-01", "last": "2026-01-02"}, "A report covers at most a year."),
        ({"period": "dates", "first": "9999-12-31", "last": "9999-12-31"}, "not within the years 2009 to 2100"),
        ({"period": "dates", "first": "yesterday", "last": "2026-09-14"}, "Not a valid date value."),
        ({"currency": "XXX"}, "Not a valid choice"),
        ({"callout_fee": "1,50"}, "Write it like 1234.50, with a point."),
        ({"callout_fee": "-1"}, "An amount is from 0 to 1,000,000."),
        ({"callout_fee": "NaN"}, "An amount is from 0 to"),
        ({"callout_fee": "0.001"}, "At most 2 decimals."),
        ({"callout_fee": ""}, "Write an amount, 0 if no fee is paid."),
        ({"currency": "JPY", "callout_fee": "0.5"}, "Amounts in JPY have 0 decimals."),
        ({"level1_weekend": ""}, "Level 1 needs all three amounts"),
        ({"minimum_minutes": "1441"}, "A whole number from 0 to 1440."),
        ({"minimum_minutes": "an hour"}, "whole number"),
        ({"business_end": "08:00"}, "Business hours must end after they start"),
        ({"holiday_region": "GB"}, "Choose GB-ENG England, GB-NIR Northern Ireland, GB-SCT Scotland or GB-WLS Wales."),
        ({"holiday_region": "Scotland"}, "Did you mean GB-SCT?"),
        ({"holiday_region": "GB-XXX"}, "GB has: GB-ENG, GB-NIR, GB-SCT, GB-WLS"),
    ],
)
def test_a_wrong_answer_is_named_and_loses_nothing_typed(
    connected: FlaskClient, ask: Ask, typed: dict[str, str], sentence: str
) -> None:
    kept = {"month": "2026-08", "engineer": "", "hourly_rate": "17.1234", "level2_weekend": "16", "team": "PTZXTCN"}
    filled_in = kept | {"scope": "organisation", "period": "last_month"} | typed
    page = ask(connected, **filled_in)
    assert page.status_code == 422
    assert sentence in page.text
    for name, value in filled_in.items():
        if name in {"scope", "period", "team", "currency"}:
            options = {"PNOSUCH", "XXX", ""}
            assert value in options or re.search(rf'(checked|selected)[^>]* value="{value}"', page.text), name
        else:
            assert re.search(rf'<input[^>]* name="{name}"[^>]* value="{value}"', page.text), name


def test_engineers_who_fit_are_offered_by_id(connected: FlaskClient, ask: Ask) -> None:
    page = ask(connected, scope="engineer", engineer="ca").text
    assert "Carys Pembrooke (PUZVMPA), carys.pembrooke@example.com" in page
    assert "Callum MacRae (PUZTG1X)" in page


@pytest.mark.parametrize("scope", ["organisation", "team", "engineer"])
def test_without_a_connection_the_page_says_to_connect(logged_in: FlaskClient, ask: Ask, scope: str) -> None:
    page = ask(logged_in, scope=scope, engineer="Ada")
    assert page.status_code == 422
    assert "PagerDuty is not connected. Connect it first" in page.text
    assert "Choose a team." not in page.text


@pytest.mark.parametrize("scope", ["organisation", "team", "engineer"])
def test_with_a_revoked_key_the_page_says_to_reconnect(
    connected: FlaskClient, ask: Ask, pagerduty: Running, scope: str
) -> None:
    connected.get("/reports")
    pagerduty.state.revoked.add(("us", "account"))
    page = ask(connected, scope=scope, engineer="Ada", team="PTZXTCN")
    assert page.status_code == 422
    assert "no longer accepts this API key" in page.text
    assert "refused by PagerDuty" in page.text


def test_while_pagerduty_is_down_the_page_says_so_and_keeps_the_team(
    connected: FlaskClient, pagerduty: Running, fill_in: Callable[..., dict[str, list[str]]]
) -> None:
    form = fill_in(connected.get("/reports"), "/reports", scope="team", team="PTZXTCN")
    pagerduty.state.faults.add(Fault(status=503, path="/teams", times=5, body="html"))
    page = connected.post("/reports", data=form)
    assert page.status_code == 422
    assert "PagerDuty did not answer properly" in page.text
    assert "Choose a team." not in page.text
    assert '<option selected value="PTZXTCN">' in page.text


def test_before_a_policy_is_saved_the_amounts_must_be_written(app: Flask, connected: FlaskClient, ask: Ask) -> None:
    with app.extensions["calloutpay"].database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM policy_versions")
    page = ask(connected)
    assert page.status_code == 422
    assert "not saved yet, write your amounts" in page.text
    assert "Write the stipends of at least one level" in page.text
    assert "Write an amount, 0 if no fee is paid." in page.text
