"""The form of the payroll file: what a column holds and is called, how figures are written, which codes are used."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField

from webapp.blueprints.fields import options
from webapp.exports.payroll import COMPONENTS, Codes
from webapp.exports.payroll_csv import COLUMNS, DATES, DELIMITERS, Layout
from webapp.services.plain_text import text_problem, without_controls

LONGEST_HEADING = 60
LONGEST_CODE = 40
LONGEST_RULE = 300
_PLACE = re.compile("[0-9]{1,3}")


class LayoutForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """How the file is written."""

    delimiter = RadioField("Columns are separated by a", choices=options((name, name) for name in DELIMITERS))
    decimal = RadioField("Decimal sign", choices=options([("point", "point: 1234.50"), ("comma", "comma: 1234,50")]))
    dates = RadioField("3 October 2026 is written", choices=options((shown, shown) for shown in DATES))
    header = BooleanField("The first row holds the headings")
    mark = BooleanField(
        "Begin with a byte order mark", description="Excel knows by it that the file is UTF-8; some programs stumble."
    )
    together = BooleanField(
        "One row for each engineer, rule and rate",
        description="Else one row for each date or session. Lines stay apart where their sum would be another amount.",
    )


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One row of the table of columns, as it was stored or typed."""

    name: str
    is_chosen: bool
    place: str
    heading: str
    problem: str = ""


def column_rows(wanted: Layout) -> list[ColumnRow]:
    """The chosen columns in their order, then the others."""
    chosen = [
        ColumnRow(name, is_chosen=True, place=str(place), heading=wanted.headings.get(name, ""))
        for place, name in enumerate(wanted.columns, 1)
    ]
    return chosen + [
        ColumnRow(name, is_chosen=False, place="", heading=wanted.headings.get(name, ""))
        for name in COLUMNS
        if name not in wanted.columns
    ]


def typed_columns(posted: MultiDict[str, str]) -> list[ColumnRow]:
    """The table as it was sent, each mistake at its row."""
    rows = []
    for number, name in enumerate(COLUMNS):
        place = posted.get(f"place-{number}", "").strip()
        heading = posted.get(f"heading-{number}", "").strip()
        is_chosen = f"use-{number}" in posted
        problem = ""
        if is_chosen and place and not _PLACE.fullmatch(place):
            problem = "Write a whole number from 0 to 999."
        else:
            problem = text_problem(heading, LONGEST_HEADING)
        shown = without_controls(heading)
        rows.append(ColumnRow(name, is_chosen=is_chosen, place=place, heading=shown, problem=problem))
    return rows


def layout_of(form: LayoutForm, rows: Sequence[ColumnRow]) -> Layout:
    """The layout as typed: columns by their numbers, those without one last, equal ones as in the table."""
    chosen = [row for row in rows if row.is_chosen]
    ordered = sorted(chosen, key=lambda row: int(row.place) if _PLACE.fullmatch(row.place) else sys.maxsize)
    return Layout(
        columns=tuple(row.name for row in ordered),
        headings={row.name: row.heading for row in rows if row.heading and row.heading != row.name},
        delimiter=form.delimiter.data,
        decimal=form.decimal.data,
        dates=form.dates.data,
        header=form.header.data,
        mark=form.mark.data,
        together=form.together.data,
    )


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A component or a rule with its code, as it was stored or typed."""

    name: str
    is_rule: bool
    code: str
    problem: str = ""


def code_rows(known: Codes, rules: Iterable[str]) -> list[CodeRow]:
    """Every component, then every rule that is used or has a code."""
    every_rule = dict.fromkeys([*rules, *known.rules])
    return [
        *(CodeRow(name, is_rule=False, code=known.components.get(name, "")) for name in COMPONENTS),
        *(CodeRow(name, is_rule=True, code=known.rules.get(name, "")) for name in every_rule),
    ]


def typed_codes(posted: MultiDict[str, str]) -> list[CodeRow]:
    """The codes as they were sent, each mistake at its row."""
    rows = []
    for kind, is_rule in (("component", False), ("rule", True)):
        names, codes = posted.getlist(kind), posted.getlist(f"{kind}-code")
        for name, code in zip(names, codes, strict=False):
            if text_problem(name, LONGEST_RULE) or (not is_rule and name not in COMPONENTS):
                continue
            told = code.strip()
            problem = text_problem(told, LONGEST_CODE)
            rows.append(CodeRow(name, is_rule=is_rule, code=without_controls(told), problem=problem))
    return rows


def codes_of(rows: Iterable[CodeRow]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Codes of components and of rules."""
    rows = list(rows)
    return (
        {row.name: row.code for row in rows if not row.is_rule},
        {row.name: row.code for row in rows if row.is_rule},
    )
