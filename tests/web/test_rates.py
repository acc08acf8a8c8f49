"""The table Rates and regions: a value holds from the day in its first field, and no month is repriced by oversight."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from webapp.models import EngineerFact
from webapp.services import people
from webapp.services.engineer_facts import FIRST_DAY, HOURLY_RATE, Change
from webapp.services.people import PaySettings
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]

ADA = "PUZXTCN"
SEPTEMBER, OCTOBER = "2026-09", "2026-10"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


@pytest.fixture
def of_ada(app: Flask, connected: FlaskClient, preview: Ask) -> Callable[[str], WorkingSet]:
    """Ada's report of a month."""

    def read(month: str) -> WorkingSet:
        preview(connected, scope="engineer", engineer="Ada Lindqvist", team=None, month=month)
        found: WorkingSet = list(app.extensions["calloutpay"].working_sets._sets.values())[-1]
        return found

    return read


@pytest.fixture
def rates(connected: FlaskClient, fill_in: FillIn) -> Callable[..., TestResponse]:
    """Fill in Ada's row of a report's table and press a button."""

    def press(
        report: WorkingSet, button: str = "save", *, page: TestResponse | None = None, **typed: Any
    ) -> TestResponse:
        path = f"/reports/{report.id}/rates"
        named = {name if name == "earlier" else f"{ADA}-{name}": value for name, value in typed.items()}
        form = fill_in(page or connected.get(path), "/rates", **named)
        return connected.post(path, data={**form, button: "yes"})

    return press


@pytest.fixture
def stored(app: Flask) -> Callable[[], list[tuple[date, str]]]:
    def read() -> list[tuple[date, str]]:
        with app.extensions["calloutpay"].database.session() as session:
            facts = session.scalars(select(EngineerFact).order_by(EngineerFact.since))
            return [(fact.since, fact.value) for fact in facts if fact.what == HOURLY_RATE]

    return read


def hourly_rates(report: WorkingSet) -> dict[date, Decimal | None]:
    """Rate of each date with hourly pay."""
    (statement,) = report.draft.report.statements
    return {line.booked: line.rate for line in statement.lines if line.component == "hourly pay"}


def test_the_day_is_the_first_field_and_the_periods_first_day(
    connected: FlaskClient, of_ada: Callable[[str], WorkingSet]
) -> None:
    page = connected.get(f"/reports/{of_ada(OCTOBER).id}/rates").text
    row = page.partition("<tbody>")[2].partition("</tr>")[0]
    names = re.findall(r'<input[^>]* name="([^"]+)"', row)
    assert names[:3] == [f"{ADA}-since", f"{ADA}-ever", f"{ADA}-payroll_number"]
    assert f'name="{ADA}-since" type="date" value="2026-10-01"' in row
    assert "checked" not in row.partition(f'name="{ADA}-ever"')[2].partition("</td>")[0]


def test_a_rise_typed_without_a_thought_of_its_day_leaves_the_months_before_alone(
    connected: FlaskClient,
    of_ada: Callable[[str], WorkingSet],
    rates: Callable[..., TestResponse],
    stored: Callable[[], list[tuple[date, str]]],
) -> None:
    """Ada has 31.35 from the first day; in November's report she gets 40.00. October stays as it was paid."""
    october = of_ada(OCTOBER)
    rates(october, hourly_rate="31.35", ever="y", earlier="yes")
    paid = of_ada(OCTOBER).draft.report.total
    assert rates(of_ada("2026-11"), hourly_rate="40").status_code == 303
    assert stored() == [(FIRST_DAY, "31.35"), (date(2026, 11, 1), "40")]
    assert of_ada(OCTOBER).draft.report.total == paid
    assert set(hourly_rates(of_ada("2026-11")).values()) == {Decimal(40)}
    assert connected.get(f"/people/{ADA}").text.count("November 2026") >= 1


