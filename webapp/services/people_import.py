"""Values of several engineers from a pasted table: every line is read whole or left out, and told with why."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import chain

from webapp.exports.cells import clean
from webapp.exports.payroll_numbers import differ_in_zeros_only, number_key
from webapp.services.engineer_facts import (
    FIRST_DAY,
    NUMBERS,
    Change,
    Changes,
    FactError,
    attributes_of,
    day_words,
    read_value,
)
from webapp.services.people import PaySettings, taken_words
from webapp.services.people_table import (
    AS_POLICY,
    BY_ID,
    EVER,
    MOST_LINES,
    PAYROLL_NUMBER,
    Columns,
    Line,
    lines_of,
    read_columns,
    value_of,
)

LONGEST_NUMBER = 40
_DECIMAL_COMMA = re.compile(r"\d+,(\d{1,2}|\d{4})")
_USER_ID = re.compile("[PQ][A-Z0-9]{5,19}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_HINTS, _LONGEST_HINTED = 20, 60
_NAMED_LINES = 3
"""Other lines that a problem names."""


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


def read_table(
    text: str, known: Mapping[str, PaySettings], attributes: Iterable[str] = (), *, may_add: bool = False
) -> Imported:
    """The table's changes to engineers, and the lines that cannot be read.

    Args:
        text: the table.
        known: every engineer, by PagerDuty user id, with or without settings.
        attributes: what may be said of engineers besides what every policy knows.
        may_add: whether `known` is complete, so that a further id with a name is an engineer whom PagerDuty deleted.
    """
    lines = [line for line in lines_of(text) if line.wrong or any(line.cells)]
    if not lines:
        return Imported(problems=[Problem(1, "There is nothing to read. Paste a table with a heading line.")])
    if len(lines) > MOST_LINES:
        return Imported(problems=[Problem(MOST_LINES + 1, f"At most {MOST_LINES:,} lines at once.")])
    own = attributes_of(chain(attributes, *(one.facts for one in known.values())))
    columns, problems = read_columns(lines[0], own)
    if columns is None:
        return Imported(problems=[Problem(lines[0].number, text) for text in problems])
    directory = _Directory(known, may_add=may_add and columns.who in BY_ID)
    reading = _Reading(columns, directory)
    done = reading.read(lines[columns.has_heading :])
    done.problems = sorted(reading.problems, key=lambda problem: problem.line)
    if left_out := [line for line in lines if line.number in reading.left_out]:
        done.lines_left_out = sum(1 for line in left_out for one in line.raw.splitlines() if one.strip())
        again = [*lines[: columns.has_heading], *left_out]
        done.left_out = "".join(line.raw.rstrip("\r\n") + "\n" for line in again)
    return done


class _Directory:
    """Finds engineers by payroll number, e-mail or PagerDuty id."""

    def __init__(self, known: Mapping[str, PaySettings], *, may_add: bool) -> None:
        self.people = dict(known)
        self.may_add = may_add
        self._by: dict[str, set[str]] = {}
        self._named: dict[str, list[str]] = defaultdict(list)
        self._near: dict[str, set[str]] = {}
        for person in known.values():
            self._named[" ".join(person.name.split()).casefold()].append(person.user_id)
            for word in (person.user_id.casefold(), (person.email or "").casefold(), number_key(person.payroll_number)):
                if word:
                    self._by.setdefault(word, set()).add(person.user_id)

    def find(self, written: str, name: str) -> PaySettings:
        """The one engineer of that name; somebody new where the id can be nobody else's. Raises FactError."""
        ids = self._by.get(written.casefold(), set())
        if len(ids) > 1:
            raise FactError(f"“{written}” stands for {len(ids)} engineers. Write the PagerDuty id.")
        if ids:
            return self.people[next(iter(ids))]
        nobody = f"Nobody is known as “{written}”"
        if same := self._named.get(written.casefold()):
            raise FactError(
                f"{nobody}, but {self.people[same[0]].name} is {' or '.join(same[:3])}. Use that PagerDuty id."
            )
        if not self.may_add or not _USER_ID.fullmatch(written):
            raise FactError(
                f"{nobody}.{self._hint(written)} Write the PagerDuty id of the engineer, or remove the line."
            )
        if not name:
            raise FactError(
                f"{nobody}. Whoever has left PagerDuty is known while a report with them is "
                "open; or say who it is in a column “name”. Otherwise correct the id, or remove the line."
            )
        if same := self._named.get(name.casefold()):
            raise FactError(
                f"{nobody}, and {self.people[same[0]].name} is {same[0]}. Use that PagerDuty id, or remove the line."
            )
        return PaySettings(user_id=written, name=name, email=None)

    def _hint(self, written: str) -> str:
        """The one id or e-mail of which this is a slip of the pen, if it is one."""
        if len(written) > _LONGEST_HINTED:
            return ""
        if not self._near:
            for person in self.people.values():
                for word in filter(None, (person.user_id, person.email)):
                    for near in _slips(word.casefold()):
                        self._near.setdefault(near, set()).add(word)
        found = set[str]().union(*(self._near.get(near, ()) for near in _slips(written.casefold())))
        return f" Did you mean “{found.pop()}”?" if len(found) == 1 else ""


