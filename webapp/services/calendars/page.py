"""One region's calendar of one year as a page shows it: every date with what decides about it, and the history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from webapp.pricing.facts import Holiday
from webapp.services.calendars.corrections import (
    EVERYBODY,
    CalendarChanges,
    CalendarScope,
    CategorySwitch,
    Correction,
)
from webapp.services.calendars.effective import hours_words, package_days, region_days, whose_of
from webapp.services.calendars.regions import NO_HOLIDAYS
from webapp.services.engineer_facts import HOLIDAY_REGION
from webapp.services.inputs import Own
from webapp.services.policies import SavedPolicy, in_force, timetable

NO_HOLIDAY = "no holiday"


@dataclass(frozen=True, slots=True)
class DayRow:
    """One date of a region."""

    day: date
    holiday: Holiday | None
    """What it is; None where it was taken out, or is one for some engineers only."""
    package: Holiday | None
    """What it is without any correction."""
    corrections: tuple[Correction, ...]
    """What decides there: for everybody, the region, and each engineer."""

    @property
    def name(self) -> str:
        """Of the holiday, or of the one that was taken out."""
        named = self.holiday or self.package
        return named.name if named else self.corrections[-1].name

    @property
    def hours(self) -> str:
        """When on its date it is one, in this region."""
        return hours_words(self.holiday) if self.holiday else NO_HOLIDAY

    @property
    def source(self) -> str:
        """Who says so: the package, or whoever corrected it."""
        if self.holiday is not None and not self._cut:
            return self.holiday.source
        return self._cut.source if self._cut else ""

    @property
    def remark(self) -> str:
        """Whether another day stands for it, or it for another."""
        if self.holiday is None or not (self.holiday.replaced or self.holiday.substitute):
            return ""
        if self.holiday.replaced:
            return "Another day stands for it: the policy says which of the two counts."
        return "Stands for another day: the policy says which of the two counts."

    @property
    def _cut(self) -> Correction | None:
        """What took it out for the region, as a whole or from an hour on."""
        own = [one for one in self.corrections if one.scope is not CalendarScope.ENGINEER]
        return own[-1] if own and not own[-1].adds else None


def year_rows(region: str, year: int, changes: CalendarChanges) -> list[DayRow]:
    """Every date of a year that is a holiday of the region, or that somebody corrected."""
    package, days = package_days(region, year, year, changes), region_days(region, year, year, changes)
    corrections: dict[date, list[Correction]] = {}
    wanted = whose_of([region], changes.engineers)
    order = (CalendarScope.ORGANISATION, CalendarScope.REGION, CalendarScope.ENGINEER)
    deciding = changes.deciding(date(year, 1, 1), date(year + 1, 1, 1), wanted)
    for (day, _, _), one in sorted(deciding.items(), key=lambda item: (order.index(item[0][1]), item[1].where)):
        corrections.setdefault(day, []).append(one)
    return [
        DayRow(day, days.get(day), package.get(day), tuple(corrections.get(day, ())))
        for day in sorted(package.keys() | corrections.keys())
    ]


def history(changes: CalendarChanges, region: str | None = None, year: int = 0) -> list[Correction | CategorySwitch]:
    """Every entry ever saved, or those of a year, for a region, everybody and engineers; the latest date first."""
    every = [*changes.days, *changes.categories, *changes.removed]
    if region is not None:
        every = [one for one in every if _falls(one, region, year)]
    return sorted(every, key=lambda one: (one.since, str(one.saved_at)), reverse=True)


def _falls(one: Correction | CategorySwitch, region: str, year: int) -> bool:
    if isinstance(one, CategorySwitch):
        return one.region == region and one.since.year <= year
    if one.whose not in {EVERYBODY, (CalendarScope.REGION, region)} and one.scope is not CalendarScope.ENGINEER:
        return False
    return one.since.year == year or (one.every_year and one.since.year < year)


def corrected_ids(changes: CalendarChanges) -> frozenset[int]:
    """Of the days that no longer count, those in whose place another was saved in the same moment."""
    every = [*changes.days, *(one for one in changes.removed if isinstance(one, Correction))]
    saved: dict[tuple[object, ...], set[int]] = {}
    for one in every:
        saved.setdefault((one.whose, one.saved_at), set()).add(one.id)
    return frozenset(
        one.id for one in every if one.removed_at and saved.get((one.whose, one.removed_at), set()) - {one.id}
    )


def regions_in_use(versions: Iterable[SavedPolicy], own: Own) -> list[str]:
    """The regions of every policy that is in force at some time, and of every engineer; "none" is no calendar."""
    documents = [one for saved in timetable(versions) for one in (saved.document, *saved.document.later)]
    named = {one.holiday_region or "" for one in documents}
    named |= {change.value for one in own.values() for change in one.facts.get(HOLIDAY_REGION, ())}
    return sorted(named - {"", NO_HOLIDAYS})


def region_on(versions: Iterable[SavedPolicy], own: Own, user_id: str, day: date) -> str:
    """An engineer's region on a day, their own or the policy's; "" where nobody knows it."""
    mine = own[user_id].region_on(day) if user_id in own else None
    saved = in_force(versions, day)
    if mine or saved is None:
        return mine or ""
    begun = [one for one in (saved.document, *saved.document.later) if one.effective is None or one.effective <= day]
    return (begun[-1] if begun else saved.document).holiday_region or ""
