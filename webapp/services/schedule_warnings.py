"""What a report says of schedules: those that nobody is paged through, and those that the policy also pays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from webapp.exports.cells import named, short
from webapp.exports.document import Part, ReportWarning, Target
from webapp.pd.plan import POLICIES
from webapp.pd.result import Records
from webapp.pricing.document.phrases import listed
from webapp.pricing.lines import Gravity, Topic
from webapp.services.facts import engineer_names
from webapp.services.reporting import ALSO_PAID_NEEDS, Draft
from webapp.services.schedule_names import also_paid
from webapp.services.shadow_rotations import companies


def period_instants(draft: Draft) -> tuple[datetime, datetime]:
    """From the first instant of the period to its last, by the policy's clock or UTC."""
    zone = ZoneInfo(draft.document.pay_zone or "UTC")
    since, until = (datetime.combine(day, time(), zone) for day in (draft.period.first, draft.period.after))
    return since.astimezone(UTC), until.astimezone(UTC)


def schedule_warnings(draft: Draft, records: Records) -> Iterator[ReportWarning]:
    """Which time on call is not in the report, or is named twice."""
    also = also_paid(draft.document)
    schedules = sorted(records.schedules.values(), key=lambda one: one.name)
    if POLICIES not in records.left_out_parts:  # of shift-based schedules only the policies tell
        lonely = [one for one in schedules if not one.policy_ids and one.id not in also]
        if lonely:
            it, its = ("it", "Its") if len(lonely) == 1 else ("them", "Their")
            yield ReportWarning(
                Gravity.UNUSUAL,
                Topic.READING,
                f"On no escalation policy, so nobody is paged through {it}: {named(one.name for one in lonely)}. "
                f"{its} time is not in this report. “Also pay these schedules” in the pay settings pays {it}.",
                tuple(Target(Part.SCHEDULE, one.id, one.name) for one in lonely),
            )
        needless = [one for one in schedules if one.policy_ids and one.id in also]
        if needless:
            yield ReportWarning(
                Gravity.NOTE,
                Topic.READING,
                "The policy also pays schedules that are on an escalation policy, whose time is paid anyhow: "
                f"{named(one.name for one in needless)}.",
                (),
            )
    for one in companies(records, draft.inputs.saved.shadows, period_instants(draft)):
        names = engineer_names(records, draft.inputs.own)
        told = listed(sorted(short(names.get(key, key)) for key in one.user_ids))
        yield ReportWarning(
            Gravity.UNUSUAL,
            Topic.ON_CALL,
            f"{short(one.schedule_name)} had several people on call at once, {one.seconds / 3600:,.1f} hours: {told}. "
            "PagerDuty does not say who only shadows; the policy pays each of them.",
            (Target(Part.SHADOWS, one.schedule_id, one.schedule_name),),
        )
    if also and ALSO_PAID_NEEDS & set(records.left_out_parts):
        yield ReportWarning(
            Gravity.PAY,
            Topic.READING,
            "The policy also pays schedules on no escalation policy, and they could not be read. Their time is not in "
            "this report.",
            (Target(Part.CONNECTION),),
        )
