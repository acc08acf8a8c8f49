"""One engineer: what was told, what the engine answered, and the local time to date it by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from webapp.pricing.document.calendar import Calendar, Day, local_date
from webapp.pricing.document.calendars import Calendars
from webapp.pricing.document.document import Document
from webapp.pricing.document.facts import Callout as NeutralCallout
from webapp.pricing.document.facts import OnCall
from webapp.pricing.document.facts import Person as NeutralPerson
from webapp.pricing.document.lines import Outcome
from webapp.pricing.facts import Callout, CompanyDay, Person
from webapp.pricing.spans import Interval


@dataclass(frozen=True, slots=True)
class Engineer:
    """Everything of one engineer, engineers who are not priced included."""

    person: Person
    neutral: NeutralPerson
    rows: Sequence[OnCall]
    callouts: Sequence[tuple[Callout, NeutralCallout]]
    outcome: Outcome
    document: Document
    calendars: Calendars
    read_at: int
    company_days: Mapping[date, CompanyDay]
    only: Calendar | None
    """Where neither policy nor engineer change: the one calendar."""

    @property
    def id(self) -> str:
        """The PagerDuty user id."""
        return self.person.id

    @property
    def missing(self) -> str:
        """Why nothing is paid, or ""."""
        return f"not priced: {self.outcome.missing}" if self.outcome.missing else ""

    def version_at(self, second: int) -> Document:
        """The version of the policy in force on the local date of an instant."""
        version = self.document
        if version.later:
            day = local_date(self._calendar(second, version).zone, second)
            for later in version.later:
                if later.effective is not None and later.effective <= day:
                    version = later
        return version

    def calendar(self, second: int) -> Calendar:
        """Local time at an instant; a stand-in where the engineer is not priced, which only dates unpaid lines."""
        if self.only is not None:
            return self.only
        return self._calendar(second, self.version_at(second))

    def pieces(self, start: int, end: int) -> Iterable[Interval]:
        """Time cut where another calendar begins to date it; by dated values it is not cut."""
        if self.version_at(start).zone_of_schedule:
            return self.calendars.held(self.neutral).pieces(start, end)
        return [(start, end)]

    def day(self, second: int) -> Day:
        """The local date of an instant."""
        return self.calendar(second).at(second)

    def day_name(self, day: Day) -> str:
        """The name of a company day or holiday, or ""."""
        company_day = self.company_days.get(day.date)
        return company_day.name if company_day else day.name

    def _calendar(self, second: int, version: Document) -> Calendar:
        if self.outcome.missing:
            return self.calendars.of(self.neutral, second, version, guess=True)
        return self.calendars.at(self.neutral, second, version)
