"""Schedules that a policy names: by name as by id, missing ones, and those on no escalation policy."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.test import TestResponse

from tests.patience import PATIENCE_SECONDS
from webapp.pricing.policy.form import Policy
from webapp.pricing.report.lines import Gravity, Period
from webapp.sandbox import Running, account
from webapp.sandbox.small import DATA_LEAD, DATA_SUN, OFFICE, PAYMENTS_PRIMARY, PLATFORM_SECONDARY
from webapp.services import policies
from webapp.services.documents import reading_warnings
from webapp.services.policies import PolicyText, Rules
from webapp.services.reporting import Draft
from webapp.services.shadow_rotations import ShadowRotation, rotations, set_down
from webapp.settings import Settings

Keep = Callable[[Rules], None]
Preview = Callable[..., TestResponse]
HTMX = {"HX-Request": "true"}
READ = {"evidence": "acknowledged", "longest_lead_minutes": "15", "pause_grace_minutes": "15"}
ORGANISATION = {"scope": "organisation"}


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def keep(app: Flask) -> Keep:
    """Save a version."""

    def put(rules: Rules) -> None:
        with app.extensions["calloutpay"].database.session() as session:
            policies.save_policy(session, rules, "ada@example.com")

    return put


def by_the_hour(when: str = "", price: str = '"1.00"', top: str = "") -> str:
    return (
        f'name = "By the hour"\ncurrency = "GBP"\npay_zone = "Europe/London"\nrounding = "half up"\n{top}\n'
        f'[[rules]]\nname = "on call"\npays = "on call"\n{when}\ncount = "hours"\nprice = {price}\n'
    )


def draft_of(app: Flask) -> Draft:
    (only,) = app.extensions["calloutpay"].working_sets._sets.values()
    found: Draft = only.draft
    return found


def total(page: TestResponse) -> Decimal:
    found = re.search(r"<dt>Total</dt><dd>£([\d,.]+)</dd>", page.text)
    assert found, page.text
    return Decimal(found[1].replace(",", ""))


def set_id(app: Flask) -> str:
    (only,) = app.extensions["calloutpay"].working_sets._sets
    return str(only)


def try_out(app: Flask, client: FlaskClient, text: str) -> TestResponse:
    data = {"csrf_token": client.token, **READ, "begins": "ever", "effective": "", "note": "", "text": text}
    return client.post(f"/reports/{set_id(app)}/price", data=data, headers=HTMX)


EVERYTHING = by_the_hour()
ONLY = 'when = {{ rota = "{}" }}'
NOT = 'when = {{ rota_not = "{}" }}'
TABLE = '{{ by = "rota", "{}" = "1.00", other = "0.00" }}'
FORMS = {
    "rota": (lambda word: by_the_hour(ONLY.format(word)), "Payments primary", PAYMENTS_PRIMARY, "745.00"),
    "rota_not": (lambda word: by_the_hour(NOT.format(word)), "Data lead", DATA_LEAD, "3538.00"),
    "price by rota": (lambda word: by_the_hour(price=TABLE.format(word)), "Payments primary", PAYMENTS_PRIMARY, None),
    "blanks around it": (lambda word: by_the_hour(ONLY.format(f" {word} ")), "Payments primary", None, "745.00"),
}


def test_a_schedule_is_the_same_by_name_and_by_id(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview
) -> None:
    keep(PolicyText(EVERYTHING))
    everything = total(preview(connected, **ORGANISATION))
    for what, (written, name, schedule_id, amount) in FORMS.items():
        by_name = total(try_out(app, connected, written(name)))
        if schedule_id:
            assert total(try_out(app, connected, written(schedule_id))) == by_name, what
        if amount:
            assert Decimal(amount) == by_name, what
        assert 0 < by_name < everything, what


@pytest.mark.slow
def test_what_is_printed_says_names(app: Flask, connected: FlaskClient, keep: Keep, preview: Preview) -> None:
    keep(PolicyText(by_the_hour(ONLY.format(PAYMENTS_PRIMARY))))
    page = preview(connected, **ORGANISATION)
    report = draft_of(app).report
    assert "when rota is Payments primary" in page.text
    assert "rota Data lead" in {line.reason for one in report.statements for line in one.unpaid}
    assert PAYMENTS_PRIMARY not in " ".join(report.policy.words)
    unpaid = ((one.person.id, line) for one in report.statements for line in one.unpaid)
    person_id, day = next((key, line.date) for key, line in unpaid if line.reason == "rota Data lead")
    why = connected.get(f"{page.request.path}/why/{person_id}?day={day}").text
    assert "(on call): rota Data lead</p>" in why
    assert DATA_LEAD not in why
    assert try_out(app, connected, by_the_hour(price=TABLE.format(DATA_LEAD))).status_code == 200
    (brief,) = draft_of(app).report.policy.by_version
    assert [amount.of for amount in brief.amounts] == ["rota Data lead", "any other rota"]


@pytest.mark.slow
def test_the_form_leaves_schedules_out_by_name_as_by_id(
    app: Flask, connected: FlaskClient, keep: Keep, policy: Policy, preview: Preview
) -> None:
    keep(policy)
    everything = total(preview(connected, **ORGANISATION))
    draft = draft_of(app)
    totals = []
    for word in ("Payments primary", PAYMENTS_PRIMARY):
        draft.change(policy=replace(policy, schedules_left_out=frozenset({word})))
        totals.append(draft.report.total)
    assert totals[0] == totals[1] < everything
    page = connected.get(f"/reports/{set_id(app)}")
    boxes = re.findall(r'<input [^>]*name="schedules_left_out"[^>]*>', page.text)
    assert len(draft.schedules()) == len(boxes)
    assert [box for box in boxes if "checked" in box] == [box for box in boxes if f'value="{PAYMENTS_PRIMARY}"' in box]


def test_a_schedule_that_pagerduty_does_not_have_is_refused_and_the_last_preview_stays(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview
) -> None:
    keep(PolicyText(EVERYTHING))
    before = total(preview(connected, **ORGANISATION))
    refused = try_out(app, connected, by_the_hour(NOT.format("data Laed")))
    assert refused.status_code == 422
    assert escape("“data Laed”, which PagerDuty does not have. Did you mean “Data lead”") in refused.text
    assert draft_of(app).report.total == before


@pytest.mark.slow
@pytest.mark.parametrize("scope", [ORGANISATION, {}], ids=["organisation", "team"])
def test_a_saved_policy_that_names_a_missing_schedule_prices_nothing(
    connected: FlaskClient, keep: Keep, preview: Preview, scope: dict[str, str]
) -> None:
    keep(PolicyText(by_the_hour(NOT.format("Data leed"))))
    page = preview(connected, **scope)
    assert page.status_code == 422
    assert "Nothing was priced" in page.text
    assert "Did you mean “Data lead”" in page.text


@pytest.mark.slow
def test_the_command_refuses_a_missing_schedule(
    app: Flask, connected: FlaskClient, keep: Keep, tmp_path: object
) -> None:
    assert connected
    keep(PolicyText(by_the_hour(NOT.format("Data leed"))))
    order = ["report", "--account", "ada@example.com", "--scope", "organisation", "--month", "2026-10"]
    answer = app.test_cli_runner().invoke(args=[*order, "--out", f"{tmp_path}/report.xlsx"])
    assert answer.exit_code == 1
    assert "which PagerDuty does not have. Did you mean “Data lead”" in answer.output


@pytest.mark.slow
def test_a_narrow_scope_knows_the_schedules_of_others(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview
) -> None:
    keep(PolicyText(by_the_hour(NOT.format("Data lead"))))
    assert preview(connected).status_code == 200
    assert {person.name for person in draft_of(app).people()} == {"Ada Lindqvist", "Callum MacRae", "Carys Pembrooke"}


ALSO_OFFICE = by_the_hour(ONLY.format("Office moves"), top='also_pay = ["Office moves"]')


def rendered_hours(pagerduty: Running, schedule_id: str, since: datetime, until: datetime) -> Decimal:
    """What /schedules/{id} itself says: the sum of its final entries, cut at the bounds."""
    answer = requests.get(
        f"{pagerduty.us_url}/schedules/{schedule_id}",
        params={"since": since.isoformat(), "until": until.isoformat(), "time_zone": "UTC"},
        headers={"Authorization": f"Token token={pagerduty.credentials.us.read_only}"},
        timeout=PATIENCE_SECONDS,
    )
    entries = answer.json()["schedule"]["final_schedule"]["rendered_schedule_entries"]
    spans = [(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in entries]
    return sum((Decimal((end - start) // timedelta(seconds=1)) / 3600 for start, end in spans), Decimal(0))


def test_a_schedule_on_no_escalation_policy_is_paid_by_choice(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview, pagerduty: Running
) -> None:
    keep(PolicyText(EVERYTHING))
    without = preview(connected, **ORGANISATION)
    assert "On no escalation policy, so nobody is paged through it: Office moves." in without.text
    assert "Its time is not in this report." in without.text
    refused = try_out(app, connected, ALSO_OFFICE)
    assert refused.status_code == 422
    assert "To also pay Office moves, more must be read from PagerDuty." in refused.text
    connected.post(f"/reports/{set_id(app)}/forget", data={"csrf_token": connected.token})
    keep(PolicyText(ALSO_OFFICE))
    paid = preview(connected, **ORGANISATION)
    london = datetime(2026, 9, 30, 23, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    assert total(paid) == rendered_hours(pagerduty, OFFICE, *london) == Decimal(745)
    assert "so nobody is paged through" not in paid.text
    draft = draft_of(app)
    assert {row.level for row in draft.priced.facts.on_call if row.rota == OFFICE} == {1}
    assert all(OFFICE not in one.rotas for one in draft.priced.facts.callouts)
    by_id = by_the_hour(ONLY.format(OFFICE), top=f'also_pay = ["{OFFICE}"]')
    assert total(try_out(app, connected, by_id)) == Decimal(745)
    assert total(try_out(app, connected, by_the_hour(ONLY.format("Office moves")))) == 0


@pytest.mark.slow
def test_a_document_dates_by_the_schedules_own_clock(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview
) -> None:
    sun = by_the_hour(ONLY.format("Data follow the sun"))
    keep(PolicyText(sun.replace('"Europe/London"', '"schedule"')))
    page = preview(connected, **ORGANISATION)
    assert "Pay zone: each schedule's own time zone." in html.unescape(page.text)
    # 8 + 9 + 8 hours a day of October by UTC, less two of a gap, and less one that Hemi holds twice.
    assert total(page) == 31 * 25 - 2 - 1
    # London's October begins an hour before that of UTC.
    assert total(try_out(app, connected, sun)) == 31 * 25 - 2 - 1 + 1


def rotation_links(page: TestResponse) -> dict[str, str]:
    """The page of each rotation, by who is in it."""
    found = re.findall(r'href="([^"]+)" aria-label="(?:Set down|Change) the rotation of ([^"]+)"', page.text)
    return {names: address for address, names in found}


def test_a_rotation_is_set_down_as_a_shadow_and_taken_back(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview
) -> None:
    keep(PolicyText(EVERYTHING))
    page = preview(connected, **ORGANISATION)
    before = draft_of(app).report
    assert "Data follow the sun had several people on call at once, " in page.text
    shadows = connected.get(f"/reports/{set_id(app)}/shadows")
    assert shadows.status_code == 200
    address = rotation_links(shadows)["Hemi Walker, Imogen Hartley"]
    refused = connected.send(address, since="", reason="")
    assert refused.status_code == 422
    assert "Write the reason" in refused.text
    assert connected.send(address, since="2026-10-15", reason="learning").status_code == 303
    after = draft_of(app).report
    lines = {
        line.date
        for one in after.statements
        for line in one.unpaid
        if line.reason == "shadow rotation, set down by ada@example.com: learning"
    }
    assert min(lines).isoformat() == "2026-10-15"
    unpaid = sum(
        Decimal(line.seconds) / 3600
        for one in after.statements
        for line in one.unpaid
        if line.reason.startswith("shadow rotation")
    )
    # Nine hours on 17 days, less two of a gap, and less one that Hemi holds through the next rotation, too.
    assert before.total - after.total == unpaid == 17 * 9 - 2 - 1
    assert connected.send(address, forget="yes").status_code == 303
    assert draft_of(app).report.total == before.total


@pytest.mark.slow
def test_months_that_were_reviewed_are_asked_about(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview
) -> None:
    keep(PolicyText(EVERYTHING))
    preview(connected, **ORGANISATION)
    review = f"/reports/{set_id(app)}/review"
    assert connected.send(review, page=review).status_code == 303
    address = rotation_links(connected.get(f"/reports/{set_id(app)}/shadows"))["Hemi Walker, Imogen Hartley"]
    before = draft_of(app).report.total
    asked = connected.send(address, since="", reason="learning")
    assert asked.status_code == 422
    assert "Reviewed, shared or amended here: October 2026." in asked.text
    assert 'value="learning"' in asked.text
    assert draft_of(app).report.total == before
    assert connected.send(address, since="2026-11-01", reason="learning").status_code == 303
    assert connected.send(address, since="", reason="learning", earlier="yes").status_code == 303
    assert draft_of(app).report.total < before
    assert connected.send(address, forget="yes").status_code == 422
    assert connected.send(address, forget="yes", earlier="yes").status_code == 303


@pytest.mark.slow
def test_a_shadow_that_somebody_else_sets_down_is_told(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview
) -> None:
    keep(PolicyText(EVERYTHING))
    preview(connected, **ORGANISATION)
    draft = draft_of(app)
    names = {user.id: user.name for user in draft.records.users.values()} if draft.records else {}
    assert draft.records
    since_ever = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    (london,) = [one for one in rotations(draft.records, names, since_ever) if "Imogen" in one.name]
    with app.extensions["calloutpay"].database.session() as session:
        signed = {"since": None, "reason": "learning", "decided_by": "eva@example.com"}
        set_down(session, draft.subdomain, london.key, name=london.name, **signed)
    page = connected.get(f"/reports/{set_id(app)}")
    assert f"Data follow the sun: the rotation of {london.name} is an unpaid shadow (learning)" in page.text


def test_a_viewer_decides_about_no_shadow(
    app: Flask, add_account: Callable[..., FlaskClient], connected: FlaskClient
) -> None:
    assert connected
    viewer = add_account(app, "vic@example.com", "viewer")
    assert viewer.get("/reports/x/shadows").status_code == 403
    assert viewer.get("/reports/x/shadows/P1/R1").status_code == 403


@pytest.mark.slow
def test_time_that_becomes_unpaid_raises_nobodys_pay(
    app: Flask, connected: FlaskClient, keep: Keep, policy: Policy, preview: Preview
) -> None:
    keep(replace(policy, pay_zone=None))
    preview(connected, **ORGANISATION)
    draft = draft_of(app)
    assert draft.records
    signed = {"since": None, "reason": "learning", "decided_by": "eva@example.com", "decided_at": draft.records.read_at}
    every = rotations(draft.records, {}, (draft.records.request.since, draft.records.request.until))
    assert len(every) > 2
    asked = draft.inputs
    for first, after in pairwise(date(2026, month, 1) for month in (9, 10, 11)):
        inputs = draft.inputs = replace(asked, period=Period(first, after))
        before = {one.person.id: one.total for one in draft.report.statements}
        for one in every:
            shadow = ShadowRotation(*one.key, one.name, **signed)
            draft.inputs = replace(inputs, saved=replace(inputs.saved, shadows={one.key: shadow}))
            unpaid = draft.report
            raised = [some.person.name for some in unpaid.statements if some.total > before.get(some.person.id, 0)]
            assert raised == [], (first, one.name)
            assert unpaid.total < sum(before.values()), (first, one.name)


@pytest.mark.slow
def test_a_policy_saved_since_that_names_a_missing_schedule_leaves_the_report_as_it_is(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview
) -> None:
    keep(PolicyText(EVERYTHING))
    before = total(preview(connected, **ORGANISATION))
    keep(PolicyText(by_the_hour(NOT.format("Data leed"))))
    for action in ("update", "saved"):
        page = connected.post(f"/reports/{set_id(app)}/{action}", data={"csrf_token": connected.token})
        assert page.status_code == 422
        assert "Did you mean “Data lead”" in page.text
        assert total(page) == before


@pytest.mark.slow
def test_a_hidden_schedule_that_a_narrow_reading_did_not_look_for_is_not_called_missing(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = account._schedules
    monkeypatch.setattr(
        account, "_schedules", lambda **asked: [one for one in listed(**asked) if one.id != PLATFORM_SECONDARY]
    )
    keep(PolicyText(EVERYTHING))
    preview(connected)
    page = try_out(app, connected, by_the_hour(NOT.format("Platform secondary")))
    assert page.status_code == 422
    assert "Press “Read PagerDuty again” below the settings." in page.text
    assert "does not have" not in page.text


@pytest.mark.slow
def test_shadows_that_a_partial_reading_cannot_tell_apart_are_warned_of(
    app: Flask, connected: FlaskClient, keep: Keep, preview: Preview
) -> None:
    keep(PolicyText(EVERYTHING))
    preview(connected, **ORGANISATION)
    draft = draft_of(app)
    assert draft.records
    shadow = ShadowRotation(DATA_SUN, "PR1", "Hemi", None, "learning", "eva@example.com", draft.records.read_at)
    draft.inputs = replace(draft.inputs, saved=replace(draft.inputs.saved, shadows={(DATA_SUN, "PR1"): shadow}))
    told = [one for one in reading_warnings(draft, draft.records) if "no longer shows a rotation" in one.sentence]
    assert [one.gravity for one in told] == [Gravity.NOTE]
    unread = replace(draft.records, assignments={}, differences=())
    (warning,) = [one for one in reading_warnings(draft, unread) if "cannot tell the shadow rotations" in one.sentence]
    assert warning.gravity is Gravity.PAY
    assert "Data follow the sun" in warning.sentence
