"""Public holidays of a region, from the `holidays` package, as facts for pricing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from functools import cache
from importlib.metadata import version

import holidays

from webapp import clock
from webapp.pricing.facts import Holiday, clock_of
from webapp.services.calendars.regions import NO_HOLIDAYS

PUBLIC = "public"
"""The category of the days that are everybody's, and the only one that holds without being chosen."""
_WORKING_DAYS = frozenset({"school", "workday"})
"""Categories of the package that name days on which people do work, whatever pupils do."""
_SUBSTITUTE = re.compile(r"\s*\((?:observed|substitute[^)]*|in lieu)\)$")
_HOUR = re.compile(r"\s*\(from (?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>[ap]m)?\)", re.IGNORECASE)
_NO_HOUR = re.compile(r"\bafternoon\b|\bhalf[- ]day\b|\bshortened\b|\bnoon\b", re.IGNORECASE)
HALF_DAY = "half day"
"""The category whose days are half ones, whatever they are called."""
_NEAR = timedelta(days=7)


def categories(region: str) -> tuple[str, ...]:
    """The categories that have days of their own in a region, "public" first: "bank", "catholic", "half day".

    Looked for from last year to the year after next, because some countries give a category days in few years only.
    """
    if region == NO_HOLIDAYS:
        return ()
    country, _, part = region.partition("-")
    known = holidays.country_holidays(country, subdiv=part or None).supported_categories
    now = clock.now().year
    public = public_holidays(region, now - 1, now + 2)
    words = sorted({name.replace("_", " ") for name in known} - {PUBLIC, *_WORKING_DAYS})
    own = {word: public_holidays(region, now - 1, now + 2, (word,)).keys() - public.keys() for word in words}
    return PUBLIC, *(word for word in words if own[word])


@cache
def public_holidays(
    region: str, first_year: int, last_year: int, categories: tuple[str, ...] = (PUBLIC,)
) -> Mapping[date, Holiday]:
    """The days of these categories of a region, substitute days and the days they stand for marked as such.

    A date in several categories is that of the first one named; a category that the region does not have adds nothing.
    A day whose name says from when it is a holiday, "Twelfth Night (from 2pm)", is one from then on. Other half days
    come as whole dates, see `needs_hour`.
    """
    found: dict[date, Holiday] = {}
    if region != NO_HOLIDAYS:
        for category in categories:
            source = _SOURCE if category == PUBLIC else f"{_SOURCE}, {category}"
            for day, holiday in _of_category(region, first_year, last_year, category.replace(" ", "_")).items():
                found.setdefault(day, replace(_with_hours(holiday), source=source))
    return dict(sorted(found.items()))


def needs_hour(category: str, holiday: Holiday) -> bool:
    """Whether a day of a category is a half one, though the package does not say from when."""
    return not holiday.start and (HALF_DAY in category or bool(_NO_HOUR.search(holiday.name)))


def _with_hours(holiday: Holiday) -> Holiday:
    """With the hour that its name says; of several names for a date, the earliest, and whole if one of them is."""
    told = [_HOUR.search(name) for name in holiday.name.split("; ")]
    starts = [_wall_time(found) for found in told if found]
    if not starts or len(starts) < len(told):
        return holiday
    return replace(holiday, name=_HOUR.sub("", holiday.name), start=clock_of(min(starts)))


def _wall_time(found: re.Match[str]) -> time:
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, int(found["minute"] or 0))


_SOURCE = f"holidays {version('holidays')}"


def _of_category(region: str, first_year: int, last_year: int, category: str) -> Mapping[date, Holiday]:
    country, _, part = region.partition("-")
    years = range(first_year - 1, last_year + 2)  # a substitute may fall into the year before or after
    known = holidays.country_holidays(country, subdiv=part or None)
    language = next((tongue for tongue in ("en_GB", "en_US") if tongue in known.supported_languages), None)
    if category not in known.supported_categories:
        return {}

    def listed(*, observed: bool) -> Mapping[date, str]:
        return holidays.country_holidays(
            country, subdiv=part or None, years=years, observed=observed, language=language, categories=category
        )

    actual, given = listed(observed=False), listed(observed=True)
    replaced: set[date] = set()
    found: dict[date, Holiday] = {}
    for day, name in given.items():
        if day not in actual:
            stem = _SUBSTITUTE.sub("", name)
            replaced |= {other for other, known in actual.items() if known == stem and abs(other - day) <= _NEAR}
            found[day] = Holiday(f"{stem} (substitute day)" if stem != name else name, substitute=True)
    for day, name in actual.items():
        found[day] = Holiday(name, replaced=day in replaced)
    return {day: holiday for day, holiday in found.items() if first_year <= day.year <= last_year}
