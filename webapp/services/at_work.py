"""Who was on call or at work within a period, whatever their clock says."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from webapp.pd.result import Records
from webapp.pricing.report.lines import Period

EASTERNMOST, WESTERNMOST = timedelta(hours=14), timedelta(hours=12)
"""A local date begins up to so long before, or ends so long after, the same date in UTC."""


def engineers_at_work(records: Records, period: Period) -> set[str]:
    """Who was on call, or did anything about an incident, on a date of a period, on any clock; by PagerDuty id."""
    first = datetime.combine(period.first, time(), UTC) - EASTERNMOST
    after = datetime.combine(period.after, time(), UTC) + WESTERNMOST
    on_call = {
        row.user_id
        for row in records.on_call
        if (row.start is None or row.start < after) and (row.end is None or row.end > first)
    }
    return on_call | {
        entry.agent.id for entry in records.log_entries if entry.agent and first <= entry.created_at < after
    }
