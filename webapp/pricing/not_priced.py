"""Takes all pay out of an outcome when a needed fact is missing: what was guessed must never be printed."""

from dataclasses import replace
from decimal import Decimal

from webapp.pricing.lines import Component, Subject, UnpaidLine
from webapp.pricing.money import rounded
from webapp.pricing.outcome import Outcome
from webapp.pricing.policy import Policy


def take_pay_away(outcome: Outcome, policy: Policy) -> None:
    """Turns pay lines into unpaid lines and payable rows into rows with the reason, so that no time vanishes."""
    reason = f"not priced: {outcome.missing}"
    zero = rounded(Decimal(0), policy.minor_digits)
    for line in outcome.pay:
        if line.component is Component.STIPEND:
            outcome.unpaid.append(
                UnpaidLine(line.person_id, line.date, Subject.ON_CALL, reason, line.spans, line.seconds)
            )
        elif line.component is Component.HOURLY_PAY:
            worked = sum(span.seconds for span in line.spans)
            outcome.unpaid.append(
                UnpaidLine(line.person_id, line.date, Subject.CALLOUT, reason, line.spans, worked, line.causes[0])
            )
    outcome.pay.clear()
    outcome.rows = [
        replace(row, session=None, payable=False, reason=reason, billed_seconds=0, fee=zero, hourly_pay=zero)
        if row.payable
        else row
        for row in outcome.rows
    ]
