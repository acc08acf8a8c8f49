"""What was saved since a report took it in, as far as it touches an engineer or a day of that report."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.exports.cells import clean
from webapp.exports.document import MissingChange
from webapp.pd.result import Records
from webapp.pricing.facts import Decision, Span
from webapp.services.callout_decisions import ActDecision, Decisions, WorkDecision
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


@dataclass(frozen=True, slots=True)
class _Decided:
    """What somebody decided, of whatever kind."""

    incident_id: str
    user_id: str | None
    """Whom it is about; None: whoever worked on the incident."""
    what: str
    reason: str
    by: str
    at: datetime
    times: tuple[datetime, ...] = ()
    """Every instant that it names."""


def _decided(decisions: Decisions) -> dict[Hashable, _Decided]:
    """Every decision, by what there can be one of only."""
    found: dict[Hashable, _Decided] = {}
    for (incident_id, user_id), one in decisions.callouts.items():
        found["callout", incident_id, user_id] = _of(one, incident_id, user_id, one.what, _instants(one.times))
    for (incident_id, user_id), work in decisions.work.items():
        found["work", incident_id, user_id] = _of(work, incident_id, user_id, "work recorded", _instants(work.times))
    for entry_id, act in decisions.acts.items():
        # Whoever it was, somebody else may lose by it: it is about the incident.
        found["act", entry_id] = _of(act, act.incident_id, None, "somebody said who it was", (act.at,))
    return found


def _of(
    one: Decision | ActDecision | WorkDecision,
    incident_id: str,
    user_id: str | None,
    what: str,
    times: tuple[datetime, ...],
) -> _Decided:
    return _Decided(incident_id, user_id, what, one.reason, one.decided_by, one.decided_at, times)


def _instants(times: Iterable[Span]) -> tuple[datetime, ...]:
    return tuple(instant for span in times for instant in (span.start, span.end))


def _decision_changes(inputs: ReportInputs, records: Records, now: SavedSettings) -> Iterator[MissingChange]:
    before, after = _decided(inputs.decisions), _decided(now.decisions)
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        known = [one for one in (old, new) if one]
        if old == new or not _touches(inputs, records, known):
            continue
        user_id = known[-1].user_id
        user = records.users.get(user_id or "")
        where = f"{clean(user.name) + ', ' if user else ''}incident #{records.incidents[known[-1].incident_id].number}"
        if new is None:
            yield MissingChange(f"{where}: the decision was taken back", user_id)
        else:
            words = f"{where}: {new.what} ({new.reason})" if new.reason else f"{where}: {new.what}"
            yield MissingChange(_signed(words, "decided", new.by, new.at), user_id, new.at)


def _touches(inputs: ReportInputs, records: Records, decided: Sequence[_Decided]) -> bool:
    """Whether they are about somebody of the report, and about work that can lie within the period."""
    incident = records.incidents.get(decided[-1].incident_id)
    if incident is None or all(one.user_id and one.user_id not in records.users for one in decided):
        return False
    instants = [
        incident.created_at,
        incident.resolved_at or records.read_at,
        *(instant for one in decided for instant in one.times),
    ]
    zone = inputs.basis.document.pay_zone
    first, after_last = (
        datetime.combine(day, time(), ZoneInfo(zone) if zone else UTC)
        for day in (inputs.period.first, inputs.period.after)
    )
    slack = timedelta() if zone else FARTHEST_ZONE
    return min(instants) < after_last + slack and max(instants) >= first - slack


def _signed(words: str, verb: str, by: str, at: datetime | None) -> str:
    """With who and when, as far as that is known."""
    when = f" on {at.astimezone(UTC):%-d %B %Y, %H:%M} UTC" if at else ""
    return f"{words}, {verb} by {by}{when}" if by else words


def _day(day: date) -> str:
    return "the first day" if day == FIRST_DAY else f"{day:%-d %B %Y}"
