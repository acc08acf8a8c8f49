"""From when something is in force: from a day on, or always; nobody rewrites the past by leaving a field empty."""

from __future__ import annotations

from datetime import date

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField
from wtforms.validators import Optional

from webapp.blueprints.fields import options

EVER, FROM = "ever", "date"
BEGINS = options([(FROM, "From a day on"), (EVER, "From the first day, for every month before, too")])


class BeginForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """`first_day()` once `begin_is_said()`; other fields are checked as always."""

    begins = RadioField("In force", choices=BEGINS, default=FROM)
    effective = DateField("First day", validators=[Optional()])

    def begin_is_said(self) -> bool:
        """Whether it is clear from when; else an error stands at the field."""
        if self.begins.data == FROM and self.effective.data is None and not self.effective.errors:
            self.effective.errors = ["Write the day from which it holds, or choose “From the first day”."]
        return not self.effective.errors and not self.begins.errors

    def first_day(self) -> date | None:
        """None: from the first day of all."""
        return self.effective.data if self.begins.data == FROM else None
