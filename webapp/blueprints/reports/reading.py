"""The page of a report that is being read: each request reads for a slice and shows how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_instance, pagerduty
from webapp.blueprints.rendering import is_htmx, render_block
from webapp.blueprints.reports.working import refuse_ended, take_in_saved
from webapp.pd.errors import PagerDutyError, RateLimited
from webapp.pd.result import Progress
from webapp.services import reporting
from webapp.services.connections import NotConnected
from webapp.services.reading_needs import ReportError
from webapp.services.reporting import Draft
from webapp.services.working_sets import Busy

SHORT_WAIT_SECONDS = 2
LOSSES = {
    "shifts": "Without the shifts nobody earns a stipend, and every callout is work of somebody not on call.",
    "incidents": "Without the incidents there are no callouts.",
    "log entries": "Without the log entries nobody is known to have acknowledged anything.",
    "older incidents": "Without the older incidents, work on what was triggered before the period is missing.",
    "schedules": "Without the schedules, their zones are missing, and nobody can compare who was on call with them.",
}
"""What a report lacks, by part."""


@dataclass(slots=True)
class _Slice:
    """What came of one request's reading."""

    problem: str = ""
    wait_seconds: int = 0
    status: int = 200
    goes_on: bool = True


def read_on(set_id: str, draft: Draft) -> AnyResponse | str | tuple[str, int] | None:
    """Read for a slice; the page to show, or None once everything is read and nothing is to be decided."""
    came = _Slice()
    if draft.records is None and not draft.undecided_parts:
        came = _read_slice(draft)
        refuse_ended(set_id)  # cancelled, or disconnected, while PagerDuty was answering
    if draft.undecided_parts:
        return _question(set_id, draft)
    if draft.records is not None:
        return None
    return _progress(set_id, draft.title, draft.progress, came)


def read_elsewhere(set_id: str, busy: Busy) -> AnyResponse | str | tuple[str, int]:
    """How far it is, while another request reads."""
    came = _Slice("Another tab is reading this report already.", SHORT_WAIT_SECONDS)
    return _progress(set_id, busy.title, busy.progress, came)


def _progress(set_id: str, title: str, progress: Progress, came: _Slice) -> AnyResponse | str | tuple[str, int]:
    context = {"set_id": set_id, "title": title, "reached": progress, "came": came}
    if is_htmx():
        return render_block("reports/reading.html", "progress_block", **context)
    return render_template("reports/reading.html", **context), came.status


def _read_slice(draft: Draft) -> _Slice:
    instance = current_instance()
    try:
        with instance.working_sets.reading() as place:
            if not place:
                return _Slice("Other reports are being read. This one waits its turn.", SHORT_WAIT_SECONDS)
            if reporting.read_slice(pagerduty(), draft, instance.settings.read_slice_seconds):
                _take_in(draft)
    except RateLimited as error:
        return _Slice(error.sentence, error.retry_after_seconds)
    except NotConnected as error:
        return _Slice(error.sentence, status=409, goes_on=False)
    except PagerDutyError as error:
        return _Slice(error.sentence, status=502, goes_on=False)
    return _Slice()


def _take_in(draft: Draft) -> None:
    """What was saved while PagerDuty was read, before anything is priced."""
    try:
        take_in_saved(draft)
    except ReportError:  # more must be read for it: the report tells what it is without
        return


def _question(set_id: str, draft: Draft) -> AnyResponse | tuple[str, int]:
    """Part of PagerDuty cannot be read: refuse, unless somebody agrees to do without it."""
    if is_htmx():
        return Response(headers={"HX-Redirect": url_for("reports.show", set_id=set_id)})
    page = render_template(
        "reports/partial.html",
        set_id=set_id,
        draft=draft,
        sentence=draft.refused.sentence if draft.refused else "",
        losses=[LOSSES[part] for part in draft.undecided_parts if part in LOSSES],
    )
    return page, 502
