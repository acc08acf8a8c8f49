"""Every line of a workbook that says what somebody is paid, or why not, as text that a person can compare."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

CALLOUT = ("Booked on", "Incident", "Engineer", "Work began", "Work ended", "Hours billed", "Callout fee", "Hourly pay")
REASONS = ("Reason", "Evidence")
SUMMARY = ("Engineer", "Weekdays", "Weekend days", "Bank holidays", "Stipends")


def lines_of(workbook: bytes) -> list[str]:
    """The callouts, the stipends of each engineer and the warnings, in the workbook's order."""
    book = load_workbook(BytesIO(workbook), read_only=True)
    callouts = [
        [*(_text(row[name]) for name in CALLOUT), *(row[name] for name in REASONS if row[name])]
        for row in _rows(book["Callouts"], "Incident")
        if row["Incident"]
    ]
    stipends = [["stipends", *(_text(row[name]) for name in SUMMARY)] for row in _rows(book["Summary"], "Weekdays")]
    return [" | ".join(filter(None, parts)) for parts in (*callouts, *stipends, *_warnings(book["Summary"]))]


def _rows(sheet: Any, column: str) -> Iterator[dict[str, Any]]:
    """The rows of the sheet's table that has this column."""
    headings: tuple[Any, ...] = ()
    for row in sheet.iter_rows(values_only=True):
        if headings:
            if row[0] is None or str(row[0]).startswith("Total"):
                return
            yield dict(zip(headings, row, strict=False))  # a row ends with its last cell
        elif column in row:
            headings = row


def _warnings(sheet: Any) -> Iterator[list[str]]:
    below = False
    for row in sheet.iter_rows(values_only=True):
        text = next((str(value) for value in row if value), "")
        if below and text:
            yield ["warning", text]
        below = below or text == "Look at these before paying"


def _text(value: Any) -> str:
    if isinstance(value, time):  # hours under a day
        value = timedelta(hours=value.hour, minutes=value.minute)
    match value:
        case datetime():
            return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M:%S}"
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60}:{minutes % 60:02} h"
        case float():
            return f"{value:.2f}"
        case _:
            return "" if value is None else str(value)
