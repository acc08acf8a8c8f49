"""An incident's log as cycles: each from a trigger to its resolution; a reopening begins the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from webapp.pd.records import IncidentRecord, LogEntry

HANDING_OVER = frozenset({"assign", "delegate", "escalate"})
ALIVE = frozenset({"trigger", "reopen", "acknowledge", "unacknowledge"}) | HANDING_OVER
"""Kinds that cannot happen to a resolved incident, so that one after a resolution tells of a reopening.
PagerDuty documents no entry of its own for that."""

PAGED, HANDED_OVER = 1, 4
RANKS = {"trigger": 0, "reopen": 0, "acknowledge": 2, "snooze": HANDED_OVER, "resolve": 5} | dict.fromkeys(
    HANDING_OVER, PAGED
)
"""Of what happens within one second; anything else comes after an acknowledgement."""


@dataclass(frozen=True, slots=True)
class IncidentCycle:
    """What happened from a trigger to its resolution, in order; `resolved` is None while it is open."""

    triggered_at: datetime
    entries: tuple[LogEntry, ...]
    resolved: LogEntry | None


def cycles(
    incident: IncidentRecord, log: Iterable[LogEntry], triggered_at: datetime, read_at: datetime
) -> list[IncidentCycle]:
    """Split a log at its resolutions, leaving out what happened after `read_at`.

    A resolution that the log does not hold is taken from the incident.
    """
    past = [entry for entry in log if entry.created_at <= read_at]
    past.sort(key=_order)
    found: list[IncidentCycle] = []
    started: datetime | None = triggered_at
    current: list[LogEntry] = []
    for entry in past:
        if started is None and entry.kind in ALIVE:
            started = entry.created_at
        if started is None:
            continue  # a note on something that is over
        current.append(entry)
        if entry.kind == "resolve":
            found.append(IncidentCycle(started, tuple(current), entry))
            started, current = None, []
    if started is not None:
        resolved = resolution(incident, read_at)
        if resolved and resolved.created_at >= started:
            current.append(resolved)
            found.append(IncidentCycle(started, tuple(current), resolved))
        else:
            found.append(IncidentCycle(started, tuple(current), None))
    return found


def resolution(incident: IncidentRecord, read_at: datetime) -> LogEntry | None:
    """What the incident itself tells of its resolution, as an entry of a log."""
    if incident.resolved_at is None or incident.resolved_at > read_at:
        return None
    return LogEntry(
        f"{incident.id}-resolved", "resolve", incident.id, incident.resolved_at, incident.changed_by, "", ()
    )


def _order(entry: LogEntry) -> tuple[datetime, int, str]:
    """By time. PagerDuty: ids do not tell what came first within a second, so what happened does.

    It is paged, then acknowledged, then handed over or put to sleep by a person, and at last resolved.
    """
    rank = RANKS.get(entry.kind, 3)
    if rank == PAGED and entry.agent and entry.agent.type.startswith("user"):
        rank = HANDED_OVER
    return entry.created_at, rank, entry.id
