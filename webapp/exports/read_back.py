"""A workbook that somebody brings: whether it was made here, whether it is unaltered, and what it says.

Nothing of a file is believed before its signature is checked, and nothing of its record before the digest of it is.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from webapp.exports.alterations import Alteration, locate, shows_another_figure
from webapp.exports.digests import SHORT_BYTES, Seal, SheetDigest
from webapp.exports.package import Package, Refused
from webapp.exports.sheets import fingerprint
from webapp.exports.sheets.fingerprint import Entry
from webapp.vault import Verdict

Check = Callable[[bytes, str], Verdict]
"""Whether a signature of these bytes is the instance's."""

_SHORT_LENGTH = len(b64encode(bytes(SHORT_BYTES)))


class Outcome(StrEnum):
    """What can be said of a file."""

    UNALTERED = "made here and unaltered"
    """To the byte."""
    SAVED_AGAIN = "made here, saved again by another program, values unaltered"
    ALTERED = "made here and altered"
    FOREIGN = "not made here"


AS_MADE = frozenset({Outcome.UNALTERED, Outcome.SAVED_AGAIN})
"""It says what it said when it was made."""
A_DRAFT = "a draft, made here: nobody is to be paid by it"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the signature vouches for."""

    report_id: str
    digest: str
    inputs_digest: str
    scope: str
    first: date
    last: date
    policy_label: str
    is_draft: bool
    """Priced by settings that were not saved: not to be paid by."""
    read_at: datetime
    currency: str
    engineers: int
    not_priced: int
    totals: Mapping[str, Decimal]
    """By the names of the record: "stipends", "callout_fees", "hourly_pay", "total" and so on."""


@dataclass(frozen=True)
class Verification:
    """The answer."""

    outcome: Outcome
    reason: str = ""
    """Of a foreign file, or one whose fingerprint cannot be believed: why, in a sentence."""
    fingerprint: Fingerprint | None = None
    """None where the signature does not fit."""
    alterations: tuple[Alteration, ...] = ()
    told: tuple[Entry, ...] = ()
    """The rows of the hidden sheet, where the fingerprint vouches for them, whatever was altered elsewhere."""

    @property
    def is_draft(self) -> bool:
        """Whether it says of itself that nobody is to be paid by it."""
        return self.fingerprint is not None and self.fingerprint.is_draft

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Changes that were saved before it was made, and are not in it: what, by whom and when."""
        rows = (text for kind, name, text in self.told if (kind, name) == ("record", "missing[]") and text)
        return tuple(json.loads(text)["words"] for text in rows)

    @cached_property
    def left_out(self) -> tuple[str, ...]:
        """The parts of PagerDuty that it was made without."""
        rows = (text for kind, name, text in self.told if (kind, name) == ("record", "read"))
        return tuple(part for text in rows for part in json.loads(text)["left_out"])

    @property
    def is_to_pay_by(self) -> bool:
        """Whether nothing speaks against paying by it."""
        return self.outcome in AS_MADE and not (self.is_draft or self.missing or self.left_out)

    @property
    def headline(self) -> str:
        """The answer in few words, with what speaks against paying by it."""
        if self.outcome not in AS_MADE:
            return f"a draft, {self.outcome}" if self.is_draft else self.outcome
        if self.is_draft:
            return A_DRAFT
        return f"{self.outcome}, but without {self._lacking}" if self._lacking else self.outcome

    @property
    def _lacking(self) -> str:
        count = len(self.missing)
        changes = f"{count} change{'' if count == 1 else 's'} saved since it was priced" if count else ""
        parts = f"PagerDuty's {', '.join(self.left_out)}" if self.left_out else ""
        return " and without ".join(filter(None, (changes, parts)))

    @property
    def sentence(self) -> str:
        """What it means, for whoever is to pay by the file."""
        if self.reason:
            return self.reason
        if self._lacking and not self.is_draft and self.outcome in AS_MADE:
            return (
                f"{self._meaning} But it was made without {self._lacking}, so somebody may be paid too little or too "
                "much. Ask for a workbook with that, or pay by it only if you agree to do without."
            )
        return self._meaning

    @property
    def _meaning(self) -> str:
        if self.is_draft and self.outcome in AS_MADE:
            return (
                "This instance made it as a draft, by settings that were not saved. Nobody is to be paid by it. Save "
                "the settings, and download the workbook again."
            )
        match self.outcome:
            case Outcome.UNALTERED:
                return "This instance made it, and nothing in it has changed since."
            case Outcome.SAVED_AGAIN:
                return (
                    "Every text, figure, date and formula is as this instance made it. Another program has saved it, "
                    "so how it looks, and what is filtered or hidden, may differ."
                )
            case _:
                return (
                    "This instance made it, but what it says was changed since. Do not pay by it before you know why; "
                    "what it said when it was made is below."
                )

    def record(self) -> dict[str, Any] | None:
        """The report as `report_json` said it; None where the hidden sheet cannot be relied on."""
        return _record(self.told) if self.told else None


