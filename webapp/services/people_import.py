"""Values of several engineers from a pasted table: read whole or refused, every mistake with its line."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from webapp.pricing.document.reader import nearest
from webapp.services.engineer_facts import FIRST_DAY, HOURLY_RATE, KNOWN, NUMBERS, FactError, read_value
from webapp.services.people import PaySettings

WHO = ("engineer", "payroll number", "e-mail", "email", "pagerduty id", "user id", "id")
SINCE = ("from", "since")
PAYROLL_NUMBER = "payroll number"
NAMES = ("name", "remark")
"""Columns for people only."""
SHORT = {"rate": HOURLY_RATE, "region": "holiday region", "zone": "time zone", "hours": "working hours"}
AS_POLICY = "-"
"""In a cell: from then on as the policy says. An empty cell changes nothing."""
EVER = "first day"
MOST_LINES = 5_000
LONGEST_NUMBER = 40
_DECIMAL_COMMA = re.compile(r"\d+,(\d{1,2}|\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """One line's change of one value."""

    line: int
    user_id: str
    name: str
    what: str
    since: date
    before: str
    """What was in force on that day; "": as the policy says."""
    value: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be read, and why."""

    line: int
    text: str


@dataclass(slots=True)
class Imported:
    """What a table says; nothing of it may be used while there are problems."""

    people: dict[str, PaySettings] = field(default_factory=dict)
    """Those whom it changes, as they are then."""
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_table(text: str, known: Mapping[str, PaySettings], attributes: Iterable[str] = ()) -> Imported:
    """The table's changes to engineers that are known (by PagerDuty user id, with or without settings)."""
    found = Imported()
    lines = [(number, cells) for number, cells in _cells(text) if any(cells)]
    if not lines:
        found.problems.append(Problem(1, "There is nothing to read. Paste a table with a heading line."))
    elif len(lines) > MOST_LINES:
        found.problems.append(Problem(MOST_LINES + 1, f"At most {MOST_LINES:,} lines at once."))
    if found.problems:
        return found
    columns, has_heading = _columns(lines[0], (*KNOWN, *attributes), found)
    if found.problems:
        return found
    directory = _Directory(known)
    for number, cells in lines[has_heading:]:
        _read_line(number, cells, columns, directory, found)
    _refuse_repeats(found)
    return found


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = max("\t;,", key=first.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    before = 0
    for cells in reader:
        yield before + 1, [" ".join(cell.split()) for cell in cells]
        before = reader.line_num


def _columns(heading: tuple[int, Sequence[str]], facts: Sequence[str], found: Imported) -> tuple[list[str], int]:
    """What each column holds, and 1 if the first line is a heading; without one it is engineer, rate, from."""
    number, cells = heading
    names = [SHORT.get(word, word) for word in (cell.casefold().replace("_", " ") for cell in cells)]
    names = ["e-mail" if name in {"email", "e mail"} else name for name in names]
    allowed = {*WHO, *SINCE, *NAMES, *facts}
    if not allowed & set(names):
        if len(cells) == len(("engineer", HOURLY_RATE, "from")):
            return ["engineer", HOURLY_RATE, "from"], 0
        found.problems.append(Problem(number, f"The first line must name the columns, such as: {_EXAMPLE}"))
        return [], 1
    if names[0] not in WHO:
        found.problems.append(Problem(number, f"The first column must be the engineer, such as: {_EXAMPLE}"))
    for name in names[1:]:
        if name not in allowed - set(WHO) | {PAYROLL_NUMBER}:
            found.problems.append(Problem(number, f"“{name}” is not a column.{nearest(name, sorted(allowed))}"))
    if len(set(names)) < len(names):
        found.problems.append(Problem(number, "Two columns have the same name."))
    if set(names) & set(facts) and not set(names) & set(SINCE):
        found.problems.append(Problem(number, "The column “from” is missing: the day from which each value holds."))
    return ["from" if name in SINCE else name for name in names], 1


_EXAMPLE = "engineer, hourly rate, from"


class _Directory:
    """Finds engineers by payroll number, e-mail or PagerDuty id."""

    def __init__(self, known: Mapping[str, PaySettings]) -> None:
        self.people = dict(known)
        self._by: dict[str, set[str]] = {}
        for person in known.values():
            for word in (person.user_id, person.email or "", person.payroll_number):
                if word:
                    self._by.setdefault(word.casefold(), set()).add(person.user_id)

    def find(self, written: str) -> PaySettings:
        """The one engineer of that name. Raises FactError."""
        ids = self._by.get(written.casefold(), set())
        if len(ids) > 1:
            raise FactError(f"“{written}” stands for {len(ids)} engineers. Write the PagerDuty id.")
        if not ids:
            raise FactError(f"Nobody is known as “{written}”.{nearest(written.casefold(), self._by)}")
        return self.people[next(iter(ids))]


def _read_line(
    number: int, cells: Sequence[str], columns: Sequence[str], directory: _Directory, found: Imported
) -> None:
    def wrong(text: str) -> None:
        found.problems.append(Problem(number, text))

    if len(cells) > len(columns):
        wrong(f"{len(cells)} cells, but {len(columns)} columns. A comma within a cell needs quotes around the cell.")
        return
    line = dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))
    try:
        person = directory.find(cells[0])
        person = found.people.get(person.user_id, person)
    except FactError as error:
        wrong(str(error))
        return
    if columns[0] != PAYROLL_NUMBER and line.get(PAYROLL_NUMBER):
        if len(line[PAYROLL_NUMBER]) > LONGEST_NUMBER:
            wrong(f"A payroll number has at most {LONGEST_NUMBER} characters.")
        person = replace(person, payroll_number=line[PAYROLL_NUMBER])
    values = {what: line[what] for what in columns[1:] if what not in {PAYROLL_NUMBER, "from", *NAMES} and line[what]}
    try:
        since = _since(line["from"]) if values else FIRST_DAY
    except FactError as error:
        wrong(str(error))
        return
    for what, written in values.items():
        try:
            value = "" if written == AS_POLICY else read_value(what, _point(written) if what in NUMBERS else written)
        except FactError as error:
            wrong(f"{what}: {error}")
            continue
        before = person.on(what, since) or ""
        found.rows.append(Row(number, person.user_id, person.name, what, since, before, value))
        person = person.changed(what, value, since)
    found.people[person.user_id] = person


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


def _refuse_repeats(found: Imported) -> None:
    """Two values of one engineer for the same day: nobody knows which is meant."""
    counted = Counter((row.user_id, row.what, row.since) for row in found.rows)
    seen: set[tuple[str, str, date]] = set()
    for row in found.rows:
        key = (row.user_id, row.what, row.since)
        if counted[key] > 1 and key in seen:
            found.problems.append(
                Problem(row.line, f"{row.name}: {row.what} from the same day stands in a line before.")
            )
        seen.add(key)
    found.problems.sort(key=lambda problem: problem.line)
