"""Two tabs of one login on one report: nothing is saved or handed out from a page that shows what no longer is."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.blueprints.reports import routes
from webapp.blueprints.reports.delivery import StalePage
from webapp.models import SeenReport
from webapp.services import people, policies
from webapp.services.engineer_facts import HOURLY_RATE
from webapp.services.people import PaySettings
from webapp.services.reporting import Draft
from webapp.settings import Settings

FillIn = Callable[..., dict[str, list[str]]]
Preview = Callable[..., TestResponse]
ADA = "PUZXTCN"
HTMX = {"HX-Request": "true"}

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def page(connected: FlaskClient, preview: Preview) -> TestResponse:
    """The report of the team Payments for October: the tab that gets stale."""
    return preview(connected)


@pytest.fixture
def path(app: Flask, page: TestResponse) -> str:
    assert page.status_code == 200
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    return f"/reports/{kept.id}"


def versions(app: Flask) -> list[Decimal]:
    """The callout fees of all versions that are saved."""
    with app.extensions["calloutpay"].database.session() as session:
        return [one.form.callout_fee for one in policies.saved_policies(session) if one.form]


def problem(page: TestResponse) -> str:
    """What a refusal says, in one sentence or more."""
    found = re.search(r"[^<>]*changed in another tab[^<>]*", page.text)
    assert found, page.text
    return html.unescape(found[0]).strip()


# Saving


@pytest.mark.parametrize("button", ["policy", "download"])
def test_a_save_does_not_undo_what_was_saved_in_another_tab(
    connected: FlaskClient, page: TestResponse, path: str, app: Flask, fill_in: FillIn, button: str
) -> None:
    other = connected.get(path)
    assert connected.post(f"{path}/policy", data=fill_in(other, "/price", callout_fee="60")).status_code == 303

    refused = connected.post(f"{path}/{button}", data=fill_in(page, "/price", hourly_rate="40"))

    assert refused.status_code == 409
    assert problem(refused) == (
        "Nothing was saved. These settings were changed in another tab: the report is by Standard policy "
        "version 2 now. What you typed is still below, and differs from it in: Callout fee, Hourly rate. "
        "Look at them, then save again."
    )
    assert versions(app) == [Decimal(45), Decimal(60)]
    typed = fill_in(refused, "/price")
    assert (typed["callout_fee"], typed["hourly_rate"]) == (["45"], ["40"])
    assert connected.post(f"{path}/policy", data=fill_in(refused, "/price", callout_fee="60")).status_code == 303
    assert versions(app) == [Decimal(45), Decimal(60), Decimal(60)]


@pytest.mark.parametrize("action", ["price", "text", "again", "update"])
def test_no_other_button_makes_a_stale_form_fresh(
    connected: FlaskClient, page: TestResponse, path: str, fill_in: FillIn, action: str
) -> None:
    connected.post(f"{path}/policy", data=fill_in(connected.get(path), "/price", callout_fee="60"))

    refused = connected.post(f"{path}/{action}", data=fill_in(page, "/price", hourly_rate="40"))

    assert refused.status_code == 409
    assert "differs from it in: Callout fee, Hourly rate." in problem(refused)
    assert "By Standard policy version 2." in refused.text


@pytest.mark.parametrize("action", ["price", "policy", "download"])
def test_a_mistake_does_not_make_a_stale_form_fresh(
    connected: FlaskClient, page: TestResponse, path: str, fill_in: FillIn, action: str
) -> None:
    connected.post(f"{path}/policy", data=fill_in(connected.get(path), "/price", callout_fee="60"))
    refused = connected.post(f"{path}/{action}", data=fill_in(page, "/price", hourly_rate="none", effective=""))
    assert refused.status_code == 409
    assert "differs from it in: Callout fee, Hourly rate." in problem(refused)


def test_a_preview_in_a_stale_tab_says_so_and_lets_nothing_be_saved(
    connected: FlaskClient, page: TestResponse, path: str, app: Flask, fill_in: FillIn
) -> None:
    connected.post(f"{path}/policy", data=fill_in(connected.get(path), "/price", callout_fee="60"))
    typed = fill_in(page, "/price", hourly_rate="40")

    previewed = connected.post(f"{path}/price", data=typed, headers=HTMX)

    assert previewed.status_code == 409
    assert "changed in another tab" in previewed.text
    assert connected.post(f"{path}/policy", data=typed).status_code == 409
    assert versions(app) == [Decimal(45), Decimal(60)]


def test_a_save_waits_where_another_tab_tries_something_else_out(
    connected: FlaskClient, page: TestResponse, path: str, app: Flask, fill_in: FillIn
) -> None:
    connected.post(f"{path}/price", data=fill_in(connected.get(path), "/price", callout_fee="60"))
    refused = connected.post(f"{path}/policy", data=fill_in(page, "/price", hourly_rate="40"))
    assert refused.status_code == 409
    assert "the report is by unsaved settings now" in problem(refused)
    assert versions(app) == [Decimal(45)]


def test_a_preview_renews_what_the_page_shows(
    connected: FlaskClient, page: TestResponse, path: str, app: Flask, fill_in: FillIn
) -> None:
    typed = fill_in(page, "/price", callout_fee="46")
    previewed = connected.post(f"{path}/price", data=typed, headers=HTMX)
    (shown,) = set(re.findall(r'name="edition" value="([^"]+)"', previewed.text))
    assert 'form="settings-form"' in previewed.text
    assert connected.post(f"{path}/policy", data={**typed, "edition": shown}).status_code == 303
    assert versions(app) == [Decimal(45), Decimal(46)]


def test_a_save_does_not_wait_for_its_own_preview_that_is_still_on_its_way(
    connected: FlaskClient, page: TestResponse, path: str, app: Flask, fill_in: FillIn
) -> None:
    typed = fill_in(page, "/price", callout_fee="46")
    connected.post(f"{path}/price", data=typed, headers=HTMX)
    assert connected.post(f"{path}/policy", data=typed).status_code == 303
    assert versions(app) == [Decimal(45), Decimal(46)]


@pytest.mark.parametrize("button", ["save", "try"])
def test_a_table_of_rates_does_not_undo_another_tab(
    connected: FlaskClient, path: str, app: Flask, fill_in: FillIn, button: str
) -> None:
    shown = connected.get(f"{path}/rates")
    rate_saved_elsewhere(connected, path, fill_in)
    typed = fill_in(shown, "/rates", **{f"{ADA}-payroll_number": "000777", button: "yes"})

    refused = connected.post(f"{path}/rates", data=typed)

    assert refused.status_code == 409
    assert problem(refused).startswith("These values were changed in another tab. Nothing was saved")
    assert fill_in(refused, "/rates")[f"{ADA}-payroll_number"] == ["000777"]
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    ada = kept.draft.inputs.own[ADA]
    assert (ada.payroll_number, ada.on(HOURLY_RATE, date(2026, 10, 31))) == ("", "41.00")
    again = fill_in(connected.get(f"{path}/rates"), "/rates", **{f"{ADA}-payroll_number": "000777", button: "yes"})
    assert connected.post(f"{path}/rates", data=again).status_code == 303


# Handing out


def typed_elsewhere(connected: FlaskClient, path: str, fill_in: FillIn) -> None:
    connected.post(f"{path}/price", data=fill_in(connected.get(path), "/price", callout_fee="60"))


def rate_saved_elsewhere(connected: FlaskClient, path: str, fill_in: FillIn) -> None:
    shown = connected.get(f"{path}/rates")
    connected.post(f"{path}/rates", data=fill_in(shown, "/rates", **{f"{ADA}-hourly_rate": "41.00"}, save="yes"))


def policy_saved_elsewhere(connected: FlaskClient, path: str, fill_in: FillIn) -> None:
    connected.post(f"{path}/policy", data=fill_in(connected.get(path), "/price", callout_fee="60"))


ELSEWHERE = [typed_elsewhere, rate_saved_elsewhere, policy_saved_elsewhere]
BUTTONS = {"workbook": "", "payroll.csv": "/payroll", "report.json": "/payroll", "review": "/review", "link": "/review",
           f"statement/{ADA}": f"?open={ADA}"}  # fmt: skip
"""What hands out, and the page that it stands on."""


@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize("change", ELSEWHERE)
def test_nothing_is_handed_out_that_differs_from_its_page(
    connected: FlaskClient,
    path: str,
    app: Flask,
    fill_in: FillIn,
    button: str,
    change: Callable[[FlaskClient, str, FillIn], None],
) -> None:
    typed = fill_in(connected.get(f"{path}{BUTTONS[button]}"), f"/{button}", incomplete="yes")
    change(connected, path, fill_in)

    refused = connected.post(f"{path}/{button}", data=typed)

    assert refused.status_code == 409
    assert problem(refused) == "The report was changed in another tab. This is how it is now: look at it, then go on."
    with app.extensions["calloutpay"].database.session() as session:
        assert session.query(SeenReport).count() == 0
    if change is not typed_elsewhere and not button.startswith("statement"):
        typed = fill_in(refused, f"/{button}", incomplete="yes")
        assert connected.post(f"{path}/{button}", data=typed).status_code in {200, 303}


def test_what_does_not_touch_the_report_does_not_hold_it_up(
    connected: FlaskClient, page: TestResponse, path: str, app: Flask, fill_in: FillIn
) -> None:
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    own = PaySettings(user_id="PNOBODY", name="Nobody here", email=None).changed(HOURLY_RATE, "40.00")
    with app.extensions["calloutpay"].database.session() as session:
        people.save_pay_settings(session, kept.draft.subdomain, [own], "bo@example.com")
    connected.get(path)
    assert connected.post(f"{path}/workbook", data=fill_in(page, "/workbook")).status_code == 200


def test_adjustments_of_another_tab_are_not_in_a_file_whose_page_has_none(
    connected: FlaskClient, page: TestResponse, path: str, app: Flask, fill_in: FillIn
) -> None:
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    kept.draft.carried.drop("0000-0000-0000-0000")
    assert connected.post(f"{path}/workbook", data=fill_in(page, "/workbook")).status_code == 409


def test_a_stale_page_of_a_report_that_ended_meanwhile_says_so(
    connected: FlaskClient, page: TestResponse, path: str, app: Flask, fill_in: FillIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_and_refuse(_draft: Draft, form: Any) -> None:
        app.extensions["calloutpay"].working_sets.forget(path.rpartition("/")[2])
        raise StalePage("Nothing was saved.", form)

    monkeypatch.setattr(routes, "refuse_stale_save", end_and_refuse)
    answer = connected.post(f"{path}/policy", data=fill_in(page, "/price"))
    assert answer.status_code == 410
    assert "no longer in memory" in answer.text
