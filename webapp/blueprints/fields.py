"""Form fields of our own: what was typed stays in the field, whatever is wrong with it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import Field, Form, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from webapp.exports.cells import INVISIBLE, clean
from webapp.pricing.policy.form_fields import LARGEST_AMOUNT
from webapp.services.plain_text import text_problem, without_controls


class AmountField(Field):
    """An amount of money or a rate, as a Decimal; empty is None."""

    widget = TextInput()

    def __init__(self, label: str, *, decimals: int = 2, **settings: Any) -> None:
        super().__init__(label, render_kw={"inputmode": "decimal", "autocomplete": "off"}, **settings)
        self.decimals = decimals

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed.

        Raises:
            ValueError: not an amount; the message says how one is written.
        """
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            amount = Decimal(text)
        except InvalidOperation:
            raise ValueError(f"“{text[:40]}” is not an amount. Write it like 1234.50, with a point.") from None
        if not amount.is_finite() or not 0 <= amount <= LARGEST_AMOUNT:
            raise ValueError(f"An amount is from 0 to {LARGEST_AMOUNT:,}.")
        if -int(amount.normalize().as_tuple().exponent) > self.decimals:
            raise ValueError(f"At most {self.decimals} decimals.")
        self.data = amount


def options(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """Choices of a field from values and their labels."""
    return [SelectChoice(value, label) for value, label in pairs]


class CheckboxesField(SelectMultipleField):
    """Several of a few choices, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def printable(text: str | None) -> str:
    """A filter of fields: what was typed as page and file can print it, on one line."""
    shown = clean(text or "").strip()
    return shown if any(unicodedata.category(sign)[0] not in "CZ" for sign in INVISIBLE.sub("", shown)) else ""


def reason_field(
    description: str,
    *,
    label: str = "Reason",
    required: str = "Write the reason: it is printed in the workbook.",
    longest: int = 500,
) -> StringField:
    """Why somebody decides so; `required` is said where it is empty."""
    return StringField(
        label,
        validators=[DataRequired(required), Length(max=longest, message=f"At most {longest} characters.")],
        description=description,
        filters=[printable],
        render_kw={"autocomplete": "off"},
    )


def plain_text(longest: int) -> Callable[[Form, Field], None]:
    """A validator: every database can keep the text, and no file loses anything of it."""

    def keepable(_: Form, field: Field) -> None:
        text = field.data or ""
        if problem := text_problem(text, longest):
            field.data = without_controls(text)
            raise ValidationError(problem)

    return keepable


def given(field: Field) -> Any:
    """What a validated, required field holds."""
    if field.data is None:
        raise ValueError(f"{field.name} was not validated.")
    return field.data
