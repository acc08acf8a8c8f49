"""The rows for payroll as CSV: which columns, in which order and under which headings, is the instance's to say."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import StringIO

from webapp.exports.cells import csv_text
from webapp.exports.document import ReportDocument
from webapp.exports.payroll import Entry
from webapp.exports.payroll_numbers import refuse_shared

Cell = str | Decimal | date | int

COLUMNS: Mapping[str, Callable[[Entry, ReportDocument], Cell]] = {
    "Payroll number": lambda entry, _: entry.payee.payroll_number,
    "Code": lambda entry, _: entry.code,
    "Quantity": lambda entry, _: entry.quantity,
    "Rate": lambda entry, _: entry.rate,
    "Amount": lambda entry, _: entry.amount,
    "Date": lambda entry, _: entry.date,
    "Name": lambda entry, _: entry.payee.name,
    "E-mail": lambda entry, _: entry.payee.email,
    "PagerDuty id": lambda entry, _: entry.payee.id,
    "Component": lambda entry, _: entry.component,
    "Rule": lambda entry, _: entry.rule,
    "Unit": lambda entry, _: entry.unit,
    "Seconds": lambda entry, _: entry.seconds,
    "Currency": lambda _, document: document.report.policy.currency,
    "Period from": lambda _, document: document.report.period.first,
    "Period to": lambda _, document: document.last_date,
    "Policy": lambda _, document: document.policy_label,
    "Amends report": lambda entry, _: entry.amends,
    "Reason": lambda entry, _: entry.reason,
}
"""What a column can hold, by its name."""
USUAL_COLUMNS = ("Payroll number", "Code", "Quantity", "Rate", "Amount", "Date")

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
DATES = {
    "2026-10-03": "%Y-%m-%d",
    "03/10/2026": "%d/%m/%Y",
    "03.10.2026": "%d.%m.%Y",
    "10/03/2026": "%m/%d/%Y",
    "20261003": "%Y%m%d",
}
"""By how 3 October 2026 looks."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How payroll wants its file."""

    columns: tuple[str, ...] = USUAL_COLUMNS
    headings: Mapping[str, str] = field(default_factory=dict)
    """Other headings than the columns' own names."""
    delimiter: str = "comma"
    decimal: str = "point"
    """"point" or "comma"."""
    dates: str = "2026-10-03"
    header: bool = True
    """Whether the first row holds the headings."""
    mark: bool = False
    """Whether the file starts with a byte order mark, by which Excel knows UTF-8."""
    together: bool = False
    """Whether lines of one engineer, rule and rate become one row."""

    def problem(self) -> str:
        """Why no program could read such a file; "" where it can."""
        if not self.columns:
            return "Choose at least one column."
        if self.decimal == "comma" and self.delimiter == "comma":
            return "With a decimal comma the columns must be separated by something else: a semicolon or a tab."
        return ""


def csv_bytes(made: Iterable[Entry], document: ReportDocument, layout: Layout) -> bytes:
    """The file. No text in it is a formula; lines end as RFC 4180 says.

    A draft has DRAFT in front of every row, so that no program takes it for a file to pay by.

    Raises:
        ExportError: two engineers have one payroll number.
    """
    refuse_shared(document)
    mark = ["DRAFT"] * document.is_draft
    text = StringIO()
    writer = csv.writer(text, delimiter=DELIMITERS[layout.delimiter], lineterminator="\r\n")
    if layout.header:
        writer.writerow([*mark, *(csv_text(layout.headings.get(name) or name) for name in layout.columns)])
    columns = [COLUMNS[name] for name in layout.columns]
    for entry in made:
        writer.writerow([*mark, *(_field(column(entry, document), layout) for column in columns)])
    return text.getvalue().encode("utf-8-sig" if layout.mark else "utf-8")


def _field(value: Cell, layout: Layout) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", "," if layout.decimal == "comma" else ".")
    if isinstance(value, date):
        return value.strftime(DATES[layout.dates])
    return str(value) if isinstance(value, int) else csv_text(value)
