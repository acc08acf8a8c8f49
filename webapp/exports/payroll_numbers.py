"""A payroll number belongs to one engineer: how two of them are compared, and which file would carry one twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from webapp.exports.amendments import Payee
from webapp.exports.cells import short
from webapp.exports.document import ReportDocument
from webapp.exports.errors import ExportError


def number_key(number: str) -> str:
    """What two writings of one number have in common: spaces and capitals do not count, every zero does."""
    return " ".join(number.split()).casefold()


def differ_in_zeros_only(one: str, other: str) -> bool:
    """Whether two different numbers would be one to a program that drops leading zeros."""
    first, second = number_key(one), number_key(other)
    return first != second and bool(first) and bool(second) and first.lstrip("0") == second.lstrip("0")


def shared_numbers(payees: Iterable[Payee]) -> list[tuple[Payee, ...]]:
    """The engineers who have the same payroll number, number by number, by name."""
    by_number: dict[str, dict[str, Payee]] = defaultdict(dict)
    for payee in payees:
        if key := number_key(payee.payroll_number):
            by_number[key].setdefault(payee.id, payee)
    shared = (tuple(sorted(held.values(), key=lambda one: (one.name, one.id))) for held in by_number.values())
    return [held for held in shared if len(held) > 1]


def report_shared_numbers(document: ReportDocument) -> list[tuple[Payee, ...]]:
    """The same, of everybody whom a report's files name."""
    payees = [Payee.of(person) for person in document.people().values()]
    return shared_numbers([*payees, *(one.payee for one in document.adjustments)])


def shared_sentence(held: tuple[Payee, ...]) -> str:
    """Whose number it is, and which."""
    names = " and ".join(short(payee.name) for payee in held)
    return f"{names} have the same payroll number, {short(held[0].payroll_number)}."


def shared_refusal(document: ReportDocument) -> str:
    """Why no file of a report is made, and what to do; "" where everybody has their own number."""
    told = [shared_sentence(held) for held in report_shared_numbers(document)]
    if not told:
        return ""
    return f"{' '.join(told)} Give each a number of their own under Rates and regions, then try again."


def refuse_shared(document: ReportDocument) -> None:
    """No file pays two engineers under one number.

    Raises:
        ExportError: it would.
    """
    if told := shared_refusal(document):
        raise ExportError(f"No file was made. {told}")
