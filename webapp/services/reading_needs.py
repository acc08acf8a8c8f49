"""What must be read from PagerDuty for a report's settings; settings that need more than was read are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import time as wall_time

from webapp.exports.cells import clean
from webapp.pd.evidence import EvidenceRules
from webapp.pd.plan import FINAL, POLICIES, SCHEDULES, SHIFT_BASED
from webapp.pd.records import plain_name
from webapp.pd.request import Mode
from webapp.pd.result import Records
from webapp.pricing.policy import Document
from webapp.pricing.text import listed
from webapp.services.at_work import EASTERNMOST, WESTERNMOST
from webapp.services.inputs import ReportInputs
from webapp.services.policies import Rules
from webapp.services.policy_asks import asks_incidents
from webapp.services.schedule_names import ScheduleNameError, also_paid

LOOK_BACK = timedelta(days=31)
SESSION_CLOSES = timedelta(hours=24)
FARTHEST_AHEAD = timedelta(days=89)
"""PagerDuty tells shifts at most 90 days ahead."""
ALSO_PAID_NEEDS = frozenset({SCHEDULES, SHIFT_BASED, POLICIES, FINAL})
"""The parts of PagerDuty without which nobody knows the time on schedules that are on no escalation policy."""


class ReportError(ValueError):
    """A report that cannot be made as asked; the message says what to do."""

    about = ""
    """The setting that asks for more than was read: "also_pay", "callouts", "schedules"; "" for how work is found."""


def window_to_read(
    inputs: ReportInputs, read_at: datetime, longest: timedelta = timedelta()
) -> tuple[datetime, datetime]:
    """What must be read for a pricing: all days that decide, and as far around them as work of that length goes on."""
    first = datetime.combine(inputs.reach.first, wall_time(), UTC)
    after = datetime.combine(inputs.reach.after, wall_time(), UTC)
    until = min(after + WESTERNMOST + SESSION_CLOSES + longest, read_at + FARTHEST_AHEAD)
    return first - EASTERNMOST - LOOK_BACK, max(until, first)


def refuse_unread(inputs: ReportInputs) -> None:
    """Refuse settings that need more than was read.

    Raises:
        ReportError: they do.
    """
    if inputs.records is None:
        return
    since, until = window_to_read(inputs, inputs.records.read_at)
    was = inputs.records.request
    about = ""
    if not was.incidents and asks_incidents(inputs.basis.document, inputs.own.values()):
        about, what = "callouts", "These settings pay callouts, or count them, so the incidents"
    elif not was.supports(Mode(inputs.policy.evidence.value)):
        what = "To find the payee of an incident this way, more"
    elif since < was.since or until > was.until:
        what = "A rule of this policy counts over more days than were read: more"
    elif unread := _also_unread(inputs.basis.document, inputs.records):
        names = inputs.schedules.labels()
        about, what = "also_pay", f"To also pay {listed(sorted(names.get(one, one) for one in unread))}, more"
    else:
        return
    raise _unread(what, about)


def refuse_names(inputs: ReportInputs) -> None:
    """Refuse a policy by the schedules that it names; one that the reading did not look for may well be there.

    Raises:
        ReportError: a narrow reading did not look for a schedule that no list shows.
        ScheduleNameError: a name is not that of one schedule.
    """
    try:
        inputs.basis  # noqa: B018
    except ScheduleNameError as error:
        request = inputs.records.request if inputs.records else None
        if request is None or request.everybody_on_call:
            raise
        sought = set(map(plain_name, request.named))
        unsought = [
            one for one in sorted(error.words) if not inputs.schedules.ids_of(one) and plain_name(one) not in sought
        ]
        if not unsought:
            raise
        named_so = listed([f"“{clean(one)}”" for one in unsought])
        what = f"PagerDuty's lists show no schedule {named_so}, and this reading did not look for hidden ones: more"
        raise _unread(what, "schedules") from None


def _also_unread(document: Document, records: Records) -> frozenset[str]:
    """The schedules that are also paid and were not read; what somebody agreed to do without is not asked for again."""
    if ALSO_PAID_NEEDS & set(records.left_out_parts):
        return frozenset()
    return also_paid(document) - records.also_read


def _unread(what: str, about: str) -> ReportError:
    error = ReportError(f"{what} must be read from PagerDuty. Press “Read PagerDuty again” below the settings.")
    error.about = about
    return error


def evidence_rules(policy: Rules) -> EvidenceRules:
    """What a policy says of evidence, for those who read PagerDuty."""
    lead, grace = timedelta(minutes=policy.longest_lead_minutes), timedelta(minutes=policy.pause_grace_minutes)
    return EvidenceRules(Mode(policy.evidence.value), lead, grace)
