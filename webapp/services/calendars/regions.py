"""Holiday regions: a country, or a country and its part, as the `holidays` package knows them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache

import holidays
from babel import Locale

NO_HOLIDAYS = "none"
"""The region of somebody for whom no date is a public holiday."""
REFUSED = frozenset({"AU", "CA", "CH", "DE", "ES", "GB"})
"""Countries whose parts set most of their holidays: the days that are left for the whole country are nobody's."""

_EVERYDAY = {
    "great britain": "GB", "usa": "US", "bavaria": "DE-BY", "saxony": "DE-SN", "hesse": "DE-HE",
    "catalonia": "ES-CT", "andalusia": "ES-AN", "basque country": "ES-PV", "geneva": "CH-GE", "zurich": "CH-ZH",
}  # fmt: skip
"""Names that neither the package nor Babel has, with their regions."""
_SPELLINGS = {"UK": "GB", "GBR": "GB", "AUS": "AU", "CAN": "CA", "CHE": "CH", "DEU": "DE", "ESP": "ES"}
"""Further codes of the refused countries that the package takes: policies written as text may hold them."""


class RegionError(ValueError):
    """Not a holiday region; the message names near ones, or the parts to choose from."""


@cache
def countries() -> Mapping[str, str]:
    """Every country code that has public holidays, with the country's name, by name."""
    names = Locale("en").territories
    codes = holidays.list_supported_countries(include_aliases=False)
    return dict(sorted(((code, names[code]) for code in codes if code in names), key=lambda item: item[1]))


@cache
def parts(country: str) -> Mapping[str, str]:
    """The regions of a country's parts with their everyday names, where they have any: "GB-ENG" with "England"."""
    known = holidays.country_holidays(country)
    names = dict.fromkeys(sorted(known.subdivisions), "")
    for alias, code in known.subdivisions_aliases.items():
        if not names[code] and not alias.isupper():  # a second code is no name
            names[code] = alias
    return {f"{country}-{code}": name for code, name in names.items()}


@cache
def choices() -> Mapping[str, str]:
    """What a field offers: every country that may stand alone, and the parts of those that may not, with its name."""
    offered: dict[str, str] = {}
    for country, name in countries().items():
        if country in REFUSED:
            offered |= {region: f"{part or region}, {name}" for region, part in parts(country).items()}
        else:
            offered[country] = name
    return offered


def check_region(text: str, *, hints: bool = True) -> str:
    """The region in its standard spelling: "gb-sct" -> "GB-SCT", "DE-Bayern" -> "DE-BY", "None" -> "none".

    Looking for what was meant takes time; without `hints` it is left out.

    Raises:
        RegionError: it is not known, or a country whose parts one must choose from.
    """
    written = " ".join(text.split())
    if written.lower() == NO_HOLIDAYS:
        return NO_HOLIDAYS
    country, _, part = (side.strip() for side in written.upper().partition("-"))
    if country not in countries():
        hint = _meant(written) if hints else ""
        raise RegionError(f"“{written}” is not a country code with public holidays, such as US, GB-SCT or DE-BE.{hint}")
    if not part and country in REFUSED:
        raise RegionError(refusal(country))
    if not part:
        return country
    code = _codes(country).get(part.casefold())
    if code is None:
        near = difflib.get_close_matches(part.casefold(), _codes(country), n=1) if hints else []
        hint = f" Did you mean {country}-{_codes(country)[near[0]]}?" if near else ""
        choice = ", ".join(parts(country)) or "no subdivisions"
        raise RegionError(f"“{written}” is not known.{hint} {country} has: {choice}.")
    return f"{country}-{code}"


def refused_country(region: str | None) -> str:
    """The country of a stored region that is refused by now, whichever its code; "" for any other region."""
    code = (region or "").strip().upper()
    country = _SPELLINGS.get(code, code)
    return country if country in REFUSED else ""


@cache
def is_usable(region: str) -> bool:
    """Whether a stored region has a calendar: the package knows it, and it is not refused."""
    if region == NO_HOLIDAYS or refused_country(region):
        return region == NO_HOLIDAYS
    country, _, part = region.partition("-")
    try:
        holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        return False
    return True


@cache
def standard_region(region: str) -> str:
    """A stored region in the one spelling by which calendars are kept: "UK-ENG" -> "GB-ENG", "DE-Bayern" -> "DE-BY".

    What is refused or unknown stays as it is written.
    """
    if region == NO_HOLIDAYS or not is_usable(region):
        return region
    written, _, part = region.partition("-")
    country = holidays.country_holidays(written).country
    return f"{country}-{_codes(country)[part.casefold()]}" if part else country


def refusal(country: str) -> str:
    """Why a country alone is refused, and what to write instead."""
    return f"{country} alone is nobody's calendar: its parts have holidays of their own. Choose {named(country)}."


def named(country: str) -> str:
    """The parts of a country to choose from: "GB-ENG England, GB-NIR Northern Ireland, GB-SCT Scotland or ..."."""
    *others, last = (f"{region} {name}".strip() for region, name in parts(country).items())
    return f"{', '.join(others)} or {last}"


def no_calendar(country: str) -> str:
    """Why an engineer with this region is not priced."""
    return f"holiday region {country} has no calendar of its own: choose {', '.join(parts(country))}"


@cache
def _codes(country: str) -> Mapping[str, str]:
    """The codes of a country's parts, by every spelling that the package knows."""
    known = holidays.country_holidays(country)
    spelled = {alias.casefold(): code for alias, code in known.subdivisions_aliases.items()}
    return spelled | {code.casefold(): code for code in known.subdivisions}


def _meant(text: str) -> str:
    """A hint for somebody who typed the name of a country or of a part, or its everyday short form."""
    country, _, part = text.upper().partition("-")
    codes = _codes(_SPELLINGS[country]) if country in _SPELLINGS else {}
    if part.casefold() in codes:
        return f" Did you mean {_SPELLINGS[country]}-{codes[part.casefold()]}?"
    names = {name.casefold(): region for country in REFUSED for region, name in parts(country).items() if name}
    for code, name in countries().items():
        names |= {code.casefold(): code, name.casefold(): code}
    names |= {code.casefold(): country for code, country in _SPELLINGS.items()} | _EVERYDAY
    near = difflib.get_close_matches(text.casefold(), names, n=1)
    if not near:
        return ""
    region = names[near[0]]
    return f" Did you mean {named(region) if region in REFUSED else region}?"
