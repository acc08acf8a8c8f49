"""The table of engineers' own pay settings, a small form a row, as in force on the last day of the period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from wtforms import BooleanField, DateField, Field, Form, StringField, TimeField
from wtforms.validators import Optional, ValidationError

from webapp.blueprints.fields import AmountField, CheckboxesField, plain_text
from webapp.blueprints.pay_fields import DAYS
from webapp.exports.payroll_numbers import typed_number
from webapp.pricing.facts import Person
from webapp.pricing.policy.form import BusinessHours
from webapp.pricing.report.lines import Period
from webapp.services.calendars.regions import RegionError, check_region
from webapp.services.engineer_facts import (
    FIRST_DAY,
    HOLIDAY_REGION,
    HOURLY_RATE,
    WORKING_HOURS,
    hours_text,
    read_hours,
    read_value,
)
from webapp.services.people import PaySettings, taken_numbers, taken_words
from webapp.services.people_import import LONGEST_NUMBER


class RateForm(Form):
    """One engineer's own settings; whatever is empty is the policy's."""

    since = DateField("From which day", validators=[Optional()])
    ever = BooleanField("from the first day")
    payroll_number = StringField("Payroll number", validators=[plain_text(LONGEST_NUMBER)])
    hourly_rate = AmountField("Hourly rate", decimals=4)
    holiday_region = StringField("Holiday region", render_kw={"list": "countries", "autocomplete": "off"})
    business_start = TimeField("Works from", validators=[Optional()])
    business_end = TimeField("Works to", validators=[Optional()])
    business_days = CheckboxesField("Works on", choices=DAYS)

    def validate_holiday_region(self, field: Field) -> None:
        """A known region, or empty."""
        if (field.data or "").strip():
            try:
                field.data = check_region(field.data)
            except RegionError as error:
                raise ValidationError(str(error)) from error

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Own hours are said whole or not at all."""
        super().validate(extra_validators)
        start, end = self.business_start.data, self.business_end.data
        # Not in a validator of the field: `Optional` ends those where nothing was typed.
        if not self.business_start.errors and not self.business_end.errors:
            if (start is None) != (end is None):
                self.business_end.errors = ["Write both times, or neither."]
            elif start and end and end <= start:
                self.business_end.errors = ["Working hours must end after they start."]
        return not self.errors

    def number(self, shown: str) -> str:
        """The payroll number; as the table showed it, where it is the same one to the eye."""
        return typed_number(self.payroll_number.data or "", shown)

    def removals(self, old: PaySettings | None, shown_on: date) -> list[str]:
        """What the table showed, and is empty now: "payroll number 000123"."""
        shown = {"payroll number": old.payroll_number if old else ""}
        shown |= {what: (old.on(what, shown_on) if old else None) or "" for what in self._typed()}
        typed = {"payroll number": self.number(shown["payroll number"]), **self._typed()}
        return [f"{what} {value}" for what, value in shown.items() if value and not typed[what]]

    def can_begin(self, old: PaySettings | None, shown_on: date) -> bool:
        """Whether what was changed holds from a day, and is what the table shows then; only after `validate`."""
        changed = self._changed(old, shown_on)
        if not changed:
            return True
        if self.since.data is None and not self.ever.data:
            self.since.errors = ["Write the day from which it holds, or tick “from the first day”."]
            return False
        for what in changed:
            begun = [one.since for one in (old.facts.get(what, ()) if old else ()) if one.since <= shown_on]
            if begun and begun[-1] > self._first_day():
                later = f"Another {what} begins on {begun[-1]:%-d %B %Y}, and this one would end there."
                self.since.errors = [f"{later} Write that day or a later one, or correct it on the engineer's page."]
        return not self.since.errors

    def settings(self, person: Person, old: PaySettings | None, shown_on: date) -> PaySettings:
        """The row's settings; only after `can_begin`."""
        old = old or PaySettings(user_id=person.id, name=person.name, email=person.email)
        made = replace(old, name=person.name, email=person.email, payroll_number=self.number(old.payroll_number))
        for what, typed in self._changed(old, shown_on).items():
            made = made.changed(what, typed, self._first_day())
        return made

    def _first_day(self) -> date:
        return FIRST_DAY if self.ever.data or self.since.data is None else self.since.data

    def _changed(self, old: PaySettings | None, shown_on: date) -> dict[str, str]:
        """What was typed otherwise than the table showed it."""
        shown = {what: (old.on(what, shown_on) if old else None) or "" for what in self._typed()}
        return {what: typed for what, typed in self._typed().items() if typed != shown[what]}

    def _typed(self) -> dict[str, str]:
        hours = ""
        if self.business_start.data and self.business_end.data:
            days = frozenset(map(int, self.business_days.data or ()))
            hours = hours_text(BusinessHours(self.business_start.data, self.business_end.data, days))
        return {
            HOURLY_RATE: "" if self.hourly_rate.data is None else read_value(HOURLY_RATE, str(self.hourly_rate.data)),
            HOLIDAY_REGION: (self.holiday_region.data or "").strip(),
            WORKING_HOURS: hours,
        }


def refuse_taken(
    rows: Sequence[tuple[Person, RateForm]], own: Mapping[str, PaySettings], now: Mapping[str, PaySettings]
) -> None:
    """Put an error beside every payroll number that would be two engineers'; only after `validate`.

    Args:
        rows: what was typed.
        own: what the table showed.
        now: the same with what others have saved since.
    """
    typed, others = dict[str, PaySettings](), dict(now)
    forms = {person.id: form for person, form in rows}
    for person, form in rows:
        shown = own.get(person.id) or PaySettings(user_id=person.id, name=person.name, email=person.email)
        number = form.number(shown.payroll_number)
        if number != shown.payroll_number and not form.payroll_number.errors:
            typed[person.id] = replace(shown, payroll_number=number)
        others.setdefault(person.id, replace(shown, payroll_number=""))
    for taking, holder in taken_numbers({**others, **typed}.values(), typed):
        forms[taking.user_id].payroll_number.errors = [taken_words(taking.payroll_number, holder)]


def shown_on(period: Period) -> date:
    """The day whose values the table shows: the period's last."""
    return period.after - timedelta(days=1)


def rate_forms(
    people: Iterable[Person], settings: Mapping[str, PaySettings], period: Period, typed: Any = None
) -> list[tuple[Person, RateForm]]:
    """A form for each engineer, filled from what was typed, else from what is in force at the end of the period."""
    day, since = shown_on(period), {"since": period.first}
    return [
        (person, RateForm(typed, data=_values(settings.get(person.id), day) | since, prefix=person.id))
        for person in people
    ]


def _values(own: PaySettings | None, day: date) -> dict[str, Any]:
    if own is None:
        return {"business_days": ["1", "2", "3", "4", "5"]}
    hours = own.on(WORKING_HOURS, day)
    shown = read_hours(hours) if hours else None
    return {
        "payroll_number": own.payroll_number,
        "hourly_rate": own.rate_on(day),
        "holiday_region": own.on(HOLIDAY_REGION, day),
        "business_start": shown.start if shown else None,
        "business_end": shown.end if shown else None,
        "business_days": [str(day) for day in sorted(shown.days)] if shown else ["1", "2", "3", "4", "5"],
    }
