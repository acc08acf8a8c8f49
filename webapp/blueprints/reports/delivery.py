"""What every file, review and link of a report waits for, and how long the report stays after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from webapp import clock
from webapp.blueprints.current import current_account, current_instance, database
from webapp.blueprints.downloads import download
from webapp.blueprints.reports.working import saved_now
from webapp.exports import ReportDocument
from webapp.exports.document import MissingChange
from webapp.exports.payroll_numbers import shared_refusal
from webapp.services import deliveries
from webapp.services.confirmations import OUTDATED, mark, saved_since, tick_label, way_out
from webapp.services.deliveries import Delivery, Format
from webapp.services.reporting import Draft
from webapp.services.saved_changes import policy_changes

OVER = "over"
"""The boxes to tick for saving over versions that no update takes in; the value of each is what it is for."""
REVIEW, LINK = "Mark as reviewed", "Make a link"
_NOT_DONE = {REVIEW: "Not marked as reviewed", LINK: "No link made"}
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


def refusal(document: ReportDocument, act: str) -> str:
    """Why a report is neither reviewed nor linked to; "" where nothing was saved since, or somebody goes on without."""
    missing = document.missing
    if not missing or request.form.get(OUTDATED.name) == mark(missing):
        return ""
    return f"{_NOT_DONE[act]}: {saved_since(missing)}. {way_out(missing)}, or tick “{tick_label(missing, act)}”."


def saving_refusal(document: ReportDocument) -> str:
    """Why *Save and download* does neither: nothing may be missing but what somebody agrees to save over."""
    if shared := shared_refusal(document):
        return f"Not downloaded. {shared}"
    missing = _not_agreed(document.missing)
    if not missing:
        return ""
    or_tick = "" if any(change.by_update for change in missing) else ", or tick that you save over it"
    return f"Not downloaded: {saved_since(missing)}. {way_out(missing)}{or_tick}."


def page_of(wanted: Format) -> str:
    """The endpoint of the page on which the button of a file stands."""
    return "reports.payroll" if wanted.is_for_payroll else "reports.show"


def send(set_id: str, delivery: Delivery) -> Response:
    """The file, made whole first, so that a failure is a page and never a cut file. Nobody waits for it meanwhile.

    Raises:
        ExportError: something in it does not add up.
        AmendmentError: another file amends the same report since.
    """
    instance = current_instance()
    file = deliveries.deliver(database(), delivery, instance.vault, current_account().email)
    answer = download(file.name, file.content, delivery.format.media_type)
    if delivery.format.ends_report and instance.settings.forget_on_delivery:
        answer.call_on_close(lambda: instance.working_sets.forget(set_id))
    return answer


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
