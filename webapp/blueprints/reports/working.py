"""The reports of this login session: started, found again, and what the session remembers of one that is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, current_instance, database, pagerduty
from webapp.blueprints.reports.policy_form import conflict_words
from webapp.blueprints.reports.request_form import question_of
from webapp.exports.document import MissingChange
from webapp.pricing.report.lines import Period
from webapp.services import people, reporting
from webapp.services.input_parts import saved_settings
from webapp.services.inputs import Own, ReportInputs, SavedSettings
from webapp.services.policies import Rules, in_force
from webapp.services.reading_needs import ReportError
from webapp.services.reporting import Draft, Scope
from webapp.services.schedule_names import ScheduleNameError
from webapp.services.working_sets import Ended

QUESTIONS = "questions"
"""Under this name the login session remembers what its last reports asked for: the cookie outlives this process."""
REMEMBERED = 5
CONFLICTS_SAID = 10
"""Of an update: they wait in the cookie for the next page."""


@contextmanager
def working_set(set_id: str) -> Iterator[Draft]:
    """The draft of a report of this login session, for this request alone; 410 where it has ended.

    Raises:
        Busy: another request has it.
    """
    try:
        with current_instance().working_sets.use(set_id, session.get("sid", "")) as draft:
            yield draft
    except Ended:
        abort(410)


def refuse_ended(set_id: str) -> None:
    """410 where a report has ended, without waiting for whoever has it."""
    if not current_instance().working_sets.holds(set_id, session.get("sid", "")):
        abort(410)


def end_report(set_id: str) -> None:
    """End a report of this login session, whoever has it."""
    refuse_ended(set_id)
    current_instance().working_sets.forget(set_id)


def saved_now(draft: Draft) -> SavedSettings:
    """What is saved for everybody at this moment, for the PagerDuty account of a report."""
    return saved_settings(database(), draft.subdomain)


def take_in_saved(draft: Draft) -> None:
    """Take in what is saved now, and name everything that stays as it is typed all the same.

    Raises:
        ReportError: the policy that is in force now needs more than was read.
    """
    before, now = draft.inputs, saved_now(draft)
    draft.take_in(now)
    tell_conflicts(before, now)


def tell_conflicts(inputs: ReportInputs, now: SavedSettings) -> None:
    """Name everything that an update leaves as it is typed, though somebody saved it otherwise."""
    saved = in_force(now.versions, inputs.last_day)
    told = [conflict_words(one, saved) for one in inputs.conflicts(now)] if saved else []
    told += [
        f"{one.field}: you typed {one.tried or 'nothing'}; {one.saved or 'nothing'} is saved."
        for one in inputs.own_conflicts(now)
    ]
    if told:
        more = [f"And {len(told) - CONFLICTS_SAID} more."] if len(told) > CONFLICTS_SAID else []
        flash(" ".join([*told[:CONFLICTS_SAID], *more]), "warn")


@contextmanager
def saving(draft: Draft) -> Iterator[None]:
    """Save something for every report, from this one: it prices by that then, and says what others saved meanwhile."""
    others = [change for change in draft.missing(saved_now(draft)) if change.by_update]
    yield
    try:
        take_in_saved(draft)
    except (
        ReportError,
        ScheduleNameError,
    ):  # until that is mended, the page tells what the report is without
        return
    tell(others)


def tell(others: Iterable[MissingChange]) -> None:
    """Say what others saved, where a report takes it in by the way."""
    if told := "; ".join(change.words for change in others):
        flash(f"Others have saved meanwhile, and it is in this report now: {told}.", "info")


def save_own(draft: Draft, user_ids: Iterable[str] | None = None) -> None:
    """Save what is tried out as engineers' own values: of these, or of everybody."""
    with saving(draft):
        take_in_saved(draft)  # whatever others saved stays
        inputs = draft.inputs
        wanted = inputs.own.keys() if user_ids is None else inputs.own.keys() & set(user_ids)
        tried = [inputs.own[key] for key in sorted(wanted) if inputs.own[key] != inputs.saved.own.get(key)]
        people.save_pay_settings(database(), draft.subdomain, tried, current_account().email)


def start(scope: Scope, period: Period, policy: Rules) -> str:
    """Start a report, or go on with the same one if it is being read: a second click asks PagerDuty nothing twice.

    Raises:
        NotConnected: there is no connection that works.
    """
    instance, account = current_instance(), current_account()

    def is_same(draft: Draft) -> bool:
        return draft.carried.earlier is None and (draft.scope, draft.period, draft.policy) == (scope, period, policy)

    known = instance.working_sets.reading_of(session["sid"], is_same)
    return known or keep(reporting.begin(pagerduty(), account.id, database(), scope, period, policy))


def keep(draft: Draft) -> str:
    """Keep a new draft for this login session; its id."""
    set_id = current_instance().working_sets.add(session["sid"], current_account().id, draft)
    # A list, because the cookie does not keep the order of a dict.
    older = session.get(QUESTIONS, [])[-(REMEMBERED - 1) :]
    session[QUESTIONS] = [*older, [set_id, question_of(draft.scope, draft.period)]]
    return set_id


def start_again(
    set_id: str, draft: Draft, *, also: tuple[tuple[str, str], ...], policy: Rules, own: Own | None = None
) -> str:
    """Read PagerDuty anew for the same scope and period, in place of what was read; settings tried out stay.

    `own`: engineers' own values to try out, where they are others than those of the report.

    Raises:
        NotConnected: there is no connection that works.
    """
    instance, account = current_instance(), current_account()
    scope = replace(draft.scope, also=also)
    again = reporting.begin(pagerduty(), account.id, database(), scope, draft.period, policy)
    tried = replace(draft.inputs, policy=policy, own=draft.inputs.own if own is None else own, records=None)
    tell_conflicts(tried, again.inputs.saved)
    again.inputs, again.carried = tried.taking_in(again.inputs.saved), draft.carried
    instance.working_sets.forget(set_id)
    return keep(again)


def unread_incidents(set_id: str, draft: Draft) -> AnyResponse | None:
    """Back to a report without incidents, with the reason; None where they were read."""
    if draft.records is None or draft.records.request.incidents:
        return None
    flash(
        "Incidents were not read for this report: no rule pays them. To decide about one, let the policy pay callouts, "
        "and press “Read PagerDuty again” below the settings.",
        "warn",
    )
    return redirect(url_for("reports.show", set_id=set_id), 303)


def question_asked(set_id: str) -> dict[str, Any]:
    """What a report asked for, as the query of the generator's address; empty where that is forgotten."""
    return next((question for asked, question in session.get(QUESTIONS, []) if asked == set_id), {})
