"""The files that leave the house, made whole, named and signed with this instance's secret; and those that return."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

from webapp.exports import ReportDocument, Verification, filename, verify_package, workbook_bytes
from webapp.exports.package import Package
from webapp.exports.statement import alone
from webapp.services.input_parts import inputs_digest
from webapp.services.inputs import ReportInputs
from webapp.vault import Vault

PURPOSE = "workbook"
"""Of the vault's signature: what else this instance signs never passes for a workbook."""
_one_at_a_time = Lock()
"""Of strange files: together they could fill the memory."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out."""

    name: str
    content: bytes


def workbook(inputs: ReportInputs, document: ReportDocument, vault: Vault) -> File:
    """The workbook of a report.

    Raises:
        ExportError: something in it does not add up; there is no file.
    """
    told = replace(document, inputs_digest=inputs_digest(inputs))
    return File(filename(told), workbook_bytes(told, partial(vault.sign, PURPOSE)))


def statement(inputs: ReportInputs, document: ReportDocument, person_id: str, vault: Vault) -> File | None:
    """The workbook of one engineer of a report alone, to be sent to that engineer; None where there is no statement.

    Raises:
        ExportError: something in it does not add up; there is no file.
    """
    theirs = alone(document, person_id)
    return None if theirs is None else workbook(inputs, theirs, vault)


def verify(content: bytes, vault: Vault) -> Verification:
    """Whether a workbook was made here, and whether it is unaltered.

    Raises:
        Refused: it is no workbook, or larger than any of ours.
    """
    with _one_at_a_time:
        return verify_package(Package(content), partial(vault.verify, PURPOSE))
