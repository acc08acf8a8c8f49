"""Under which payroll numbers a report's files pay: those saved now, whatever an earlier file printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from webapp.exports.amendments import Adjustment, Payee
from webapp.exports.payroll_numbers import number_key
from webapp.pricing.facts import Person
from webapp.services.people import PaySettings


def with_current_numbers(
    adjustments: Iterable[Adjustment], people: Mapping[str, Person], own: Mapping[str, PaySettings]
) -> tuple[Adjustment, ...]:
    """Adjustments whose payees have the number that the report gives them, else the one that is saved.

    The number of the earlier file stays only where nothing is kept of the engineer any more.
    """

    def number(payee: Payee) -> str:
        known = people.get(payee.id) or own.get(payee.id)
        return payee.payroll_number if known is None else known.payroll_number

    return tuple(replace(one, payee=replace(one.payee, payroll_number=number(one.payee))) for one in adjustments)


def numbers_of_others(payees: Iterable[Payee], own: Mapping[str, PaySettings]) -> dict[str, str]:
    """Whose number in a report is saved for somebody else, and not for themselves: the other one's name, by id."""
    holders = {key: person for person in own.values() if (key := number_key(person.payroll_number))}
    taken = {}
    for payee in payees:
        key = number_key(payee.payroll_number)
        holder, saved = holders.get(key), own.get(payee.id)
        if holder and not (saved and number_key(saved.payroll_number) == key):
            taken[payee.id] = holder.name
    return taken
