"""A table of engineers' values as text: its lines and cells, and what its headings say of the columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from webapp.exports.cells import clean
from webapp.pricing.policy.reader import nearest
from webapp.services.engineer_facts import FACT_KINDS, HOURLY_RATE, KNOWN

PAYROLL_NUMBER = "payroll number"
BY_ID = ("engineer", "pagerduty id", "user id", "id")
"""Headings of the first column under which a PagerDuty id may stand that nobody knows yet."""
WHO = (*BY_ID, PAYROLL_NUMBER, "e-mail")
DAY = "from"
NAME = "name"
NAMES = (NAME, "remark")
"""Columns for people only."""
ATTRIBUTE = "attribute:"
"""Begins the heading of an attribute that is named like another column."""
AS_POLICY = "-"
"""In a cell: from then on as the policy says; of a payroll number: none. An empty cell changes nothing."""
EVER = "first day"
MOST_LINES = 5_000
_WORDS = {word: word for word in (*WHO, *NAMES, *KNOWN, DAY)} | {
    "email": "e-mail",
    "e mail": "e-mail",
    "since": DAY,
    **{kind.heading: kind.name for kind in FACT_KINDS if kind.heading},
}
"""What a heading means, by how it may be written."""
_EXAMPLE = "engineer, hourly rate, from"
_DELIMITERS = "\t;,"
_SEPARATOR = re.compile(r'"?sep=(?P<mark>[\t;,])"?', re.IGNORECASE)
_GUARDED = re.compile("'+[=+@＝＋－＠-]")  # noqa: RUF001  the wide forms are meant
_QUOTED = re.compile('"[^"]*"')


@dataclass(frozen=True, slots=True)
class Line:
    """A record of the table."""

    number: int
    """Of its first line in the text."""
    cells: list[str]
    raw: str
    wrong: str = ""
    """Why its cells cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What stands where; the engineer is in the first."""

    who: str
    count: int
    values: tuple[tuple[int, str], ...] = ()
    """The places of values, and their names."""
    day: int | None = None
    number: int | None = None
    name: int | None = None
    has_heading: bool = True


def lines_of(text: str) -> Iterator[Line]:
    """The records of a table; one that takes several lines, or more than a cell may hold, is wrong."""
    written = io.StringIO(text.lstrip("\ufeff"), newline="").readlines()
    separator = _SEPARATOR.fullmatch(written[0].strip("\r\n")) if written else None
    before = 1 if separator else 0  # spreadsheet programs begin a file so, and hide that line
    heading = next((line for line in written[before:] if line.strip()), "")
    reader = csv.reader(
        (line if line.endswith(("\n", "\r")) else f"{line}\n" for line in written[before:]),
        delimiter=separator["mark"] if separator else _delimiter(heading),
        strict=True,
    )
    begun = before
    while True:
        wrong = ""
        try:
            cells = next(reader, None)
        except csv.Error as error:
            cells, wrong = [], "A quotation mark opens a cell, and text follows the mark that closes it."
            if "limit" in str(error):  # where such a cell ends is not known
                left_out = _left_out(before + 1, len(written))
                wrong = f"A cell is too long to be read. {left_out} Shorten it, or close its quotation mark."
                yield Line(before + 1, [], "".join(written[before:]), wrong)
                return
        if cells is None:
            return
        end = begun + reader.line_num
        if end > before + 1 or any(mark in cell for cell in cells for mark in "\r\n"):
            wrong = "A quotation mark opens a cell that does not end in this line."
        if wrong:
            wrong = f"{wrong} {_left_out(before + 1, end)} Remove the mark, or write the cell on one line."
        yield Line(before + 1, [_plain(cell) for cell in cells], "".join(written[before:end]), wrong)
        before = end


def _left_out(first: int, last: int) -> str:
    return f"Lines {first} to {last} are left out." if last > first else "The line is left out."


def _delimiter(heading: str) -> str:
    """What stands between the cells: where the first of them is then the heading of the engineers, or else the most."""
    for mark in _DELIMITERS:
        cells = next(csv.reader([heading[:100_000]], delimiter=mark), [""])
        if len(cells) > 1 and builtin(cells[0]) in WHO:
            return mark
    return max(_DELIMITERS, key=_QUOTED.sub("", heading).count)


def _plain(cell: str) -> str:
    """A cell without needless spaces, and without the apostrophe that keeps a spreadsheet from calculating it."""
    words = " ".join(cell.split())
    return words[1:] if _GUARDED.match(words) else words


def typed(text: str) -> str:
    """The text of a workbook's cell as it must be typed into a table to be read so."""
    return f"'{text}" if _GUARDED.match(text) else text


def cell_of(value: str) -> str:
    """A value as its cell says it: behind an apostrophe if it is the mark of the policy's value."""
    return f"'{value}" if value.lstrip("'") == AS_POLICY else value


