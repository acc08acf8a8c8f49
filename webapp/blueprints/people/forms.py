"""The forms of an engineer's own settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField

from webapp.blueprints.begin_form import EVER, FROM, BeginForm
from webapp.blueprints.fields import options, plain_text
from webapp.exports.payroll_numbers import clean_number
from webapp.services.engineer_facts import FIRST_DAY, KNOWN, LONGEST, FactError, read_value
from webapp.services.people_import import LONGEST_NUMBER


class FactForm(BeginForm):
    """One value from a day on; `value_read` after `validate`."""

    what = SelectField("What", choices=[])
    value = StringField(
        "Value",
        validators=[plain_text(LONGEST)],
        description="Empty: as the policy says, from then on.",
        render_kw={"autocomplete": "off"},
    )

    value_read = ""

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """A value as such values are written, and a day."""
        super().validate(extra_validators)
        if not self.value.errors and not self.what.errors:
            try:
                self.value_read = read_value(self.what.data, self.value.data or "")
            except FactError as error:
                self.value.errors = [str(error)]
        self.begin_is_said()
        return not self.errors

    def since(self) -> date:
        """The first day; only after `validate`."""
        return self.first_day() or FIRST_DAY


class NumberForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """The payroll number: what an engineer is called in payroll, whatever the day."""

    payroll_number = StringField(
        "Payroll number",
        filters=[lambda typed: clean_number(typed or "")],
        validators=[plain_text(LONGEST_NUMBER)],
        render_kw={"autocomplete": "off"},
    )


class ImportForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """A table of values, pasted."""

    table = TextAreaField(
        "Table",
        description="A heading line, then a line for each engineer; separated by commas, semicolons or tabs.",
        render_kw={"class": "source", "rows": 10, "spellcheck": "false", "wrap": "off", "autocomplete": "off"},
    )


def fact_form(attributes: Iterable[str], values: Mapping[str, Any] | None = None) -> FactForm:
    """The form, with the names that every policy knows and those that the policy in force asks for."""
    form = FactForm(data=values)
    form.what.choices = options((name, name) for name in (*KNOWN, *attributes))
    return form


def begin_values(since: date) -> dict[str, Any]:
    """A day as the form shows it."""
    return {"begins": EVER} if since == FIRST_DAY else {"begins": FROM, "effective": since}
