"""The forms of a calendar: a day added or taken out, and a category of the package switched on or off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from types import MappingProxyType
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from webapp.blueprints.fields import given, options, printable, reason_field
from webapp.services.calendars.checks import FIRST_YEAR, LAST_YEAR
from webapp.services.calendars.corrections import CalendarScope, CategorySwitch, Correction
from webapp.services.calendars.regions import NO_HOLIDAYS

ADD, OUT = "add", "out"
ONCE, EVERY = "once", "every"
_REQUIRED = "Write why: it is printed with the day, and whoever checks the pay asks for it."


class DayForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """One day, for a region, for named engineers or for everybody; `corrections` after `validate`."""

    adds = RadioField("What", choices=options([(ADD, "Add a holiday"), (OUT, "Take a holiday out")]), default=ADD)
    day = DateField("Date", validators=[InputRequired("Write the date.")])
    every_year = RadioField(
        "How often",
        choices=options([(ONCE, "On this date only"), (EVERY, "Every year from this date on")]),
        default=ONCE,
    )
    start = TimeField(
        "From",
        validators=[Optional()],
        description="Like 14:00, by the engineer's clock, to the end of the date. Empty: the whole day.",
    )
    name = StringField(
        "Name",
        filters=[printable],
        validators=[Length(max=200, message="At most 200 characters.")],
        description="Like Assumption Day. For a day that you take out you may leave it empty.",
        render_kw={"autocomplete": "off"},
    )
    scope = RadioField("For", choices=[])
    engineers = SelectMultipleField(
        "Engineers",
        choices=[],
        validate_choice=False,
        description="Only with “the engineers chosen below”. Choose several with Ctrl or Cmd.",
        render_kw={"size": 6},
    )
    reason = reason_field("Like: works agreement of 3 May 2026. Printed in the workbook.", required=_REQUIRED)

    names: Mapping[str, str] = MappingProxyType({})
    """Of the engineers whom it may be for, by PagerDuty user id."""

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """What a day needs, each error at its field."""
        super().validate(extra_validators)
        if not self.day.errors and not FIRST_YEAR <= given(self.day).year <= LAST_YEAR:
            self.day.errors = [f"Write a date from {FIRST_YEAR} to {LAST_YEAR}."]
        if self.adds.data == ADD and not self.name.data:
            self.name.errors = ["Write what the day is called: it is printed with the pay."]
        if self.scope.data == CalendarScope.ENGINEER.value:
            strange = ", ".join(one for one in self.engineers.data or () if one not in self.names)
            if not self.engineers.data:
                self.engineers.errors = ["Choose one engineer or several."]
            elif strange:
                self.engineers.errors = [
                    f"{strange[:200]}: not known here as an engineer of this PagerDuty account. Choose from the list."
                ]
        return not self.errors

    def corrections(self, region: str) -> tuple[Correction, ...]:
        """One for each whom it is for; only after `validate`."""
        scope = CalendarScope(self.scope.data)
        whom = {
            CalendarScope.ENGINEER: list(dict.fromkeys(self.engineers.data or ())),
            CalendarScope.REGION: [region],
            CalendarScope.ORGANISATION: [""],
        }
        return tuple(
            Correction(
                scope=scope,
                whom=one,
                whom_name=self.names[one] if scope is CalendarScope.ENGINEER else "",
                since=given(self.day),
                every_year=self.every_year.data == EVERY,
                adds=self.adds.data == ADD,
                start=self.start.data if self.start.data != time.min else None,
                name=self.name.data or "",
                reason=self.reason.data or "",
            )
            for one in whom[scope]
        )


class CategoryForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """A category of the package from a date on; `switch` after `validate`."""

    category = SelectField("Category", choices=[])
    counts = RadioField(
        "From then on", choices=options([("yes", "Its days are holidays"), ("no", "They no longer are")]), default="yes"
    )
    since = DateField("First day", validators=[InputRequired("Write the day from which it holds.")])
    hour = TimeField(
        "Holiday from",
        validators=[Optional()],
        description="Like 14:00, for half days without an hour of their own. Empty: the whole day.",
    )
    why = reason_field("", label="Why", required=_REQUIRED)

    hourless: Mapping[str, Iterable[str]] = MappingProxyType({})
    """By category, the half days of which nobody says from when."""

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """What a category needs, each error at its field."""
        super().validate(extra_validators)
        if not self.since.errors and not FIRST_YEAR <= given(self.since).year <= LAST_YEAR:
            self.since.errors = [f"Write a day from {FIRST_YEAR} to {LAST_YEAR}."]
        asked = self.hourless.get(self.category.data or "", ())
        if self.counts.data == "yes" and asked and not self.hour.data:
            self.hour.errors = [
                f"Write when these half days begin to be holidays: the package does not say. {', '.join(asked)}."
            ]
        return not self.errors

    def switch(self, region: str) -> CategorySwitch:
        """What is typed; only after `validate`."""
        counts = self.counts.data == "yes"
        return CategorySwitch(
            region=region,
            category=self.category.data,
            since=given(self.since),
            counts=counts,
            start=self.hour.data if counts and self.hour.data != time.min else None,
            reason=self.why.data or "",
        )


def day_form(
    region: str, engineers: Mapping[str, str], corrected: Correction | None, usual: Any, *, typed: bool = True
) -> DayForm:
    """The form with whom it may be for; of an entry that is corrected, whom it is for stays.

    `typed`: with what was sent, if it was this form.
    """
    sent = {} if typed else {"formdata": None}
    if corrected is None:
        places = [
            (CalendarScope.REGION, f"{region}: everybody with this region"),
            (CalendarScope.ENGINEER, "Only the engineers chosen below"),
            (CalendarScope.ORGANISATION, "The whole organisation, engineers without a region too"),
        ]
        form = DayForm(data=usual, **sent)
        shown = [(scope.value, words) for scope, words in places if region != NO_HOLIDAYS or scope != places[0][0]]
        form.scope.choices, form.engineers.choices = options(shown), options(engineers.items())
        form.names = engineers
        if form.scope.data is None:
            form.scope.data = shown[0][0]
        return form
    form = DayForm(data=_typed(corrected), **sent)
    form.names = {corrected.whom: corrected.whom_name}
    form.scope.choices = options([(corrected.scope.value, corrected.where)])
    form.engineers.choices = options([(corrected.whom, corrected.whom_name)])
    form.scope.data, form.engineers.data = corrected.scope.value, [corrected.whom]
    return form


def category_form(categories: Mapping[str, Iterable[str]], usual: Any) -> CategoryForm:
    """The form, with the categories that the region has, each with its half days that need an hour."""
    form = CategoryForm(data=usual)
    form.category.choices, form.hourless = options((name, name) for name in categories), categories
    return form


def _typed(one: Correction) -> dict[str, Any]:
    return {
        "adds": ADD if one.adds else OUT,
        "day": one.since,
        "every_year": EVERY if one.every_year else ONCE,
        "start": one.start,
        "name": one.name,
        "reason": one.reason,
    }