def _slips(word: str) -> Iterator[str]:
    """The word, and what is left of it without any one character: two words share one if a slip is between them."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


@dataclass(slots=True)
class _Entry:
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


class _Reading:
    """Reads lines; whatever does not go together with the others is left out."""

    def __init__(self, columns: Columns, directory: _Directory) -> None:
        self.columns = columns
        self.directory = directory
        self.problems: list[Problem] = []
        self.left_out: set[int] = set()
        self._read: dict[tuple[str, str], str] = {}
        self._wrong: dict[tuple[str, str], str] = {}
        self._said: dict[tuple[str, str, date | None], list[tuple[int, str]]] = defaultdict(list)
        self._kept: dict[tuple[str, str], dict[date, str]] = {}

    def read(self, lines: Iterable[Line]) -> Imported:
        """What these change."""
        entries = [entry for line in lines if (entry := self._entry(line))]
        for entry in entries:
            if entry.is_whole:
                self._say(entry)
        self.problems += self._contradictions()
        self._leave_out_taken(entries)
        changes = _Changes()
        for entry in entries:
            if entry.line not in self.left_out:
                changes.take(entry, is_newcomer=entry.person.user_id not in self.directory.people)
        imported = changes.imported()
        imported.notes += self._near_numbers(imported.rows)
        return imported

    def _entry(self, line: Line) -> _Entry | None:
        """What a line says; None where it is nobody's."""
        cells, columns = [*line.cells], self.columns
        while len(cells) > columns.count and not cells[-1]:
            cells.pop()
        wrong = []
        if line.wrong:
            wrong.append(line.wrong)
        elif len(cells) > columns.count:
            wrong.append(
                f"{len(cells)} cells, but {columns.count} columns. A comma within a cell needs quotes around the cell."
            )
        if wrong:
            self._leave_out(line.number, wrong)
            return None
        cells += [""] * (columns.count - len(cells))
        entry = None
        try:
            name = cells[columns.name] if columns.name is not None else ""
            entry = _Entry(line.number, self.directory.find(cells[0], name), name)
        except FactError as error:
            wrong.append(str(error))
        since = FIRST_DAY
        written = [(what, cells[place]) for place, what in columns.values if cells[place]]
        if written and columns.day is not None:
            try:
                since = _since(cells[columns.day])
            except FactError as error:
                wrong.append(str(error))
        if columns.number is not None and cells[columns.number]:
            number = "" if cells[columns.number] == AS_POLICY else value_of(cells[columns.number])
            if len(number) > LONGEST_NUMBER:
                wrong.append(f"A payroll number has at most {LONGEST_NUMBER} characters.")
            elif entry:
                kept = entry.person.payroll_number
                entry.number = kept if number == _as_cell(kept) else number
        for what, cell in written:
            try:
                value = self._value(entry.person if entry else None, what, cell, since)
            except FactError as error:
                wrong.append(f"{what}: {error}")
            else:
                if entry:
                    entry.values.append((what, since, value))
        if wrong:
            self._leave_out(line.number, wrong)
            if entry:
                entry.is_whole = False
        return entry

    def _leave_out(self, line: int, texts: Iterable[str]) -> None:
        self.problems += [Problem(line, text) for text in texts]
        self.left_out.add(line)

    def _value(self, person: PaySettings | None, what: str, written: str, since: date) -> str:
        """The value as it is kept: as before or in an earlier line, where it is the same figure or word.

        Raises:
            FactError: it is not written as such a value is.
        """
        if written == AS_POLICY:
            return ""
        written = value_of(written)
        kept = None
        if person:
            if (person.user_id, what) not in self._kept:
                changes = person.facts.get(what, ())
                self._kept[person.user_id, what] = {change.since: change.value for change in changes}
            kept = self._kept[person.user_id, what].get(since)
            if (person.user_id, what, since) in self._said:
                kept = self._said[person.user_id, what, since][0][1]
        if kept and written == _as_cell(kept):  # whatever was once let in
            return kept
        value = self._read_value(what, _point(written) if what in NUMBERS else written)
        is_same_figure = kept and what in NUMBERS and Decimal(kept) == Decimal(value)
        return kept if is_same_figure and kept else value

    def _read_value(self, what: str, written: str) -> str:
        """`read_value`, which looks up zones and regions, once for each writing."""
        key = (what, written)
        if key in self._wrong:
            raise FactError(self._wrong[key])
        if key not in self._read:
            try:
                self._read[key] = read_value(what, written, hints=len(self._wrong) < _MOST_HINTS)
            except FactError as error:
                self._wrong[key] = str(error)
                raise
        return self._read[key]

    def _say(self, entry: _Entry) -> None:
        user_id = entry.person.user_id
        if entry.number is not None:
            self._said[user_id, PAYROLL_NUMBER, None].append((entry.line, entry.number))
        for what, since, value in entry.values:
            self._said[user_id, what, since].append((entry.line, value))
        if user_id not in self.directory.people:
            self._said[user_id, "name", None].append((entry.line, entry.name))

    def _contradictions(self) -> Iterator[Problem]:
        """Two values of one engineer for the same day: nobody knows which is meant."""
        for (user_id, what, since), said in self._said.items():
            if len({value for _, value in said}) > 1:
                person = self.directory.people.get(user_id)
                of = f"{person.name if person else user_id}: another {what}"
                of += f" from {day_words(since)}" if since else ""
                lines = [line for line, _ in said]
                for line, _ in said:
                    others = [str(other) for other in lines[: _NAMED_LINES + 1] if other != line][:_NAMED_LINES]
                    more = len(lines) - 1 - len(others)
                    named = " and ".join(others) + (f" and {more:,} more" if more else "")
                    yield Problem(line, f"{of} stands in line {named}.")

    def _leave_out_taken(self, entries: Sequence[_Entry]) -> None:
        """Leave out the lines that give a number of somebody else, then those that relied on such a line."""
        claims = _Claims(self.directory.people.values(), [one for one in entries if one.is_whole])
        out = {problem.line for problem in self.problems}
        waiting = [entry for entry in entries if entry.changes_number]  # of lines that are out already all is told, too
        while True:
            for entry in waiting:
                if words := claims.taken(entry):
                    self._leave_out(entry.line, [f"{entry.person.name}: {words}"])
                    out.add(entry.line)
            if not (waiting := claims.without(out)):
                break
        self.left_out |= out

    def _near_numbers(self, rows: Iterable[Row]) -> Iterator[Problem]:
        """Who gets a number that a program which drops leading zeros takes for another one's."""
        by_digits: dict[str, list[PaySettings]] = defaultdict(list)
        for person in self.directory.people.values():  # with the number that each has so far
            by_digits[number_key(person.payroll_number).lstrip("0")].append(person)
        for row in rows:
            if row.what == PAYROLL_NUMBER and row.value:
                for other in by_digits[number_key(row.value).lstrip("0")]:
                    if differ_in_zeros_only(row.value, other.payroll_number):
                        told = f"{row.value} differs from {other.name}'s {other.payroll_number} in leading zeros only."
                        yield Problem(row.line, f"{row.name}: {told}")


