"""What a report says of schedules: those that nobody is paged through, and those that the policy also pays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from webapp.exports.cells import named, short
from webapp.exports.document import Part, ReportWarning, Target
from webapp.pd.plan import POLICIES
from webapp.pd.records import ScheduleRecord
from webapp.pd.result import Records
from webapp.pricing.report.lines import Gravity, Topic
from webapp.pricing.text import listed
from webapp.services.facts import engineer_names
from webapp.services.policies import PolicyText
from webapp.services.reading_needs import ALSO_PAID_NEEDS
from webapp.services.reporting import Draft
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
            in_text = isinstance(draft.policy, PolicyText)
            way = "write them in `also_pay` in the policy's text"
            if not in_text:
                way = "tick “Also pay these schedules” in the pay settings"
            yield ReportWarning(
                Gravity.UNUSUAL,
                Topic.READING,
                f"On no escalation policy, so nobody is paged through {it}: {named(one.name for one in lonely)}. "
                f"{its} time is not in this report. To pay it, {way}.",
                tuple(Target(Part.SCHEDULE, one.id, one.name) for one in lonely),
            )
        yield from _on_a_policy([one for one in schedules if one.policy_ids and one.id in also], draft, records)
    for one in companies(records, draft.inputs.saved.shadows, period_instants(draft)):
        names = engineer_names(records, draft.inputs.own)
        told = listed(sorted(short(names.get(key, key)) for key in one.user_ids))
        yield ReportWarning(
            Gravity.UNUSUAL,
            Topic.ON_CALL,
            f"{short(one.schedule_name)} had several people on call at once, {one.seconds / 3600:,.1f} hours: {told}. "
            "PagerDuty does not say who only shadows. If one of them does, set that rotation down as a shadow.",
            (Target(Part.SHADOWS, one.schedule_id, one.schedule_name),),
        )
    yield from _shadow_warnings(draft, records)
    if also and ALSO_PAID_NEEDS & set(records.left_out_parts):
        yield ReportWarning(
            Gravity.PAY,
            Topic.READING,
            "The policy also pays schedules on no escalation policy, and they could not be read. Their time is not in "
            "this report.",
            (Target(Part.CONNECTION),),
        )


def _on_a_policy(schedules: Iterable[ScheduleRecord], draft: Draft, records: Records) -> Iterator[ReportWarning]:
    """Of the schedules on a policy that are also paid: whether that is needless, or pays what no policy tells."""
    since, until = period_instants(draft)
    rest = {
        row.schedule_id
        for row in records.also_on_call
        if row.user_id in records.users and (row.start or since) < until and (row.end or until) > since
    }
    groups: tuple[list[ScheduleRecord], list[ScheduleRecord]] = ([], [])
    for one in schedules:
        groups[one.id in rest].append(one)
    told = (
        (Gravity.NOTE, "“Also pay” changes nothing for schedules that are on an escalation policy all the time"),
        (Gravity.UNUSUAL, "“Also pay” pays the time in which these schedules were on no escalation policy"),
    )
    for (gravity, words), group in zip(told, groups, strict=True):
        if group:
            yield ReportWarning(gravity, Topic.READING, f"{words}: {named(one.name for one in group)}.", ())


def _shadow_warnings(draft: Draft, records: Records) -> Iterator[ReportWarning]:
    """Shadow rotations that this reading cannot tell apart, and those that it does not find."""
    known = [one for one in draft.inputs.saved.shadows.values() if (one.since or date.min) < draft.period.after]
    held = {row.schedule_id for row in (*records.on_call, *records.also_on_call) if row.user_id in records.users}
    unread = {one.schedule_id for one in known if one.schedule_id in held - records.assignments.keys()}
    labels = draft.schedules()
    if unread:
        yield ReportWarning(
            Gravity.PAY,
            Topic.READING,
            f"The final schedules of {named(labels.get(key, key) for key in unread)} were not read. So this report "
            "cannot tell the shadow rotations there apart, and the policy pays their time, too.",
            (Target(Part.CONNECTION),),
        )
    for one in known:
        shifts = records.assignments.get(one.schedule_id)
        if shifts is not None and all(shift.rotation_id != one.rotation_id for shift in shifts):
            yield ReportWarning(
                Gravity.NOTE,
                Topic.ON_CALL,
                f"PagerDuty no longer shows a rotation of {labels.get(one.schedule_id, one.schedule_id)} that "
                f"{one.decided_by} set down as a shadow ({short(one.name)}). If these engineers shadow through another "
                "rotation, set that one down.",
                (Target(Part.SHADOWS, one.schedule_id, labels.get(one.schedule_id, "")),),
            )
