"""How figures look on a page: money, lengths of time, days, instants. `components/figures.html` wraps them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Flask

from webapp.exports.money_words import LOCALE, money
from webapp.pricing.spans import instant_of
from webapp.pricing.text import hours


def day(value: date) -> str:
    """A date that nobody misreads: Sat 7 Nov 2026."""
    return format_date(value, "EEE d MMM y", locale=LOCALE)


def when(instant: datetime, zone: str) -> str:
    """An instant on the wall clock of a zone, such as 7 Nov 2026, 08:00 GMT; seconds only where there are any."""
    local = instant.astimezone(ZoneInfo(zone))
    clock = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    return f"{format_date(local.date(), 'd MMM y', locale=LOCALE)}, {clock} {local.tzname()}"


def time_of_day(instant: datetime, zone: str) -> str:
    """The minute of an instant on the wall clock of a zone, where the day is plain: 14:17 UTC."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M %Z}"


def wall(instant: datetime, zone: str) -> str:
    """An instant on the wall clock of a zone as a form writes it: 2026-11-07T08:00:36."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0).isoformat()


def init_app(app: Flask) -> None:
    """Make the filters known to the templates by their names."""
    app.jinja_env.filters.update(
        money=money, hours=hours, day=day, when=when, instant=instant_of, time_of_day=time_of_day, wall=wall
    )