def value_of(cell: str) -> str:
    """The value that a cell says, which is not the policy's."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'") == AS_POLICY else cell


def builtin(heading: str) -> str:
    """The column that a heading means, such as "hourly rate" for "Rate"; "" for attributes."""
    return _WORDS.get(_folded(heading), "")


def is_builtin(attribute: str) -> bool:
    """Whether an attribute is named like another column of the table."""
    return attribute not in KNOWN and bool(builtin(attribute) or _folded(attribute).startswith(ATTRIBUTE))


def heading_of(what: str) -> str:
    """The heading under which values of this name are read again."""
    return f"{ATTRIBUTE} {what}" if is_builtin(what) else what


def _folded(word: str) -> str:
    return " ".join(clean(word).casefold().replace("_", " ").split())


class _Headings:
    """Reads headings for the attributes that there are."""

    def __init__(self, cells: Sequence[str], attributes: Iterable[str]) -> None:
        self.attributes = list(attributes)
        self.problems: list[str] = []
        self._marked = {name for cell in cells if (name := self._marked_name(cell))}

    def column(self, cell: str) -> tuple[bool, str]:
        """Whether the values under a heading are an attribute's, and their name; "" where it is wrong, and told."""
        if _folded(cell).startswith(ATTRIBUTE):
            name = self._marked_name(cell)
            if not name:
                written = cell.partition(":")[2].strip()
                self.problems.append(f"“{written}” is not an attribute.{_hint(written, self.attributes)}")
            return True, name
        meant, own = builtin(cell), self._attribute(cell)
        if meant and own and own not in self._marked:
            self.problems.append(
                f"“{cell}” is a column of the import and an attribute. Name the attribute's column "
                f"“{ATTRIBUTE} {own}”. If you mean the other one, add an empty column of that name."
            )
            return False, ""
        if meant and (meant == PAYROLL_NUMBER or meant not in WHO):
            return False, meant
        if meant and not own:
            self.problems.append(f"“{cell}” must be the first column.")
        elif not own:
            self.problems.append(f"“{cell}” is not a column.{_hint(cell, [*_WORDS, *self.attributes])}")
        return True, own

    def names_any(self, cells: Iterable[str]) -> bool:
        """Whether any of these is a heading."""
        return any(
            builtin(cell) or _folded(cell).startswith(ATTRIBUTE) or _folded(cell) in map(_folded, self.attributes)
            for cell in cells
        )

    def _marked_name(self, cell: str) -> str:
        return self._attribute(cell.partition(":")[2].strip()) if _folded(cell).startswith(ATTRIBUTE) else ""

    def _attribute(self, written: str) -> str:
        """The attribute of that name, or else the only one that differs in capitals and underscores."""
        if written in self.attributes:
            return written
        alike = [name for name in self.attributes if _folded(name) == _folded(written)]
        if len(alike) > 1:
            self.problems.append(f"“{written}” may be {' or '.join(f'“{name}”' for name in alike)}.")
        return alike[0] if alike else ""


def _hint(word: str, known: Iterable[str]) -> str:
    near = nearest(word.casefold(), sorted(known))
    return near.replace(' "', " “").replace('"?', "”?")


def read_columns(heading: Line, attributes: Iterable[str]) -> tuple[Columns | None, list[str]]:
    """What the columns hold, or what is wrong with the first line; without a heading: engineer, rate, from."""
    cells = [*heading.cells]
    while cells and not cells[-1]:  # a spreadsheet may end every line with empty cells
        cells.pop()
    if heading.wrong:
        return None, [heading.wrong]
    headings = _Headings(cells, attributes)
    if not headings.names_any(cells):
        if len(cells) == 3:  # noqa: PLR2004  the engineer, the rate and the day
            return Columns("engineer", 3, ((1, HOURLY_RATE),), day=2, has_heading=False), []
        return None, [f"The first line must name the columns, such as: {_EXAMPLE}"]
    who = builtin(cells[0])
    if who not in WHO:
        return None, [f"The first column must be the engineer, such as: {_EXAMPLE}"]
    found = [(place, *headings.column(cell)) for place, cell in enumerate(cells) if place]
    problems = headings.problems
    by_name = {(is_attribute, what): place for place, is_attribute, what in found}
    if len(by_name) < len(found) and not problems:
        is_day = [what for _, _, what in found].count(DAY) > 1
        problems.append(
            "“from” and “since” are one column, which stands twice." if is_day else "Two columns have the same name."
        )
    values = tuple((place, what) for place, is_attribute, what in found if what and (is_attribute or what in KNOWN))
    day = by_name.get((False, DAY))
    if values and day is None:
        problems.append("The column “from” is missing: the day from which each value holds.")
    place = {what: place for (is_attribute, what), place in by_name.items() if not is_attribute}
    return (
        None if problems else Columns(who, len(cells), values, day, place.get(PAYROLL_NUMBER), place.get(NAME))
    ), list(dict.fromkeys(problems))