def test_a_value_is_typed_for_any_day(
    of_ada: Callable[[str], WorkingSet],
    rates: Callable[..., TestResponse],
    stored: Callable[[], list[tuple[date, str]]],
) -> None:
    report = of_ada(OCTOBER)
    assert rates(report, hourly_rate="40").status_code == 303
    assert rates(report, hourly_rate="50", since="2026-10-16").status_code == 303
    assert stored() == [(date(2026, 10, 1), "40"), (date(2026, 10, 16), "50")]
    assert {(day >= date(2026, 10, 16), rate) for day, rate in hourly_rates(report).items()} == {
        (False, Decimal(40)),
        (True, Decimal(50)),
    }


def test_without_a_day_nothing_is_changed(
    of_ada: Callable[[str], WorkingSet],
    rates: Callable[..., TestResponse],
    stored: Callable[[], list[tuple[date, str]]],
) -> None:
    answer = rates(of_ada(OCTOBER), hourly_rate="40", since="")
    assert answer.status_code == 422
    assert "Write the day from which it holds, or tick “from the first day”." in answer.text
    assert f'<a href="#{ADA}-since">' in answer.text
    assert stored() == []
    assert rates(of_ada(OCTOBER), payroll_number="0042", since="").status_code == 303


@pytest.mark.parametrize("typed", [{"since": "2026-10-01"}, {"ever": "y"}])
def test_a_value_that_a_later_one_would_hide_is_refused(
    of_ada: Callable[[str], WorkingSet],
    rates: Callable[..., TestResponse],
    stored: Callable[[], list[tuple[date, str]]],
    typed: dict[str, str],
) -> None:
    report = of_ada(OCTOBER)
    rates(report, hourly_rate="50", since="2026-10-16")
    answer = rates(report, hourly_rate="60", **typed)
    assert answer.status_code == 422
    assert "Another hourly rate begins on 16 October 2026" in answer.text
    assert stored() == [(date(2026, 10, 16), "50")]


# From the first day


@pytest.mark.parametrize("button", ["save", "try"])
def test_since_ever_asks_first_and_says_that_it_changes_earlier_months(
    of_ada: Callable[[str], WorkingSet],
    rates: Callable[..., TestResponse],
    stored: Callable[[], list[tuple[date, str]]],
    button: str,
) -> None:
    report = of_ada(OCTOBER)
    answer = rates(report, button, hourly_rate="40", ever="y")
    assert answer.status_code == 422
    assert "Ada Lindqvist, from the first day: this changes the reports of every earlier month." in answer.text
    assert "No report of an earlier month was reviewed, shared or amended here" in answer.text
    assert stored() == []
    assert set(hourly_rates(report).values()) == {Decimal("31.35")}
    again = rates(report, button, page=answer, earlier="yes")
    assert again.status_code == 303
    assert stored() == ([(FIRST_DAY, "40")] if button == "save" else [])
    assert set(hourly_rates(report).values()) == {Decimal(40)}


def test_the_months_that_were_reviewed_are_named(
    connected: FlaskClient, of_ada: Callable[[str], WorkingSet], rates: Callable[..., TestResponse]
) -> None:
    september = of_ada(SEPTEMBER)
    connected.send(f"/reports/{september.id}/review", page=f"/reports/{september.id}")
    report = of_ada(OCTOBER)
    for typed in ({"ever": "y"}, {"since": "2026-09-30"}):
        answer = rates(report, hourly_rate="40", **typed)
        assert answer.status_code == 422
        assert "September 2026" in answer.text.partition("Please confirm")[2].partition("</ul>")[0]
    assert rates(report, hourly_rate="40", since="2026-10-01").status_code == 303


def test_what_others_saved_meanwhile_needs_no_confirmation(
    app: Flask, of_ada: Callable[[str], WorkingSet], rates: Callable[..., TestResponse]
) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        card = app.extensions["calloutpay"].connections.working_card(1)
        ada = PaySettings(user_id=ADA, name="Ada", email=None, facts={HOURLY_RATE: (Change(FIRST_DAY, "31.00"),)})
        people.save_pay_settings(session, card.subdomain, [ada], "eva@example.com")
    assert rates(of_ada(OCTOBER), payroll_number="0042").status_code == 303
