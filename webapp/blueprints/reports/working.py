"""The reports of this login session: started, found again, and what the session remembers of one that is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, session

from webapp.blueprints.current import current_account, current_instance, database, pagerduty
from webapp.blueprints.reports.request_form import question_of
from webapp.pricing.lines import Period
from webapp.services import reporting
from webapp.services.policies import Rules
from webapp.services.reporting import Draft, Scope
from webapp.services.working_sets import WorkingSet

QUESTIONS = "questions"
"""Under this name the login session remembers what its last reports asked for: the cookie outlives this process."""
REMEMBERED = 5


def working_set(set_id: str) -> WorkingSet:
    """A report of this login session; 410 where it has ended."""
    kept = current_instance().working_sets.get(set_id, session.get("sid", ""))
    if kept is None:
        abort(410)
    return kept


def start(scope: Scope, period: Period, policy: Rules) -> WorkingSet:
    """Start a report, or go on with the same one if it is being read: a second click asks PagerDuty nothing twice.

    Raises:
        NotConnected: there is no connection that works.
    """
    instance, account = current_instance(), current_account()

    def is_same(draft: Draft) -> bool:
        same = (draft.scope, draft.period, draft.policy) == (scope, period, policy)
        return draft.records is None and draft.carried.earlier is None and same

    made = instance.working_sets.find(session["sid"], is_same)
    if made is None:
        made = keep(reporting.begin(pagerduty(), account.id, database(), scope, period, policy))
    return made


def keep(draft: Draft) -> WorkingSet:
    """Keep a new draft for this login session."""
    made = current_instance().working_sets.add(session["sid"], current_account().id, draft)
    _remember(made)
    return made


def start_again(kept: WorkingSet, *, also: tuple[tuple[str, str], ...], policy: Rules) -> WorkingSet:
    """Read PagerDuty anew for the same scope and period, in place of what was read; settings tried out stay.

    Raises:
        NotConnected: there is no connection that works.
    """
    instance, account, draft = current_instance(), current_account(), kept.draft
    scope = replace(draft.scope, also=also)
    again = reporting.begin(pagerduty(), account.id, database(), scope, draft.period, policy)
    again.own, again.carried = draft.own, draft.carried
    instance.working_sets.forget(kept.id)
    return keep(again)


def question_asked(set_id: str) -> dict[str, Any]:
    """What a report asked for, as the query of the generator's address; empty where that is forgotten."""
    return next((question for asked, question in session.get(QUESTIONS, []) if asked == set_id), {})


def _remember(kept: WorkingSet) -> None:
    # A list, because the cookie does not keep the order of a dict.
    older = session.get(QUESTIONS, [])[-(REMEMBERED - 1) :]
    session[QUESTIONS] = [*older, [kept.id, question_of(kept.draft.scope, kept.draft.period)]]
