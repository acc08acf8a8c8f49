"""The table of engineers' own pay settings, one small form a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import Field, Form, StringField, TimeField
from wtforms.validators import Length, Optional, ValidationError

from webapp.blueprints.fields import AmountField, CheckboxesField
from webapp.blueprints.reports.policy_form import DAYS
from webapp.pricing.facts import BusinessHours, Person
from webapp.services.calendars import RegionError, check_region
from webapp.services.people import PaySettings


class RateForm(Form):
    """One engineer's own settings; whatever is empty is the policy's."""

    payroll_number = StringField("Payroll number", validators=[Length(max=40, message="At most 40 characters.")])
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

    def settings(self, person: Person) -> PaySettings:
        """The row's settings; only after `validate`."""
        hours = None
        if self.business_start.data and self.business_end.data:
            days = frozenset(map(int, self.business_days.data or ()))
            hours = BusinessHours(self.business_start.data, self.business_end.data, days)
        return PaySettings(
            user_id=person.id,
            name=person.name,
            email=person.email,
            payroll_number=(self.payroll_number.data or "").strip(),
            hourly_rate=self.hourly_rate.data,
            holiday_region=(self.holiday_region.data or "").strip() or None,
            business_hours=hours,
        )


def rate_forms(
    people: Iterable[Person], settings: Mapping[str, PaySettings], typed: Any = None
) -> list[tuple[Person, RateForm]]:
    """A form for each engineer, filled from what was typed, else from their settings."""
    return [(person, RateForm(typed, data=_values(settings.get(person.id)), prefix=person.id)) for person in people]


def _values(own: PaySettings | None) -> dict[str, Any]:
    if own is None:
        return {"business_days": ["1", "2", "3", "4", "5"]}
    hours = own.business_hours
    return {
        "payroll_number": own.payroll_number,
        "hourly_rate": own.hourly_rate,
        "holiday_region": own.holiday_region,
        "business_start": hours.start if hours else None,
        "business_end": hours.end if hours else None,
        "business_days": [str(day) for day in sorted(hours.days)] if hours else ["1", "2", "3", "4", "5"],
    }
