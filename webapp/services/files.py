"""The files that leave the house: made whole, named, signed with this instance's secret."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from webapp.exports import ReportDocument, filename, workbook_bytes
from webapp.services.inputs import inputs_digest
from webapp.services.reporting import Draft
from webapp.vault import Vault

PURPOSE = "workbook"
"""Of the vault's signature: what else this instance signs never passes for a workbook."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out."""

    name: str
    content: bytes


def workbook(draft: Draft, document: ReportDocument, vault: Vault) -> File:
    """The workbook of a report.

    Raises:
        ExportError: something in it does not add up; there is no file.
    """
    told = replace(document, inputs_digest=inputs_digest(draft))
    return File(filename(told), workbook_bytes(told, partial(vault.sign, PURPOSE)))
