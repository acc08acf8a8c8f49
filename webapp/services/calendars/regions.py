"""Holiday regions: a country, or a country and its part, as the `holidays` package knows them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache

import holidays
from babel import Locale

NO_HOLIDAYS = "none"
"""The region of somebody for whom no date is a public holiday."""

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
