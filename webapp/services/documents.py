"""A report with everything that page and file print around it: whose, by which rules, read how, with which doubts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib.metadata import version

from sqlalchemy.orm import Session

from webapp.exports.cells import clean, named, short
from webapp.exports.document import (
    Part,
    ReportDocument,
    ReportWarning,
    ScopeKind,
    Target,
)
from webapp.exports.payroll_numbers import number_problems, report_payees
from webapp.pd.crosscheck import DutyDifference
from webapp.pd.plan import SHIFTS
from webapp.pd.records import OnCallRow
from webapp.pd.result import Records
from webapp.pricing.policy import Document
from webapp.pricing.report.lines import Gravity, Place, Topic
from webapp.services import periods, seen
from webapp.services.at_work import EASTERNMOST, WESTERNMOST
from webapp.services.calendars.horizon import calendar_warnings
from webapp.services.doubt_warnings import doubt_warnings
from webapp.services.input_parts import saved_settings
from webapp.services.payees import numbers_of_others, with_current_numbers
from webapp.services.reading_needs import ReportError
from webapp.services.region_warnings import region_warnings
from webapp.services.reporting import STILL_READING, Draft
from webapp.services.schedule_warnings import schedule_warnings
from webapp.services.unfinished import unfinished_warnings


def document(draft: Draft, session: Session) -> ReportDocument:
    """The report with everything that page and file print around it, and what was saved since.

    What was saved since and touches nothing of it is taken in without a word.
    """
    now = saved_settings(session, draft.subdomain)
    missing = draft.missing(now)
    if not missing:
        with suppress(ReportError):  # what touches nothing of it is no reason to read more
            draft.take_in(now)
    priced = draft.priced
    inputs, records = priced.inputs, priced.inputs.records
    if records is None:
        raise ReportError(STILL_READING)
    # As they are called today: what came by a link knows ids only.
    also = tuple(
        (key, clean(records.users[key].name) if key in records.users else name) for key, name in draft.scope.also
    )
    made = ReportDocument(
        report=priced.report,
        title="On-call pay",
        scope_name=draft.scope.name,
        scope_kind=draft.scope.kind,
        scope_notes=tuple(_scope_notes(draft, records)),
        left_out=tuple(records.left_out_parts),
        incidents_read=records.request.incidents,
        period_label=periods.label(draft.period),
        pay_zone_label=_pay_zone_label(inputs.basis.document),
        policy_label=inputs.label,
        policy_words=inputs.basis.words(draft.schedules()),
        authority=draft.authority,
        read_at=records.read_at,
        warnings=(
            *unfinished_warnings(priced.report),
            *reading_warnings(draft, records),
            *doubt_warnings(priced.doubts, priced.report),
            *region_warnings(priced.report, inputs.basis.document),
            *calendar_warnings(inputs),
        ),
        other_teams=_other_teams(draft, records),
        tallies=records.tallies,
        read_window=f"{records.request.since:%Y-%m-%d} to {records.request.until:%Y-%m-%d}",
        differences=_differences(draft, records),
        data_versions=_data_versions(),
        instance_name="CalloutPay",
        scope_id=draft.scope.id,
        also=also,
        region=draft.region,
        subdomain=draft.subdomain,
        amends=draft.carried.amends,
        is_draft=not inputs.is_saved,
        missing=missing,
        edition=draft.edition,
    )
    made = replace(made, adjustments=with_current_numbers(draft.carried.adjustments, made.people(), now.own))
    made = replace(made, taken_numbers=numbers_of_others(report_payees(made), now.own))
    made = replace(made, warnings=(*made.warnings, *_number_warnings(made)))
    return replace(made, reviews=seen.reviews(session, made))


def _pay_zone_label(policy: Document) -> str:
    if policy.zone_of_schedule:
        return "each schedule's own time zone"
    return policy.pay_zone or "each engineer's own time zone"


def _number_warnings(made: ReportDocument) -> Iterator[ReportWarning]:
    """Who has a payroll number of somebody else: no file is made of such a report."""
    for sentence, payees in number_problems(made):
        places = tuple(Place(payee.id) for payee in payees)
        yield ReportWarning(Gravity.PAY, Topic.ENGINEERS, f"{sentence} No file is made until then.", places)


@cache
def _data_versions() -> Mapping[str, str]:
    """The packages whose data decides about dates; read once, because that takes as long as pricing a small team."""
    return {name: version(name) for name in ("holidays", "tzdata")}


def _other_teams(draft: Draft, records: Records) -> dict[str, tuple[str, ...]]:
    """For a team's report: the other teams of its engineers, whose workbook would carry the same statement."""
    if draft.scope.kind is not ScopeKind.TEAM:
        return {}
    others = {
        user.id: tuple(name for name in sorted(user.team_names) if name != draft.scope.name)
        for user in records.users.values()
    }
    return {user_id: names for user_id, names in others.items() if names}


