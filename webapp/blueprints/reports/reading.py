"""The page of a report that is being read: each request reads for a slice and shows how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_instance, pagerduty
from webapp.blueprints.rendering import is_htmx, render_block
from webapp.blueprints.reports.working import working_set
from webapp.pd.errors import PagerDutyError, RateLimited
from webapp.services import reporting
from webapp.services.connections import NotConnected
from webapp.services.working_sets import WorkingSet

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


def read_on(kept: WorkingSet) -> AnyResponse | str | tuple[str, int] | None:
    """Read for a slice; the page to show, or None once everything is read and nothing is to be decided."""
    draft, came = kept.draft, _Slice()
    if draft.records is None and not draft.undecided_parts:
        came = _read_slice(kept)
        working_set(kept.id)  # cancelled, or disconnected, while PagerDuty was answering: 410
    if draft.undecided_parts:
        return _question(kept)
    if draft.records is not None:
        return None
    context = {"set_id": kept.id, "draft": draft, "came": came}
    if is_htmx():
        return render_block("reports/reading.html", "progress_block", **context)
    return render_template("reports/reading.html", **context), came.status


def _read_slice(kept: WorkingSet) -> _Slice:
    instance = current_instance()
    if not kept.lock.acquire(blocking=False):
        return _Slice("Another tab is reading this report already.", SHORT_WAIT_SECONDS)
    try:
        with instance.working_sets.reading() as place:
            if not place:
                return _Slice("Other reports are being read. This one waits its turn.", SHORT_WAIT_SECONDS)
            reporting.read_slice(pagerduty(), kept.draft, instance.settings.read_slice_seconds)
    except RateLimited as error:
        return _Slice(error.sentence, error.retry_after_seconds)
    except NotConnected as error:
        return _Slice(error.sentence, status=409, goes_on=False)
    except PagerDutyError as error:
        return _Slice(error.sentence, status=502, goes_on=False)
    finally:
        kept.lock.release()
    return _Slice()


def _question(kept: WorkingSet) -> AnyResponse | tuple[str, int]:
    """Part of PagerDuty cannot be read: refuse, unless somebody agrees to do without it."""
    if is_htmx():
        return Response(headers={"HX-Redirect": url_for("reports.show", set_id=kept.id)})
    draft = kept.draft
    page = render_template(
        "reports/partial.html",
        set_id=kept.id,
        draft=draft,
        sentence=draft.refused.sentence if draft.refused else "",
        losses=[LOSSES[part] for part in draft.undecided_parts if part in LOSSES],
    )
    return page, 502
