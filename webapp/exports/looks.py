"""How cells look: number formats by what a value is, fonts and fills by where it stands.

Colour only repeats what words say.
"""

from __future__ import annotations

from enum import StrEnum

from babel.numbers import get_currency_symbol
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

_INK, _PALE, _GREY, _LINE, _AMBER, _CREAM = "1F3347", "EEF2F6", "6B7280", "D5DBE1", "8A4B00", "FFF4DE"


class Look(StrEnum):
    """What a value is."""

    TEXT = "text"
    WRAPPED = "wrapped text"
    IDENTIFIER = "identifier"
    """A text of digits stays one when its cell is typed over: leading zeros count."""
    WHOLE = "whole number"
    ORDINAL = "number of an incident or session"
    MONEY = "money"
    RATE = "rate"
    DIFFERENCE = "difference"
    DURATION = "duration"
    HOURS = "hours"
    QUANTITY = "quantity"
    DATE = "date"
    INSTANT = "instant"


class Tone(StrEnum):
    """Where it stands."""

    TITLE = "title"
    SUBTITLE = "subtitle"
    SECTION = "section"
    LABEL = "label"
    VALUE = "value"
    KEY_FIGURE = "key figure"
    NOTE = "note"
    ALERT = "alert"
    HEADING = "heading"
    ENTRY = "entry"
    MUTED = "muted"
    TOTAL = "total"


_LEFT = {Look.TEXT, Look.WRAPPED, Look.IDENTIFIER, Look.DATE, Look.INSTANT}
_WORDS = {Look.TEXT, Look.WRAPPED, Look.IDENTIFIER}
_CENTRED = {Tone.HEADING, Tone.TOTAL}
_IN_TABLES = {Tone.HEADING, Tone.ENTRY, Tone.MUTED, Tone.TOTAL}
_FONTS = {
    Tone.TITLE: Font(name="Calibri", size=18, bold=True, color=_INK),
    Tone.SUBTITLE: Font(name="Calibri", size=12, color=_GREY),
    Tone.SECTION: Font(name="Calibri", size=13, bold=True, color=_INK),
    Tone.LABEL: Font(name="Calibri", size=10, color=_GREY),
    Tone.VALUE: Font(name="Calibri", size=10, color=_INK),
    Tone.KEY_FIGURE: Font(name="Calibri", size=12, bold=True, color=_INK),
    Tone.NOTE: Font(name="Calibri", size=10, italic=True, color=_GREY),
    Tone.ALERT: Font(name="Calibri", size=10, color=_AMBER),
    Tone.HEADING: Font(name="Calibri", size=10, bold=True, color="FFFFFF"),
    Tone.ENTRY: Font(name="Calibri", size=10),
    Tone.MUTED: Font(name="Calibri", size=10, color=_GREY),
    Tone.TOTAL: Font(name="Calibri", size=10, bold=True),
}
_FILLS = {
    Tone.HEADING: PatternFill("solid", start_color=_INK),
    Tone.TOTAL: PatternFill("solid", start_color=_PALE),
    Tone.ALERT: PatternFill("solid", start_color=_CREAM),
}
_UNDER = Border(bottom=Side("thin", color=_LINE))
_BORDERS = {
    Tone.ENTRY: _UNDER,
    Tone.MUTED: _UNDER,
    Tone.TOTAL: Border(top=Side("medium", color=_INK)),
}


class StyleBook:
    """The styles of one workbook: each made once, then known by its number."""

    def __init__(self, workbook: Workbook, currency: str, minor_digits: int) -> None:
        self._sheet = workbook.worksheets[0]
        self._numbers: dict[tuple[Look, Tone], int] = {}
        plain = "0" if not minor_digits else "0." + "0" * minor_digits
        symbol = _quoted_symbol(currency)
        self._formats = {
            Look.TEXT: "General",
            Look.WRAPPED: "General",
            Look.IDENTIFIER: "@",
            Look.WHOLE: "#,##0",
            Look.ORDINAL: "0",
            Look.MONEY: f"{symbol}#,##{plain}",
            Look.RATE: f"{symbol}#,##0.{'0' * max(minor_digits, 2)}##",
            Look.DIFFERENCE: f"#,##{plain}",
            Look.DURATION: "[h]:mm",
            Look.HOURS: "#,##0.00",
            Look.QUANTITY: "General",
            Look.DATE: "yyyy-mm-dd",
            Look.INSTANT: "yyyy-mm-dd hh:mm",
        }

    def number(self, look: Look, tone: Tone) -> int:
        """The number by which a cell names its style."""
        key = (look, tone)
        if key not in self._numbers:
            self._numbers[key] = self._make(look, tone)
        return self._numbers[key]

    def _make(self, look: Look, tone: Tone) -> int:
        cell = WriteOnlyCell(self._sheet)
        cell.font = _FONTS[tone]
        cell.fill = _FILLS.get(tone, PatternFill())
        cell.border = _BORDERS.get(tone, Border())
        cell.number_format = self._formats[look]
        cell.alignment = Alignment(
            horizontal="left" if look in _LEFT or tone is Tone.KEY_FIGURE else "right",
            vertical="center" if tone in _CENTRED else "top",
            indent=1 if look in _LEFT and tone in _IN_TABLES else 0,  # keeps a distance from figures at the left
            wrap_text=tone is Tone.HEADING or look is Look.WRAPPED,
        )
        cell.quotePrefix = look in _WORDS
        return cell.style_id


def _quoted_symbol(currency: str) -> str:
    """The currency's symbol as a number format writes it: a sign stands at the figure, letters keep a distance."""
    symbol = get_currency_symbol(currency, locale="en")
    distance = " " if symbol[-1:].isalpha() else ""
    return f'"{symbol.replace(chr(34), "")}{distance}"'
