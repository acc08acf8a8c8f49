"""What the package cannot know of a year: announced days, days that the moon decides, years beyond its data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import holidays

from webapp.exports.document import ReportWarning
from webapp.pricing.report.lines import Gravity, Topic
from webapp.services.calendars.corrections import CalendarChanges
from webapp.services.calendars.effective import region_days
from webapp.services.calendars.regions import NO_HOLIDAYS
from webapp.services.inputs import ReportInputs

KNOWN_UNTIL = 2026
"""The year in which the pinned release of the package was made: what is announced for later years it cannot know.
Whoever pins another release looks here, too; a test says so."""
KNOWN_BY = "0.108"
"""That release."""
_ESTIMATED = "(estimated)"
_MOST_NAMED = 12


def year_notes(region: str, year: int, changes: CalendarChanges) -> Iterator[str]:
    """What may be missing or wrong in a region's calendar of a year, in sentences."""
    if region == NO_HOLIDAYS:
        return
    country = region.partition("-")[0]
    known = holidays.country_holidays(country)
    if not known.start_year <= year <= known.end_year:
        yield (
            f"The package knows the holidays of {country} from {known.start_year} to {known.end_year} only. "
            f"Add those of {year} by hand."
        )
        return
    estimated = _estimated(region, date(year, 1, 1), date(year + 1, 1, 1), changes)
    if estimated:
        yield (
            f"Estimated, and often moved by a day or two when they are announced: {estimated}. "
            "Take such a day out and add the announced one."
        )
    if year > KNOWN_UNTIL:
        yield (
            f"One-off and announced days of {year} may be missing. Look again after upgrading CalloutPay, "
            "and add by hand what your government has announced."
        )


def calendar_warnings(inputs: ReportInputs) -> Iterator[ReportWarning]:
    """What a report should say of the calendars of its period, quietly."""
    documents = (inputs.basis.document, *inputs.basis.document.later)
    regions = sorted(inputs.regions - {NO_HOLIDAYS})
    if not regions or not any(one.holidays or one.eves for document in documents for one in document.day_types):
        return
    named = ", ".join(regions[:_MOST_NAMED]) + (
        f" and {len(regions) - _MOST_NAMED} more" if regions[_MOST_NAMED:] else ""
    )
    if inputs.last_day.year > KNOWN_UNTIL:
        yield _note(
            f"One-off and announced holidays of {inputs.last_day.year} may be missing from the calendars in use "
            f"({named}). Check them under Calendars before you pay."
        )
    for region in regions:
        if estimated := _estimated(region, inputs.period.first, inputs.period.after, inputs.calendars):
            yield _note(f"Estimated holidays of {region} in this period: {estimated}. Check them under Calendars.")


def _estimated(region: str, first: date, after: date, changes: CalendarChanges) -> str:
    days = region_days(region, first.year, after.year, changes)
    found = [(day, one.name) for day, one in days.items() if first <= day < after and _ESTIMATED in one.name]
    return ", ".join(f"{name.replace(_ESTIMATED, '').strip()} on {day:%-d %B %Y}" for day, name in found)


def _note(sentence: str) -> ReportWarning:
    return ReportWarning(Gravity.NOTE, Topic.ON_CALL, sentence)
