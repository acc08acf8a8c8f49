"""What every file, review and link of a report waits for, and how long the report stays after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from flask import request

from webapp import clock
from webapp.blueprints.current import current_instance
from webapp.exports import ReportDocument
from webapp.exports.document import MissingChange

OUTDATED = "outdated"
"""The box to tick for a file without what was saved since. Its value stands for the list beside it."""


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
