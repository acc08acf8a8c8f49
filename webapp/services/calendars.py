"""Public holidays of a region, from the `holidays` package, as facts for pricing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import holidays
from babel import Locale

from webapp.pricing.facts import Holiday

NO_HOLIDAYS = "none"
"""The region of somebody for whom no date is a public holiday."""

_SUBSTITUTE = re.compile(r"\s*\((?:observed|substitute[^)]*|in lieu)\)$")
_NEAR = timedelta(days=7)
_EVERYDAY = {
    "uk": "GB", "usa": "US", "england": "GB-ENG", "scotland": "GB-SCT", "wales": "GB-WLS", "northern ireland": "GB-NIR",
}  # fmt: skip


class RegionError(ValueError):
    """Not a holiday region; the message names near ones."""


@cache
def countries() -> Mapping[str, str]:
    """Every country code that has public holidays, with the country's name, by name."""
    names = Locale("en").territories
    codes = holidays.list_supported_countries(include_aliases=False)
    return dict(sorted(((code, names[code]) for code in codes if code in names), key=lambda item: item[1]))


def check_region(text: str) -> str:
    """The region in its standard spelling: "gb-sct" -> "GB-SCT", "None" -> "none".

    Raises:
        RegionError: the country or its subdivision is not known.
    """
    if text.strip().lower() == NO_HOLIDAYS:
        return NO_HOLIDAYS
    country, _, subdivision = text.strip().upper().partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in countries():
        raise RegionError(
            f"“{text}” is not a country code with public holidays, such as GB, GB-SCT or DE-BE.{_meant(text)}"
        )
    if not subdivision:
        return country
    by_upper = {name.upper(): name for name in known[country]}
    if subdivision not in by_upper:
        choice = ", ".join(f"{country}-{name}" for name in sorted(known[country])) or "no subdivisions"
        raise RegionError(f"“{text}” is not known. {country} has: {choice}.")
    return f"{country}-{by_upper[subdivision]}"


def _meant(text: str) -> str:
    """A hint for somebody who typed a country's name or its everyday short form."""
    codes = {name.casefold(): code for code, name in countries().items()} | _EVERYDAY
    near = difflib.get_close_matches(text.strip().casefold(), codes, n=1)
    return f" Did you mean {codes[near[0]]}?" if near else ""


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