class _Claims:
    """Which payroll numbers the lines give, and who has which without them."""

    def __init__(self, people: Iterable[PaySettings], entries: Iterable[_Entry]) -> None:
        self._has: dict[str, list[PaySettings]] = defaultdict(list)
        for person in people:
            self._has[number_key(person.payroll_number)].append(person)
        self._given: dict[str, dict[int, _Entry]] = defaultdict(dict)
        """The lines that give a number, by it."""
        self._lines: dict[int, _Entry] = {}
        self._changing: Counter[str] = Counter()
        for entry in entries:
            if entry.changes_number:
                self._lines[entry.line] = entry
                self._given[entry.key][entry.line] = entry
                self._changing[entry.person.user_id] += 1

    def taken(self, entry: _Entry) -> str:
        """Why the number of a line is somebody else's; "" where it is not."""
        if not entry.key:
            return ""
        user_id, number = entry.person.user_id, entry.number or ""
        for other in self._given[entry.key].values():
            if other.person.user_id != user_id:
                return f"Payroll number {number} is given to {other.person.name}, too, in line {other.line}."
        for person in self._has[entry.key]:
            if person.user_id != user_id and not self._changing[person.user_id]:
                return taken_words(number, person.name)
        return ""

    def without(self, lines: set[int]) -> list[_Entry]:
        """Take these lines out. The others that give a number which somebody keeps because of that."""
        kept = []
        for line in lines & self._lines.keys():
            entry = self._lines.pop(line)
            del self._given[entry.key][line]
            self._changing[entry.person.user_id] -= 1
            if not self._changing[entry.person.user_id]:
                kept.append(number_key(entry.person.payroll_number))
        return [entry for key in kept if key for entry in self._given[key].values()]


class _Changes:
    """What lines change, one after the other."""

    def __init__(self) -> None:
        self.done = Imported()
        self._people: dict[str, PaySettings] = {}
        self._numbers: dict[str, str] = {}
        self._values: dict[tuple[str, str], dict[date, str]] = {}
        self._days: dict[tuple[str, str], list[date]] = {}

    def take(self, entry: _Entry, *, is_newcomer: bool) -> None:
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


def _as_cell(kept: str) -> str:
    """A value that is kept, as a file says it: without what no cell can hold."""
    return " ".join(clean(kept).split())


def _point(written: str) -> str:
    """A decimal comma that can be nothing else as a point: before thousands stand three digits."""
    return written.replace(",", ".") if _DECIMAL_COMMA.fullmatch(written) else written


def _since(written: str) -> date:
    if written.casefold() == EVER:
        return FIRST_DAY
    try:
        if not _DAY.fullmatch(written):
            raise ValueError(written)
        return date.fromisoformat(written)
    except ValueError:
        said = f"“{written}” is not a day" if written else "From when is missing"
        raise FactError(f"{said}. Write it like 2026-07-01, or “{EVER}”.") from None
