"""What was saved since a report took it in, as far as it touches an engineer or a day of that report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from webapp.exports.cells import clean
from webapp.exports.document import MissingChange
from webapp.exports.money_words import money
from webapp.pd.result import Records
from webapp.pricing.facts import Decision, Span
from webapp.services.at_work import engineers_at_work
from webapp.services.callout_decisions import ActDecision, Decisions, WorkDecision
from webapp.services.engineer_facts import NUMBERS, Change, Changes, day_words, known_first, value_on
from webapp.services.inputs import ReportInputs, SavedSettings
from webapp.services.people import NumberChange, PaySettings
from webapp.services.policies import in_force_between

_Key = TypeVar("_Key", str, tuple[str, str])
_Decided = TypeVar("_Decided", Decision, ActDecision, WorkDecision)

FARTHEST_ZONE = timedelta(hours=14)
"""A local date begins at most so long before or after the same date in UTC."""


def policy_changes(inputs: ReportInputs, now: SavedSettings) -> list[MissingChange]:
    """The versions saved since that are in force on a day that decides about the report's pay."""
    first, after = inputs.reach.first, inputs.reach.after
    apart = inputs.is_apart_from(now)
    known = in_force_between(inputs.saved.versions, first, after)
    return [
        MissingChange(
            _signed(f"{saved.label}, in force from {day_words(saved.begins)}", "saved", saved.saved_by, saved.saved_at)
            + (", is not in these settings" if apart else ""),
            at=saved.saved_at,
            by_update=not apart,
        )
        for saved in in_force_between(now.versions, first, after)
        if saved not in known
    ]


def value_changes(inputs: ReportInputs, records: Records, updated: ReportInputs) -> Iterator[MissingChange]:
    """Engineers' own values that are in force on such a day."""
    paid = _paid(inputs, records)
    for user_id, user in records.users.items():
        nothing = PaySettings(user_id=user_id, name=user.name, email=user.email)
        old, new = (own.get(user_id, nothing) for own in (inputs.own, updated.own))
        if old == new:
            continue
        name = clean(user.name)
        if old.payroll_number != new.payroll_number and user_id in paid:
            saved = new.number_changes[-1] if new.number_changes else NumberChange(new.payroll_number)
            forgotten = "removed, with all that was saved of them"
            words = f"{name}: payroll number {new.payroll_number or ('removed' if new.number_changes else forgotten)}"
            yield MissingChange(_signed(words, "saved", saved.saved_by, saved.saved_at), user_id, saved.saved_at)
        for what in known_first({**old.facts, **new.facts}):
            before, after = old.facts.get(what, ()), new.facts.get(what, ())
            days = sorted({inputs.reach.first, *(one.since for one in (*before, *after) if one.since in inputs.reach)})
            seen: set[Change | None] = set()
            for day in days:
                change = _begun(after, day)
                if value_on(before, day) != value_on(after, day) and change not in seen:
                    seen.add(change)
                    yield _value_change(name, user_id, what, change, inputs.basis.document.currency)


def _paid(inputs: ReportInputs, records: Records) -> set[str]:
    """Whose payroll number can stand in the report."""
    recorded = {user_id for _, user_id in inputs.decisions.work}
    named = {act.user_id for act in inputs.decisions.acts.values() if act.user_id}
    return engineers_at_work(records, inputs.reach) | recorded | named


def _begun(changes: Changes, day: date) -> Change | None:
    """The change that is in force on a day."""
    return next((change for change in reversed(changes) if change.since <= day), None)


def _value_change(name: str, user_id: str, what: str, change: Change | None, currency: str) -> MissingChange:
    if change is None:
        return MissingChange(f"{name}: {what} of their own removed", user_id)
    value = money(Decimal(change.value), currency) if change.value and what in NUMBERS else change.value
    words = f"{name}: {what} {value or 'as the policy says'} from {day_words(change.since)} on"
    return MissingChange(_signed(words, "saved", change.saved_by or "", change.saved_at), user_id, change.saved_at)


def decision_changes(inputs: ReportInputs, records: Records, now: SavedSettings) -> Iterator[MissingChange]:
    """What managers decided of work that can lie on such a day."""
    old, new = inputs.decisions, now.decisions
    yield from _callout_changes(inputs, records, old, new)
    yield from _work_changes(inputs, records, old, new)
    yield from _act_changes(inputs, records, old, new)


