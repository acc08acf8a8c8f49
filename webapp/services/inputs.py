"""One digest for everything that a report was priced from: what was read, the policy, what is set for engineers.

Two workbooks with the same digest rest on the same facts, whenever they were read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from hashlib import sha256
from operator import attrgetter
from typing import Any

from webapp.services.reporting import Draft, ReportError


def inputs_digest(draft: Draft) -> str:
    """SHA-256, 64 hexadecimal digits; the order in which PagerDuty gave its records does not matter."""
    records = draft.records
    if records is None:
        raise ReportError("PagerDuty is still being read.")
    parts: dict[str, Iterable[Any]] = {
        "policy": [draft.policy, *(saved.rules for saved in draft.basis.stretches)],
        "settings": draft.own.values(),
        "decisions": [
            *draft.decisions.callouts.items(),
            *draft.decisions.acts.values(),
            *draft.decisions.work.values(),
        ],
        "users": records.users.values(),
        "on call": records.on_call,
        "incidents": records.incidents.values(),
        "log": records.log_entries,
        "schedules": records.schedules.values(),
        "escalation policies": records.policies.values(),
        "hidden": records.unseen_incident_ids,
        "left out": records.left_out_parts,
    }
    digest = sha256()
    for name, elements in parts.items():
        digest.update(_digest(name) + b"".join(sorted(map(_digest, elements))))
    return digest.hexdigest()


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
