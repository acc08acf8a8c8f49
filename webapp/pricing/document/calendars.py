"""The local time of every engineer: one calendar for all who share zone, region, working hours and policy version."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.pricing.document.calendar import Calendar, counted_holidays
from webapp.pricing.document.document import Document
from webapp.pricing.document.facts import Facts, Person
from webapp.pricing.document.lookup import Missing
from webapp.pricing.spans import Interval, instant_of

NO_HOLIDAYS = "none"


class Calendars:
    """Makes each calendar once, over all the time that the facts reach."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._stretch = _stretch(facts)
        self._made: dict[Hashable, Calendar] = {}
        self._steady: dict[tuple[str, str, bool], Calendar] = {}

    def of(self, person: Person, second: int, version: Document, *, guess: bool = False) -> Calendar:
        """An engineer's calendar at an instant. Raises Missing, unless a stand-in (UTC, no holidays) will do."""
        own = (person.id, version.version, guess)
        if own in self._steady:
            return self._steady[own]
        day = instant_of(second).date()
        zone = version.pay_zone or (person.zone.on(day) if person.zone else None)
        region = (person.holiday_region.on(day) if person.holiday_region else None) or version.holiday_region
        hours = person.working_hours.on(day) if person.working_hours else None
        key = (version.version, zone, region, hours, guess)
        made = self._made.get(key)
        if made is None:
            place = named_zone(zone, guess=guess)
            known = self._region(version, region, guess=guess)
            holidays = counted_holidays(self._facts, known, version.substitute_days)
            made = self._made[key] = Calendar(place, self._stretch, version, holidays, self._facts.company_days, hours)
        if all(one.since == (date.min,) for one in (person.zone, person.holiday_region, person.working_hours) if one):
            self._steady[own] = made
        return made

    def steady(self, person: Person, version: Document) -> Calendar | None:
        """An engineer's only calendar, once it is made; None where it changes with the date."""
        return self._steady.get((person.id, version.version, False))

    def _region(self, version: Document, region: str | None, *, guess: bool) -> str:
        if guess or not any(one.holidays or one.eves for one in version.day_types):
            return region or NO_HOLIDAYS
        if region is None:
            raise Missing("no holiday region")
        if region != NO_HOLIDAYS and region not in self._facts.holidays:
            raise Missing(f"no public holidays known for {region}")
        return region


def named_zone(name: str | None, *, guess: bool) -> ZoneInfo:
    """A time zone. Raises Missing where nobody knows it, unless a stand-in (UTC) will do."""
    try:
        if name is not None:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        if not guess:
            raise Missing(f"unknown time zone {name}") from error
    if not guess:
        raise Missing("no time zone")
    return ZoneInfo("UTC")


def _stretch(facts: Facts) -> Interval:
    """From the first to the last instant that must be dated."""
    seconds = [second for row in facts.on_call for second in row.time]
    for one in facts.callouts:
        for spell in one.spells:
            seconds += (spell.start, spell.start if spell.end is None else spell.end)
    return (min(seconds), max(seconds)) if seconds else (facts.read_at, facts.read_at)
