"""The local time of every engineer: one calendar for all who share zone, region, working hours and policy version."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.pricing.document.calendar import ONE_DAY, Calendar, local_date
from webapp.pricing.document.document import Document
from webapp.pricing.document.facts import Dated, Facts, OnCall, Person
from webapp.pricing.document.lookup import Missing
from webapp.pricing.document.needed import EVERYTHING, Needed
from webapp.pricing.document.region_dates import holidays_of, regions_of, spans, why_unknown
from webapp.pricing.spans import Interval, Intervals, instant_of, subtract, union


class Calendars:
    """Makes each calendar once, over all the time that the facts reach."""

    def __init__(self, facts: Facts, needed: Needed = EVERYTHING) -> None:
        self.needed = needed
        self._facts = facts
        self._stretch = _stretch(facts)
        self._made: dict[Hashable, Calendar] = {}
        self._steady: dict[tuple[str, str, bool], Calendar] = {}
        self._held: dict[str, Held] = {}

    def over(
        self, person: Person, start: int, end: int, version: Document, zone: str | None = None
    ) -> tuple[Calendar, str]:
        """The calendar of time by its start, and what is missing then, where that is before or after what is needed.

        Time that goes on into the needed dates has the values of the first of them. Of holiday regions each date has
        its own. Raises Missing.
        """
        calendar, lacks = self._by_start(person, start, end, version, zone)
        own = person.holiday_region
        if own is None or own.since == (date.min,) or self.steady(person, version):
            return calendar, lacks
        return calendar, self._region_lacks(person, start, end, version, calendar.zone) or lacks

    def _by_start(
        self, person: Person, start: int, end: int, version: Document, zone: str | None
    ) -> tuple[Calendar, str]:
        try:
            return self.of(person, start, version, zone=zone), ""
        except Missing as reason:
            stand_in = self.of(person, start, version, zone=zone, guess=True)
            if not self.needed.touches(stand_in.zone, start, end):
                return self.at(person, start, version, zone), str(reason)
            if self.needed.touches(stand_in.zone, start, start):
                raise
            return self.of(person, start, version, zone=zone, later=self.needed.first), str(reason)

    def at(self, person: Person, second: int, version: Document, zone: str | None = None) -> Calendar:
        """The calendar at an instant, to show it by: with the values of the first needed date, or a stand-in."""
        try:
            return self.of(person, second, version, zone=zone, later=self.needed.first)
        except Missing:
            return self.of(person, second, version, zone=zone, guess=True)

    def of(
        self,
        person: Person,
        second: int,
        version: Document,
        *,
        zone: str | None = None,
        guess: bool = False,
        later: date = date.min,
    ) -> Calendar:
        """An engineer's calendar at an instant. Raises Missing, unless a stand-in (UTC, no holidays) will do.

        What there is not yet at the instant is taken from the date `later`. `zone`: of the rota, where the policy dates
        by it, "" for none; None: of the one that is held at the instant.
        """
        own = (person.id, version.version, guess)
        if own in self._steady:
            return self._steady[own]
        day = instant_of(second).date()
        if version.zone_of_schedule and zone is None:
            zone = self.held(person).zone_at(second)
        zone = (zone if version.zone_of_schedule else "") or version.pay_zone or _on(person.zone, day, later)
        regions = regions_of(person, version)
        hours = person.working_hours.on(day) if person.working_hours else None
        key = (version.version, zone, regions, hours, guess, person.holidays)
        made = self._made.get(key)
        if made is None:
            place = _zone(person, day, zone, guess=guess)
            holidays, following = holidays_of(person, version, self._facts, regions)
            company = self._facts.company_days
            made = self._made[key] = Calendar(place, self._stretch, version, holidays, company, hours, following)
        own_day = day if len(regions.since) == 1 else local_date(made.zone, second)
        reason = "" if guess else self._why_unknown(person, version, regions, own_day)
        if reason and (later == date.min or self._why_unknown(person, version, regions, later)):
            raise Missing(reason)
        dated = (person.zone, person.working_hours)
        if (
            not version.zone_of_schedule
            and all(one.since == (date.min,) for one in dated if one)
            and (guess or not any(self._why_unknown(person, version, regions, since) for since in regions.since))
        ):
            self._steady[own] = made
        return made

    def steady(self, person: Person, version: Document) -> Calendar | None:
        """An engineer's only calendar, once it is made; None where it changes with the date."""
        return self._steady.get((person.id, version.version, False))

    def held(self, person: Person) -> Held:
        """In which zones an engineer is on call when."""
        if not self._held:
            rows: dict[str, list[OnCall]] = {one.id: [] for one in self._facts.people}
            for row in self._facts.on_call:
                rows[row.person].append(row)
            self._held = {key: Held.of(own) for key, own in rows.items()}
        return self._held[person.id]

    def _why_unknown(self, person: Person, version: Document, regions: Dated[str], day: date) -> str:
        return why_unknown(person, version, self._facts, regions.on(day), day)

    def _region_lacks(self, person: Person, start: int, end: int, version: Document, zone: ZoneInfo) -> str:
        """Why the holidays of some date of time are unknown, before or after what is needed. Raises Missing for one."""
        first, after, lacks = local_date(zone, start), local_date(zone, max(start, end - 1)) + ONE_DAY, ""
        for since, until, region in spans(regions_of(person, version)):
            begins, ends = max(since, first), min(until, after)
            if begins < ends and why_unknown(person, version, self._facts, region, begins):
                needed = max(begins, self.needed.first)
                reason = why_unknown(person, version, self._facts, region, max(begins, min(needed, ends - ONE_DAY)))
                if needed < min(ends, self.needed.after):
                    raise Missing(reason)
                lacks = lacks or reason
        return lacks


