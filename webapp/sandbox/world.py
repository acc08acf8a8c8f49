"""The history of an organisation, rendered a month at a time and seen from the sandbox's now."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import NamedTuple, TypeVar

from webapp.sandbox.ids import read, short, spell
from webapp.sandbox.incidents import Entry, Incident, Responder, publish
from webapp.sandbox.months import HISTORY, Month, months_between
from webapp.sandbox.organisation import Organisation, Override, Person
from webapp.sandbox.rota import OnCall, Rota

T = TypeVar("T")

LONGEST_INCIDENT = timedelta(days=31)
_KEPT_ANSWERS = 32


class Happening(NamedTuple):
    """An entry with its incident and its place among that incident's entries."""

    at: datetime
    number: int
    place: int
    entry: Entry
    incident: Incident


@dataclass(frozen=True, slots=True)
class _Rendered:
    incidents: list[Incident]
    happenings: list[Happening]
    by_number: dict[int, Incident]


class World:
    """Answers what an organisation's account knows. Safe to be asked by several threads."""

    def __init__(self, organisation: Organisation, now: Callable[[], datetime]) -> None:
        self.organisation = organisation
        self._now = now
        self._lock = RLock()
        self._rotas: dict[Month, Rota] = {}
        self._published: dict[Month, list[Incident]] = {}
        self._months: dict[Month, _Rendered] = {}
        self._changed: dict[int, Incident] = {}
        self._swaps: list[Override] = []
        self._swapped: Rota | None = None
        self._answers: OrderedDict[object, list[object]] = OrderedDict()

    def now(self) -> datetime:
        """The sandbox's now, in whole seconds of UTC."""
        return self._now().astimezone(UTC).replace(microsecond=0)

    def people(self) -> list[Person]:
        """Everybody who is no deleted user."""
        now = self.now()
        return [person for person in self.organisation.people if person.is_listed(now)]

    def rota(self) -> Rota:
        """The final schedules of today: overrides are entered in the month in which they happen, never earlier."""
        with self._lock:
            if not self._swaps:
                return self._rota_until(Month.of(self.now()))
            if self._swapped is None:
                self._swapped = Rota(self.organisation, Month.of(self.now()), tuple(self._swaps))
            return self._swapped

    def on_call(self, since: datetime, until: datetime) -> list[OnCall]:
        """All rows of /oncalls for a window."""
        rota = self.rota()
        with self._lock:
            return self.remember(("rows", id(rota), since, until), lambda: rota.rows(since, until))

    def incidents(self, since: datetime, until: datetime) -> list[Incident]:
        """Incidents created within both bounds and not after now, oldest first."""
        until = min(until, self.now())

        def gather() -> list[Incident]:
            found: list[Incident] = []
            for month in months_between(since, until):
                incidents = self._render(month).incidents
                first = bisect_left(incidents, since, key=lambda incident: incident.created)
                found += incidents[first : bisect_right(incidents, until, key=lambda incident: incident.created)]
            return found

        return self.remember(("incidents", since, until), gather)

    def incident(self, id_or_number: str) -> Incident | None:
        """One incident by either of its names, unless it lies in the future."""
        number = int(id_or_number) if id_or_number.isdecimal() else read("Q", id_or_number)
        if not number:
            return None
        index, sequence = divmod(number, self.organisation.stride)
        if index >= len(HISTORY) or not sequence:
            return None
        found = self._render(Month.at(index)).by_number.get(number)
        return found if found and found.created <= self.now() else None

    def happenings(self, since: datetime, until: datetime) -> list[Happening]:
        """What happened within both bounds and not after now, newest first, whenever the incident began."""
        until = min(until, self.now())

        def gather() -> list[Happening]:
            found: list[Happening] = []
            for month in months_between(since - LONGEST_INCIDENT, until):
                happenings = self._render(month).happenings
                first = bisect_left(happenings, since, key=lambda happening: happening.at)
                found += happenings[first : bisect_right(happenings, until, key=lambda happening: happening.at)]
            return sorted(found, key=lambda h: h[:3], reverse=True)

        return self.remember(("happenings", since, until), gather)

    def remember(self, key: object, make: Callable[[], list[T]]) -> list[T]:
        """The same list for the pages of one question, so that page 90 costs what page 1 does."""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = make()  # type: ignore[assignment]  # one cache for lists of several kinds
                while len(self._answers) > _KEPT_ANSWERS:
                    self._answers.popitem(last=False)
            self._answers.move_to_end(key)
            return self._answers[key]  # type: ignore[return-value]  # the key names the kind

    # What happens while somebody reads, by order

    def add_incident(self, at: datetime, until: datetime, person_id: str) -> Incident:
        """An incident of the first service that a person acknowledged after a minute and resolved."""
        entries = (
            Entry(at, "trigger", "integration", "api"),
            Entry(at, "assign", "service", "auto", (person_id,)),
            Entry(at + timedelta(minutes=1), "acknowledge", person_id, "mobile"),
            Entry(until, "resolve", person_id, "website"),
        )
        return self.add_story(entries)

    def add_story(
        self, entries: Iterable[Entry], responders: Iterable[Responder] = (), merged_into: int | None = None
    ) -> Incident:
        """An incident of the first service to which just this happened, in order; the first entry triggers it."""
        happened = tuple(entries)
        month = Month.of(happened[0].at)
        with self._lock:
            number = max(self._render(month).by_number, default=month.ordinal * self.organisation.stride) + 1
            service_id = self.organisation.services[0].id
            title, helpers = "Added while somebody read", tuple(responders)
            return self._change(Incident(number, title, service_id, "high", None, happened, merged_into, helpers))

    def resolve_incident(self, incident_id: str, until: datetime, person_id: str) -> Incident:
        """A person resolves an incident, which may have been resolved at another time before.

        Raises:
            LookupError: there is no such incident.
        """
        with self._lock:
            found = self._known(incident_id)
            kept = tuple(entry for entry in found.entries if entry.at <= until and entry.kind != "resolve")
            return self._change(replace(found, entries=(*kept, Entry(until, "resolve", person_id, "website"))))

    def reopen_incident(self, incident_id: str, at: datetime, until: datetime, person_id: str) -> Incident:
        """A person opens a resolved incident again, works on it, and resolves it once more.

        Raises:
            LookupError: there is no such incident.
        """
        with self._lock:
            found = self._known(incident_id)
            again = (
                Entry(at, "trigger", person_id, "website"),
                Entry(at, "assign", person_id, "website", (person_id,)),
                Entry(until, "resolve", person_id, "website"),
            )
            return self._change(replace(found, entries=(*found.entries, *again)))

    def _known(self, incident_id: str) -> Incident:
        found = self.incident(incident_id)
        if found is None:
            raise LookupError(incident_id)
        return found

    def swap_shift(self, schedule_id: str, since: datetime, until: datetime, person_id: str) -> None:
        """Somebody takes a schedule over, be it in the past."""
        with self._lock:
            key = short("PO", 50_000 + len(self._swaps))
            self._swaps.append(Override(key, schedule_id, person_id, since, until))
            self._swapped = None
            self._answers.clear()

    def forget_changes(self) -> None:
        """The history as its rules write it."""
        with self._lock:
            for month in {Month.of(incident.created) for incident in self._changed.values()}:
                self._months.pop(month, None)
            self._changed.clear()
            self._swaps.clear()
            self._swapped = None
            self._answers.clear()

    def _change(self, incident: Incident) -> Incident:
        self._changed[incident.number] = incident
        self._months.pop(Month.of(incident.created), None)
        self._answers.clear()
        return incident

    # Rendering

    def _rota_until(self, month: Month) -> Rota:
        with self._lock:
            if month not in self._rotas:
                self._rotas[month] = Rota(self.organisation, month)
            return self._rotas[month]

    def _publish(self, month: Month) -> list[Incident]:
        if month not in self._published:
            # The whole history's overrides, so that a month's incidents never depend on when they are asked for.
            drafts = self.organisation.incidents_of(month, self._rota_until(HISTORY[-1]))
            self._published[month] = publish(month, drafts, self.organisation.stride)
        return self._published[month]

    def _render(self, month: Month) -> _Rendered:
        with self._lock:
            if month not in self._months:
                by_number = {incident.number: incident for incident in self._publish(month)}
                by_number |= {
                    n: incident for n, incident in self._changed.items() if Month.of(incident.created) == month
                }
                incidents = sorted(by_number.values(), key=lambda incident: incident.created)
                happenings = [
                    Happening(entry.at, incident.number, place, entry, incident)
                    for incident in incidents
                    for place, entry in enumerate(incident.entries)
                ]
                happenings.sort(key=lambda happening: happening[:3])
                self._months[month] = _Rendered(incidents, happenings, by_number)
            return self._months[month]


def incident_id(number: int) -> str:
    """The identifier of an incident."""
    return spell("Q", number)


def entry_id(number: int, place: int) -> str:
    """The identifier of an entry of an incident."""
    return spell("R", number * 64 + place)