def verify_package(package: Package, check: Check) -> Verification:
    """What can be said of a workbook.

    Raises:
        Refused: the file cannot be read, or not within the limits.
    """
    if fingerprint.NAME not in package.sheets:
        return Verification(Outcome.FOREIGN, "It has no fingerprint: no sheet of that name, hidden or not.")
    told, text, signature = _entries(package)
    match check(text.encode(errors="surrogatepass"), signature):
        case Verdict.UNKNOWN:
            reason = (
                "It is not signed with a secret that this instance has: it was made by another instance or another "
                "program, or its fingerprint was altered."
            )
            return Verification(Outcome.FOREIGN, reason)
        case Verdict.ALTERED:
            reason = "Its fingerprint and its signature do not fit each other, so nothing in it can be relied on."
            words = "the fingerprint or its signature"
            return Verification(Outcome.ALTERED, reason, alterations=(Alteration(fingerprint.NAME, words),))
    signed = json.loads(text)
    if signed["format"] != fingerprint.FORMAT:
        raise Refused(
            "This workbook was made by another version of CalloutPay, whose fingerprint this one cannot read."
        )
    intact = _sealed(told) == signed["seal"]
    found = _fingerprint(signed)
    if not intact:
        told = []
    elif _named(told, "part") == _without_fingerprint(package):
        return Verification(Outcome.UNALTERED, fingerprint=found, told=tuple(told))
    alterations = tuple(_alterations(package, signed["sheets"], told))
    outcome = Outcome.ALTERED if alterations else Outcome.SAVED_AGAIN
    return Verification(outcome, fingerprint=found, alterations=alterations, told=tuple(told))


def _entries(package: Package) -> tuple[list[Entry], str, str]:
    """The rows of the hidden sheet that the fingerprint vouches for, the fingerprint and its signature."""
    entries: list[Entry] = []
    for _, cells in package.rows(fingerprint.NAME, to_keep=True):
        entries.append(fingerprint.entry_of({letter: cell.text for letter, cell in cells.items()}))
    if [kind for kind, _, _ in entries[-2:]] != ["fingerprint", "signature"]:
        return entries, "", ""
    return entries[:-2], entries[-2][2], entries[-1][2]


def _sealed(entries: Iterable[Entry]) -> str:
    seal = Seal()
    for entry in entries:
        seal.add(entry)
    return seal.hexdigest()


def _named(entries: Iterable[Entry], wanted: str) -> dict[str, str]:
    """The texts of one kind by name."""
    return {name: text for kind, name, text in entries if kind == wanted}


def _record(entries: Iterable[Entry]) -> dict[str, Any]:
    """The JSON that was taken apart for the rows."""
    record: dict[str, Any] = {}
    for kind, name, text in entries:
        if kind != "record":
            continue
        if name.endswith("[]"):
            elements = record.setdefault(name.removesuffix("[]"), [])
            elements += [json.loads(text)] if text else []
        else:
            record[name] = json.loads(text)
    return record


def _fingerprint(signed: Mapping[str, Any]) -> Fingerprint:
    return Fingerprint(
        report_id=signed["report"],
        digest=signed["digest"],
        inputs_digest=signed["inputs"],
        scope=signed["scope"],
        first=date.fromisoformat(signed["first"]),
        last=date.fromisoformat(signed["last"]),
        policy_label=signed["policy"],
        is_draft=signed.get("draft", False),  # no earlier version made any
        read_at=datetime.fromisoformat(signed["read_at"]),
        currency=signed["currency"],
        engineers=signed["engineers"],
        not_priced=signed["not_priced"],
        totals={name: Decimal(amount) for name, amount in signed["totals"].items()},
    )


def _without_fingerprint(package: Package) -> dict[str, str]:
    """Digests of all parts but the one that tells them."""
    path = package.path(fingerprint.NAME)
    return {name: digest for name, digest in package.digests().items() if name != path}


def _alterations(package: Package, sheets: Mapping[str, str], told: list[Entry]) -> Iterable[Alteration]:
    """Everything that is not as it was made, sheet by sheet; `told` says where, if it can be believed."""
    if not told:
        yield Alteration(fingerprint.NAME, "the record of the report or the digests of the other sheets")
    if package.counts_from_1904:
        yield Alteration("All sheets", "every date shows four years later, because the file counts from 1904")
    for number_format in filter(shows_another_figure, package.number_formats()):
        words = f"cells that show another figure than they hold, by the number format {number_format}"
        yield Alteration("All sheets", words)
    rows, columns = _named(told, "rows"), _named(told, "columns")
    for name, whole in sheets.items():
        if name not in package.sheets:
            yield Alteration(name, "the sheet is missing or has another name")
            continue
        found = SheetDigest()
        for number, cells in package.rows(name):
            found.add(number, [(letter, cell.mark) for letter, cell in cells.items()])
        if found.whole != whole:
            yield Alteration(name, _where(rows.get(name), columns.get(name), found))
    for name in package.sheets:
        if name not in sheets and name != fingerprint.NAME:
            yield Alteration(name, "a sheet that was added")


def _where(rows: str | None, columns: str | None, found: SheetDigest) -> str:
    if rows is None or columns is None:
        return "somewhere"
    made = [rows[place : place + _SHORT_LENGTH] for place in range(0, len(rows), _SHORT_LENGTH)]
    return locate(made, json.loads(columns), found)
