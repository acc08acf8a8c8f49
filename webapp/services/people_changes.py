"""What the lines of a table change, and which payroll numbers they give."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from webapp.exports.payroll_numbers import number_key
from webapp.services.engineer_facts import Change, Changes
from webapp.services.people import PaySettings, taken_words
from webapp.services.people_table import PAYROLL_NUMBER


@dataclass(frozen=True, slots=True)
class Row:
    """One line's change of one value."""

    line: int
    user_id: str
    name: str
    what: str
    since: date | None
    """None: it has no date, and holds for every month."""
    before: str
    """What was in force on that day; "": as the policy says."""
    value: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A line, and what is to be said of it."""

    line: int
    text: str


@dataclass(slots=True)
class Imported:
    """What a table says: what may be saved of it, and what is left out."""

    people: dict[str, PaySettings] = field(default_factory=dict)
    """Those whom it changes, as they are then."""
    rows: list[Row] = field(default_factory=list)
    unchanged: int = 0
    """Values that are kept so already."""
    problems: list[Problem] = field(default_factory=list)
    """Why lines are left out, or the table is none."""
    notes: list[Problem] = field(default_factory=list)
    """What somebody should look at before saving."""
    newcomers: dict[str, str] = field(default_factory=dict)
    """Names by PagerDuty ids that nobody knows: the table itself says whose they are."""
    lines_left_out: int = 0
    left_out: str = ""
    """A table of the lines that are left out, to be corrected."""


@dataclass(slots=True)
class Entry:
    """What one line says of its engineer."""

    line: int
    person: PaySettings
    """As they are before."""
    name: str
    """As the line calls a newcomer."""
    number: str | None = None
    """A payroll number; None: it stays."""
    values: list[tuple[str, date, str]] = field(default_factory=list)
    is_whole: bool = True
    """Whether all that the line says can be read."""

    @property
    def changes_number(self) -> bool:
        """Whether it gives another number than the one that is kept."""
        return self.number is not None and self.number != self.person.payroll_number

    @property
    def key(self) -> str:
        """What tells its number from others; "" where it gives none."""
        return number_key(self.number or "")


class Claims:
    """Which payroll numbers the lines give, and who has which without them."""

    def __init__(self, people: Iterable[PaySettings], entries: Collection[Entry]) -> None:
        self._has: dict[str, list[PaySettings]] = defaultdict(list)
        self._named: dict[str, list[PaySettings]] = defaultdict(list)
        """Who is meant by a PagerDuty id or an e-mail: no number of somebody else may be that."""
        for person in {one.user_id: one for one in (*people, *(entry.person for entry in entries))}.values():
            self._has[number_key(person.payroll_number)].append(person)
            for name in (person.user_id, person.email or ""):
                self._named[number_key(name)].append(person)
        self._given: dict[str, dict[int, Entry]] = defaultdict(dict)
        """The lines that give a number, by it."""
        self._lines: dict[int, Entry] = {}
        self._changing: Counter[str] = Counter()
        for entry in entries:
            if entry.changes_number:
                self._lines[entry.line] = entry
                self._given[entry.key][entry.line] = entry
                self._changing[entry.person.user_id] += 1

    def taken(self, entry: Entry) -> str:
        """Why the number of a line is somebody else's; "" where it is not."""
        if not entry.key:
            return ""
        user_id, number = entry.person.user_id, entry.number or ""
        for other in self._given[entry.key].values():
            if other.person.user_id != user_id:
                return f"Payroll number {number} is given to {other.person.name}, too, in line {other.line}."
        for person in self._has[entry.key]:
            if person.user_id != user_id and not self._changing[person.user_id]:
                return taken_words(number, person)
        for person in self._named[entry.key]:
            if person.user_id != user_id:
                return taken_words(number, person)
        return ""

    def without(self, lines: set[int]) -> list[Entry]:
        """Take these lines out. The others that give a number which somebody keeps because of that."""
        kept = []
        for line in lines & self._lines.keys():
            entry = self._lines.pop(line)
            del self._given[entry.key][line]
            self._changing[entry.person.user_id] -= 1
            if not self._changing[entry.person.user_id]:
                kept.append(number_key(entry.person.payroll_number))
        return [entry for key in kept if key for entry in self._given[key].values()]


class TableChanges:
    """What lines change, one after the other."""

    def __init__(self) -> None:
        self.done = Imported()
        self._people: dict[str, PaySettings] = {}
        self._numbers: dict[str, str] = {}
        self._values: dict[tuple[str, str], dict[date, str]] = {}
        self._days: dict[tuple[str, str], list[date]] = {}

    def take(self, entry: Entry, *, is_newcomer: bool) -> None:
        """All that a line says."""
        person, rows = entry.person, list[Row]()
        said = len(entry.values) + (entry.number is not None)
        before = self._numbers.get(person.user_id, person.payroll_number)
        if entry.number is not None and entry.number != before:
            self._numbers[person.user_id] = entry.number
            rows.append(Row(entry.line, person.user_id, person.name, PAYROLL_NUMBER, None, before, entry.number))
        for what, since, value in entry.values:
            values, days = self._history(person, what)
            if values.get(since) != value:
                place = bisect_right(days, since)
                before = values[days[place - 1]] if place else ""
                rows.append(Row(entry.line, person.user_id, person.name, what, since, before, value))
                if since not in values:
                    days.insert(place, since)
                values[since] = value
        if rows:
            self._people[person.user_id] = person
            if is_newcomer:
                self.done.newcomers[person.user_id] = person.name
        self.done.rows += rows
        self.done.unchanged += said - len(rows)

    def imported(self) -> Imported:
        """With everybody as they are then."""
        facts: dict[str, dict[str, Changes]] = defaultdict(dict)
        for (user_id, what), values in self._values.items():
            if user_id in self._people:
                before = {change.since: change for change in self._people[user_id].facts.get(what, ())}
                facts[user_id][what] = tuple(
                    before[day] if day in before and before[day].value == values[day] else Change(day, values[day])
                    for day in self._days[user_id, what]
                )
        for user_id, person in self._people.items():
            number = self._numbers.get(user_id, person.payroll_number)
            self.done.people[user_id] = replace(
                person, payroll_number=number, facts={**person.facts, **facts.get(user_id, {})}
            )
        return self.done

    def _history(self, person: PaySettings, what: str) -> tuple[dict[date, str], list[date]]:
        key = (person.user_id, what)
        if key not in self._values:
            self._values[key] = {change.since: change.value for change in person.facts.get(what, ())}
            self._days[key] = sorted(self._values[key])
        return self._values[key], self._days[key]
