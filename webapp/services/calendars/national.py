"""What a country alone means where it is accepted: its national days, though some of its parts may have more."""

from __future__ import annotations

from collections.abc import Container
from functools import cache

import holidays

from webapp import clock
from webapp.pricing.policy import Document
from webapp.services.calendars.regions import REFUSED, countries, parts

NAMED_AT_MOST = 12


def region_note(region: str | None) -> str:
    """What to know of a region: which parts of the country have more days than it, this year or the next.

    "" for a part, for what is no region, and where the nation's days are all that there are.
    """
    if region is None or region not in countries() or region in REFUSED:
        return ""
    more = _parts_with_more(region, clock.now().year)
    if not more:
        return ""
    listed = [f"{part} {parts(region)[part]}".strip() for part in more[:NAMED_AT_MOST]]
    rest = f" and {len(more) - NAMED_AT_MOST} more" if len(more) > NAMED_AT_MOST else ""
    return (
        f"{region} means the national days of {countries()[region]}. These parts have more: {', '.join(listed)}{rest}."
    )


def notes_of(document: Document, listed: Container[str] = ()) -> list[str]:
    """The notes on the regions of a policy, later versions included; not on those whose days somebody has listed."""
    regions = dict.fromkeys(version.holiday_region for version in (document, *document.later))
    return [note for region in regions if region not in listed and (note := region_note(region))]


@cache
def _parts_with_more(country: str, year: int) -> tuple[str, ...]:
    years = (year, year + 1)
    national = holidays.country_holidays(country, years=years).keys()
    codes = {part: part.partition("-")[2] for part in parts(country)}
    return tuple(
        part
        for part, code in codes.items()
        if holidays.country_holidays(country, subdiv=code, years=years).keys() - national
    )