def _scope_notes(draft: Draft, records: Records) -> list[str]:
    """Who is in a team's report and who is not: PagerDuty tells the members of today only."""
    if draft.scope.kind is not ScopeKind.TEAM:
        return []
    today = f"{records.read_at:%-d %B %Y}"
    told = [f"The team's members are those of {today}, when PagerDuty was read: it keeps no history of membership."]
    members = {user.id for user in records.users.values() if draft.scope.name in user.team_names}
    also = [
        records.users[key].name if key in records.users else name
        for key, name in draft.scope.also
        if key not in members
    ]
    if also:
        told.append(f"Also in this report by choice, without being members: {named(also)}.")
    outside = [name for user_id, name in draft.others().items() if user_id not in records.users]
    if outside:
        told.append(
            f"On the team's schedules or escalation policies, but no members and not in this report: {named(outside)}."
        )
    return told


def _differences(draft: Draft, records: Records) -> tuple[DutyDifference, ...]:
    """Where the list of on-calls and the schedule itself name different engineers, within the period."""
    return tuple(
        replace(
            found,
            schedule_name=clean(found.schedule_name),
            by_on_calls=tuple(map(clean, found.by_on_calls)),
            by_schedule=tuple(map(clean, found.by_schedule)),
        )
        for found in _within_period(draft, records)
    )


def _within_period(draft: Draft, records: Records) -> list[DutyDifference]:
    """What is read beyond the period is other reports' to show."""
    if SHIFTS in records.left_out_parts:  # nothing is known of one of the two answers
        return []
    since, until = _period_bounds(draft)
    return [found for found in records.differences if found.start < until and found.end > since]


def _period_bounds(draft: Draft) -> tuple[datetime, datetime]:
    """From the first instant to the last that a date of the period may have anywhere on earth."""
    since = datetime.combine(draft.period.first, time(), UTC) - EASTERNMOST
    return since, datetime.combine(draft.period.after, time(), UTC) + WESTERNMOST


def _vacant(draft: Draft, records: Records) -> list[OnCallRow]:
    """The rows without an engineer that meet the period."""
    since, until = _period_bounds(draft)
    return [row for row in records.vacant_rows if (row.start or since) < until and (row.end or until) > since]


def reading_warnings(draft: Draft, records: Records) -> list[ReportWarning]:
    """What a manager should know of the reading itself."""
    warnings = []

    def warn(gravity: Gravity, sentence: str, *targets: Place | Target, topic: Topic = Topic.READING) -> None:
        warnings.append(ReportWarning(gravity, topic, sentence, targets))

    connection = Target(Part.CONNECTION)
    if not draft.sees_everything:
        warn(
            Gravity.PAY,
            f"PagerDuty was read with the rights of {draft.authority}, who is not an admin there. PagerDuty leaves out "
            "what that person may not see, without saying so. Connect as an admin, or with an account API key.",
            connection,
        )
    warnings += schedule_warnings(draft, records)
    differences = _within_period(draft, records)
    if differences:
        schedules = sorted({found.schedule_name for found in differences})
        length = sum((found.end - found.start for found in differences), timedelta())
        warn(
            Gravity.PAY,
            f"PagerDuty contradicts itself about who was on call for {length.total_seconds() / 3600:,.1f} hours on: "
            f"{named(schedules)}. Paid is its list of on-calls; Checks shows the schedule beside it.",
            Target(Part.DIFFERENCES),
        )
    vacant = _vacant(draft, records)
    if vacant:
        rows = "1 row" if len(vacant) == 1 else f"{len(vacant)} rows"
        schedules = sorted({row.schedule_name or row.policy_name for row in vacant}, key=str.casefold)
        warn(
            Gravity.PAY,
            f"PagerDuty's list of on-calls has {rows} without an engineer, on: {named(schedules)}. Nobody is paid for "
            "that time.",
        )
    if records.unseen_incident_ids:
        number = len(records.unseen_incident_ids)
        incidents, are, their = ("1 incident", "is", "Its") if number == 1 else (f"{number} incidents", "are", "Their")
        warn(
            Gravity.PAY,
            f"{incidents} that somebody worked on {are} hidden from this connection. "
            f"{their} callouts are not in this report.",
            connection,
        )
    strange = sorted((user.name, user.zone_note, user.id) for user in records.users.values() if user.zone_note)
    if strange:
        warn(
            Gravity.UNUSUAL,
            f"PagerDuty names a time zone that is not known for: "
            f"{', '.join(f'{short(name)} ({short(zone)})' for name, zone, _ in strange)}.",
            *(Place(key) for _, _, key in strange),
            *(Target(Part.FIELD, key, "time zone") for _, _, key in strange),
            topic=Topic.ENGINEERS,
        )
    return warnings
