"""Values of several engineers from a pasted table: every line is read whole or left out, and told with why."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain

from webapp.exports.cells import clean
from webapp.exports.payroll_numbers import differ_in_zeros_only, number_key, typed_number
from webapp.services.engineer_facts import (
    FIRST_DAY,
    NUMBERS,
    FactError,
    attributes_of,
    day_words,
    read_value,
)
from webapp.services.people import PaySettings
from webapp.services.people_changes import Claims, Entry, Imported, Problem, TableChanges
from webapp.services.people_lookup import Directory
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
from webapp.services.plain_text import text_problem

LONGEST_NUMBER = 40
_DECIMAL_COMMA = re.compile(r"\d+,(\d{1,2}|\d{4})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_HINTS = 20
_NAMED_LINES = 3
"""Other lines that a problem names."""


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
    by_id = columns.who in BY_ID
    directory = Directory(known, may_add=may_add and by_id, by_id=by_id)
    reading = _Reading(columns, directory)
    done = reading.read(lines[columns.has_heading :])
    done.problems = sorted(reading.problems, key=lambda problem: problem.line)
    if left_out := [line for line in lines if line.number in reading.left_out]:
        done.lines_left_out = sum(1 for line in left_out for one in line.raw.splitlines() if one.strip())
        again = [*lines[: columns.has_heading], *left_out]
        done.left_out = "".join(line.raw.rstrip("\r\n") + "\n" for line in again)
    return done


class _Reading:
    """Reads lines; whatever does not go together with the others is left out."""

    def __init__(self, columns: Columns, directory: Directory) -> None:
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
        changes = TableChanges()
        for entry in entries:
            if entry.line not in self.left_out:
                changes.take(entry, is_newcomer=entry.person.user_id not in self.directory.people)
        imported = changes.imported()
        imported.notes += self._near_numbers(imported)
        return imported

    def _entry(self, line: Line) -> Entry | None:
        """What a line says; None where it is nobody's."""
        cells, columns = [*line.cells], self.columns
        while len(cells) > columns.count and not cells[-1]:
            cells.pop()
        wrong = line.wrong
        if not wrong and len(cells) > columns.count:
            wrong = (
                f"{len(cells)} cells, but {columns.count} columns. A comma within a cell needs quotes around the cell."
            )
        if wrong:
            self._leave_out(line.number, [wrong])
            return None
        cells += [""] * (columns.count - len(cells))
        entry, problems = None, list[str]()
        try:
            name = cells[columns.name] if columns.name is not None else ""
            entry = Entry(line.number, self.directory.find(cells[0], name), name)
        except FactError as error:
            problems.append(str(error))
        problems += [*self._read_number(entry, cells), *self._read_values(entry, cells)]
        if problems:
            self._leave_out(line.number, problems)
            if entry:
                entry.is_whole = False
        return entry

    def _read_number(self, entry: Entry | None, cells: Sequence[str]) -> Iterator[str]:
        """Put down the payroll number of a line, or tell what is wrong with it."""
        cell = cells[self.columns.number] if self.columns.number is not None else ""
        before = entry.person.payroll_number if entry else ""
        number = "" if cell == AS_POLICY else typed_number(value_of(cell), before)
        if problem := text_problem(number, LONGEST_NUMBER):
            yield f"{PAYROLL_NUMBER}: {problem}"
        elif cell and entry:
            entry.number = before if number == _as_cell(before) else number

    def _read_values(self, entry: Entry | None, cells: Sequence[str]) -> Iterator[str]:
        """Put down the values of a line and their day, or tell what is wrong with them."""
        written = [(what, cells[place]) for place, what in self.columns.values if cells[place]]
        since = FIRST_DAY
        if written and self.columns.day is not None:
            try:
                since = _since(cells[self.columns.day])
            except FactError as error:
                yield str(error)
        for what, cell in written:
            try:
                value = self._value(entry.person if entry else None, what, cell, since)
            except FactError as error:
                yield f"{what}: {error}"
            else:
                if entry:
                    entry.values.append((what, since, value))

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

    def _say(self, entry: Entry) -> None:
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

    def _leave_out_taken(self, entries: Sequence[Entry]) -> None:
        """Leave out the lines that give a number of somebody else, then those that relied on such a line."""
        claims = Claims(self.directory.people.values(), [one for one in entries if one.is_whole])
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

    def _near_numbers(self, imported: Imported) -> Iterator[Problem]:
        """Who gets a number that a program which drops leading zeros takes for another one's."""
        by_digits: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        for person in chain(self.directory.people.values(), imported.people.values()):  # as each has it now, and then
            key = number_key(person.payroll_number).lstrip("0")
            by_digits[key][person.name, person.payroll_number] = None
        for row in imported.rows:
            if row.what == PAYROLL_NUMBER and row.value:
                for name, number in by_digits[number_key(row.value).lstrip("0")]:
                    if differ_in_zeros_only(row.value, number):
                        told = f"{row.value} differs from {name}'s {number} in leading zeros only."
                        yield Problem(row.line, f"{row.name}: {told}")


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
        return date.fromisoformat(written if _DAY.fullmatch(written) else "")
    except ValueError:
        said = f"“{written}” is not a day" if written else "From when is missing"
        raise FactError(f"{said}. Write it like 2026-07-01, or “{EVER}”.") from None
