"""The exact numbers of a pay line as the decimals that are printed."""

from __future__ import annotations

from decimal import Decimal

from webapp.pricing.engine.lines import PayLine
from webapp.pricing.money import amount_of, total
from webapp.pricing.policy.brief import PolicyBrief

NO_HOURS = Decimal(0)


def printed_amount(line: PayLine, policy: PolicyBrief) -> Decimal:
    """Money with all decimals of the currency, or hours off."""
    is_money = line.as_ == "money"
    return amount_of(line.amount, policy.minor_digits if is_money else policy.time_off_digits or 0)


def money_of(line: PayLine, minor_digits: int) -> Decimal:
    """Its money; 0.00 of hours off."""
    return amount_of(line.amount, minor_digits) if line.as_ == "money" else total((), minor_digits)


def time_off_of(line: PayLine, policy: PolicyBrief) -> Decimal:
    """Its hours off in lieu; 0 of money."""
    return NO_HOURS if line.as_ == "money" else printed_amount(line, policy)
