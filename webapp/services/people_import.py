"""Values of several engineers from a pasted table: every line is read whole or left out, and told with why."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import chain

from webapp.exports.payroll_numbers import differ_in_zeros_only, number_key, typed_number
from webapp.pricing.document.reader import nearest
from webapp.services.engineer_facts import (
    FIRST_DAY,
    HOURLY_RATE,
    KNOWN,
    NUMBERS,
    FactError,
    attributes_of,
    day_words,
    read_value,
)
from webapp.services.people import LONGEST_NAME, PaySettings, taken_numbers, taken_words
from webapp.services.plain_text import text_problem

PAYROLL_NUMBER = "payroll number"
BY_ID = ("engineer", "pagerduty id", "user id", "id")
"""Headings of the first column under which a PagerDuty id may stand that nobody knows yet."""
WHO = (*BY_ID, PAYROLL_NUMBER, "e-mail", "email")
SINCE = ("from", "since")
NAME = "name"
NAMES = (NAME, "remark")
"""Columns for people only."""
SHORT = {"rate": HOURLY_RATE, "region": "holiday region", "zone": "time zone", "hours": "working hours"}
AS_POLICY = "-"
"""In a cell: from then on as the policy says; of a payroll number: none. An empty cell changes nothing."""
EVER = "first day"
MOST_LINES = 5_000
LONGEST_NUMBER = 40
_DECIMAL_COMMA = re.compile(r"\d+,(\d{1,2}|\d{4})")
USER_ID = re.compile("[PQ][A-Z0-9]{5,19}")


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
    lines = [line for line in _lines(text) if any(line.cells)]
    if not lines:
        return Imported(problems=[Problem(1, "There is nothing to read. Paste a table with a heading line.")])
    if len(lines) > MOST_LINES:
        return Imported(problems=[Problem(MOST_LINES + 1, f"At most {MOST_LINES:,} lines at once.")])
    told = attributes_of(chain(attributes, *(one.facts for one in known.values())))
    columns, has_heading, problems = _columns(lines[0], (*KNOWN, *told))
    if problems:
        return Imported(problems=problems)
    by_id = columns[0] in BY_ID
    reading = _Reading(columns, _Directory(known, may_add=may_add and by_id, by_id=by_id))
    while not reading.read(line for line in lines[has_heading:] if line.number not in reading.left_out):
        pass
    done = reading.done
    done.problems = sorted(reading.problems, key=lambda problem: problem.line)
    done.lines_left_out = len(reading.left_out)
    if reading.left_out:
        again = [*lines[:has_heading], *(line for line in lines if line.number in reading.left_out)]
        done.left_out = "".join(line.raw.rstrip("\r\n") + "\n" for line in again)
    return done


@dataclass(frozen=True, slots=True)
class _Line:
    """A record of the table."""

    number: int
    """Of its first line in the text."""
    cells: list[str]
    raw: str


def _lines(text: str) -> Iterator[_Line]:
    written = io.StringIO(text.lstrip("\ufeff"), newline="").readlines()
    first = written[0] if written else ""
    reader = csv.reader(written, delimiter=max("\t;,", key=first.count))
    before = 0
    for cells in reader:
        yield _Line(before + 1, [_plain(cell) for cell in cells], "".join(written[before : reader.line_num]))
        before = reader.line_num


def _plain(cell: str) -> str:
    """A cell without needless spaces, and without the apostrophe that keeps a spreadsheet from calculating it."""
    words = " ".join(cell.split())
    return words[1:] if words.startswith(("'=", "'+", "'-", "'@")) else words


def _columns(heading: _Line, facts: Sequence[str]) -> tuple[list[str], int, list[Problem]]:
    """What each column holds, and 1 if the first line is a heading; without one it is engineer, rate, from."""
    names = [SHORT.get(word, word) for word in (cell.casefold().replace("_", " ") for cell in heading.cells)]
    names = ["e-mail" if name in {"email", "e mail"} else name for name in names]
    while names and not names[-1]:  # a spreadsheet may end every line with empty cells
        names.pop()
    allowed = {*WHO, *SINCE, *NAMES, *facts}
    problems = list[Problem]()

    def wrong(text: str) -> None:
        problems.append(Problem(heading.number, text))

    if not allowed & set(names):
        if len(names) == len(("engineer", HOURLY_RATE, "from")):
            return ["engineer", HOURLY_RATE, "from"], 0, []
        wrong(f"The first line must name the columns, such as: {_EXAMPLE}")
        return [], 1, problems
    if names[0] not in WHO:
        wrong(f"The first column must be the engineer, such as: {_EXAMPLE}")
    for name in names[1:]:
        if name not in allowed - set(WHO) | {PAYROLL_NUMBER}:
            wrong(f"“{name}” is not a column.{nearest(name, sorted(allowed))}")
    if len(set(names)) < len(names):
        wrong("Two columns have the same name.")
    if set(names) & set(facts) and not set(names) & set(SINCE):
        wrong("The column “from” is missing: the day from which each value holds.")
    return ["from" if name in SINCE else name for name in names], 1, problems


_EXAMPLE = "engineer, hourly rate, from"


class _Directory:
    """Finds engineers by payroll number, e-mail or PagerDuty id."""

    def __init__(self, known: Mapping[str, PaySettings], *, may_add: bool, by_id: bool) -> None:
        """`by_id`: a PagerDuty id stands for its engineer, even if it is somebody's payroll number."""
        self.people = dict(known)
        self.may_add = may_add
        self._by: dict[str, set[str]] = {}
        self._ids = {number_key(user_id): user_id for user_id in known} if by_id else {}
        for person in known.values():
            for word in map(number_key, (person.user_id, person.email or "", person.payroll_number)):
                if word:
                    self._by.setdefault(word, set()).add(person.user_id)

    def find(self, written: str, name: str) -> PaySettings:
        """The one engineer of that name; somebody new where the id can be nobody else's. Raises FactError."""
        if user_id := self._ids.get(number_key(written)):
            return self.people[user_id]
        ids = self._by.get(number_key(written), set())
        if len(ids) > 1:
            where = "" if self._ids else ", in a first column “engineer”"
            raise FactError(f"“{written}” stands for {len(ids)} engineers. Write the PagerDuty id{where}.")
        if ids:
            return self.people[next(iter(ids))]
        if not self.may_add or not USER_ID.fullmatch(written):
            near = nearest(written.casefold(), self._by)
            raise FactError(
                f"Nobody is known as “{written}”.{near} Write the PagerDuty id of the engineer, or remove the line."
            )
        if not name:
            raise FactError(
                f"Nobody is known as “{written}”. Whoever has left PagerDuty is known while a report with them is "
                "open; or say who it is in a column “name”. Otherwise correct the id, or remove the line."
            )
        if problem := text_problem(name, LONGEST_NAME):
            raise FactError(f"{NAME}: {problem}")
        for person in self.people.values():
            if person.name.casefold() == name.casefold():
                raise FactError(
                    f"Nobody is known as “{written}”, and {person.name} is {person.user_id}. Use that PagerDuty id, or "
                    "remove the line."
                )
        return PaySettings(user_id=written, name=name, email=None)


