"""Holiday regions on the pages: refused where one is typed, noted where parts have more, mended where one is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.test import TestResponse

from webapp.pricing.policy.form import Policy
from webapp.services import people, policies
from webapp.services.engineer_facts import FIRST_DAY, HOLIDAY_REGION
from webapp.services.people import PaySettings
from webapp.services.policies import PolicyText, SavedPolicy
from webapp.settings import Settings

ADA, BO = "PUZXTCN", "PUZUKC6"
EMAIL = "ada@example.com"
JULY = date(2026, 7, 1)
CHOOSE = "Choose GB-ENG England, GB-NIR Northern Ireland, GB-SCT Scotland or GB-WLS Wales."
NOTE = "US means the national days of United States. These parts have more: US-AK Alaska,"
TEXT = (
    'name = "Flat"\ncurrency = "GBP"\nrounding = "half up"\nholiday_region = "GB-ENG"\n\n[[rules]]\nname = "Stipend"\n'
    'pays = "on call"\ncount = "days"\nprice = "50.00"\n'
)
Ask = Callable[..., TestResponse]
AddAccount = Callable[..., FlaskClient]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def of_gb(app: Flask, policy: Policy) -> Policy:
    """A policy that an earlier version of the program saved."""
    wrong = replace(policy, holiday_region="GB")
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, wrong, EMAIL)
    return wrong


@pytest.fixture
def versions(app: Flask) -> Callable[[], list[SavedPolicy]]:
    def read() -> list[SavedPolicy]:
        with app.extensions["calloutpay"].database.session() as session:
            return policies.saved_policies(session)

    return read


@pytest.fixture
def give(app: Flask, connected: FlaskClient) -> Callable[..., None]:
    """Give an engineer regions, as an earlier version of the program did."""
    assert connected

    def put(user_id: str, name: str, *values: tuple[str, date]) -> None:
        made = PaySettings(user_id=user_id, name=name, email=None)
        for value, since in values:
            made = made.changed(HOLIDAY_REGION, value, since)
        with app.extensions["calloutpay"].database.session() as session:
            subdomain = app.extensions["calloutpay"].connections.working_card(1).subdomain
            people.save_pay_settings(session, subdomain, [made], EMAIL)

    return put


@pytest.fixture
def kept(app: Flask) -> Callable[[], Mapping[str, list[tuple[date, str]]]]:
    """The regions stored, by engineer."""

    def read() -> Mapping[str, list[tuple[date, str]]]:
        with app.extensions["calloutpay"].database.session() as session:
            subdomain = app.extensions["calloutpay"].connections.working_card(1).subdomain
            own = people.pay_settings(session, subdomain)
        return {key: [(one.since, one.value) for one in person.facts[HOLIDAY_REGION]] for key, person in own.items()}

    return read


# Saved policies


def test_a_saved_policy_is_mended_by_one_choice(
    logged_in: FlaskClient, of_gb: Policy, versions: Callable[[], list[SavedPolicy]]
) -> None:
    for path in ("/policies", "/policies/1", "/reports"):
        assert (
            escape("Standard policy version 1: the holiday region GB is nobody's calendar") in logged_in.get(path).text
        )
    answer = logged_in.send("/policies/1/region", page="/policies", GB="GB-SCT")
    page = logged_in.get(answer.headers["Location"]).text
    assert (
        "Standard policy version 2 is saved: holiday region GB-SCT in place of GB. In force from the first day." in page
    )
    assert versions()[-1].rules == replace(of_gb, holiday_region="GB-SCT")
    for path in ("/policies", "/policies/1", "/policies/2", "/reports"):
        assert "calendar: its parts" not in logged_in.get(path).text


def test_without_a_choice_nothing_is_saved(
    logged_in: FlaskClient, of_gb: Policy, versions: Callable[[], list[SavedPolicy]]
) -> None:
    answer = logged_in.send("/policies/1/region", page="/policies/1", GB="")
    assert answer.status_code == 422
    assert "Choose the part of GB whose public holidays the policy means." in answer.text
    assert [one.rules for one in versions()] == [of_gb]


@pytest.mark.usefixtures("account", "of_gb")
def test_a_viewer_is_told_whom_to_ask(app: Flask, add_account: AddAccount) -> None:
    viewer = add_account(app, "vic@example.com", "viewer")
    for path in ("/policies", "/policies/1", "/reports"):
        page = viewer.get(path).text
        assert "Ask a manager or an admin to choose it" in page
        assert "/policies/1/region" not in page
    assert viewer.send("/policies/1/region", page="/account", GB="GB-ENG").status_code == 403
    assert viewer.send("/people/region", page="/account", country="GB", part="GB-ENG").status_code == 403
    manager = add_account(app, "max@example.com", "manager")
    assert manager.send("/policies/1/region", page="/policies", GB="GB-ENG").status_code == 303


@pytest.mark.slow
def test_a_report_is_refused_until_then(connected: FlaskClient, of_gb: Policy, ask: Ask, preview: Ask) -> None:
    page = ask(connected, scope="organisation")  # the form shows what is saved
    assert page.status_code == 422
    assert escape(CHOOSE) in page.text
    assert of_gb.holiday_region == "GB"
    connected.send("/policies/1/region", page="/policies", GB="GB-ENG")
    assert "Standard policy version 2" in preview(connected).text


def test_a_report_by_a_text_is_refused_with_the_way(app: Flask, connected: FlaskClient, ask: Ask) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        saved = policies.save_policy(session, PolicyText(TEXT), EMAIL)
        row = session.get(policies.PolicyVersion, saved.version)
        row.text = TEXT.replace("GB-ENG", "GB")
        session.commit()
    page = ask(connected, scope="organisation")
    assert page.status_code == 422
    assert escape("Nothing is priced by it until a manager chooses GB-ENG England, ") in page.text
    assert "on the page Policy." in page.text


@pytest.mark.usefixtures("connected", "of_gb")
def test_the_command_refuses_a_report_with_the_way(app: Flask, tmp_path: Path) -> None:
    words = ["report", "--account", EMAIL, "--scope", "organisation", "--month", "2026-10", "--out", str(tmp_path)]
    answer = app.test_cli_runner().invoke(args=words)
    assert answer.exit_code == 1
    assert "Error: Standard policy version 1 has the holiday region GB, which is nobody's calendar" in answer.output
    assert "on the page Policy." in answer.output
    assert list(tmp_path.glob("*.xlsx")) == []


# The editor


def test_the_editor_refuses_a_region_on_its_line_and_notes_a_country(logged_in: FlaskClient) -> None:
    typed = {"evidence": "acknowledged", "longest_lead_minutes": "15", "pause_grace_minutes": "15", "begins": "ever"}
    refused = logged_in.send("/policies/save", page="/policies/new", text=TEXT.replace("GB-ENG", "GB"), **typed)
    assert refused.status_code == 422
    assert "<strong>Line 4</strong>" in refused.text
    assert escape(CHOOSE) in refused.text
    noted = logged_in.send("/policies/check", page="/policies/new", text=TEXT.replace("GB-ENG", "US"), **typed)
    assert (noted.status_code, NOTE in noted.text) == (200, True)


# Engineers


def test_engineers_are_mended_by_one_choice_from_the_days_they_had(
    connected: FlaskClient, give: Callable[..., None], kept: Callable[[], Mapping[str, list[tuple[date, str]]]]
) -> None:
    give(ADA, "Ada Lindqvist", ("US", FIRST_DAY), ("GB", JULY))
    give(BO, "Carys Okafor", ("GB", FIRST_DAY))
    page = connected.get("/people").text
    assert escape("The holiday region GB is nobody's calendar") in page
    assert escape("The holiday region GB is nobody's calendar") in connected.get(f"/people/{ADA}").text
    answer = connected.send("/people/region", page="/people", country="GB", part="GB-WLS", engineer=[ADA])
    page = connected.get(answer.headers["Location"]).text
    assert "Saved: holiday region GB-WLS in place of GB for Ada Lindqvist." in page
    assert kept() == {ADA: [(FIRST_DAY, "US"), (JULY, "GB-WLS")], BO: [(FIRST_DAY, "GB")]}
    assert escape("The holiday region GB is nobody's calendar") not in connected.get(f"/people/{ADA}").text
    assert escape("The holiday region GB is nobody's calendar") in connected.get("/people").text
    history = connected.get(f"/people/{ADA}").text
    assert f"by {EMAIL}" in history
    assert NOTE not in history  # Ada is in Wales today


@pytest.mark.parametrize(
    "typed", [{"part": ""}, {"part": "DE-BY"}, {"country": "US", "part": "US-CA"}, {"engineer": []}]
)
def test_engineers_are_not_mended_without_a_choice(
    connected: FlaskClient,
    give: Callable[..., None],
    kept: Callable[[], Mapping[str, list[tuple[date, str]]]],
    typed: dict[str, str | list[str]],
) -> None:
    give(ADA, "Ada Lindqvist", ("GB", JULY))
    sent = {"country": "GB", "part": "GB-ENG", "engineer": [ADA], "back": ADA} | typed
    answer = connected.send("/people/region", page="/people", **sent)
    assert answer.headers["Location"] == f"/people/{ADA}"
    assert "Nothing was changed. Choose a part, and tick the engineers" in connected.get(f"/people/{ADA}").text
    assert kept() == {ADA: [(JULY, "GB")]}


@pytest.mark.slow
@pytest.mark.usefixtures("saved")
def test_an_engineer_with_such_a_region_is_not_priced_while_it_is_in_force(
    connected: FlaskClient, give: Callable[..., None], preview: Ask
) -> None:
    give(ADA, "Ada Lindqvist", ("GB", date(2026, 10, 1)))
    page = preview(connected, scope="engineer", engineer="Ada Lindqvist", team=None).text
    reason = "not priced, holiday region GB has no calendar of its own: choose GB-ENG, GB-NIR, GB-SCT, GB-WLS"
    assert reason in page
    earlier = preview(connected, scope="engineer", engineer="Ada Lindqvist", team=None, month="2026-08").text
    assert "no calendar of its own" not in earlier
    connected.send("/people/region", page="/people", country="GB", part="GB-ENG", engineer=[ADA])
    page = preview(connected, scope="engineer", engineer="Ada Lindqvist", team=None).text
    assert "no calendar of its own" not in page


@pytest.mark.slow
@pytest.mark.usefixtures("saved")
def test_a_report_notes_whose_country_has_parts_with_more_days(
    connected: FlaskClient, give: Callable[..., None], preview: Ask
) -> None:
    give(ADA, "Ada Lindqvist", ("US", FIRST_DAY))
    page = preview(connected, scope="engineer", engineer="Ada Lindqvist", team=None).text
    assert f"Holiday region US is that of Ada Lindqvist. {NOTE}" in page
    assert "set the holiday region of Ada Lindqvist" in page
    set_id = page.partition('action="/reports/')[2].partition("/")[0]
    assert NOTE in connected.get(f"/reports/{set_id}/rates").text


@pytest.mark.slow
def test_a_policys_country_is_noted_at_its_field_and_on_the_report(
    connected: FlaskClient, app: Flask, policy: Policy, preview: Ask
) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, replace(policy, holiday_region="US"), EMAIL)
    assert NOTE in connected.get("/reports").text
    page = preview(connected, scope="engineer", engineer="Ada Lindqvist", team=None).text
    assert f"Holiday region US is that of the policy, for engineers without a region of their own. {NOTE}" in page
    assert NOTE in connected.get("/policies/1").text


def test_a_value_and_an_import_refuse_and_note(connected: FlaskClient) -> None:
    typed = {"what": HOLIDAY_REGION, "value": "gb", "begins": "date", "effective": "2026-11-01"}
    refused = connected.send(f"/people/{ADA}", **typed)
    assert (refused.status_code, escape(CHOOSE) in refused.text) == (422, True)
    noted = connected.send(f"/people/{ADA}", **{**typed, "value": "us"})
    page = connected.get(noted.headers["Location"]).text
    assert page.count(NOTE) == 2  # said, and beside the value in force
    table = f"id,holiday region,from\n{ADA},DE,2026-12-01\n"
    refused = connected.send("/people/import", table=table)
    assert (refused.status_code, "Choose DE-Augsburg, DE-BB Brandenburg," in refused.text) == (422, True)
    noted = connected.send("/people/import", table=table.replace("DE", "US"))
    assert (noted.status_code, noted.text.count(NOTE)) == (200, 1)


# Without PagerDuty


def price(app: Flask, folder: Path, text: str, facts: dict[str, object] | None) -> tuple[int, str, str]:
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    more = ["--words"] if facts is None else [str(folder / "facts.json")]
    answer = app.test_cli_runner().invoke(args=["price", str(folder / "policy.toml"), *more])
    return answer.exit_code, answer.stdout, answer.stderr


def test_price_refuses_by_line_and_path_and_notes_on_standard_error(app: Flask, tmp_path: Path) -> None:
    of_gb, facts = (
        TEXT.replace("GB-ENG", "GB"),
        {"zone": "Europe/London", "people": [{"id": "a", "holiday_region": "GB"}]},
    )
    listed = {**facts, "holidays": {"GB": {"2026-04-06": "Easter Monday"}}}
    assert (
        f"Line 4, holiday_region: GB alone is nobody's calendar: its parts have holidays of their own. {CHOOSE}"
        in price(app, tmp_path, of_gb, None)[2]
    )
    status, _, said = price(app, tmp_path, TEXT, facts)
    assert (status, "people[0].holiday_region: GB alone" in said) == (1, True)
    assert price(app, tmp_path, of_gb, listed)[0] == 0
    status, words, said = price(app, tmp_path, TEXT.replace("GB-ENG", "US"), None)
    assert (status, said.startswith(NOTE), NOTE in words) == (0, True, False)
