"""`python -m tests.pricing.agreement 2000`: the engine beside the minute-by-minute reference on so many random months.

Each month is priced twice, as the app prices the form, and as the document of the form. Compared for each engineer: the
total, each date's stipend, fees and hourly pay to the minor unit, the minutes billed, and who is not priced and why.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.pricing.random_months import random_month
from tests.pricing.reference import Pay, add, pay_of
from tests.spoken_facts import Facts, price
from webapp.pricing.policy import parse
from webapp.pricing.policy.form import Policy
from webapp.pricing.policy.form_document import as_document
from webapp.pricing.report.amounts import money_of

WAYS = ("form", "document")


@dataclass
class Tally:
    """What the months paid: agreement over months that pay nothing would prove nothing."""

    months: int = 0
    engineers: int = 0
    not_priced: int = 0
    dates: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("stipend", "callout fee", "hourly pay"), 0))

    def count(self, pays: dict[str, Pay]) -> None:
        """Adds a month."""
        self.months += 1
        self.engineers += len(pays)
        for pay in pays.values():
            self.not_priced += bool(pay.not_priced)
            for name, purse in purses(pay).items():
                self.dates[name] += len(purse)


def main() -> int:
    """Prints each month that disagrees, then the count."""
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    tally, wrong = Tally(), 0
    for number in range(asked):
        faults = list(disagreements(number, tally))
        wrong += bool(faults)
        sys.stdout.writelines(f"{fault}\n" for fault in faults)
    paid = ", ".join(f"{count:,} dates of {name}" for name, count in tally.dates.items())
    sys.stdout.write(
        f"independent reference: {asked - wrong:,} of {asked:,} random months agree to the minor unit, as form and as "
        f"document ({tally.engineers:,} engineers, {tally.not_priced:,} not priced, {paid})\n"
    )
    return 1 if wrong else 0


def disagreements(number: int, tally: Tally | None = None) -> Iterator[str]:
    """Where an engine does not pay what the reference pays."""
    facts, policy = random_month(number)
    expected = {person.id: pay_of(person, facts, policy) for person in facts.people}
    if tally is not None:
        tally.count(expected)
    for way in WAYS:
        found = paid(way, facts, policy)
        for who, pay in expected.items():
            if found[who] != pay:
                yield f"month {number}, {who}, {way}: reference {shown(pay)}, engine {shown(found[who])}"


def paid(way: str, facts: Facts, policy: Policy) -> dict[str, Pay]:
    """What the engine pays each engineer, by the form's settings or by the text of their document."""
    found = {person.id: Pay() for person in facts.people}
    priced = price(facts, policy if way == "form" else parse(as_document(policy)))
    for one in priced.not_priced:
        found[one.person_id].not_priced = one.reason
    for line in priced.pay:
        pay = found[line.person]
        pay.billed += line.paid_seconds // 60 if line.unit == "hours" else 0
        add(purses(pay)[line.component], line.booked, money_of(line, priced.policy.minor_digits))
    return found


def purses(pay: Pay) -> dict[str, dict[date, Decimal]]:
    """The three purses by name."""
    return {"stipend": pay.stipends, "callout fee": pay.fees, "hourly pay": pay.hourly_pay}


def shown(pay: Pay) -> str:
    """One engineer's pay on a line."""
    if pay.not_priced:
        return f"not priced: {pay.not_priced}"
    dates = {name: {str(day): str(purse[day]) for day in sorted(purse)} for name, purse in purses(pay).items()}
    return f"{pay.total} with {pay.billed} min billed, {dates}"


if __name__ == "__main__":
    sys.exit(main())
