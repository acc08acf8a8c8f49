"""What a file of a report is made of, and what somebody must agree to before: by a box to tick, or by an option."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256

from sqlalchemy.orm import Session

from webapp.exports.document import MissingChange, ReportDocument
from webapp.exports.payroll import Codes, Entry, Missing, entries, missing
from webapp.exports.payroll_csv import Layout
from webapp.services import documents, payroll
from webapp.services.inputs import ReportInputs
from webapp.services.reporting import Draft

AGREED = "yes"
Confirmed = Mapping[str, str | bool]
"""What somebody has agreed to, by the names of boxes: their values, or True of all that there is."""
"""To whatever it is; a box may stand for a certain list instead."""
DOWNLOAD = "Download"


@dataclass(frozen=True)
class Source:
    """What a file is made of, as it was in one moment: nobody waits while it is being made."""

    document: ReportDocument
    inputs: ReportInputs
    codes: Codes | None = None
    """Payroll's, and how its files are written; None where nobody asks for rows."""
    layout: Layout = field(default_factory=Layout)

    @cached_property
    def entries(self) -> list[Entry]:
        """The rows for payroll.

        Raises:
            ExportError: they do not add up to the report.
        """
        if self.codes is None:
            raise ValueError("Rows for payroll need payroll's codes.")
        return entries(self.document, self.codes, together=self.layout.together)

    @cached_property
    def gaps(self) -> Missing:
        """What payroll cannot do without, and what the rows lack."""
        return missing(self.entries)


def source_of(session: Session, draft: Draft, today: date) -> Source:
    """What any file of a report would be made of now."""
    document = documents.document(draft, session)
    codes = payroll.codes(session, payroll.policy_name(session, draft, today))
    return Source(document, draft.inputs, codes, payroll.layout(session))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What somebody must agree to before a file is made: by a box on the page, by an option on the command line."""

    name: str
    """Of the box, in the form."""
    option: str
    explained: str
    """What the option does."""
    problem: Callable[[Source], str]
    """Why somebody is asked, such as "some engineers are not priced"; "" where nobody is."""
    details: Callable[[Source], Iterable[str]]
    """Who or what it is: the page lists it elsewhere, the command line says it."""
    remedy: Callable[[Source], str]
    """What to do instead, on the page."""
    remedy_of_command: str
    label: Callable[[Source], str]
    """Of the box."""
    value: Callable[[Source], str] = lambda _: AGREED
    """Of the box: what exactly is agreed to."""

    def refuse(self, source: Source, confirmed: Confirmed) -> None:
        """Make no file that somebody should agree to before; a form says to what exactly, a command True.

        Raises:
            NotDelivered: nobody has.
        """
        problem = self.problem(source)
        answer = confirmed.get(self.name)
        if problem and answer is not True and answer != self.value(source):
            details = ", ".join(self.details(source))
            raise NotDelivered(
                f": {problem}. {self.remedy(source)}, or tick “{self.label(source)}”.",
                f": {problem}: {details}. {self.remedy_of_command}, or add {self.option}.",
                self,
            )


class NotDelivered(Exception):
    """No file was made, and the message says what to do; `of_command` says it to whoever sees no page."""

    def __init__(self, why: str, why_of_command: str, confirmation: Confirmation | None = None) -> None:
        super().__init__(f"Not downloaded{why}")
        self.of_command = f"No file was made{why_of_command}"
        self.confirmation = confirmation
        """What nobody has agreed to; None where agreeing is no way out."""


def mark(changes: Iterable[MissingChange]) -> str:
    """Stands for a list of changes: who agrees to go on without them has seen exactly these."""
    return sha256("\n".join(change.words for change in changes).encode()).hexdigest()[:16]


def saved_since(changes: Sequence[MissingChange]) -> str:
    """What a report is without, such as "3 changes were saved since this report was priced"; "" for nothing."""
    if not changes:
        return ""
    count = "1 change was" if len(changes) == 1 else f"{len(changes)} changes were"
    return f"{count} saved since this report was priced"


def way_out(changes: Sequence[MissingChange]) -> str:
    """What a page offers instead of going on without them."""
    if any(change.by_update for change in changes):
        return "Press Update"
    return f"{'; '.join(change.words for change in changes)}. Press “Back to the saved policy” below the settings"


def tick_label(changes: Sequence[MissingChange], act: str) -> str:
    """Of the box to tick, such as "Download without the 3 changes saved since"."""
    count = len(changes)
    return f"{act} without the {count} change{'' if count == 1 else 's'} saved since"


def _not_priced_label(source: Source) -> str:
    """Such as "Download without the pay of 12 engineers who are not priced"."""
    count = len(source.document.report.not_priced)
    return f"{DOWNLOAD} without the pay of {count} engineer{' who is' if count == 1 else 's who are'} not priced"


OUTDATED = Confirmation(
    name="outdated",
    option="--without-saved-since",
    explained="Write the file without what somebody saved while the report was made.",
    problem=lambda source: saved_since(source.document.missing),
    details=lambda source: (change.words for change in source.document.missing),
    remedy=lambda source: way_out(source.document.missing),
    remedy_of_command="Run the command again",
    label=lambda source: tick_label(source.document.missing, DOWNLOAD),
    value=lambda source: mark(source.document.missing),
)
NOT_PRICED = Confirmation(
    name="without",
    option="--without-not-priced",
    explained="Write the file although some engineers are not priced.",
    problem=lambda source: "some engineers are not priced" if source.document.report.not_priced else "",
    details=lambda source: (f"{person.name} ({reason})" for person, reason in source.document.report.not_priced),
    remedy=lambda _: "Fill in what is missing",
    remedy_of_command="Fill in what is missing on the page Engineers",
    label=_not_priced_label,
)
GAPS = Confirmation(
    name="incomplete",
    option="--with-gaps",
    explained="Write the file although payroll numbers or codes are missing.",
    problem=lambda source: "payroll numbers or codes are missing" if source.gaps else "",
    details=lambda source: (
        *(f"number of {payee.name}" for payee in source.gaps.engineers),
        *(f"code of {component}" for component in source.gaps.components),
    ),
    remedy=lambda _: "Fill them in",
    remedy_of_command="Fill them in on the pages Engineers and Payroll",
    label=lambda _: "With gaps where something is missing",
)
CONFIRMATIONS = (OUTDATED, NOT_PRICED, GAPS)
