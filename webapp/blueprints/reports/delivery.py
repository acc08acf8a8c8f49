"""What every file, review and link of a report waits for, and how long the report stays after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import request

from webapp import clock
from webapp.blueprints.current import current_instance
from webapp.exports import ReportDocument
from webapp.exports.document import MissingChange
from webapp.services.reporting import Draft

OUTDATED = "outdated"
"""The box to tick for a file without what was saved since. Its value stands for the list beside it."""
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


def refusal(document: ReportDocument) -> str:
    """Why nothing is handed out as long as nobody agrees to do without what was saved since; "" where all is in it."""
    if not document.missing or request.form.get(OUTDATED) == mark(document.missing):
        return ""
    return f"{document.missing_words} Press Update, or tick the box to go on without {_them(document)}."


def memory_context() -> dict[str, datetime | bool]:
    """What a page says of the memory: until when what was read is in it, unless it is used again."""
    settings = current_instance().settings
    return {
        "in_memory_until": clock.now() + timedelta(minutes=settings.working_set_minutes),
        "forgets": settings.forget_on_delivery,
    }


def _them(document: ReportDocument) -> str:
    return "it" if len(document.missing) == 1 else "them"
