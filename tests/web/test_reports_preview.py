"""The preview: what-if by other settings, engineers in place, rates, decisions; PagerDuty is never asked again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from webapp.models import CalloutDecision, EngineerFact, EngineerSettings
from webapp.pricing.policy.form import FIELDS
from webapp.sandbox import Running
from webapp.services.reporting import PricedReport
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

Preview = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
HTMX = {"HX-Request": "true"}
ADA = "PUZXTCN"

pytestmark = pytest.mark.usefixtures("saved")


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture(scope="module")
def first_priced() -> list[PricedReport]:
    """What the first test read and priced, for the others: they ask for the same, of the same policy."""
    return []


@pytest.fixture
def shown(
    app: Flask, connected: FlaskClient, ask: Preview, pagerduty: Running, first_priced: list[PricedReport]
) -> TestResponse:
    """The report of the team Payments for October; from here on nobody asks PagerDuty."""
    where = ask(connected, scope="team", team="PTZXTCN", period="month", month="2026-10").headers["Location"]
    draft = working_set(app).draft
    for first in first_priced:
        assert (draft.policy, draft.inputs.saved, draft.inputs.own) == (
            first.inputs.policy,
            first.inputs.saved,
            first.inputs.own,
        )
        draft.inputs, draft._priced = first.inputs, first
    while draft.records is None:
        connected.get(where)
    page = connected.get(where)
    first_priced[:] = first_priced or [draft.priced]
    pagerduty.state.requests.clear()
    return page


def total(page: TestResponse) -> Decimal:
    """The headline's total."""
    found = re.search(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", page.text)
    assert found, page.text
    return Decimal(found[1].replace(",", ""))


def label(page: TestResponse) -> str:
    found = re.search(r"By ([^.]+)\. PagerDuty read at", page.text)
    assert found
    return found[1]


def working_set(app: Flask) -> WorkingSet:
    (only,) = app.extensions["calloutpay"].working_sets._sets.values()
    found: WorkingSet = only
    return found


# The page


def test_the_page_adds_up(shown: TestResponse, app: Flask) -> None:
    report = working_set(app).draft.report
    assert total(shown) == report.total == report.stipends + report.fees + report.hourly_pay
    assert total(shown) > 0
    assert len(re.findall(r'<tbody id="e-', shown.text)) == len(report.statements) == 3


def test_the_page_says_by_which_policy_with_whose_rights_and_when_it_was_read(shown: TestResponse) -> None:
    assert label(shown) == "Standard policy version 1"
    assert "PagerDuty read at 21 Nov 2026, 10:00 UTC" in shown.text
    assert "lanternworks, PagerDuty US" in shown.text


def test_a_report_of_a_time_without_anybody_on_call_says_so(connected: FlaskClient, preview: Preview) -> None:
    page = preview(connected, scope="engineer", engineer="Jonas Reuter", month="2026-02")
    assert page.status_code == 200
    assert "Nobody was on call" in page.text or "Always on call" in page.text


# What-if


def test_another_fee_prices_anew_without_asking_pagerduty(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, pagerduty: Running, app: Flask
) -> None:
    sessions = sum(statement.sessions for statement in working_set(app).draft.report.statements)
    form = fill_in(shown, "/price", callout_fee="46")
    answer = connected.post(f"/reports/{working_set(app).id}/price", data=form, headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="preview"')
    assert total(answer) == total(shown) + sessions
    assert label(answer) == "unsaved settings"
    assert pagerduty.state.requests == []


def test_without_javascript_the_same_form_updates_the_page(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, pagerduty: Running, app: Flask
) -> None:
    answer = connected.post(f"/reports/{working_set(app).id}/price", data=fill_in(shown, "/price", callout_fee="0"))
    assert answer.status_code == 303
    page = connected.get(answer.headers["Location"])
    assert total(page) < total(shown)
    assert re.search(r'<input[^>]* name="callout_fee"[^>]* value="0"', page.text)
    assert pagerduty.state.requests == []


def test_going_back_to_the_saved_amounts_gives_the_saved_policy_again(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    path = f"/reports/{working_set(app).id}/price"
    connected.post(path, data=fill_in(shown, "/price", callout_fee="46"), headers=HTMX)
    answer = connected.post(path, data=fill_in(shown, "/price", callout_fee="45.00"), headers=HTMX)
    assert (total(answer), label(answer)) == (total(shown), "Standard policy version 1")


def test_a_wrong_amount_stands_where_the_preview_was_and_changes_nothing(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    path = f"/reports/{working_set(app).id}"
    form = fill_in(shown, "/price", callout_fee="4x")
    answer = connected.post(f"{path}/price", data=form, headers=HTMX)
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith('<div id="preview"')
    assert "“4x” is not an amount." in answer.text
    page = connected.post(f"{path}/price", data=form)
    assert page.status_code == 422
    assert 'value="4x"' in page.text
    assert total(connected.get(path)) == total(shown)


def test_a_mode_that_needs_less_is_priced_at_once(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask, pagerduty: Running
) -> None:
    answer = connected.post(
        f"/reports/{working_set(app).id}/price", data=fill_in(shown, "/price", evidence="resolved"), headers=HTMX
    )
    assert answer.status_code == 200
    assert pagerduty.state.requests == []


def test_a_mode_that_needs_more_says_to_read_again_and_reading_again_does_it(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    path = f"/reports/{working_set(app).id}"
    form = fill_in(shown, "/price", evidence="on call")
    page = connected.post(f"{path}/price", data=form)
    assert page.status_code == 422
    assert "Read PagerDuty again" in page.text
    answer = connected.post(f"{path}/again", data=form)
    assert connected.get(path).status_code == 410
    page = connected.get(answer.headers["Location"])
    assert page.status_code == 200
    assert label(page) == "unsaved settings"


def test_settings_that_contradict_themselves_are_said_and_nothing_is_priced(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    answer = connected.post(
        f"/reports/{working_set(app).id}/price",
        data=fill_in(shown, "/price", evidence="resolved", step_minutes="0"),
        headers=HTMX,
    )
    assert answer.status_code == 422
    assert "A whole number from 1 to 1440." in answer.text


def test_every_field_of_the_pay_settings_is_on_the_page(shown: TestResponse) -> None:
    names = set(re.findall(r'name="(\w+)"', shown.text))
    assert {row.name for row in FIELDS if row.name != "also_pay"} <= names  # no schedule here is on no policy


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"evidence": "resolved", "pause_grace_minutes": "5"}, "“Who resolved it” sees no snooze and no hand-over."),
        ({"pause_grace_minutes": "241"}, "A whole number from 0 to 240."),
    ],
)
def test_a_grace_that_the_mode_cannot_see_is_refused_at_its_field(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask, typed: dict[str, str], sentence: str
) -> None:
    form = fill_in(shown, "/price", **typed)
    page = connected.post(f"/reports/{working_set(app).id}/price", data=form)
    assert page.status_code == 422
    assert re.search(rf'id="pause_grace_minutes-error".*{sentence}', page.text)


def test_another_grace_is_another_setting_and_prices_anew(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    path = f"/reports/{working_set(app).id}"
    connected.post(f"{path}/price", data=fill_in(shown, "/price", pause_grace_minutes="60"))
    assert "within 60 min still belongs to that spell" in connected.get(path).text
    assert label(connected.get(path)) == "unsaved settings"


def test_saving_makes_the_next_version_and_the_label_follows(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    path = f"/reports/{working_set(app).id}/policy"
    page = connected.post(path, data=fill_in(shown, "/price", callout_fee="50"), follow_redirects=True)
    assert "Saved: Standard policy version 2. In force from 1 October 2026 on." in page.text
    assert label(page) == "Standard policy version 2"
    page = connected.post(path, data=fill_in(page, "/price"), follow_redirects=True)
    assert label(page) == "Standard policy version 2"
    assert "Pay settings: Standard policy version 2" in connected.get("/reports").text


def test_a_schedule_left_out_earns_nothing(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    form = fill_in(shown, "/price", schedules_left_out=["PSZXTCN", "PSZVMPA"])
    answer = connected.post(f"/reports/{working_set(app).id}/price", data=form, headers=HTMX)
    assert total(answer) < total(shown)


# One engineer, in place


def test_an_engineer_opens_and_closes_in_place(connected: FlaskClient, shown: TestResponse, app: Flask) -> None:
    path = f"/reports/{working_set(app).id}"
    assert f'href="?open={ADA}#' in shown.text
    opened = connected.get(f"{path}?open={ADA}", headers=HTMX).text
    assert opened.lstrip().startswith(f'<tbody id="e-{ADA}">')
    assert "Days of Ada Lindqvist" in opened
    assert f'href="?close={ADA}#' in opened
    closed = connected.get(f"{path}?close={ADA}", headers=HTMX).text
    assert "Days of Ada Lindqvist" not in closed


def test_an_engineer_opens_and_closes_without_javascript(
    connected: FlaskClient, shown: TestResponse, app: Flask
) -> None:
    assert shown.status_code == 200
    path = f"/reports/{working_set(app).id}"
    assert "Days of Ada Lindqvist" in connected.get(f"{path}?open={ADA}").text
    assert "Days of Ada Lindqvist" not in connected.get(f"{path}?close={ADA}").text


@pytest.mark.parametrize("form", ["price", "policy", "again", "workbook"])
def test_the_links_of_a_refused_forms_page_lead_to_the_report(
    connected: FlaskClient, shown: TestResponse, app: Flask, form: str
) -> None:
    assert shown.status_code == 200
    page = connected.get(f"/reports/{working_set(app).id}/{form}?open={ADA}", follow_redirects=True)
    assert "Days of Ada Lindqvist" in page.text


def test_an_open_engineer_stays_open_while_settings_change(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    path = f"/reports/{working_set(app).id}/price"
    form = fill_in(shown, "/price", callout_fee="1", open=ADA)
    assert "Days of Ada Lindqvist" in connected.post(path, data=form, headers=HTMX).text
    assert "Days of Ada Lindqvist" in connected.post(path, data=form, follow_redirects=True).text


def test_the_figures_of_an_open_engineer_are_those_of_the_statement(
    connected: FlaskClient, shown: TestResponse, app: Flask
) -> None:
    assert shown.status_code == 200
    statement = next(one for one in working_set(app).draft.report.statements if one.person.id == ADA)
    opened = connected.get(f"/reports/{working_set(app).id}?open={ADA}", headers=HTMX).text
    for row in statement.callouts:
        assert f"#{row.incident.number} " in opened
    assert f"£{statement.total:,}" in opened


def test_nobody_else_is_opened(connected: FlaskClient, shown: TestResponse, app: Flask) -> None:
    assert shown.status_code == 200
    assert connected.get(f"/reports/{working_set(app).id}?open=PNOBODY", headers=HTMX).status_code == 404


# Rates


def test_rates_are_tried_out_without_being_saved(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask, pagerduty: Running
) -> None:
    path = f"/reports/{working_set(app).id}/rates"
    typed = {f"{ADA}-hourly_rate": "99.99", f"{ADA}-holiday_region": "gb-sct", "try": "yes"}
    page = connected.post(path, data=fill_in(connected.get(path), "/rates", **typed), follow_redirects=True)
    assert total(page) > total(shown)
    assert label(page) == "unsaved settings"
    assert pagerduty.state.requests == []
    with app.extensions["calloutpay"].database.session() as session:
        assert session.scalars(select(EngineerSettings)).all() == []
    assert 'value="99.99"' in connected.get(path).text
    assert 'value="GB-SCT"' in connected.get(path).text


def test_rates_are_saved_for_every_report(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask, preview: Preview
) -> None:
    path = f"/reports/{working_set(app).id}/rates"
    typed = {
        f"{ADA}-hourly_rate": "40", f"{ADA}-payroll_number": "0042", f"{ADA}-business_start": "08:00",
        f"{ADA}-business_end": "16:00", "save": "yes",
    }  # fmt: skip
    page = connected.post(path, data=fill_in(connected.get(path), "/rates", **typed), follow_redirects=True)
    assert "Saved. These settings are used in every later report." in page.text
    assert total(page) != total(shown)
    assert label(page) == "Standard policy version 1"
    with app.extensions["calloutpay"].database.session() as session:
        (row,) = session.scalars(select(EngineerSettings))
        assert (row.user_id, row.payroll_number) == (ADA, "0042")
        assert {fact.what: (fact.value, fact.since, fact.saved_by) for fact in row.facts} == {
            "hourly rate": ("40", date(2026, 10, 1), "ada@example.com"),
            "working hours": ("Mon-Fri 08:00-16:00", date(2026, 10, 1), "ada@example.com"),
        }
    assert total(preview(connected)) == total(page)
    emptied = dict.fromkeys(typed, "") | {"save": "yes"}
    page = connected.post(path, data=fill_in(connected.get(path), "/rates", **emptied), follow_redirects=True)
    assert "Please confirm: values would be removed" in page.text
    page = connected.post(path, data=fill_in(page, "/rates", **emptied, removed="yes"), follow_redirects=True)
    assert total(page) == total(shown)
    with app.extensions["calloutpay"].database.session() as session:
        (row,) = session.scalars(select(EngineerSettings))
        assert (row.user_id, row.payroll_number, row.facts) == (ADA, "", [])


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("hourly_rate", "lots", "“lots” is not an amount."),
        ("holiday_region", "Narnia", "is not a country code"),
        ("business_start", "08:00", "Write both times, or neither."),
        ("payroll_number", "0" * 41, "At most 40 characters."),
    ],
)
def test_a_wrong_rate_is_named_by_engineer_and_keeps_what_was_typed(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask, field: str, typed: str, sentence: str
) -> None:
    path = f"/reports/{working_set(app).id}/rates"
    form = fill_in(connected.get(path), "/rates", **{f"{ADA}-{field}": typed, "save": "yes"})
    page = connected.post(path, data=form)
    assert page.status_code == 422
    assert sentence in page.text
    assert f'value="{typed}"' in page.text
    assert re.search(rf'<a href="#{ADA}-\w+">Ada Lindqvist, ', page.text)
    assert total(connected.get(path.removesuffix("/rates"))) == total(shown)


def test_engineers_of_the_table_are_found_by_name(connected: FlaskClient, shown: TestResponse, app: Flask) -> None:
    assert shown.status_code == 200
    page = connected.get(f"/reports/{working_set(app).id}/rates?q=PEMBR").text
    assert "Carys Pembrooke" in page
    assert "Ada Lindqvist" not in page


def test_rates_of_engineers_that_the_sent_table_did_not_show_stay(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    path = f"/reports/{working_set(app).id}/rates"
    assert shown.status_code == 200
    connected.post(path, data=fill_in(connected.get(path), "/rates", **{f"{ADA}-hourly_rate": "40", "save": "yes"}))
    form = fill_in(connected.get(path), "/rates", save="yes")
    without_ada = {name: value for name, value in form.items() if not name.startswith(ADA)}
    connected.post(path, data=without_ada)
    with app.extensions["calloutpay"].database.session() as session:
        assert session.scalars(select(EngineerFact.value)).all() == ["40"]


# Not priced


def test_an_engineer_without_a_rate_is_listed_and_not_in_the_total(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    path = f"/reports/{working_set(app).id}"
    connected.post(f"{path}/price", data=fill_in(shown, "/price", hourly_rate=""))
    page = connected.get(path)
    assert "Not priced: 3 engineers" in page.text
    assert "Ada Lindqvist: not priced, no hourly rate" in page.text
    refused = connected.post(f"{path}/workbook", data=fill_in(page, "/workbook"))
    assert refused.status_code == 422
    assert "or tick “Download without the pay of 3 engineers who are not priced”." in refused.text
    sent = connected.post(f"{path}/workbook", data=fill_in(page, "/workbook", without="yes"))
    assert sent.status_code == 200
    assert sent.data.startswith(b"PK")


# Decisions


def test_a_decision_with_its_reason_changes_the_pay_and_is_kept(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask, preview: Preview
) -> None:
    report = working_set(app).draft.report
    row = next(row for one in report.statements for row in one.callouts if row.payable and row.fee)
    path = f"/reports/{working_set(app).id}/callouts/{row.incident.id}/{row.person_id}"
    form = fill_in(connected.get(path), row.person_id, decision="no", reason="")
    page = connected.post(path, data=form)
    assert page.status_code == 422
    assert "Write the reason" in page.text
    page = connected.post(path, data=form | {"reason": ["Test of the pager"]}, follow_redirects=True)
    assert total(page) < total(shown)
    assert "Test of the pager (ada@example.com)" in page.text
    with app.extensions["calloutpay"].database.session() as session:
        (kept,) = session.scalars(select(CalloutDecision))
        assert (kept.incident_id, kept.pay, kept.reason) == (row.incident.id, False, "Test of the pager")
    assert total(preview(connected)) == total(page)
    page = connected.post(path, data=form | {"decision": ["rule"]}, follow_redirects=True)
    assert total(page) == total(shown)


def test_nothing_is_decided_until_somebody_chooses(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    assert shown.status_code == 200
    report = working_set(app).draft.report
    row = next(row for one in report.statements for row in one.callouts if row.payable and row.fee)
    path = f"/reports/{working_set(app).id}/callouts/{row.incident.id}/{row.person_id}"
    form = fill_in(connected.get(path), row.person_id, reason="Phoned")
    assert "decision" not in form
    refused = connected.post(path, data=form)
    assert (refused.status_code, "Choose one, or type corrected times below." in refused.text) == (422, True)
    day = row.date.isoformat()
    times = {"times-0-start": [f"{day}T01:00"], "times-0-end": [f"{day}T04:00"]}
    page = connected.post(path, data=form | times, follow_redirects=True)
    name = next(one.person.name for one in report.statements if one.person.id == row.person_id)
    of = f"Decided about incident #{row.incident.number}, {name}: "
    assert f"{of}as the policy says, with corrected times." in page.text
    form = fill_in(connected.get(path), row.person_id, decision="no")
    assert f"{of}do not pay it, with corrected times." in connected.post(path, data=form, follow_redirects=True).text
    with app.extensions["calloutpay"].database.session() as session:
        (kept,) = session.scalars(select(CalloutDecision))
        assert (kept.pay, len(kept.times)) == (False, 1)


@pytest.mark.parametrize(("hours", "status"), [(-25, 422), (-23, 303), (23, 303), (25, 422)])
def test_corrected_times_far_from_the_incident_are_refused(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask, hours: int, status: int
) -> None:
    assert shown.status_code == 200
    report = working_set(app).draft.report
    row = next(row for one in report.statements for row in one.callouts if row.payable and row.fee)
    incident = row.incident
    assert incident.resolved
    path = f"/reports/{working_set(app).id}/callouts/{incident.id}/{row.person_id}"
    edge = (incident.triggered if hours < 0 else incident.resolved) + timedelta(hours=hours)
    span = sorted([edge, edge + timedelta(minutes=-hours)])  # from the edge towards the incident
    start, end = (one.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%dT%H:%M:%S") for one in span)
    typed = {"reason": "Phoned", "times-0-start": start, "times-0-end": end}
    answer = connected.post(path, data=fill_in(connected.get(path), row.person_id, **typed))
    assert answer.status_code == status
    assert ("More than 24 hours away from the incident: it triggered " in answer.text) is (status == 422)


def test_corrected_times_are_paid_and_shown_again(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    report = working_set(app).draft.report
    row = next(row for one in report.statements for row in one.callouts if row.payable and row.fee)
    path = f"/reports/{working_set(app).id}/callouts/{row.incident.id}/{row.person_id}"
    day = row.date.isoformat()
    typed = {"decision": "pay", "reason": "Phoned", "times-0-start": f"{day}T01:00", "times-0-end": f"{day}T04:00"}
    form = fill_in(connected.get(path), row.person_id, **typed)
    later = (row.date + timedelta(days=2)).isoformat()
    wrong_ends = {
        f"{day}T00:30": "The end of a row must be after its start.",
        f"{later}T04:00": "At most a day in all.",
        "": "Write both times of a row, or neither.",
        "soon": "Write a day and a time in each field.",
    }
    for end, sentence in wrong_ends.items():
        refused = connected.post(path, data=form | {"times-0-end": [end]})
        assert (refused.status_code, sentence in refused.text) == (422, True)
    moved = connected.post(path, data=form | {"clock": ["Asia/Kolkata"]})  # as where the zone changed meanwhile
    assert moved.status_code == 422
    assert "The clock is now that of Europe/London, where " in moved.text
    assert "Check the times and press Decide again." in moved.text
    second = {"times-1-start": [f"{day}T03:30"], "times-1-end": [f"{day}T05:00"]}
    assert "none that overlaps another" in connected.post(path, data=form | second).text
    longer = connected.post(path, data=form | second | {"more": ["yes"]})
    assert longer.status_code == 200
    assert 'name="times-3-start"' in longer.text
    assert f'value="{day}T03:30"' in longer.text
    second["times-1-start"] = [f"{day}T04:30"]
    page = connected.post(path, data=form | second, follow_redirects=True)
    assert total(page) != total(shown)
    again = connected.get(path).text
    assert re.findall(r"worked [^:]+, (\d\d:\d\d):00 to (\d\d:\d\d)", again) == [("01:00", "04:00"), ("04:30", "05:00")]
    for clock in ("01:00", "04:00", "04:30", "05:00"):
        assert f'value="{day}T{clock}"' in again


def test_a_time_that_the_clocks_skip_is_refused(
    connected: FlaskClient, shown: TestResponse, fill_in: FillIn, app: Flask
) -> None:
    assert shown.status_code == 200
    statements = working_set(app).draft.report.statements
    row = next(row for one in statements for row in one.callouts if one.person.zone == "Europe/London")
    path = f"/reports/{working_set(app).id}/callouts/{row.incident.id}/{row.person_id}"
    typed = {"reason": "Phoned", "times-0-start": "2026-03-29T01:30", "times-0-end": "2026-03-29T02:10"}
    refused = connected.post(path, data=fill_in(connected.get(path), row.person_id, decision="pay", **typed))
    assert refused.status_code == 422
    assert "One of these times does not exist: the clocks of Europe/London go forward then." in refused.text


def test_a_callout_that_is_not_in_the_report_cannot_be_decided(
    connected: FlaskClient, shown: TestResponse, app: Flask
) -> None:
    assert shown.status_code == 200
    assert connected.get(f"/reports/{working_set(app).id}/callouts/QNOSUCH/{ADA}").status_code == 404
