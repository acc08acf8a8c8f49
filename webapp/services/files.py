"""Workbooks signed with this instance's secret, and those that return."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Lock

from webapp.exports import ReportDocument, Verification, verify_package, workbook_bytes
from webapp.exports.package import Package
from webapp.services.input_parts import inputs_digest
from webapp.services.inputs import ReportInputs
from webapp.vault import Vault

PURPOSE = "workbook"
"""Of the vault's signature: what else this instance signs never passes for a workbook."""
_one_at_a_time = Lock()
"""Of strange files: together they could fill the memory."""


def workbook(inputs: ReportInputs, document: ReportDocument, vault: Vault) -> bytes:
    """The workbook of a report.

    Raises:
        ExportError: something in it does not add up; there is no file.
    """
    return workbook_bytes(replace(document, inputs_digest=inputs_digest(inputs)), partial(vault.sign, PURPOSE))


def verify(content: bytes, vault: Vault) -> Verification:
    """Whether a workbook was made here, and whether it is unaltered.

    Raises:
        Refused: it is no workbook, or larger than any of ours.
    """
    with _one_at_a_time:
        return verify_package(Package(content), partial(vault.verify, PURPOSE))
