"""What a report is made of, part by part: how each is read, what of it is digested, what was saved of it since.

A part that is saved is a field of `SavedSettings` and a row here; one that PagerDuty has is a field of `Records` and a
row. Two workbooks with the same digest rest on the same facts, whenever they were read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from hashlib import sha256
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from webapp.exports.document import MissingChange
from webapp.pd.result import Records
from webapp.services.calendars.concerned import shape
from webapp.services.calendars.missing import calendar_changes as calendars_changed
from webapp.services.calendars.store import calendar_changes
from webapp.services.callout_decisions import decisions
from webapp.services.facts import dates_read
from webapp.services.inputs import ReportInputs, SavedSettings, corrected_days
from webapp.services.people import pay_settings
from webapp.services.policies import saved_policies
from webapp.services.saved_changes import decision_changes, policy_changes, shadow_changes, value_changes
from webapp.services.shadow_rotations import shadow_rotations


@dataclass(frozen=True, slots=True)
class SavedPart:
    """A field of `SavedSettings`, by its name."""

    field: str
    name: str
    """In the digest."""
    read: Callable[[Session, str], Any]
    """As it is now, for one PagerDuty account by its subdomain."""
    elements: Callable[[ReportInputs, Records], Iterable[Any]]
    """What is digested of it, in any order."""
    changes: Callable[[ReportInputs, Records, SavedSettings, ReportInputs], Iterable[MissingChange]]
    """What an update would take in: of the inputs, what was read, what is saved now, the inputs after the update."""
    is_newer: bool = False
    """Digested only where there is any: what workbooks say that were made before there was the part stays true."""


def _corrected(inputs: ReportInputs, records: Records) -> list[Any]:
    """The days that count otherwise than the package has them, each with the engineers for whom."""
    found: dict[tuple[Any, ...], list[str]] = {}
    for (day, user_id), one in corrected_days(inputs, records, inputs.calendars, *dates_read(records)).items():
        if one.differs:
            found.setdefault((day, shape(one.holiday)), []).append(user_id)
    return [(key, sorted(user_ids)) for key, user_ids in found.items()]


SAVED_PARTS = (
    SavedPart(
        "versions",
        "policy",
        lambda session, _: tuple(saved_policies(session)),
        lambda inputs, _: [inputs.policy, *(saved.rules for saved in inputs.basis.stretches)],
        lambda inputs, _, now, __: policy_changes(inputs, now),
    ),
    SavedPart(
        "own",
        "settings",
        pay_settings,
        lambda inputs, _: inputs.own.values(),
        lambda inputs, records, _, updated: value_changes(inputs, records, updated),
    ),
    SavedPart(
        "decisions",
        "decisions",
        decisions,
        lambda inputs, _: inputs.decisions.records(),
        lambda inputs, records, now, _: decision_changes(inputs, records, now),
    ),
    SavedPart(
        "calendars",
        "calendars",
        calendar_changes,
        _corrected,
        lambda inputs, records, _, updated: calendars_changed(inputs, records, updated),
        is_newer=True,
    ),
    SavedPart(
        "shadows",
        "shadows",
        shadow_rotations,
        lambda inputs, _: inputs.saved.shadows.values(),
        lambda inputs, records, now, _: shadow_changes(inputs, records, now),
    ),
)

READ_PARTS: Mapping[str, tuple[str, Callable[[Records], Iterable[Any]]]] = {
    "assignments": ("assignments", lambda records: records.assignments.items()),
    "users": ("users", lambda records: records.users.values()),
    "on_call": ("on call", lambda records: records.on_call),
    "incidents": ("incidents", lambda records: records.incidents.values()),
    "log_entries": ("log", lambda records: records.log_entries),
    "schedules": ("schedules", lambda records: records.schedules.values()),
    "policies": ("escalation policies", lambda records: records.policies.values()),
    "also_on_call": ("also on call", lambda records: records.also_on_call),
    "unseen_incident_ids": ("hidden", lambda records: records.unseen_incident_ids),
    "left_out_parts": ("left out", lambda records: records.left_out_parts),
}
"""Fields of `Records` that are facts, with their names in the digest and their elements."""


def saved_settings(session: Session, subdomain: str) -> SavedSettings:
    """As it is now, for one PagerDuty account."""
    return SavedSettings(**{part.field: part.read(session, subdomain) for part in SAVED_PARTS})


def saved_changes(inputs: ReportInputs, now: SavedSettings) -> tuple[MissingChange, ...]:
    """What an update would take in: who, what, when, oldest first. What touches others or other days is left out."""
    records = inputs.records
    if records is None or now == inputs.saved:
        return ()
    updated = inputs.taking_in(now)
    changes = [change for part in SAVED_PARTS for change in part.changes(inputs, records, now, updated)]
    return tuple(sorted(changes, key=lambda change: (change.at is None, change.at)))


def inputs_digest(inputs: ReportInputs) -> str:
    """SHA-256, 64 hexadecimal digits; the order in which PagerDuty gave its records does not matter."""
    records = inputs.records
    if records is None:
        raise ValueError("PagerDuty is still being read.")
    saved = {part: [*part.elements(inputs, records)] for part in SAVED_PARTS}
    parts = [
        *((part.name, elements) for part, elements in saved.items() if not part.is_newer),
        *((name, elements(records)) for name, elements in READ_PARTS.values()),
        *((part.name, elements) for part, elements in saved.items() if part.is_newer and elements),
    ]
    digest = sha256()
    for name, elements in parts:
        digest.update(_digest(name) + b"".join(sorted(map(_digest, elements))))
    return digest.hexdigest()


def short_digest(settings: Any) -> str:
    """Enough to tell the settings of one report apart."""
    return _digest(settings).hex()[:16]


def _digest(value: Any) -> bytes:
    return sha256(json.dumps(value, default=_plain, sort_keys=True).encode()).digest()


def _plain(value: Any) -> Any:
    """What JSON does not know, in terms of what it does."""
    if is_dataclass(value):
        kind: Any = type(value)
        return [kind.__name__, *_fields(kind)(value)]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Decimal):
        return str(value)
    return dict(value)  # of the mappings that are no dict; anything else is an error of ours


@cache
def _fields(kind: Any) -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*(field.name for field in fields(kind) if field.compare))
