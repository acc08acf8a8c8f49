"""Public holidays of a region, from the `holidays` package, as facts for pricing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import holidays

from webapp.pricing.facts import Holiday
from webapp.services.calendars.regions import NO_HOLIDAYS

_SUBSTITUTE = re.compile(r"\s*\((?:observed|substitute[^)]*|in lieu)\)$")
_NEAR = timedelta(days=7)


@cache
def public_holidays(region: str, first_year: int, last_year: int) -> Mapping[date, Holiday]:
    """The public holidays of a region, substitute days and the days they stand for marked as such."""
    if region == NO_HOLIDAYS:
        return {}
    country, _, subdivision = region.partition("-")
    years = range(first_year - 1, last_year + 2)  # a substitute may fall into the year before or after
    languages = holidays.country_holidays(country).supported_languages
    language = next((tongue for tongue in ("en_GB", "en_US") if tongue in languages), None)

    def listed(*, observed: bool) -> Mapping[date, str]:
        return holidays.country_holidays(
            country, subdiv=subdivision or None, years=years, observed=observed, language=language
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
    return {day: found[day] for day in sorted(found) if first_year <= day.year <= last_year}
