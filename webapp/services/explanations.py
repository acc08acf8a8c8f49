"""Why one minute of an engineer is paid as it is, or not, from what was read for a report."""

from __future__ import annotations

from datetime import datetime

from webapp.pricing import Explanation, explain
from webapp.services.reporting import Draft, ReportError


def explained(draft: Draft, engineer_id: str, instant: datetime) -> Explanation:
    """What an engineer is paid for at an instant, by the settings of the moment, stage by stage.

    Raises:
        ReportError: PagerDuty is still being read, or the engineer is not in the report.
    """
    facts = draft.facts()
    if engineer_id not in {person.id for person in facts.people}:
        raise ReportError("That engineer is not in this report.")
    return explain(facts, draft.policy, engineer_id, instant)
