"""Money in words and on pages: as it is, with its currency."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency

LOCALE = "en_GB"


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency, such as £1,234.50 or -£3.00. It is shown as it is, never rounded here."""
    return format_currency(amount, currency, locale=LOCALE, decimal_quantization=False)