@dataclass(frozen=True, slots=True)
class Held:
    """The zones of the rotas that one engineer holds, of several at once that of the lowest level."""

    marks: tuple[int, ...]
    """Where another begins, in order."""
    zones: tuple[str, ...]
    """From each mark on; "": none."""

    @classmethod
    def of(cls, rows: Sequence[OnCall]) -> Held:
        """Of the rows of one engineer."""
        taken: Intervals = []
        alone: list[tuple[int, int, str]] = []
        for row in sorted(rows, key=lambda row: (row.level, row.rota, row.time)):
            alone += [(*free, row.zone) for free in subtract([row.time], taken)]
            taken = union([*taken, row.time])
        changes: dict[int, str] = {}
        for start, end, zone in sorted(alone):
            changes[start], changes[end] = zone, ""
        return cls(tuple(changes), tuple(changes.values()))

    def zone_at(self, second: int) -> str:
        """Of the rota that is held at an instant; "" while there is none."""
        index = bisect_right(self.marks, second)
        return self.zones[index - 1] if index else ""

    def pieces(self, start: int, end: int) -> Iterator[Interval]:
        """Time cut where another rota begins."""
        inside = [mark for mark in self.marks if start < mark < end]
        yield from pairwise([start, *inside, end])


def known_zone(name: str) -> ZoneInfo:
    """A time zone by its name; UTC where nobody knows it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _zone(person: Person, day: date, name: str | None, *, guess: bool) -> ZoneInfo:
    try:
        if name is not None:
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        if not guess:
            raise Missing(f"unknown time zone {name}") from error
    if not guess:
        raise Missing.on(day, "time zone", person.zone)
    return ZoneInfo("UTC")


def _on(dated: Dated[str] | None, *days: date) -> str | None:
    """The value on the first of these days that has one."""
    return next((found for day in days if dated and (found := dated.on(day))), None)


def _stretch(facts: Facts) -> Interval:
    """From the first to the last instant that must be dated."""
    seconds = [second for row in facts.on_call for second in row.time]
    for one in facts.callouts:
        for spell in one.spells:
            seconds += (spell.start, spell.start if spell.end is None else spell.end)
    return (min(seconds), max(seconds)) if seconds else (facts.read_at, facts.read_at)