def _callout_changes(inputs: ReportInputs, records: Records, old: Decisions, new: Decisions) -> Iterator[MissingChange]:
    for key, before, after in _differing(old.callouts, new.callouts):
        times = [span for one in (before, after) if one for span in one.times]
        if key[1] not in records.users or not _touches(inputs, records, key[0], times):
            continue
        name = clean(records.users[key[1]].name)
        yield _decision_change(records, key[0], name, after.what if after else "", after, key[1])


def _work_changes(inputs: ReportInputs, records: Records, old: Decisions, new: Decisions) -> Iterator[MissingChange]:
    for key, before, after in _differing(old.work, new.work):
        times = [span for one in (before, after) if one for span in one.times]
        if key[1] in records.users and _touches(inputs, records, key[0], times):
            name = clean(records.users[key[1]].name)
            yield _decision_change(records, key[0], name, "work recorded" if after else "", after, key[1])


def _act_changes(inputs: ReportInputs, records: Records, old: Decisions, new: Decisions) -> Iterator[MissingChange]:
    """Whoever is named: somebody else may lose by it."""
    for _, before, after in _differing(old.acts, new.acts):
        act = after or before
        if act is None or not _touches(inputs, records, act.incident_id, [Span(act.at, act.at)]):
            continue
        user = records.users.get(after.user_id or "") if after else None
        who = (
            "a machine or somebody who is not paid"
            if after and after.user_id is None
            else clean(user.name)
            if user
            else "somebody who is not in this report"
        )
        yield _decision_change(records, act.incident_id, "", f"it was {who}" if after else "", after, None)


def shadow_changes(inputs: ReportInputs, records: Records, now: SavedSettings) -> Iterator[MissingChange]:
    """Rotations that engineers of the report hold a schedule through."""
    old, new = inputs.saved.shadows, now.shadows
    for key in sorted(one for one in old.keys() | new.keys() if old.get(one) != new.get(one)):
        shifts = records.assignments.get(key[0], ())
        if not any(shift.rotation_id == key[1] and shift.user_id in records.users for shift in shifts):
            continue
        after, name = new.get(key), clean(records.schedules[key[0]].name)
        if after is None:
            yield MissingChange(f"{name}: the rotation of {old[key].name} is no shadow any more")
            continue
        words = f"{name}: the rotation of {after.name} is an unpaid shadow ({after.reason})"
        yield MissingChange(_signed(words, "set down", after.decided_by, after.decided_at), None, after.decided_at)


def _differing(
    old: Mapping[_Key, _Decided], new: Mapping[_Key, _Decided]
) -> list[tuple[_Key, _Decided | None, _Decided | None]]:
    """What is not the same in both, by key."""
    keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return [(key, old.get(key), new.get(key)) for key in keys]


def _decision_change(
    records: Records,
    incident_id: str,
    name: str,
    what: str,
    after: Decision | ActDecision | WorkDecision | None,
    person_id: str | None,
) -> MissingChange:
    about = ", ".join(filter(None, (name, f"incident #{records.incidents[incident_id].number}")))
    if after is None:
        return MissingChange(f"{about}: the decision was taken back", person_id)
    words = f"{about}: {what} ({after.reason})" if after.reason else f"{about}: {what}"
    return MissingChange(_signed(words, "decided", after.decided_by, after.decided_at), person_id, after.decided_at)


def _touches(inputs: ReportInputs, records: Records, incident_id: str, times: Iterable[Span]) -> bool:
    """Whether work on an incident can lie on a day that decides: by how long it was open, and by the times decided."""
    incident = records.incidents.get(incident_id)
    if incident is None:
        return False
    starts = [incident.created_at, *(span.start for span in times)]
    ends = [incident.resolved_at or records.read_at, *(span.end for span in times)]
    zone = inputs.basis.document.pay_zone
    first, after_last = (
        datetime.combine(day, time(), ZoneInfo(zone) if zone else UTC)
        for day in (inputs.reach.first, inputs.reach.after)
    )
    slack = timedelta() if zone else FARTHEST_ZONE
    return min(starts) < after_last + slack and max(ends) >= first - slack


def _signed(words: str, verb: str, by: str, at: datetime | None) -> str:
    """With who and when, as far as that is known."""
    when = f" on {at.astimezone(UTC):%-d %B %Y, %H:%M} UTC" if at else ""
    return f"{words}, {verb} by {by}{when}" if by else words
