"""What is refused of a correction: what is there already, what is not there, and what cannot be said of a date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from webapp.pricing.facts import Holiday, clock_of
from webapp.pricing.text import clock
from webapp.services.calendars.corrections import (
    CalendarChanges,
    CalendarScope,
    CategorySwitch,
    Correction,
    Whose,
    switched,
)
from webapp.services.calendars.effective import hours_words, own_days, region_days
from webapp.services.calendars.regions import NO_HOLIDAYS

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a correction is checked against."""

    changes: CalendarChanges
    """Without the entry that is corrected, if one is."""
    regions: tuple[str, ...]
    """Those in use, for what is for everybody."""
    region_of: Mapping[str, str]
    """Of each engineer on the date, by PagerDuty user id."""

    def without(self, entry_id: int) -> Surroundings:
        """As if one entry were removed."""
        kept = tuple(one for one in self.changes.days if one.id != entry_id)
        return replace(self, changes=replace(self.changes, days=kept))

    def holiday(self, whose: Whose, day: date, region: str = "") -> Holiday | None:
        """What a date is now, for a region or an engineer; for everybody: in a region."""
        scope, whom = whose
        place = {CalendarScope.REGION: whom, CalendarScope.ENGINEER: self.region_of.get(whom, "")}.get(scope, region)
        calendar = region_days(place, day.year, day.year, self.changes) if place else {}
        if scope is CalendarScope.ENGINEER:
            own = own_days(whom, lambda _: place, {place: calendar}, self.changes, day.year, day.year)
            return dict(own).get(day, calendar.get(day))
        return calendar.get(day)


def refusals(days: Iterable[Correction], around: Surroundings) -> Iterator[str]:
    """Why corrections cannot be saved, a sentence for each; nothing where they can."""
    for one in days:
        if problem := _refusal(one, around):
            yield problem


def named(days: Iterable[Correction], around: Surroundings) -> tuple[Correction, ...]:
    """Those taken out with the name that the holiday had."""
    return tuple(one if one.adds else replace(one, name=_name(one, around) or one.name) for one in days)


def _refusal(one: Correction, around: Surroundings) -> str:
    day = f"{one.since:%-d %B %Y}"
    twin = next((old for old in around.changes.days if (old.whose, old.since) == (one.whose, one.since)), None)
    if twin is not None:
        return (
            f"{_capital(one.where)} already has an entry that begins on {day}: {twin.name} {twin.what}, by "
            f"{twin.saved_by}. Correct or remove that one."
        )
    if one.adds:
        return _addition_refusal(one, around, day)
    places = around.regions if one.scope is CalendarScope.ORGANISATION else ("",)
    found = [around.holiday(one.whose, one.since, region) for region in (*places, *_nobody(one))]
    if not any(found):
        return f"{day} is no holiday {_of(one, around)}, so nothing can be taken out. {_near(one, around)}"
    if all(holiday is None or one.applied(holiday) == holiday for holiday in found):
        there = next(holiday for holiday in found if holiday)
        return f"{day} is a holiday {_of(one, around)} {hours_words(there)} only: {there.name}. Nothing would change."
    return ""


def _addition_refusal(one: Correction, around: Surroundings, day: str) -> str:
    there = around.holiday(one.whose, one.since, NO_HOLIDAYS)
    if there is None or there.substitute or there.replaced:  # whether it counts is the policy's to say
        return ""
    if one.applied(there) == there or there.is_whole:
        source = f" ({there.source})" if there.source else ""
        return f"{day} is a holiday {_of(one, around)} already, {hours_words(there)}: {there.name}{source}."
    if clock_of(one.start) > there.end:
        return (
            f"{day} is a holiday {_of(one, around)} {hours_words(there)}: {there.name}. A date has one holiday, not "
            f"two with working hours between: add it from {clock(there.end)} or earlier, or correct the other entry."
        )
    return ""


def _nobody(one: Correction) -> tuple[str, ...]:
    """Everybody includes those without a region."""
    return (NO_HOLIDAYS,) if one.scope is CalendarScope.ORGANISATION else ()


def _name(one: Correction, around: Surroundings) -> str:
    places = (*around.regions, NO_HOLIDAYS) if one.scope is CalendarScope.ORGANISATION else ("",)
    found = (around.holiday(one.whose, one.since, region) for region in places)
    return next((holiday.name for holiday in found if holiday), "")


def _of(one: Correction, around: Surroundings) -> str:
    match one.scope:
        case CalendarScope.REGION:
            return f"of {one.whom}"
        case CalendarScope.ENGINEER:
            region = around.region_of.get(one.whom, "")
            return f"of {one.where}" + (f" ({region})" if region else "")
    return "of everybody" if one.adds else f"of {' or '.join(around.regions) or 'any region in use'}"


def _near(one: Correction, around: Surroundings) -> str:
    """The holidays of the same month, so that a mistyped date is seen."""
    places = {CalendarScope.REGION: [one.whom], CalendarScope.ENGINEER: [around.region_of.get(one.whom, "")]}
    listed: dict[tuple[date, str], None] = {}
    for place in places.get(one.scope, [*around.regions]):
        calendar = region_days(place, one.since.year, one.since.year, around.changes) if place else {}
        for day, holiday in calendar.items():
            if day.month == one.since.month:
                listed[day, holiday.name] = None
    if not listed:
        return f"There is no holiday in {one.since:%B %Y}."
    return f"Holidays in {one.since:%B %Y}: {', '.join(f'{day:%-d %B} {name}' for day, name in sorted(listed))}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def switch_refusal(switch: CategorySwitch, changes: CalendarChanges) -> str:
    """Why a category cannot be switched so; "" where it can."""
    known = changes.switches(switch.region).get(switch.category, ())
    since = f"{switch.since:%-d %B %Y}"
    if any(one.since == switch.since for one in known):
        return f"Something begins for this category on {since} already. Remove that first, or choose another day."
    now = switched(known, switch.since)
    if not switch.counts and now is None:
        return f"This category does not count on {since}, so there is nothing to switch off."
    if switch.counts and now is not None and now.start == switch.start:
        return f"This category counts since {now.since:%-d %B %Y} already."
    return ""
