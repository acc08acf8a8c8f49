"""The simple form of a pay policy: its fields, and the way between form and `Policy`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from wtforms import BooleanField, Field, IntegerField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from webapp.blueprints.fields import (
    EVIDENCE,
    AmountField,
    CheckboxesField,
    given,
    longest_lead,
    options,
    pause_grace,
    refuse_evidence,
    whole_number,
)
from webapp.blueprints.save_form import SaveForm
from webapp.pricing.policy.form import BusinessHours, EvidenceMode, Policy, Stipend, StipendDate, SubstituteDays
from webapp.services.calendars.regions import RegionError, check_region
from webapp.services.engineer_facts import HINTS, HOLIDAY_REGION
from webapp.services.policies import SavedPolicy
from webapp.services.policy_merge import Conflict
from webapp.services.policy_settings import minor_digits

LEVELS = (1, 2, 3)
DAY_COLUMNS = ("weekday", "weekend", "bank_holiday")
DAYS = options([("1", "Mon"), ("2", "Tue"), ("3", "Wed"), ("4", "Thu"), ("5", "Fri"), ("6", "Sat"), ("7", "Sun")])

STIPEND_DATES = options(
    [
        (StipendDate.END_OF_DATE.value, "each date whose midnight is covered"),
        (StipendDate.ANY_TOUCH.value, "each date touched"),
        (StipendDate.AT_LEAST.value, "each date with at least so many hours"),
        (StipendDate.MAJORITY.value, "each date held for more than half of its time"),
        (StipendDate.START_OF_SHIFT.value, "the date each day of the shift starts on"),
    ]
)
SUBSTITUTES = options(
    [
        (SubstituteDays.BY_COUNTRY.value, "as the country does: GB replaces, elsewhere both count"),
        (SubstituteDays.REPLACE.value, "the substitute day replaces the actual day"),
        (SubstituteDays.BOTH.value, "both days count"),
        (SubstituteDays.ACTUAL_ONLY.value, "only the actual day counts"),
    ]
)


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


@cache
def zones() -> list[str]:
    """The time zones to choose from: one for each place whose clock has a history of its own."""
    table = files("tzdata").joinpath("zoneinfo", "zone1970.tab").read_text(encoding="utf-8")
    return sorted(line.split("\t")[2] for line in table.splitlines() if not line.startswith("#"))


class PolicyForm(SaveForm):
    """The pay settings; `policy()` after validation."""

    currency = SelectField("Currency", choices=currencies)
    level1_weekday = AmountField("Level 1, weekday")
    level1_weekend = AmountField("Level 1, weekend day")
    level1_bank_holiday = AmountField("Level 1, bank holiday")
    level2_weekday = AmountField("Level 2, weekday")
    level2_weekend = AmountField("Level 2, weekend day")
    level2_bank_holiday = AmountField("Level 2, bank holiday")
    level3_weekday = AmountField("Level 3, weekday")
    level3_weekend = AmountField("Level 3, weekend day")
    level3_bank_holiday = AmountField("Level 3, bank holiday")
    stipend_date = SelectField("A stipend is earned for", choices=STIPEND_DATES)
    stipend_hours = AmountField("At least so many hours", description="Only for “at least so many hours”.")
    shortest_piece_hours = AmountField("Shortest time that earns", description="Hours; shorter pieces earn no stipend.")
    stipend_in_business_hours = BooleanField("Business hours count towards the stipend")

    callout_fee = AmountField("Callout fee")
    fee_for_each_callout = BooleanField("A fee for each callout, not one for each session")
    fees_a_day = IntegerField(
        "At most so many fees a day",
        description="Only with a fee for each callout; empty: no limit.",
        validators=[Optional(), NumberRange(1, 99, "A whole number from 1 to 99, or empty.")],
    )
    hourly_rate = AmountField(
        "Hourly rate", decimals=4, description="For engineers without a rate of their own; may be empty."
    )
    minimum_minutes = whole_number("Minimum for a session (minutes)", 0, 24 * 60)
    step_minutes = whole_number("Billing step (minutes)", 1, 24 * 60, "Hours are rounded up to it.")
    merge_minutes = whole_number("Merge window (minutes)", 0, 24 * 60, "Callouts this close become one session.")
    longest_spell_hours = whole_number("Longest callout (hours)", 1, 24 * 7, "A longer one is cut, with a warning.")
    high_urgency_only = BooleanField("Pay high-urgency incidents only")
    pay_not_on_call = BooleanField("Pay engineers who responded without being on call")
    callouts_at_paid_levels_only = BooleanField("Pay callouts only at levels with a stipend")

    business_start = TimeField("Business hours from", validators=[InputRequired("Write a time like 09:00.")])
    business_end = TimeField("to", validators=[InputRequired("Write a time like 17:30.")])
    business_days = CheckboxesField("Business days", choices=DAYS)
    holiday_region = StringField(
        "Holiday region",
        description=f"{HINTS[HOLIDAY_REGION]} Engineers may differ.",
        render_kw={"list": "countries", "autocomplete": "off"},
    )
    substitute_days = SelectField("A bank holiday on a weekend", choices=SUBSTITUTES)
    pay_zone = StringField(
        "Pay time zone",
        description="Whose midnight ends a date. Empty: each engineer's own; else one for all, like Europe/London.",
        render_kw={"list": "zones", "autocomplete": "off"},
    )

    evidence = SelectField("An incident is the callout of", choices=EVIDENCE)
    longest_lead_minutes = longest_lead()
    pause_grace_minutes = pause_grace()
    schedules_left_out = CheckboxesField("Schedules left out", validate_choice=False)
    also_pay = CheckboxesField("Also pay these schedules", validate_choice=False)

    def validate_holiday_region(self, field: Field) -> None:
        """A known region, or empty."""
        if not (field.data or "").strip():
            field.data = None
            return
        try:
            field.data = check_region(field.data)
        except RegionError as error:
            raise ValidationError(str(error)) from error

    def validate_pay_zone(self, field: Field) -> None:
        """A known time zone, or empty."""
        field.data = (field.data or "").strip()
        if field.data and field.data not in available_timezones():
            near = difflib.get_close_matches(field.data, available_timezones(), n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ValidationError(f"“{field.data}” is not a time zone, such as Europe/London.{hint}")

    def validate_business_end(self, field: Field) -> None:
        """The day ends after it starts."""
        if field.data and self.business_start.data and field.data <= self.business_start.data:
            raise ValidationError("Business hours must end after they start, on the same day.")

    def validate_callout_fee(self, field: Field) -> None:
        """An amount must be said."""
        if field.data is None and not field.errors:
            raise ValidationError("Write an amount, 0 if no fee is paid.")

    def validate_stipend_hours(self, field: Field) -> None:
        """A length within a day."""
        _check_hours(field)

    def validate_shortest_piece_hours(self, field: Field) -> None:
        """A length within a day."""
        _check_hours(field)

    def cells(self, level: int) -> list[AmountField]:
        """The three amounts of a level, as fields."""
        return [self[f"level{level}_{column}"] for column in DAY_COLUMNS]

    def _row(self, level: int) -> list[Decimal] | None:
        """The amounts of a level; None where any is missing."""
        amounts = [cell.data for cell in self.cells(level)]
        return None if None in amounts else amounts

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """A level is filled in whole or not at all; amounts fit the currency."""
        super().validate(extra_validators)
        amounts = [cell for level in LEVELS for cell in self.cells(level)]
        for level in LEVELS:
            empty = [cell for cell in self.cells(level) if cell.data is None and not cell.errors]
            if 0 < len(empty) < len(DAY_COLUMNS):
                for cell in empty:
                    _add_error(cell, f"Level {level} needs all three amounts, 0 where nothing is paid.")
        if all(cell.data is None and not cell.errors for cell in amounts):
            _add_error(amounts[0], "Write the stipends of at least one level, 0 where nothing is paid.")
        digits = minor_digits(self.currency.data) if not self.currency.errors else 2
        for field in (*amounts, self.callout_fee):
            if field.data is not None and field.data != round(field.data, digits):
                _add_error(field, f"Amounts in {self.currency.data} have {digits} decimals.")
        refuse_evidence(self)
        return not self.errors

    def policy(self) -> Policy:
        """The policy as typed; only after `validate`."""
        return Policy(
            currency=self.currency.data,
            minor_digits=minor_digits(self.currency.data),
            levels={level: Stipend(*row) for level in LEVELS if (row := self._row(level))},
            schedules_left_out=frozenset(self.schedules_left_out.data or ()),
            also_pay=frozenset(self.also_pay.data or ()),
            callout_fee=self.callout_fee.data,
            fee_for_each_callout=self.fee_for_each_callout.data,
            fees_a_day=self.fees_a_day.data if self.fee_for_each_callout.data else None,
            hourly_rate=self.hourly_rate.data,
            minimum_minutes=given(self.minimum_minutes),
            step_minutes=given(self.step_minutes),
            merge_minutes=given(self.merge_minutes),
            longest_spell_hours=given(self.longest_spell_hours),
            business_hours=BusinessHours(
                given(self.business_start), given(self.business_end), frozenset(map(int, given(self.business_days)))
            ),
            stipend_in_business_hours=self.stipend_in_business_hours.data,
            stipend_date=StipendDate(self.stipend_date.data),
            stipend_hours=self.stipend_hours.data,
            shortest_piece_hours=self.shortest_piece_hours.data,
            holiday_region=self.holiday_region.data or None,
            substitute_days=SubstituteDays(self.substitute_days.data),
            pay_zone=self.pay_zone.data or None,
            evidence=EvidenceMode(self.evidence.data),
            longest_lead_minutes=given(self.longest_lead_minutes),
            pause_grace_minutes=given(self.pause_grace_minutes),
            high_urgency_only=self.high_urgency_only.data,
            pay_not_on_call=self.pay_not_on_call.data,
            callouts_at_paid_levels_only=self.callouts_at_paid_levels_only.data,
        )


def conflict_words(conflict: Conflict, saved: SavedPolicy) -> str:
    """Such as "Callout fee: you typed 46.00; version 2 says 50.00."."""
    field = PolicyForm()[conflict.field]
    label = "Business hours to" if field.name == "business_end" else field.label.text
    digits = saved.form.minor_digits if saved.form else 0
    tried, now = (_value_words(field, value, digits) for value in (conflict.tried, conflict.saved))
    return f"{label}: you typed {tried}; version {saved.version} says {now}."


def _value_words(field: Any, value: Any, digits: int) -> str:
    match value:
        case None | "":
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:.{max(digits, -int(value.normalize().as_tuple().exponent))}f}"
        case time():
            return f"{value:%H:%M}"
        case StrEnum():
            return next(f"“{label}”" for one, label in field.choices if one == value)
        case _:
            return str(value)


def _add_error(field: Field, message: str) -> None:
    field.errors = [*field.errors, message]


def _check_hours(field: Field) -> None:
    if field.data is None or not 0 <= field.data <= 24:  # noqa: PLR2004  a date has no more
        raise ValidationError("Hours from 0 to 24.")


def form_values(policy: Policy | None) -> dict[str, object]:
    """What a fresh form shows: the policy, or the usual rules with the amounts left for the manager to say."""
    shown = policy or Policy(currency="GBP")
    values: dict[str, object] = {
        name: getattr(shown, name)
        for name in (
            "currency", "fee_for_each_callout", "fees_a_day", "hourly_rate", "minimum_minutes", "step_minutes",
            "merge_minutes", "longest_spell_hours", "stipend_in_business_hours", "stipend_hours",
            "shortest_piece_hours", "holiday_region", "longest_lead_minutes", "pause_grace_minutes",
            "high_urgency_only", "pay_not_on_call", "callouts_at_paid_levels_only",
        )
    }  # fmt: skip
    values |= {
        "callout_fee": policy.callout_fee if policy else None,
        "stipend_date": shown.stipend_date.value,
        "substitute_days": shown.substitute_days.value,
        "evidence": shown.evidence.value,
        "pay_zone": shown.pay_zone or "",
        "business_start": shown.business_hours.start,
        "business_end": shown.business_hours.end,
        "business_days": [str(day) for day in sorted(shown.business_hours.days)],
        "schedules_left_out": sorted(shown.schedules_left_out),
        "also_pay": sorted(shown.also_pay),
    }
    for level, stipend in shown.levels.items():
        for column in DAY_COLUMNS:
            values[f"level{level}_{column}"] = getattr(stipend, column)
    return values
