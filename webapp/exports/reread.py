"""Reading a workbook of ours back and adding it up again, as a stranger would: from the cells alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from types import ModuleType
from zipfile import ZipFile

from webapp.exports.columns import MONEY, Role
from webapp.exports.errors import ExportError
from webapp.exports.rows import read_rows
from webapp.exports.sheets import adjustments, callouts, detail, summary

_SHEETS = (summary, detail, callouts)
"""The first sheets of a workbook, in order."""
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


def reread(workbook: bytes, *, adjusted: bool = False) -> Totals:
    """The totals of a workbook, added up from its cells; ExportError where a sheet of ours is not as we write it.

    `adjusted`: its fourth sheet holds adjustments.
    """
    with ZipFile(BytesIO(workbook)) as archive:

        def amounts(number: int, sheet: ModuleType, *roles: Role | None) -> tuple[dict[str, Amounts], Amounts]:
            return _sheet_amounts(sheet, roles, _rows(archive, f"xl/worksheets/sheet{number}.xml"))

        sheets = {sheet.NAME: amounts(number, sheet, *MONEY) for number, sheet in enumerate(_SHEETS, 1)}
        corrected: dict[str, Amounts] = {}
        paid: dict[str, Amounts] = {}
        if adjusted:
            corrected, _ = amounts(4, adjustments, None, None, None, Role.ADJUSTMENTS)
            paid, _ = amounts(1, summary, None, None, None, Role.TO_PAY)
    of_summary, of_detail, of_callouts = (found for found, _ in sheets.values())
    printed = {name: total for name, (_, total) in sheets.items()}
    return Totals(of_summary, of_detail, of_callouts, printed, _totals(corrected), _totals(paid))


def _totals(amounts: dict[str, Amounts]) -> dict[str, Decimal]:
    return {key: one.total for key, one in amounts.items()}


def _rows(archive: ZipFile, path: str) -> Iterator[dict[str, str]]:
    with archive.open(path) as stream:
        for _, cells in read_rows(iter(lambda: stream.read(_AT_ONCE), b"")):
            yield {letter: cell.text for letter, cell in cells.items()}


def _sheet_amounts(
    sheet: ModuleType, roles: Iterable[Role | None], rows: Iterator[dict[str, str]]
) -> tuple[dict[str, Amounts], Amounts]:
    """What the columns of the roles hold, in the order of `Amounts`; a sheet need not have all of them."""
    headings = {column.role: column.heading for column in sheet.COLUMNS if column.role}
    key = headings[Role.KEY]
    letters: dict[str, str] = {}
    wanted = {key, *(headings[role] for role in roles if role in headings)}
    while not wanted <= letters.keys():
        row = next(rows, None)
        if row is None:
            raise ExportError(f"The sheet {sheet.NAME} has no header row; the file was not handed out.")
        letters = {heading: letter for letter, heading in row.items()}
    columns = [letters.get(headings.get(role, ""), "") for role in roles]
    found: defaultdict[str, Amounts] = defaultdict(Amounts)
    for row in rows:
        amounts = Amounts(*(Decimal(row.get(column, 0)) for column in columns))
        if person_id := row.get(letters[key]):
            found[person_id] += amounts
        elif row.get("A", "").startswith("Total"):
            return dict(found), amounts
    raise ExportError(f"The sheet {sheet.NAME} has no row of totals; the file was not handed out.")