@dataclass(slots=True)
class _Told:
    """What one line says of its engineer."""

    line: int
    person: PaySettings
    """With what the line changes."""
    values: list[tuple[str, date | None, str]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    """Of the values, those that are new."""
    wrong: list[str] = field(default_factory=list)

    def say_number(self, written: str) -> None:
        """A payroll number; "": it stays."""
        before = self.person.payroll_number
        value = "" if written == AS_POLICY else typed_number(written, before)
        if problem := text_problem(value, LONGEST_NUMBER):
            self.wrong.append(f"{PAYROLL_NUMBER}: {problem}")
        elif written:
            self._add(PAYROLL_NUMBER, None, before, value, is_new=value != before)
            self.person = replace(self.person, payroll_number=value)

    def say_value(self, what: str, written: str, since: date) -> None:
        """A value from a day on."""
        kept = next((one.value for one in self.person.facts.get(what, ()) if one.since == since), None)
        try:
            value = _value(what, written, kept)
        except FactError as error:
            self.wrong.append(f"{what}: {error}")
            return
        self._add(what, since, self.person.on(what, since) or "", value, is_new=value != kept)
        if value != kept:
            self.person = self.person.changed(what, value, since)

    def _add(self, what: str, since: date | None, before: str, value: str, *, is_new: bool) -> None:
        self.values.append((what, since, value))
        if is_new:
            self.rows.append(Row(self.line, self.person.user_id, self.person.name, what, since, before, value))


class _Reading:
    """Reads lines until all that are read go together; whatever does not is left out."""

    def __init__(self, columns: Sequence[str], directory: _Directory) -> None:
        self.columns = columns
        self.directory = directory
        self.problems: list[Problem] = []
        self.left_out: set[int] = set()
        self.done = Imported()
        self._said: dict[tuple[str, str, date | None], list[tuple[int, str]]] = {}

    def read(self, lines: Iterable[_Line]) -> bool:
        """Read these; False where some of them had to be left out, so that the others must be read without them."""
        self.done, self._said = Imported(), defaultdict(list)
        known = len(self.problems)
        for line in lines:
            try:
                self._read_line(line)
            except _Wrong as error:
                self.problems += [Problem(line.number, text) for text in error.texts]
        self.problems += [*self._contradictions(), *self._taken_numbers()]
        self.left_out |= {problem.line for problem in self.problems}
        self.done.notes += self._near_numbers()
        return len(self.problems) == known

    def _read_line(self, line: _Line) -> None:
        cells = [*line.cells]
        while len(cells) > len(self.columns) and not cells[-1]:
            cells.pop()
        if len(cells) > len(self.columns):
            raise _Wrong(
                f"{len(cells)} cells, but {len(self.columns)} columns. A comma within a cell needs quotes around the "
                "cell."
            )
        said = dict(zip(self.columns, [*cells, *[""] * len(self.columns)], strict=False))
        try:
            person = self.directory.find(cells[0], said.get(NAME, ""))
            person = self.done.people.get(person.user_id, person)
            number = said[PAYROLL_NUMBER] if PAYROLL_NUMBER in self.columns[1:] else ""
            others = {PAYROLL_NUMBER, "from", *NAMES}
            values = {what: said[what] for what in self.columns[1:] if what not in others and said[what]}
            since = _since(said["from"]) if values else FIRST_DAY
        except FactError as error:
            raise _Wrong(str(error)) from error
        told = _Told(line.number, person)
        told.say_number(number)
        for what, written in values.items():
            told.say_value(what, written, since)
        if told.wrong:
            raise _Wrong(*told.wrong)
        self._keep(told)

    def _keep(self, told: _Told) -> None:
        """All that a line says is right."""
        person = told.person
        for what, since, value in told.values:
            self._said[person.user_id, what, since].append((told.line, value))
        if told.rows:
            self.done.people[person.user_id] = person
            if person.user_id not in self.directory.people:
                self.done.newcomers[person.user_id] = person.name
        self.done.rows += told.rows
        self.done.unchanged += len(told.values) - len(told.rows)

    def _contradictions(self) -> Iterator[Problem]:
        """Two values of one engineer for the same day: nobody knows which is meant."""
        for (user_id, what, since), said in self._said.items():
            if len({value for _, value in said}) > 1:
                name = (self.done.people.get(user_id) or self.directory.people[user_id]).name
                of = f"{name}: another {what}" + (f" from {day_words(since)}" if since else "")
                for line, _ in said:
                    others = " and ".join(str(other) for other, _ in said if other != line)
                    yield Problem(line, f"{of} stands in line {others}.")

    def _taken_numbers(self) -> Iterator[Problem]:
        lines: dict[str, list[int]] = defaultdict(list)
        for row in self.done.rows:
            if row.what == PAYROLL_NUMBER:
                lines[row.user_id].append(row.line)
        everybody = (self.directory.people | self.done.people).values()
        for person, holder in taken_numbers(everybody, lines):
            words = taken_words(person.payroll_number, holder)
            if holder.user_id in lines and number_key(holder.payroll_number) == number_key(person.payroll_number):
                place = f"in line {lines[holder.user_id][0]}"
                words = f"Payroll number {person.payroll_number} is given to {holder.name}, too, {place}."
            for line in lines[person.user_id]:
                yield Problem(line, f"{person.name}: {words}")

    def _near_numbers(self) -> Iterator[Problem]:
        """Who gets a number that a program which drops leading zeros takes for another one's."""
        by_digits: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        for person in chain(
            self.directory.people.values(), self.done.people.values()
        ):  # as each has it so far, and then
            key = number_key(person.payroll_number).lstrip("0")
            by_digits[key][person.name, person.payroll_number] = None
        for row in self.done.rows:
            if row.what == PAYROLL_NUMBER and row.value:
                for name, number in by_digits[number_key(row.value).lstrip("0")]:
                    if differ_in_zeros_only(row.value, number):
                        told = f"{row.value} differs from {name}'s {number} in leading zeros only."
                        yield Problem(row.line, f"{row.name}: {told}")


class _Wrong(Exception):
    """A line that is left out."""

    def __init__(self, *texts: str) -> None:
        super().__init__(*texts)
        self.texts = texts


def _value(what: str, written: str, kept: str | None) -> str:
    """The value as it is kept: as before, where it is the same figure or word.

    Raises:
        FactError: it is not written as such a value is.
    """
    if written == AS_POLICY:
        return ""
    if written == kept:  # whatever was once let in
        return kept
    value = read_value(what, _point(written) if what in NUMBERS else written)
    is_same_figure = kept and what in NUMBERS and Decimal(kept) == Decimal(value)
    return kept if is_same_figure and kept else value


def _point(written: str) -> str:
    """A decimal comma that can be nothing else as a point: before thousands stand three digits."""
    return written.replace(",", ".") if _DECIMAL_COMMA.fullmatch(written) else written


def _since(written: str) -> date:
    if written.casefold() == EVER:
        return FIRST_DAY
    try:
        return date.fromisoformat(written)
    except ValueError:
        said = f"“{written}” is not a day" if written else "From when is missing"
        raise FactError(f"{said}. Write it like 2026-07-01, or “{EVER}”.") from None
