"""The local time of every engineer: one calendar for all who share zone, region, working hours and policy version."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.pricing.engine.calendar import ONE_DAY, Calendar, Seams, first_second, local_date
from webapp.pricing.engine.held import Held
from webapp.pricing.engine.needed import EVERYTHING, Needed
from webapp.pricing.engine.region_dates import holidays_of, regions_of, spans, why_unknown
from webapp.pricing.facts import Dated, Facts, Holiday, OnCall, Person, WorkingHours
from webapp.pricing.policy.document import Document
from webapp.pricing.policy.lookup import Missing
from webapp.pricing.spans import Interval, instant_of


class Calendars:
    """Makes each calendar once, over all the time that the facts reach."""

    def __init__(self, facts: Facts, needed: Needed = EVERYTHING, document: Document | None = None) -> None:
        self.needed = needed
        self._facts = facts
        self._company_days = {day: one.day_type for day, one in facts.company_days.items()}
        self._stretch = _stretch(facts)
        self._made: dict[Hashable, Calendar] = {}
        self._steady: dict[tuple[str, str, bool], Calendar] = {}
        self._held: dict[str, Held] = {}
        self._seams = _seams(document) if document else {}

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
        zone = (zone if version.zone_of_schedule else "") or version.pay_zone or _on(person.pay_zone, day, later)
        regions = regions_of(person, version)
        hours = person.working_hours.on(day) if person.working_hours else None
        key = (version.version, zone, regions, hours, guess, person.holidays, self._seams_for(person, version))
        made = self._made.get(key)
        if made is None:
            holidays = holidays_of(person, version, self._facts, regions)
            place = _zone(person, day, zone, guess=guess)
            made = self._made[key] = self._calendar(place, version, holidays, hours, key[-1])
        own_day = day if len(regions.since) == 1 else local_date(made.zone, second)
        reason = "" if guess else self._why_unknown(person, version, regions, own_day)
        if reason and (later == date.min or self._why_unknown(person, version, regions, later)):
            raise Missing(reason)
        dated = (person.pay_zone, person.working_hours)
        if (
            not version.zone_of_schedule
            and all(one.since == (date.min,) for one in dated if one)
            and (guess or not any(self._why_unknown(person, version, regions, since) for since in regions.since))
        ):
            self._steady[own] = made
        return made

    def _calendar(
        self,
        zone: ZoneInfo,
        version: Document,
        holidays: tuple[Mapping[date, Holiday], Mapping[date, Holiday]],
        hours: WorkingHours | None,
        seams: Seams,
    ) -> Calendar:
        """`holidays`: those of each date, and those that a date before may be the eve of."""
        on, following = holidays
        return Calendar(zone, self._stretch, version, on, self._company_days, hours, following, seams)

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

    def marks(self, person: Person, document: Document, held: Held | None, start: int, end: int) -> list[int]:
        """Where time of an engineer begins to be dated by another zone, from `start` to `end`, both included."""
        seams = {seam for one in (document, *document.later) for seam in self._seams_for(person, one)}
        marks = {first_second(zone, day) for day, zone in seams} | set(held.marks if held else ())
        return [start, *sorted(mark for mark in marks if start < mark < end), end]

    def version_at(self, person: Person, second: int, document: Document, zone: str | None, *, guess: bool) -> Document:
        """The version of a policy in force on the local date of an instant; `zone` as of `of`."""
        version = document
        for later in document.later:
            calendar = (
                self.of(person, second, version, zone=zone, guess=True)
                if guess
                else self.at(person, second, version, zone)
            )
            if later.effective is None or calendar.at(second).date < later.effective:
                break
            version = later
        return version

    def _seams_for(self, person: Person, version: Document) -> Seams:
        """Where the version begins and ends, as far as the pay zone changes there."""
        return tuple(
            (day, known_zone(zone or _on(person.pay_zone, day, self.needed.first) or "UTC"))
            for day, zone in self._seams.get(version.version, ())
        )


def _seams(document: Document) -> dict[str, list[tuple[date, str | None]]]:
    """By version, the dates on which the pay zone changes, and the zone whose midnight counts; None: the engineer's.

    It is the later version's zone; where that is each schedule's, of which there are several, the earlier's.
    """
    found: dict[str, list[tuple[date, str | None]]] = {}
    for before, after in pairwise([document, *document.later]):
        if after.effective and not before.same_zone(after):
            seam = (after.effective, before.pay_zone if after.zone_of_schedule else after.pay_zone)
            found.setdefault(before.version, []).append(seam)
            found.setdefault(after.version, []).append(seam)
    return found


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
        raise Missing.on(day, "time zone", person.pay_zone)
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
