"""The simple form of a pay policy: its fields, and the way between form and `Policy`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import time
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import available_timezones

from wtforms import Field
from wtforms.validators import ValidationError

from webapp.blueprints.fields import AmountField
from webapp.blueprints.pay_fields import add_fields, refuse_evidence
from webapp.blueprints.save_form import SaveForm
from webapp.pricing.policy.form import FIELDS, LEVELS, Policy, field_values, level_fields, policy_of
from webapp.pricing.policy.form_fields import Choice, FormField
from webapp.services.calendars.regions import RegionError, check_region
from webapp.services.policies import SavedPolicy
from webapp.services.policy_merge import Conflict
from webapp.services.policy_settings import minor_digits


@cache
def zones() -> list[str]:
    """The time zones to choose from: one for each place whose clock has a history of its own."""
    table = files("tzdata").joinpath("zoneinfo", "zone1970.tab").read_text(encoding="utf-8")
    return sorted(line.split("\t")[2] for line in table.splitlines() if not line.startswith("#"))


class PolicyForm(SaveForm):
    """The pay settings; `policy()` after validation."""

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
        field.data = (field.data or "").strip() or None
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

    def cells(self, level: int) -> list[AmountField]:
        """The three amounts of a level, as fields."""
        return [self[row.name] for row in level_fields(level)]

    def group(self, name: str) -> list[Field]:
        """The fields that stand together on the page."""
        return [self[row.name] for row in FIELDS if row.group == name]

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """A level is filled in whole or not at all; amounts fit the currency."""
        super().validate(extra_validators)
        amounts = [cell for level in LEVELS for cell in self.cells(level)]
        for level in LEVELS:
            empty = [cell for cell in self.cells(level) if cell.data is None and not cell.errors]
            if 0 < len(empty) < len(self.cells(level)):
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
        values = {row.name: row.read(self[row.name].data) for row in FIELDS}
        if not self.fee_for_each_callout.data:
            values["fees_a_day"] = None
        return policy_of(values | {"minor_digits": minor_digits(self.currency.data)})


add_fields(PolicyForm, FIELDS)


def conflict_words(conflict: Conflict, saved: SavedPolicy) -> str:
    """Such as "Callout fee: you typed 46.00; version 2 says 50.00."."""
    row = next(one for one in FIELDS if one.name == conflict.field)
    label = "Business hours to" if row.name == "business_end" else row.label
    digits = saved.form.minor_digits if saved.form else 0
    tried, now = (_value_words(row, value, digits) for value in (conflict.tried, conflict.saved))
    return f"{label}: you typed {tried}; version {saved.version} says {now}."


def _value_words(row: FormField, value: Any, digits: int) -> str:
    if isinstance(row, Choice):
        return f"“{row.labels[value]}”"
    match value:
        case None | "":
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:.{max(digits, -int(value.normalize().as_tuple().exponent))}f}"
        case time():
            return f"{value:%H:%M}"
        case _:
            return str(value)


def _add_error(field: Field, message: str) -> None:
    field.errors = [*field.errors, message]


def form_values(policy: Policy | None) -> dict[str, object]:
    """What a fresh form shows: the policy, or the usual rules with the amounts left for the manager to say."""
    values = field_values(policy or Policy(currency="GBP")) | ({} if policy else {"callout_fee": None})
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}
