"""A payroll number belongs to one engineer: how two of them are compared, and which file would carry one twice."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from webapp.exports.amendments import Payee
from webapp.exports.cells import INVISIBLE, clean, short
from webapp.exports.document import ReportDocument
from webapp.exports.errors import ExportError
from webapp.pricing.text import listed

_NAMED_AT_MOST = 5


def clean_number(written: str) -> str:
    """A number as it is kept: on one line, without needless spaces and without what nobody sees."""
    if written.isascii() and written.isprintable():
        return " ".join(written.split())
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", " ".join(written.split())))
    return " ".join("".join(one for one in text if unicodedata.category(one) not in {"Cf", "Cs"}).split())


def typed_number(written: str, before: str) -> str:
    """The number that somebody wrote; as it was kept before, where it is the same one to the eye."""
    cleaned = clean_number(written)
    return before if cleaned == clean_number(before) else cleaned


def number_key(number: str) -> str:
    """What all writings of one number have in common: only zeros and what looks otherwise count."""
    key = clean(clean_number(number))
    if not key.isascii():
        key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold())
    return " ".join(key.casefold().split())


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


def report_payees(document: ReportDocument) -> list[Payee]:
    """Everybody whom a report's files name."""
    return [*map(Payee.of, document.people().values()), *document.only_adjusted()]


def shared_sentence(held: tuple[Payee, ...]) -> str:
    """Whose number it is, and which."""
    names = [short(payee.name) for payee in held[:_NAMED_AT_MOST]]
    names += [f"{len(held) - len(names)} more engineers"] * (len(held) > len(names))
    return f"{listed(names)} have the same payroll number, {short(held[0].payroll_number)}."


def number_problems(document: ReportDocument) -> Iterator[tuple[str, tuple[Payee, ...]]]:
    """Why no file of a report is made and what to do, and whom it touches; none where each has their own number."""
    for payee in report_payees(document):
        if holder := document.taken_numbers.get(payee.id):
            number, name = short(payee.payroll_number), short(payee.name)
            sentence = f"Payroll number {number} is {short(holder)}'s now, not {name}'s."
            yield f"{sentence} {_way_out(document, (payee,))}", (payee,)
    for held in shared_numbers(report_payees(document)):
        if not any(payee.id in document.taken_numbers for payee in held):
            yield f"{shared_sentence(held)} {_way_out(document, held)}", held


def _way_out(document: ReportDocument, held: tuple[Payee, ...]) -> str:
    """How each of them gets a number of their own. Rates and regions lists those of the report only."""
    outside = [payee for payee in held if payee.id not in document.people()]
    if not outside:
        can_update = any(change.person_id == payee.id for change in document.missing for payee in held)
        update = "Press Update, or give" if can_update else "Give"
        number = "each a number" if len(held) > 1 else "another number"
        return f"{update} {number} of their own under Rates and regions."
    names = " and ".join(f"{short(payee.name)} ({payee.id})" for payee in outside)
    verb = "has" if len(outside) == 1 else "have"
    return (
        f"{names} {verb} only adjustments in this report. Save a number of their own on the engineer's page under "
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
