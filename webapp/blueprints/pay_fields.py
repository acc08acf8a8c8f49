"""The fields of the pay settings in a form: each as its row of the table says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from babel import Locale
from babel.core import get_global
from wtforms import BooleanField, Field, Form, IntegerField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from webapp.blueprints.fields import AmountField, CheckboxesField, options
from webapp.pricing.policy.form import DEFAULTS, EvidenceMode, evidence_refusal
from webapp.pricing.policy.form_fields import (
    Amount,
    Choice,
    Clock,
    Currency,
    FormField,
    Hours,
    Names,
    Text,
    Tick,
    Weekdays,
    Whole,
)

DAYS = options([("1", "Mon"), ("2", "Tue"), ("3", "Wed"), ("4", "Thu"), ("5", "Fri"), ("6", "Sat"), ("7", "Sun")])


@cache
def currencies() -> list[Any]:
    """Every currency in use, by code."""
    names = Locale("en").currencies
    used = {
        code
        for rows in get_global("territory_currencies").values()
        for code, _, end, tender in rows
        if tender and not end
    }
    return options((code, f"{code} {names[code]}") for code in sorted(used) if code in names)


def _whole_number(row: Whole) -> IntegerField:
    within = NumberRange(row.low, row.high, row.bounds)
    if row.may_be_empty:
        return IntegerField(row.label, description=row.hint, validators=[Optional(), within])
    default = DEFAULTS[row.name] if row.is_newer else None

    def needed(form: Form, field: Field) -> None:
        if field.raw_data or default is None:  # a form older than the field means its default
            InputRequired(row.bounds)(form, field)

    bounds = {"min": row.low, "max": row.high}
    return IntegerField(row.label, default=default, description=row.hint, validators=[needed, within], render_kw=bounds)


def _in_bounds(row: Hours) -> Any:
    def check(_: Form, field: Field) -> None:
        if field.data is None or row.problem(field.data):
            raise ValidationError(row.bounds)

    return check


_MAKERS: Mapping[type[FormField], Callable[[Any], Any]] = {
    Whole: _whole_number,
    Hours: lambda row: AmountField(row.label, description=row.hint, validators=[_in_bounds(row)]),
    Amount: lambda row: AmountField(row.label, description=row.hint, decimals=row.decimals),
    Tick: lambda row: BooleanField(row.label),
    Choice: lambda row: SelectField(row.label, choices=options((one.value, word) for one, word in row.labels.items())),
    Clock: lambda row: TimeField(row.label, validators=[InputRequired(f"Write a time like {row.hint}.")]),
    Weekdays: lambda row: CheckboxesField(row.label, choices=DAYS),
    Names: lambda row: CheckboxesField(row.label, validate_choice=False),
    Currency: lambda row: SelectField(row.label, choices=currencies),
    Text: lambda row: StringField(
        row.label, description=row.hint, render_kw={"list": row.listed, "autocomplete": "off"}
    ),
}


def add_fields(form: Any, rows: Iterable[FormField]) -> None:
    """Give a form class the fields of these rows, after those that it has."""
    for row in rows:
        setattr(form, row.name, _MAKERS[type(row)](row))


def refuse_evidence(form: Form) -> None:
    """Says at its field what the chosen way of finding the payee cannot see."""
    lead, grace = form["longest_lead_minutes"], form["pause_grace_minutes"]
    if form["evidence"].errors or lead.errors or grace.errors:
        return
    for name, reason in evidence_refusal(EvidenceMode(form["evidence"].data), lead.data, grace.data).items():
        form[name].errors = [*form[name].errors, reason]
