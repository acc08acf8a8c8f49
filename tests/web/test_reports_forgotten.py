"""What is forgotten is told at the form, before anything is read; and a total of nothing is never a headline."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from webapp.commands.refusals import Status
from webapp.pricing.policy.form import Policy
from webapp.sandbox import Running
from webapp.services import people, policies
from webapp.services.engineer_facts import FIRST_DAY, GRADE, HOLIDAY_REGION, HOURLY_RATE, Change
from webapp.services.people import PaySettings
from webapp.services.policies import PolicyText
from webapp.settings import Settings

Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
Save = Callable[[Any], None]

EMAIL = "ada@example.com"
ADA, CARYS = "PUZXTCN", "PUZVMPA"
OCTOBER: dict[str, Any] = {"scope": "team", "team": "PTZXTCN", "period": "month", "month": "2026-10"}
ONLY_ADA: dict[str, Any] = {**OCTOBER, "scope": "engineer", "engineer": "Ada Lindqvist", "team": None}
HEAD = 'name = "A"\ncurrency = "GBP"\nrounding = "half up"\n[[rules]]\nname = "R"\n'
BY_GRADE = PolicyText(f'{HEAD}pays = "callouts"\nprice = {{ by = "grade", A = "10.00", other = "5.00" }}\n')
BY_SALARY = PolicyText(f'{HEAD}pays = "on call"\ncount = "days"\nprice = {{ of = "salary", percent = "0.1" }}\n')
HOLIDAYS = PolicyText(
    'name = "A"\ncurrency = "GBP"\nrounding = "half up"\n[[day_types]]\nname = "holiday"\nholidays = true\n'
    '[[day_types]]\nname = "day"\n[[rules]]\nname = "R"\npays = "on call"\ncount = "days"\n'
    'price = { by = "day type", holiday = "50.00", day = "20.00" }\n'
)
FLAT = PolicyText(f'{HEAD}pays = "callouts"\nprice = "10.00"\n')

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def save(app: Flask) -> Save:
    def keep(rules: Any) -> None:
        with app.extensions["calloutpay"].database.session() as session:
            policies.save_policy(session, rules, EMAIL)

    return keep


@pytest.fixture
def give(app: Flask) -> Callable[..., None]:
    """Give an engineer a value of their own."""

    def put(user_id: str, what: str, value: str) -> None:
        with app.extensions["calloutpay"].database.session() as session:
            subdomain = app.extensions["calloutpay"].connections.working_card(1).subdomain
            person = PaySettings(user_id=user_id, name="Ada", email=None, facts={what: (Change(FIRST_DAY, value),)})
            people.save_pay_settings(session, subdomain, [person], EMAIL)

    return put


def was_read(pagerduty: Running) -> bool:
    """Whether anything was asked beyond the lists that the form itself offers."""
    return any(request.path in {"/oncalls", "/incidents", "/log_entries"} for request in pagerduty.state.requests)


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("holiday_region", "No engineer in question has their own holiday region. Write it here, or “none”"),
        ("hourly_rate", "No engineer in question has their own hourly rate. Write it here, or 0"),
    ],
)
def test_an_empty_field_of_the_form_is_told_before_anything_is_read(
    connected: FlaskClient, ask: Ask, save: Save, policy: Policy, pagerduty: Running, field: str, sentence: str
) -> None:
    save(policy)
    pagerduty.state.requests.clear()
    answer = ask(connected, **OCTOBER, **{field: ""})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'<a href="#{field}">' in answer.text
    assert re.search(rf'<input[^>]*aria-invalid="true"[^>]*id="{field}"', answer.text)
    assert not was_read(pagerduty)


@pytest.mark.parametrize(("field", "value"), [("holiday_region", "none"), ("hourly_rate", "0")])
def test_nothing_can_be_meant(
    connected: FlaskClient, preview: Ask, save: Save, policy: Policy, pagerduty: Running, field: str, value: str
) -> None:
    save(policy)
    pagerduty.state.requests.clear()
    assert 'class="headline"' in preview(connected, **{field: value}).text
    assert was_read(pagerduty)


@pytest.mark.parametrize(
    ("what", "value", "field"), [(HOLIDAY_REGION, "GB-SCT", "holiday_region"), (HOURLY_RATE, "40", "hourly_rate")]
)
def test_where_engineers_have_their_own_it_is_not_forgotten(
    connected: FlaskClient, ask: Ask, save: Save, give: Callable[..., None], policy: Policy,
    what: str, value: str, field: str,
) -> None:  # fmt: skip
    save(policy)
    give(CARYS, what, value)
    assert ask(connected, **OCTOBER, **{field: ""}).status_code == 303
    assert ask(connected, **ONLY_ADA, **{field: ""}).status_code == 422
    give(ADA, what, value)
    assert ask(connected, **ONLY_ADA, **{field: ""}).status_code == 303


@pytest.mark.parametrize(("rules", "what"), [(BY_GRADE, GRADE), (BY_SALARY, "salary"), (HOLIDAYS, HOLIDAY_REGION)])
def test_what_a_text_needs_and_nobody_has_is_told_too(
    connected: FlaskClient, ask: Ask, save: Save, give: Callable[..., None], rules: PolicyText, what: str
) -> None:
    save(rules)
    answer = ask(connected, **OCTOBER)
    assert answer.status_code == 422
    assert f"The policy needs each engineer&#39;s {what}, and no engineer in question has one." in answer.text
    give(ADA, what, "GB-SCT" if what == HOLIDAY_REGION else "10")
    assert ask(connected, **OCTOBER).status_code == 303


def test_a_text_that_needs_nothing_is_read_at_once(connected: FlaskClient, ask: Ask, save: Save) -> None:
    save(FLAT)
    assert ask(connected, **OCTOBER).status_code == 303


def test_the_command_line_tells_it_before_anything_is_read(
    app: Flask, connected: FlaskClient, save: Save, policy: Policy, pagerduty: Running
) -> None:
    assert connected
    save(replace(policy, holiday_region=None))
    pagerduty.state.requests.clear()
    words = ["report", "--account", EMAIL, "--scope", "organisation", "--month", "2026-10"]
    answer = app.test_cli_runner().invoke(args=words)
    assert answer.exit_code == Status.NOT_PRICED
    assert "The policy needs each engineer's holiday region, and no engineer in question has one." in answer.output
    assert not was_read(pagerduty)


# A total of nothing


def test_where_nobody_is_priced_no_total_is_shown(
    connected: FlaskClient, preview: Ask, save: Save, policy: Policy
) -> None:
    save(replace(policy, holiday_region=None))
    page = preview(connected, anyway="yes")
    assert "Nobody is priced: no holiday region (3 engineers)." in page.text
    assert 'class="headline"' not in page.text
    assert "Not priced: 3 engineers, because something is missing:" in page.text
    assert "The total is without" not in page.text
    assert "£0.00" not in page.text
    path = re.findall(r'action="(/reports/[^/]+)/workbook"', page.text)[0]
    for other in ("review", "payroll"):
        answer = connected.get(f"{path}/{other}").text
        assert "Nobody is priced: no holiday region (3 engineers)." in answer
        assert "£0.00" not in answer


def test_the_workbook_and_the_command_line_say_so_instead_of_a_total(
    app: Flask, connected: FlaskClient, preview: Ask, save: Save, policy: Policy, fill_in: FillIn, tmp_path: Path
) -> None:
    save(replace(policy, holiday_region=None))
    page = preview(connected, anyway="yes")
    path = re.findall(r'action="(/reports/[^/]+)/workbook"', page.text)[0]
    file = connected.post(f"{path}/workbook", data=fill_in(page, "/workbook", without="yes"))
    cells = [row[0] for row in load_workbook(BytesIO(file.data))["Summary"].iter_rows(values_only=True)]
    assert "Nobody is priced: no holiday region (3 engineers)." in cells
    assert "Total to pay" not in cells
    words = ["report", "--account", EMAIL, "--scope", "team", "--team", "Payments", "--month", "2026-10"]
    answer = app.test_cli_runner().invoke(args=[*words, "--out", str(tmp_path), "--without-not-priced"])
    assert answer.exit_code == 0
    assert answer.stdout.endswith(": Nobody is priced: no holiday region (3 engineers).\n")


def test_somebody_who_is_priced_at_nothing_has_a_total(connected: FlaskClient, preview: Ask, save: Save) -> None:
    save(PolicyText(f'{HEAD}pays = "callouts"\nprice = "0.00"\n'))
    page = preview(connected)
    assert "Nobody is priced" not in page.text
    assert "<dt>Total</dt><dd>£0.00</dd>" in page.text


# Values from the period's first day on


def test_values_from_the_first_day_of_the_period_on_are_enough(
    app: Flask, connected: FlaskClient, preview: Ask, save: Save, policy: Policy
) -> None:
    """PagerDuty is read from a month before: what somebody lacked then is no reason."""
    save(replace(policy, holiday_region=None, hourly_rate=None))
    preview(connected, anyway="yes")
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    since = kept.draft.period.first
    own = [
        PaySettings(user_id=one.id, name=one.name, email=None)
        .changed(HOLIDAY_REGION, "GB-ENG", since)
        .changed(HOURLY_RATE, "31.35", since - timedelta(days=1))  # Ada's work went on over midnight
        for one, _ in kept.draft.report.not_priced
    ]
    assert len(own) > 1
    with app.extensions["calloutpay"].database.session() as session:
        people.save_pay_settings(session, kept.draft.subdomain, own, EMAIL)
    page = preview(connected, anyway="yes")
    assert re.findall(r"not priced, [^<]*", page.text) == []
    assert 'class="headline"' in page.text
