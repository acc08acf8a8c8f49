"""Reading a workbook of ours back and adding it up again, as a stranger would: from the cells alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

from webapp.exports.errors import ExportError
from webapp.exports.rows import read_rows

_KEY = "PagerDuty id"
_AT_ONCE = 1 << 18


@dataclass(frozen=True, slots=True)
class Amounts:
    """Money of one engineer, or of all, as one sheet gives it."""

    stipends: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    hourly_pay: Decimal = Decimal(0)
    total: Decimal = Decimal(0)

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            self.stipends + other.stipends,
            self.fees + other.fees,
            self.hourly_pay + other.hourly_pay,
            self.total + other.total,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """What a workbook adds up to: each sheet by engineer's id, and the totals it prints."""

    summary: dict[str, Amounts]
    detail: dict[str, Amounts]
    callouts: dict[str, Amounts]
    """Fees and hourly pay only."""
    printed: dict[str, Amounts]
    """The row of totals, by sheet."""
    adjustments: dict[str, Decimal] = field(default_factory=dict)
    """Of earlier reports."""
    to_pay: dict[str, Decimal] = field(default_factory=dict)
    """By the Summary of a workbook with adjustments."""


_SHEETS = {
    "Summary": ("Stipends", "Callout fees", "Hourly pay", "Total"),
    "Detail": ("Stipend", "Callout fees", "Hourly pay", "Total"),
    "Callouts": (None, "Callout fee", "Hourly pay", None),
}
"""The first sheets of a workbook, in order, and the headings of their money."""


def reread(workbook: bytes, *, adjusted: bool = False) -> Totals:
    """The totals of a workbook, added up from its cells; ExportError where a sheet of ours is not as we write it.

    `adjusted`: its fourth sheet holds adjustments.
    """
    adjustments: dict[str, Amounts] = {}
    to_pay: dict[str, Amounts] = {}
    with ZipFile(BytesIO(workbook)) as archive:
        sheets = {
            name: _sheet_amounts(name, headings, _rows(archive, f"xl/worksheets/sheet{number}.xml"))
            for number, (name, headings) in enumerate(_SHEETS.items(), 1)
        }
        if adjusted:
            rows = _rows(archive, "xl/worksheets/sheet4.xml")
            adjustments, _ = _sheet_amounts("Adjustments", (None, None, None, "Adjustment"), rows)
            rows = _rows(archive, "xl/worksheets/sheet1.xml")
            to_pay, _ = _sheet_amounts("Summary", (None, None, None, "To pay"), rows)
    entries = {name: found for name, (found, _) in sheets.items()}
    printed = {name: total for name, (_, total) in sheets.items()}
    return Totals(
        entries["Summary"], entries["Detail"], entries["Callouts"], printed, _totals(adjustments), _totals(to_pay)
    )


def _totals(amounts: dict[str, Amounts]) -> dict[str, Decimal]:
    return {key: one.total for key, one in amounts.items()}


def _rows(archive: ZipFile, path: str) -> Iterator[dict[str, str]]:
    with archive.open(path) as stream:
        for _, cells in read_rows(iter(lambda: stream.read(_AT_ONCE), b"")):
            yield {letter: cell.text for letter, cell in cells.items()}


def _sheet_amounts(
    name: str, headings: tuple[str | None, ...], rows: Iterator[dict[str, str]]
) -> tuple[dict[str, Amounts], Amounts]:
    letters: dict[str, str] = {}
    wanted = {_KEY, *filter(None, headings)}
    while not wanted <= letters.keys():
        row = next(rows, None)
        if row is None:
            raise ExportError(f"The sheet {name} has no header row; the file was not handed out.")
        letters = {heading: letter for letter, heading in row.items()}
    columns = [letters[heading] if heading else "" for heading in headings]
    found: defaultdict[str, Amounts] = defaultdict(Amounts)
    for row in rows:
        amounts = Amounts(*(Decimal(row.get(column, 0)) for column in columns))
        if person_id := row.get(letters[_KEY]):
            found[person_id] += amounts
        elif row.get("A", "").startswith("Total"):
            return dict(found), amounts
    raise ExportError(f"The sheet {name} has no row of totals; the file was not handed out.")
