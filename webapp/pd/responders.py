"""Who was asked to help with an incident and joined it. PagerDuty tells that they joined, never when they worked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from webapp.pd.evidence import merge_targets
from webapp.pd.records import LogEntry
from webapp.pd.result import Records


@dataclass(frozen=True, slots=True)
class Joined:
    """A responder who joined an incident."""

    incident_id: str
    user_id: str
    at: datetime


def joined_responders(records: Records, known: Collection[tuple[str, str]]) -> tuple[Joined, ...]:
    """The engineers of the scope who joined, by time; without those whose work is `known`, by incident and user id.

    Of an incident that was merged away they joined the one that it was merged into. The incident itself tells it, and
    keeps telling it once it is resolved; its log tells it where that was read.
    """
    first: dict[tuple[str, str], Joined] = {}
    targets = merge_targets(records.incidents)
    for found in (*_of_incidents(records), *_of_log(records)):
        target = targets.get(found.incident_id)
        one = replace(found, incident_id=target.id) if target else found
        key = (one.incident_id, one.user_id)
        if key in known or one.user_id not in records.users or one.at > records.read_at:
            continue
        if key not in first or one.at < first[key].at:
            first[key] = one
    return tuple(sorted(first.values(), key=lambda one: (one.at, one.incident_id, one.user_id)))


def _of_incidents(records: Records) -> Iterator[Joined]:
    for incident in records.incidents.values():
        for user_id, at in incident.joined:
            yield Joined(incident.id, user_id, at or incident.created_at)


def _of_log(records: Records) -> Iterator[Joined]:
    for entry in records.log_entries:
        if entry.agent and entry.incident_id in records.incidents and _joins(entry):
            yield Joined(entry.incident_id, entry.agent.id, entry.created_at)


def _joins(entry: LogEntry) -> bool:
    """PagerDuty documents no type for it; captures call it by what the responder did."""
    return "responder" in entry.kind and ("join" in entry.kind or "accept" in entry.kind)
