"""A thousand engineers: the page stays small, one engineer opens in place, the form stays quick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.sandbox import Running, running
from webapp.settings import Settings

LARGEST_PAGE = 315_000

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("saved")]


@pytest.fixture(scope="module")
def large(present: Callable[[], object]) -> Iterator[Running]:
    with running("large", now=present, rate_limit=None) as sandbox:
        yield sandbox


@pytest.fixture
def settings(sandbox_settings: Settings, large: Running) -> Settings:
    return replace(
        sandbox_settings,
        pagerduty_us_url=large.us_url,
        pagerduty_eu_url=large.eu_url,
        read_slice_seconds=300,
    )


def test_the_page_of_a_thousand_engineers_is_small_and_opens_one_in_place(
    logged_in: FlaskClient, large: Running, ask: Callable[..., TestResponse]
) -> None:
    logged_in.send("/connection/key", page="/connection", api_key=large.credentials.us.read_only)
    answer = ask(logged_in, scope="organisation", period="month", month="2026-10")
    page = logged_in.get(answer.headers["Location"])
    assert page.status_code == 200
    assert page.text.count('<tbody id="e-') > 800  # the others of the thousand were not on call
    assert len(page.data) < LARGEST_PAGE
    person_id = page.text.partition('<tbody id="e-')[2].partition('"')[0]
    opened = logged_in.get(f"{answer.headers['Location']}?open={person_id}", headers={"HX-Request": "true"})
    assert opened.text.lstrip().startswith(f'<tbody id="e-{person_id}">')
    assert "Days of" in opened.text
