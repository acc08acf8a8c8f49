"""One engineer: the facts, what the engine answered, and the local time to date it by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from webapp.pricing.engine.calendar import Calendar, Day
from webapp.pricing.engine.calendars import Calendars
from webapp.pricing.engine.lines import Outcome
from webapp.pricing.facts import Callout, CompanyDay, Incident, OnCall, Person
from webapp.pricing.policy.document import Document
from webapp.pricing.spans import Interval


@dataclass(frozen=True, slots=True)
class Engineer:
    """Everything of one engineer, engineers who are not priced included."""

    person: Person
    rows: Sequence[OnCall]
    callouts: Sequence[Callout]
    incidents: Mapping[str, Incident]
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

    def version_at(self, second: int, zone: str | None = None) -> Document:
        """The version of the policy in force on the local date of an instant; `zone`: of the rota, where it is told."""
        if not self.document.later:
            return self.document
        guess = bool(self.outcome.missing)
        return self.calendars.version_at(self.person, second, self.document, self._zone(second, zone), guess=guess)

    def calendar(self, second: int, zone: str | None = None) -> Calendar:
        """Local time at an instant; a stand-in where the engineer is not priced, which only dates unpaid lines."""
        if self.only is not None:
            return self.only
        version, zone = self.version_at(second, zone), self._zone(second, zone)
        if self.outcome.missing:
            return self.calendars.of(self.person, second, version, zone=zone, guess=True)
        return self.calendars.at(self.person, second, version, zone)

    def pieces(self, start: int, end: int) -> Iterable[Interval]:
        """Time cut where another calendar begins to date it; by dated values it is not cut."""
        return pairwise(self.calendars.marks(self.person, self.document, self.outcome.held, start, end))

    def day(self, second: int, zone: str | None = None) -> Day:
        """The local date of an instant; of a callout by the `zone` of its rota."""
        return self.calendar(second, zone).at(second)

    def day_name(self, day: Day) -> str:
        """The name of a company day or holiday, or ""."""
        company_day = self.company_days.get(day.date)
        return company_day.name if company_day else day.name

    def _zone(self, second: int, zone: str | None) -> str | None:
        return self.outcome.held.zone_at(second) if zone is None and self.outcome.held else zone
