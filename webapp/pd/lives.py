"""An incident's log as lives: each from a trigger to its resolution; a reopening begins the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from webapp.pd.records import IncidentRecord, LogEntry

ALIVE = frozenset({"trigger", "reopen", "acknowledge", "unacknowledge", "assign", "delegate", "escalate"})
"""Kinds that cannot happen to a resolved incident, so that one after a resolution tells of a reopening.
PagerDuty documents no entry of its own for that."""


@dataclass(frozen=True, slots=True)
class Life:
    """What happened from a trigger to its resolution, in order; `resolved` is None while it is open."""

    triggered_at: datetime
    entries: tuple[LogEntry, ...]
    resolved: LogEntry | None


def lives(incident: IncidentRecord, log: Iterable[LogEntry], triggered_at: datetime, read_at: datetime) -> list[Life]:
    """Split a log at its resolutions, leaving out what happened after `read_at`.

    Of what happened in one second, a resolution is last: ids do not tell an order. A resolution that the log does not
    hold is taken from the incident.
    """
    past = [entry for entry in log if entry.created_at <= read_at]
    past.sort(key=lambda entry: (entry.created_at, entry.kind == "resolve", entry.id))
    found: list[Life] = []
    started: datetime | None = triggered_at
    current: list[LogEntry] = []
    for entry in past:
        if started is None and entry.kind in ALIVE:
            started = entry.created_at
        if started is None:
            continue  # a note on something that is over
        current.append(entry)
        if entry.kind == "resolve":
            found.append(Life(started, tuple(current), entry))
            started, current = None, []
    if started is not None:
        resolved = resolution(incident, read_at)
        if resolved and resolved.created_at >= started:
            current.append(resolved)
            found.append(Life(started, tuple(current), resolved))
        else:
            found.append(Life(started, tuple(current), None))
    return found


def resolution(incident: IncidentRecord, read_at: datetime) -> LogEntry | None:
    """What the incident itself tells of its resolution, as an entry of a log."""
    if incident.resolved_at is None or incident.resolved_at > read_at:
        return None
    return LogEntry(
        f"{incident.id}-resolved", "resolve", incident.id, incident.resolved_at, incident.changed_by, "", ()
    )
