"""The warnings above a report: always open, the gravest first, grouped, each with links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from webapp.pd.crosscheck import DutyDifference
from webapp.pricing.policy.form import Policy, StipendDate
from webapp.services import policies
from webapp.services.working_sets import WorkingSet
from webapp.settings import Settings

Ask = Callable[..., TestResponse]
FillIn = Callable[..., dict[str, list[str]]]
NOON = datetime(2026, 10, 6, 12, tzinfo=UTC)
DIFFERENCE = DutyDifference("PS1", "Payments primary", NOON, NOON + timedelta(hours=5), ("Ada Lindqvist",), ())

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(sandbox_settings: Settings) -> Settings:
    return sandbox_settings


def only(app: Flask) -> WorkingSet:
    (kept,) = app.extensions["calloutpay"].working_sets._sets.values()
    found: WorkingSet = kept
    return found


@pytest.fixture
def doubtful(app: Flask, connected: FlaskClient, preview: Ask, policy: Policy) -> WorkingSet:
    """The organisation's October, with a warning of every kind."""
    strict = replace(policy, stipend_date=StipendDate.ANY_TOUCH, longest_spell_hours=1)
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, strict, "ada@example.com")
    preview(connected, scope="organisation", team=None)
    found = only(app)
    draft = found.draft
    assert draft.records
    draft.sees_everything = False
    users = {key: replace(user, zone_note="Mars/Base") for key, user in list(draft.records.users.items())[:1]}
    records = replace(
        draft.records,
        differences=(DIFFERENCE,),
        unseen_incident_ids=frozenset({"QHIDDEN"}),
        users={**draft.records.users, **users},
    )
    draft.end_reading(records)
    return found


def section(page: TestResponse) -> str:
    found = re.search(r'<section[^>]*id="warnings".*?</section>', page.text, re.DOTALL)
    assert found
    return found[0]


def sentences(page: TestResponse) -> list[str]:
    return [unescape(words) for words in re.findall(r"<li>(.*?)(?:<br>|</li>)", section(page))]


def headings(page: TestResponse) -> list[tuple[str, str]]:
    """Gravity and topic of each group."""
    return re.findall(r"</span>([^<]+)</span>\s*(.*?)</h3>", section(page))


def test_they_are_open_and_grouped_and_the_gravest_stand_first(doubtful: WorkingSet, connected: FlaskClient) -> None:
    page = connected.get(f"/reports/{doubtful.id}")
    assert len(sentences(page)) > 20
    assert "<details" not in section(page)
    assert headings(page) == [
        ("pay may be wrong", "What PagerDuty says and hides"),
        ("pay may be wrong", "Days on call"),
        ("pay may be wrong", "Callouts"),
        ("unusual", "What PagerDuty says and hides"),
        ("unusual", "Days on call"),
        ("unusual", "Engineers"),
        ("to know", "Engineers"),
    ]


def test_a_single_hidden_incident_is_one(doubtful: WorkingSet, connected: FlaskClient) -> None:
    hidden = "1 incident that somebody worked on is hidden from this connection. Its callouts are not in this report."
    assert hidden in sentences(connected.get(f"/reports/{doubtful.id}"))


def test_every_warning_has_a_link_and_every_link_leads_somewhere(doubtful: WorkingSet, connected: FlaskClient) -> None:
    path = f"/reports/{doubtful.id}"
    page = connected.get(path)
    for item in re.findall(r"<li>.*?</li>", section(page)):
        assert 'href="' in item
    links = {unescape(link) for link in re.findall(r'href="(.*?)"', section(page))}
    assert {anchor[0] for link in links if (anchor := link.partition("#")[2])} >= {"c", "d", "e", "P"}
    for link in links:
        if link.startswith("https:"):
            assert re.fullmatch(r"https://lanternworks\.pagerduty\.com/schedules#P[A-Z0-9]+", link)
            continue
        address, _, anchor = link.partition("#")
        answer = connected.get(address if address.startswith("/") else f"{path}{address}")
        assert answer.status_code == 200
        assert not anchor or f'id="{anchor}"' in answer.text


def test_a_day_of_a_warning_is_that_engineers_row_of_that_day(doubtful: WorkingSet, connected: FlaskClient) -> None:
    page = connected.get(f"/reports/{doubtful.id}?open=PUZIIT4").text
    assert "#d-PUZIIT4-2026-10-14" in page
    assert re.search(r'<tr id="d-PUZIIT4-2026-10-14"><th scope="row">\s*<a [^>]*>Wed 14 Oct 2026</a>', page)


def test_where_a_time_zone_is_missing_one_press_leads_to_its_field(
    doubtful: WorkingSet, connected: FlaskClient
) -> None:
    page = section(connected.get(f"/reports/{doubtful.id}"))
    links = re.findall(r'<a href="([^"]*)">set the time zone of Imogen Hartley</a>', page)
    assert links == ["/people/PUZE5IE?what=time+zone#change"]
    assert '<option selected value="time zone">' in connected.get(unescape(links[0])).text


def test_the_workbook_says_the_same_in_the_same_order(
    doubtful: WorkingSet, connected: FlaskClient, fill_in: FillIn
) -> None:
    page = connected.get(f"/reports/{doubtful.id}")
    shown = [" ".join(words.split()) for words in sentences(page)]
    file = connected.post(f"/reports/{doubtful.id}/workbook", data=fill_in(page, "/workbook", without="yes"))
    book = load_workbook(BytesIO(file.data))
    for sheet, title in (("Summary", "Look at these before paying"), ("Checks", "Warnings and gaps")):
        cells = [row[0] for row in book[sheet].iter_rows(values_only=True)]
        at = cells.index(title) + 1
        assert cells[at : at + len(shown)] == shown


def test_the_command_line_says_the_same_in_the_same_order(
    app: Flask, doubtful: WorkingSet, connected: FlaskClient, tmp_path: Path
) -> None:
    del doubtful  # the report of the page has doubts of its own
    words = ["report", "--account", "ada@example.com", "--scope", "organisation", "--month", "2026-10"]
    answer = app.test_cli_runner().invoke(args=[*words, "--out", str(tmp_path / "a.xlsx"), "--without-not-priced"])
    assert answer.exit_code == 0, answer.output
    lines = answer.stderr.splitlines()
    said = [words for words in sentences(connected.get(f"/reports/{only(app).id}")) if words in lines]
    assert len(said) > 20
    assert [line for line in lines if line in said] == said


def test_somebody_not_priced_is_filled_in_by_one_press(
    app: Flask, connected: FlaskClient, preview: Ask, policy: Policy
) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, replace(policy, hourly_rate=None), "ada@example.com")
    page = preview(connected, anyway="yes")
    links = [unescape(link) for link in re.findall(r'href="(/reports/[^"]*rates\?q=[^"]*)"', page.text)]
    assert links
    assert f'name="{links[0].partition("q=")[2]}-hourly_rate"' in connected.get(links[0]).text


def test_a_viewer_is_led_to_no_page_that_is_closed_to_viewers(
    app: Flask, connected: FlaskClient, add_account: Callable[..., FlaskClient], preview: Ask, policy: Policy
) -> None:
    with app.extensions["calloutpay"].database.session() as session:
        policies.save_policy(session, replace(policy, hourly_rate=None), "ada@example.com")
    connected.send("/connection/share", page="/connection")
    viewer = add_account(app, "vera@example.com", "viewer")
    page = preview(viewer, anyway="yes")
    assert 'id="not-priced"' in page.text
    assert "/rates" not in page.text
