"""What every file, review and link of a report waits for, and how long the report stays after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import request

from webapp import clock
from webapp.blueprints.current import current_instance
from webapp.blueprints.reports.working import saved_now
from webapp.exports import ReportDocument
from webapp.exports.document import MissingChange
from webapp.exports.payroll_numbers import shared_refusal
from webapp.services.reporting import Draft
from webapp.services.saved_changes import policy_changes

OUTDATED = "outdated"
"""The box to tick for a file without what was saved since. Its value stands for the list beside it."""
OVER = "over"
"""The boxes to tick for saving over versions that no update takes in; the value of each is what it is for."""
BACK = "Back to the saved policy"
DOWNLOAD, REVIEW, LINK = "Download", "Mark as reviewed", "Make a link"
_NOT_DONE = {DOWNLOAD: "Not downloaded", REVIEW: "Not marked as reviewed", LINK: "No link made"}
EDITION = "edition"
"""The hidden field of a form that says which state of the report its page shows."""


class StalePage(Exception):
    """A form was sent from a page that shows what the report no longer is: nothing was done."""

    def __init__(self, message: str, form: Any = None) -> None:
        super().__init__(message)
        self.form = form
        """The settings as typed, where they were sent."""


def refuse_stale(draft: Draft) -> None:
    """Nothing is handed out that differs from the page on which it was asked for.

    Raises:
        StalePage: the report has changed since.
    """
    if request.form.get(EDITION, draft.edition) != draft.edition:
        raise StalePage("The report was changed in another tab. This is how it is now: look at it, then go on.")


def mark(missing: Iterable[MissingChange]) -> str:
    """Stands for a list of changes: who agrees to go on without them has seen exactly these."""
    return sha256("\n".join(change.words for change in missing).encode()).hexdigest()[:16]


def refusal(document: ReportDocument, act: str = DOWNLOAD) -> str:
    """Why nothing is handed out; "" where it may be.

    Somebody must agree to do without what was saved since. No file pays two engineers under one payroll number.
    """
    if act == DOWNLOAD and (shared := shared_refusal(document)):
        return f"{_NOT_DONE[act]}. {shared}"
    if not document.missing or request.form.get(OUTDATED) == mark(document.missing):
        return ""
    return _sentences(document.missing, act, f", or tick “{tick_label(document.missing, act)}”")


def saving_refusal(document: ReportDocument) -> str:
    """The same of *Save and download*: nothing may be missing but what somebody agrees to save over."""
    if shared := shared_refusal(document):
        return f"{_NOT_DONE[DOWNLOAD]}. {shared}"
    missing = _not_agreed(document.missing)
    return _sentences(missing, DOWNLOAD) if missing else ""


def tick_label(missing: Sequence[MissingChange], act: str) -> str:
    """Of the box to tick, such as "Download without the 3 changes saved since"."""
    count = len(missing)
    return f"{act} without the {count} change{'' if count == 1 else 's'} saved since"


def not_priced_label(document: ReportDocument) -> str:
    """Of the box to tick where some are not priced, such as "Download without the pay of 12 engineers …"."""
    count = len(document.report.not_priced)
    return f"{DOWNLOAD} without the pay of {count} engineer{' who is' if count == 1 else 's who are'} not priced"


def unseen_versions(draft: Draft) -> list[MissingChange]:
    """The versions of the policy that saving another would undo, though nobody has agreed to that."""
    return _not_agreed(policy_changes(draft.inputs, saved_now(draft)))


def memory_context() -> dict[str, datetime | bool]:
    """What a page says of the memory: until when what was read is in it, unless it is used again."""
    settings = current_instance().settings
    return {
        "in_memory_until": clock.now() + timedelta(minutes=settings.working_set_minutes),
        "forgets": settings.forget_on_delivery,
    }


def _not_agreed(changes: Iterable[MissingChange]) -> list[MissingChange]:
    return [change for change in changes if change.words not in request.form.getlist(OVER)]


def _sentences(missing: Sequence[MissingChange], act: str, or_tick: str = "") -> str:
    changes = "1 change was" if len(missing) == 1 else f"{len(missing)} changes were"
    told = f"{_NOT_DONE[act]}: {changes} saved since this report was priced."
    if any(change.by_update for change in missing):
        return f"{told} Press Update{or_tick}."
    words = "; ".join(change.words for change in missing)
    choice = f"Press “{BACK}” below the settings{or_tick or ', or tick that you save over it'}"
    return f"{told} {words}. {choice}."
