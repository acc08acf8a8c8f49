"""A report of a period that is not over yet, as a warning: what is still to come is paid by a later report only."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from webapp.exports.document import ReportWarning
from webapp.pricing.engine.calendar import first_second
from webapp.pricing.report.lines import Gravity, Place, Report, Statement, Subject, Topic
from webapp.pricing.text import hours


def unfinished_warnings(report: Report) -> Iterator[ReportWarning]:
    """One, where time on call in the period is pending, or the period was not over when PagerDuty was read."""
    waiting = {one.person.id: _pending(one) for one in report.statements}
    late = [one for one in report.statements if waiting[one.person.id] or _is_early(report, one)]
    if not late and (report.statements or _is_over(report, report.policy.on(report.period.first).pay_zone)):
        return
    whom = f" for {len(late)} engineer{'s' if len(late) > 1 else ''}" if late else ""
    minutes = sum(waiting.values()) // 60
    if minutes:
        told = f"{whom}: {hours(minutes * 60)} h on call are still to come. A later report pays more."
    else:
        told = f"{whom}. A later report may pay more."
    places = tuple(Place(one.person.id) for one in late)
    yield ReportWarning(Gravity.PAY, Topic.READING, f"This period is not over yet{told}", places)


def _pending(statement: Statement) -> int:
    """The seconds of time on call that nobody is paid for yet."""
    return sum(line.seconds for line in statement.pending if line.subject is Subject.ON_CALL)


def _is_early(report: Report, statement: Statement) -> bool:
    """Whether an engineer who is on call in the period has not lived all of it yet."""
    return any(day.on_call_seconds for day in statement.days) and not _is_over(report, statement.person.zone)


def _is_over(report: Report, zone: str | None) -> bool:
    return report.read_at >= first_second(ZoneInfo(zone or "UTC"), report.period.after)
