"""What was saved since a report took it in, as far as it touches an engineer or a day of that report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.exports.cells import clean
from webapp.exports.document import MissingChange
from webapp.pd.result import Records
from webapp.pricing.facts import Decision
from webapp.services.engineer_facts import FIRST_DAY, Change, Changes, known_first, value_on
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.people import PaySettings
from webapp.services.policies import in_force_between

FARTHEST_ZONE = timedelta(hours=14)
"""A local date begins at most so long before or after the same date in UTC."""


def saved_changes(inputs: ReportInputs, now: SavedSettings) -> tuple[MissingChange, ...]:
    """What an update would take in: who, what, when, oldest first. What touches others or other days is not told."""
    if inputs.records is None or now == inputs.saved:
        return ()
    updated = inputs.taking_in(now)
    found = [
        *policy_changes(inputs, now),
        *_value_changes(inputs, inputs.records, updated),
        *_decision_changes(inputs, inputs.records, now),
    ]
    return tuple(sorted(found, key=lambda one: (one.at is None, one.at)))


def policy_changes(inputs: ReportInputs, now: SavedSettings) -> list[MissingChange]:
    """The versions saved since that are in force in the period."""
    first, after = inputs.period.first, inputs.period.after
    known = in_force_between(inputs.saved.versions, first, after)
    return [
        MissingChange(
            _signed(f"{saved.label}, in force from {_day(saved.begins)}", "saved", saved.saved_by, saved.saved_at),
            at=saved.saved_at,
        )
        for saved in in_force_between(now.versions, first, after)
        if saved not in known
    ]


def _value_changes(inputs: ReportInputs, records: Records, updated: ReportInputs) -> Iterator[MissingChange]:
    for user_id, user in records.users.items():
        nothing = PaySettings(user_id=user_id, name=user.name, email=user.email)
        old, new = (own.get(user_id, nothing) for own in (inputs.own, updated.own))
        if old == new:
            continue
        name = clean(user.name)
        if old.payroll_number != new.payroll_number:
            yield MissingChange(f"{name}: payroll number {new.payroll_number or 'removed'}", user_id)
        for what in known_first({**old.facts, **new.facts}):
            before, after = old.facts.get(what, ()), new.facts.get(what, ())
            days = sorted(
                {inputs.period.first, *(one.since for one in (*before, *after) if one.since in inputs.period)}
            )
            seen: set[Change | None] = set()
            for day in days:
                change = _begun(after, day)
                if value_on(before, day) != value_on(after, day) and change not in seen:
                    seen.add(change)
                    yield _value_change(name, user_id, what, change)


def _begun(changes: Changes, day: date) -> Change | None:
    """The change that is in force on a day."""
    return next((change for change in reversed(changes) if change.since <= day), None)


def _value_change(name: str, user_id: str, what: str, change: Change | None) -> MissingChange:
    if change is None:
        return MissingChange(f"{name}: {what} of their own removed", user_id)
    words = f"{name}: {what} {change.value or 'as the policy says'} from {_day(change.since)} on"
    return MissingChange(_signed(words, "saved", change.saved_by or "", change.saved_at), user_id, change.saved_at)


def _decision_changes(inputs: ReportInputs, records: Records, now: SavedSettings) -> Iterator[MissingChange]:
    for key in sorted(inputs.decisions.keys() | now.decisions.keys()):
        incident_id, user_id = key[:2]
        before, after = inputs.decisions.get(key), now.decisions.get(key)
        if before == after or user_id not in records.users or not _touches(inputs, records, incident_id, before, after):
            continue
        what = f"{clean(records.users[user_id].name)}, incident #{records.incidents[incident_id].number}"
        if after is None:
            yield MissingChange(f"{what}: the decision was taken back", user_id)
        else:
            words = f"{what}: {after.what} ({after.reason})" if after.reason else f"{what}: {after.what}"
            yield MissingChange(
                _signed(words, "decided", after.decided_by, after.decided_at), user_id, after.decided_at
            )


def _touches(
    inputs: ReportInputs, records: Records, incident_id: str, before: Decision | None, after: Decision | None
) -> bool:
    """Whether work on an incident can lie within the period: by how long it was open, and by the times decided."""
    incident = records.incidents.get(incident_id)
    if incident is None:
        return False
    decided = [one for one in (before, after) if one]
    starts = [incident.created_at, *(one.start for one in decided if one.start)]
    ends = [incident.resolved_at or records.read_at, *(one.end for one in decided if one.end)]
    zone = inputs.basis.document.pay_zone
    first, after_last = (
        datetime.combine(day, time(), ZoneInfo(zone) if zone else UTC)
        for day in (inputs.period.first, inputs.period.after)
    )
    slack = timedelta() if zone else FARTHEST_ZONE
    return min(starts) < after_last + slack and max(ends) >= first - slack


def _signed(words: str, verb: str, by: str, at: datetime | None) -> str:
    """With who and when, as far as that is known."""
    when = f" on {at.astimezone(UTC):%-d %B %Y, %H:%M} UTC" if at else ""
    return f"{words}, {verb} by {by}{when}" if by else words


def _day(day: date) -> str:
    return "the first day" if day == FIRST_DAY else f"{day:%-d %B %Y}"
