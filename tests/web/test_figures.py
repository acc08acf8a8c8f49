"""How money, time and dates look, and the components that show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask, render_template_string
from wtforms import BooleanField, Form, RadioField, StringField
from wtforms.validators import InputRequired

from webapp.blueprints.filters import day, when
from webapp.exports.money_words import money
from webapp.pricing.text import hours


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("0", "GBP", "£0.00"),
        ("1234567.5", "GBP", "£1,234,567.50"),
        ("-3", "EUR", "-€3.00"),
        ("100", "JPY", "JP¥100"),
        ("1.005", "GBP", "£1.005"),
    ],
)
def test_money_is_shown_as_it_is(amount: str, currency: str, text: str) -> None:
    assert money(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (59, "0:00:59"),
        (60, "0:01"),
        (5400, "1:30"),
        (360_000, "100:00"),
        (-900, "-0:15"),
        (3661, "1:01:01"),
    ],
)
def test_hours_lose_no_second(seconds: int, text: str) -> None:
    assert hours(seconds) == text


def test_instants_say_by_which_clock() -> None:
    instants = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert [when(instant, "Europe/London") for instant in instants] == [
        "25 Oct 2026, 01:30 BST",
        "25 Oct 2026, 01:30 GMT",
    ]
    assert when(instants[0].replace(second=5), "UTC") == "25 Oct 2026, 00:30:05 UTC"


def test_days_have_their_name() -> None:
    assert day(date(2026, 11, 7)) == "Sat 7 Nov 2026"


class Example(Form):
    name = StringField("Name", [InputRequired("Type a name.")], description="As in the contract.")
    tick = BooleanField("Sure", [InputRequired("Tick this.")])
    pick = RadioField("Which", [InputRequired("Choose one.")], choices=["a", "b"])


PAGE = """
{% import "components/forms.html" as forms %}
{% import "components/notices.html" as notices %}
{% import "components/figures.html" as figures %}
{{ forms.error_summary(form) }}
<form method="post">
  {{ forms.csrf() }}
  {{ forms.field(form.name, hx_get="/x", required=false) }}
  {{ forms.check(form.tick) }}
  {{ forms.choices(form.pick, hx_post="/p") }}
  {{ forms.button("Go", "quiet", name="do", hx_post="/y") }}
</form>
{{ forms.button_link("Away", "/z", "danger") }}
{{ forms.post_button("Test", "/t") }}
{% call forms.confirm("Close…", "/c", "Sure?", "Yes") %}<p>more</p>{% endcall %}
{% call notices.card("Title", id="card") %}{{ notices.badge("connected", "good") }}{% endcall %}
{{ notices.notice("<b>", "bad", title="T") }}
{{ notices.empty("Nothing", "Do this.") }}
{{ notices.progress("Reading", 1, 3) }}
{{ notices.progress("Waiting") }}
{% call notices.details("More") %}inside{% endcall %}
{{ figures.headline([("Total", figures.money(amount, "GBP"))]) }}
{% call figures.table("People", "people") %}
<tbody><tr><td class="number">{{ figures.hours(60) }}</td><td>{{ figures.when(instant, "UTC") }}</td></tr></tbody>
{% endcall %}
"""


@pytest.fixture
def shown(app: Flask) -> str:
    form = Example()
    form.validate()
    with app.test_request_context():
        return render_template_string(
            PAGE, form=form, amount=Decimal("-1.50"), instant=datetime(2026, 1, 2, tzinfo=UTC)
        )


def test_components_are_valid_and_labelled(shown: str, check_html: Callable[[str], None]) -> None:
    check_html(shown)


@pytest.mark.parametrize(
    "part",
    [
        '<a href="#name">Name: Type a name.</a>',
        'aria-describedby="name-hint name-error"',
        'aria-invalid="true"',
        'hx-get="/x"',
        'hx-post="/p"',
        'aria-describedby="pick-error"',
        'name="do" hx-post="/y"',
        '<progress aria-label="Reading" max="3" value="1">',
        '<progress aria-label="Waiting">',
        "&lt;b&gt;",
        '<span class="figure negative">-£1.50</span>',
        '<time datetime="2026-01-02T00:00:00+00:00">2 Jan 2026, 00:00 UTC</time>',
    ],
)
def test_components_say_what_they_are_given(shown: str, part: str) -> None:
    assert part in shown
