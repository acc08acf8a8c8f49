"""What accounts corrected in the calendars, as one frozen value: days added or taken out, and categories that count.

Of one region's, engineer's or the organisation's own entries the one of exactly that date decides, else the latest of
those for every year. Between them the most specific decides: engineer, then region, then organisation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from functools import cached_property

from webapp.pricing.facts import DAY_SECONDS, Holiday, clock_of


class CalendarScope(StrEnum):
    """Whose calendar is corrected."""

    ORGANISATION = "organisation"
    REGION = "region"
    ENGINEER = "engineer"


EVERYBODY = (CalendarScope.ORGANISATION, "")
"""The organisation, as a scope and whom it is for."""
Whose = tuple[CalendarScope, str]
"""A scope with the region's code or the engineer's PagerDuty id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedEntry:
    """What every entry has: why, by whom and when it was saved, and whether it was removed."""

    reason: str = ""
    saved_by: str = field(default="", compare=False)
    saved_at: datetime | None = None
    id: int = field(default=0, compare=False)
    removed_by: str = field(default="", compare=False)
    removed_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(SavedEntry):
    """A day that is added to a calendar, or taken out of it, from an hour on or as a whole."""

    scope: CalendarScope
    whom: str = ""
    """The region, or the engineer's PagerDuty user id; "" for the organisation."""
    whom_name: str = field(default="", compare=False)
    """The engineer's."""
    since: date
    every_year: bool = False
    """On the same day of every year from then on; else on that date alone."""
    adds: bool = True
    start: time | None = None
    """From when, by the wall clock; None: the whole date."""
    name: str = ""
    """Of the holiday; of one taken out, as it was called."""

    @property
    def whose(self) -> Whose:
        """Scope and whom."""
        return self.scope, self.whom

    @property
    def what(self) -> str:
        """Such as "added" or "taken out from 14:00"."""
        return ("added" if self.adds else "taken out") + (f" from {self.start:%H:%M}" if self.start else "")

    @property
    def where(self) -> str:
        """Such as "DE-BY", "everybody" or "Ada Example"."""
        return {CalendarScope.ORGANISATION: "everybody", CalendarScope.REGION: self.whom}.get(
            self.scope, self.whom_name or self.whom
        )

    @property
    def signature(self) -> str:
        """Such as "by ada@example.com on 3 November 2026: works council"."""
        return signed("", self.saved_by, self.saved_at, self.reason).lstrip()

    @property
    def source(self) -> str:
        """Who did it, when and why, in words."""
        return signed("added" if self.adds else "taken out", self.saved_by, self.saved_at, self.reason)

    def dates(self, first: date, after: date) -> Iterator[date]:
        """The dates that it falls on, of those from `first` up to, not including, `after`."""
        if not self.every_year:
            if first <= self.since < after:
                yield self.since
            return
        for year in range(max(first.year, self.since.year), after.year + 1):
            try:
                day = self.since.replace(year=year)
            except ValueError:  # 29 February, in leap years only
                continue
            if first <= day < after and day >= self.since:
                yield day

    def applied(self, below: Holiday | None) -> Holiday | None:
        """The holiday of a date over a less specific one: adding takes nothing away, taking out adds nothing.

        A date has one holiday: what lies between the hours that are left and those that are added becomes one, too.
        """
        if not self.adds:
            return _without(below, self.start)
        if self.start is None or below is None:
            return Holiday(self.name, clock_of(self.start), source=self.source)
        start = clock_of(self.start)
        if below.end == DAY_SECONDS and below.start <= start:
            return below
        begins = min(below.start, start) if below.end < DAY_SECONDS else start
        return Holiday(self.name, begins, source=self.source)


def _without(below: Holiday | None, start: time | None) -> Holiday | None:
    if below is None or below.start >= clock_of(start):
        return None
    return replace(below, end=min(below.end, clock_of(start)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CategorySwitch(SavedEntry):
    """That a category of the package's holidays counts in a region, or no longer does, from a date on."""

    region: str
    category: str
    since: date
    counts: bool = True
    start: time | None = None
    """From when its days are holidays, by the wall clock; None: as a whole."""

    @property
    def source(self) -> str:
        """Who did it, when and why, in words."""
        return signed("switched on" if self.counts else "switched off", self.saved_by, self.saved_at, self.reason)


@dataclass(frozen=True)
class CalendarChanges:
    """Everything corrected, for one PagerDuty account."""

    days: tuple[Correction, ...] = ()
    categories: tuple[CategorySwitch, ...] = ()
    removed: tuple[Correction | CategorySwitch, ...] = field(default=(), compare=False)
    """What no longer counts; only shown."""

    def deciding(self, first: date, after: date, only: Iterable[Whose] | None = None) -> Mapping[Deciding, Correction]:
        """The entry that decides on each date, of each whose calendar is corrected (or `only` of these), in order."""
        wanted = self._by_whose if only is None else frozenset(only) & self._by_whose.keys()
        found = {
            (day, *whose): one for whose in wanted for one in self._by_whose[whose] for day in one.dates(first, after)
        }
        return dict(sorted(found.items()))

    @cached_property
    def _by_whose(self) -> Mapping[Whose, list[Correction]]:
        """The entries of each, what decides after what it decides against."""
        found: dict[Whose, list[Correction]] = defaultdict(list)
        for one in sorted(self.days, key=lambda one: (not one.every_year, one.since)):
            found[one.whose].append(one)
        return dict(found)

    def switches(self, region: str) -> Mapping[str, tuple[CategorySwitch, ...]]:
        """What was switched in a region, by category, in the order of their dates."""
        found: dict[str, tuple[CategorySwitch, ...]] = {}
        for one in sorted(self.categories, key=lambda one: (one.category, one.since)):
            if one.region == region:
                found[one.category] = (*found.get(one.category, ()), one)
        return found

    @cached_property
    def engineers(self) -> frozenset[str]:
        """Who has entries of their own, by PagerDuty user id."""
        return frozenset(whom for scope, whom in self._by_whose if scope is CalendarScope.ENGINEER)


Deciding = tuple[date, CalendarScope, str]
"""A date, and whose."""


def switched(switches: Iterable[CategorySwitch], day: date) -> CategorySwitch | None:
    """What makes a category count on a day; None where it does not. `switches` are in the order of their dates."""
    begun = [one for one in switches if one.since <= day]
    return begun[-1] if begun and begun[-1].counts else None


def signed(verb: str, by: str, at: datetime | None, reason: str) -> str:
    """Such as "added by ada@example.com on 3 November 2026: works council"."""
    when = f" on {at:%-d %B %Y}" if at else ""
    return f"{verb} by {by or 'somebody'}{when}: {reason}"
