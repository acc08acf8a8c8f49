"""The one way a value gets into a cell, and a text into a field of CSV.

Text is text whatever it looks like: it is written as an inline string, which no spreadsheet program evaluates, in a
style with a quote prefix, so that editing it does not evaluate it either. Formulas are ours alone (`Formula`) and are
written with their value, so that a program that does not calculate shows the right figure. Figures have at most 15
digits, the most that every spreadsheet program keeps: what is saved again by another one is still the same figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import NamedTuple
from xml.sax.saxutils import escape

from webapp.exports.errors import ExportError

LONGEST_TEXT = 32_767  # of a cell, in UTF-16 units: Excel calls a file with a longer one broken
CUT_MARK = "… [cut]"
LONGEST_IN_A_SENTENCE = 150
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What no eye sees though Unicode calls it a letter, a mark or a sign."""

_DAY_ZERO = date(1899, 12, 30)  # serial 0 of a spreadsheet's dates from March 1900 on
_DAY_SECONDS = 86_400
_SPACES = re.compile("[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # what turns the direction of text
    "\ud800-\udfff\ufffe\uffff]",  # what is no character
)
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_EVALUATED = tuple("=+-@＝＋－＠")  # noqa: RUF001  the wide forms are meant: some programs take them for the same
_MOST_DIGITS = 15
_SHOWN = Context(prec=_MOST_DIGITS, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula, without its equals sign: built from sheet and column names of ours, never from what was read."""

    text: str
    value: Decimal | int
    """What it must give, as the app computes it."""


Value = str | int | Decimal | date | datetime | timedelta | Formula | None


def clean(text: str) -> str:
    """The text as a cell may hold it: on one line, only printable characters, and a mark where it was cut."""
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_TEXT:  # nearly all are
        return text
    text = _UNPRINTABLE.sub("", _SPACES.sub(" ", text))
    if len(text) * 2 <= LONGEST_TEXT:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= LONGEST_TEXT * 2:
        return text
    kept = units[: (LONGEST_TEXT - len(CUT_MARK)) * 2]
    return kept.decode("utf-16-le", "ignore") + CUT_MARK


def short(text: str) -> str:
    """The text within a sentence: `clean`, and with an ellipsis where it is longer than anybody would read there."""
    text = clean(text)
    return text if len(text) <= LONGEST_IN_A_SENTENCE else f"{text[: LONGEST_IN_A_SENTENCE - 1].rstrip()}…"


NAMES_AT_MOST = 20
"""In one sentence."""


def named(names: Iterable[str]) -> str:
    """Names in a sentence, the first twenty of them."""
    listed = [short(name) for name in names]
    more = len(listed) - NAMES_AT_MOST
    return ", ".join(listed[:NAMES_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def csv_text(text: str) -> str:
    """The text as a field of CSV may hold it: `clean`, and behind an apostrophe where a program would calculate it.

    CSV cannot say that a field is text; quoting it is the writer's part.
    """
    text = clean(text)
    return f"'{text}" if text.lstrip().startswith(_EVALUATED) else text


class Written(NamedTuple):
    """What a cell holds, as any spreadsheet program reads it; compared when a workbook is verified."""

    kind: str = ""
    """"t" text, "n" figure, "f" formula, "" nothing, "?" what the app never writes."""
    text: str = ""
    """The text or the figure; of a formula its value."""
    formula: str = ""

    @property
    def mark(self) -> str:
        """The same for two cells exactly if they hold the same, whichever program wrote them; "" for an empty one."""
        match self.kind:
            case "n":
                return f"n{normal_figure(self.text)}"
            case "f":
                return f"f{len(self.formula)} {self.formula} {normal_figure(self.text)}"
        return f"{self.kind}{self.text}"


def written(value: Value) -> Written:
    """What a cell holds for a value."""
    if value is None:
        return Written()
    if isinstance(value, str):
        text = clean(value)
        return Written("t", text) if text else Written()
    if isinstance(value, Formula):
        return Written("f", _number(value.value), value.text)
    return Written("n", _number(value))


def shown(figure: Decimal) -> Decimal:
    """A rate or quantity whose decimals may have no end, with as many digits as a spreadsheet holds."""
    return _SHOWN.plus(figure)


def cell_xml(place: str, style: int, cell: Written) -> str:
    """One cell at a place such as "B7"."""
    return f'<c r="{place}" s="{style}"{content_xml(cell)}'


def content_xml(cell: Written) -> str:
    """What of a cell does not depend on its place and style: all that follows them."""
    if cell.kind == "t":
        # A program reads _x0041_ as the letter A: the underscore itself must be escaped to stay one.
        text = _ESCAPE.sub("_x005F_", escape(cell.text)) if "_x" in cell.text else escape(cell.text)
        return f' t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    if not cell.kind:
        return "/>"
    formula = f"<f>{escape(cell.formula)}</f>" if cell.formula else ""
    return f">{formula}<v>{cell.text}</v></c>"


@lru_cache(maxsize=1 << 14)  # most figures of a workbook are dates, lengths and a few amounts
def normal_figure(text: str) -> str:
    """A figure as every program means it, however it writes it: 45.00, 45 and 4.5E1 are one; no figure stays as is."""
    try:
        figure = float(text)
    except ValueError:
        return text
    return f"{figure + 0.0:.{_MOST_DIGITS}g}"  # adding makes -0 a plain 0


def _number(value: int | Decimal | date | datetime | timedelta) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return _exact(value)
    if isinstance(value, timedelta):
        return _days(value)
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise ExportError("A time of the report was not turned to its pay zone; the file was not made.")
        return _days(value - datetime(_DAY_ZERO.year, _DAY_ZERO.month, _DAY_ZERO.day))  # noqa: DTZ001  wall clock
    return str((value - _DAY_ZERO).days)


def _exact(value: Decimal) -> str:
    """The figure, digit by digit; ExportError where a spreadsheet would show another one."""
    if not value.is_finite():
        raise ExportError(f"An amount is {value}, which is no number; the file was not made.")
    text = f"{value:f}"
    if len(text) > _MOST_DIGITS and len(text.replace(".", "").strip("-0")) > _MOST_DIGITS:
        raise ExportError(f"{text} has more digits than a spreadsheet can hold; the file was not made.")
    return text


@lru_cache(maxsize=1 << 14)
def _days(length: timedelta) -> str:
    """A length in days, to a few millionths of a second."""
    decimals = min(12, _MOST_DIGITS - len(str(abs(length.days))))
    return f"{length.days + Decimal(length.seconds) / _DAY_SECONDS:.{decimals}f}"
