"""The files that a report is handed out as: one table, from which the pages and the command line serve.

A new format is a function that makes the bytes, and a row of `FORMATS`: it has a button and a name for `flask report
--format` then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from webapp.exports import ReportDocument, filename
from webapp.exports.payroll_csv import csv_bytes
from webapp.exports.payroll_numbers import shared_refusal
from webapp.exports.report_json import report_json_bytes
from webapp.exports.statement import alone
from webapp.exports.xlsx import XLSX
from webapp.services import amendments, files
from webapp.services.confirmations import (
    GAPS,
    NOT_PRICED,
    OUTDATED,
    Confirmation,
    Confirmed,
    NotDelivered,
    Source,
    source_of,
)
from webapp.services.reporting import Draft
from webapp.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of file."""

    name: str
    """On the command line, and at the end of its address."""
    label: str
    suffix: str
    media_type: str
    content: Callable[[Source, Vault], bytes]
    """The file; ExportError where something in it does not add up."""
    asks: tuple[Confirmation, ...] = ()
    """What it waits for, besides what was saved since."""
    is_for_payroll: bool = False
    """Its button stands on the page of what payroll gets."""
    is_personal: bool = False
    """It is one engineer's, and no link of any chain."""
    ends_report: bool = False
    """The report is forgotten after it, where the instance forgets on delivery."""


def _workbook(source: Source, vault: Vault) -> bytes:
    return files.workbook(source.inputs, source.document, vault)


WORKBOOK = Format(
    name="workbook",
    label="workbook",
    suffix="xlsx",
    media_type=XLSX,
    content=_workbook,
    asks=(NOT_PRICED,),
    ends_report=True,
)
FORMATS: Mapping[str, Format] = {
    row.name: row
    for row in (
        WORKBOOK,
        Format(
            name="statement",
            label="statement of one engineer",
            suffix="xlsx",
            media_type=XLSX,
            content=_workbook,
            is_personal=True,
        ),
        Format(
            name="payroll.csv",
            label="CSV",
            suffix="csv",
            media_type="text/csv",
            content=lambda source, _: csv_bytes(source.entries, source.document, source.layout),
            asks=(NOT_PRICED, GAPS),
            is_for_payroll=True,
        ),
        Format(
            name="report.json",
            label="JSON",
            suffix="json",
            media_type="application/json",
            content=lambda source, _: report_json_bytes(source.document),
            is_for_payroll=True,
        ),
    )
}
"""Every file, by its name."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file that may be made: everything it waited for is there."""

    format: Format
    source: Source


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out."""

    name: str
    content: bytes


class NoStatement(Exception):
    """The report has no statement of this engineer: the message says why."""

    def __init__(self, document: ReportDocument, person_id: str, who: str = "") -> None:
        reasons = {person.id: f"{person.name} is not priced: {reason}" for person, reason in document.report.not_priced}
        self.is_not_priced = person_id in reasons
        super().__init__(f"No file was made. {reasons.get(person_id, f'{who or person_id} is not in the report')}.")


def prepare(
    session: Session,
    draft: Draft,
    wanted: Format,
    confirmed: Confirmed,
    today: date,
    person_id: str = "",
    who: str = "",
) -> Delivery:
    """What a file is made of, once somebody has agreed to what is to be agreed to.

    Args:
        session: of the database.
        draft: the report; nobody else may change it meanwhile.
        wanted: the format.
        confirmed: what somebody agreed to.
        today: the organisation's date.
        person_id: whose, where the file is one engineer's.
        who: their name.

    Raises:
        NotDelivered: somebody must agree to something, or two engineers have one payroll number.
        NoStatement: of an engineer who has none.
        ExportError: the rows for payroll do not add up.
    """
    source = source_of(session, draft, today)
    if shared := shared_refusal(source.document):
        raise NotDelivered(f". {shared}", f". {shared}")
    for confirmation in (OUTDATED, *wanted.asks):
        confirmation.refuse(source, confirmed)
    if wanted.is_personal:
        document = alone(source.document, person_id)
        if document is None:
            raise NoStatement(source.document, person_id, who)
        source = replace(source, document=document)
    return Delivery(wanted, source)


def deliver(session: Session, delivery: Delivery, vault: Vault, made_by: str) -> File:
    """The file, made whole and named, and recorded where it amends earlier ones.

    Raises:
        ExportError: something in it does not add up; there is no file.
        AmendmentError: another file amends the same report since; there is no file.
    """
    document = delivery.source.document
    content = delivery.format.content(delivery.source, vault)
    amendments.deliver(session, document, made_by)
    return File(filename(document, delivery.format.suffix), content)
