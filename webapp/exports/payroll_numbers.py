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
    return shared_numbers(report_payees(document))


def report_payees(document: ReportDocument) -> list[Payee]:
    """Everybody whom a report's files name."""
    return [*map(Payee.of, document.people().values()), *document.only_adjusted()]


def shared_sentence(held: tuple[Payee, ...]) -> str:
    """Whose number it is, and which."""
    names = " and ".join(short(payee.name) for payee in held)
    return f"{names} have the same payroll number, {short(held[0].payroll_number)}."


def number_problems(document: ReportDocument) -> list[tuple[str, tuple[Payee, ...]]]:
    """Why no file of a report is made and what to do, and whom it touches; [] where everybody has their own number."""
    problems = []
    for payee in report_payees(document):
        if holder := document.taken_numbers.get(payee.id):
            sentence = (
                f"Payroll number {short(payee.payroll_number)} is {short(holder)}'s now, not {short(payee.name)}'s."
            )
            problems.append((f"{sentence} {_way_out(document, (payee,))}", (payee,)))
    for held in report_shared_numbers(document):
        if not any(payee.id in document.taken_numbers for payee in held):
            problems.append((f"{shared_sentence(held)} {_way_out(document, held)}", held))
    return problems


def _way_out(document: ReportDocument, held: tuple[Payee, ...]) -> str:
    """How each of them gets a number of their own. Rates and regions lists those of the report only."""
    outside = [payee for payee in held if payee.id not in document.people()]
    if not outside:
        can_update = any(change.person_id == payee.id for change in document.missing for payee in held)
        update = "Press Update, or give" if can_update else "Give"
        return (
            f"{update} {'each a number' if len(held) > 1 else 'another number'} of their own under Rates and regions."
        )
    names = " and ".join(f"{short(payee.name)} ({payee.id})" for payee in outside)
    return (
        f"{names} has only adjustments in this report. Save a number of their own on the engineer's page under "
        "Engineers, or in the import there: PagerDuty id, name and payroll number."
    )


def shared_refusal(document: ReportDocument) -> str:
    """Why no file of a report is made, and what to do; "" where everybody has their own number."""
    told = [sentence for sentence, _ in number_problems(document)]
    return f"{' '.join(told)} Then try again." if told else ""


def refuse_shared(document: ReportDocument) -> None:
    """No file pays two engineers under one number.

    Raises:
        ExportError: it would.
    """
    if told := shared_refusal(document):
        raise ExportError(f"No file was made. {told}")
