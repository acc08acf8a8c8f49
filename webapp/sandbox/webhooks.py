"""Webhooks of version 3: what PagerDuty would deliver about incidents, signed. Nobody subscribes; a test makes them."""

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest
from random import Random
from uuid import UUID

from webapp.sandbox.incidents import Entry, Incident
from webapp.sandbox.render_account import Json
from webapp.sandbox.render_history import HistoryRenderer

_TYPES = {
    "trigger": "triggered", "acknowledge": "acknowledged", "unacknowledge": "unacknowledged", "escalate": "escalated",
    "delegate": "delegated", "annotate": "annotated", "resolve": "resolved",
}  # fmt: skip


@dataclass(frozen=True)
class Delivery:
    """One request to the subscriber: a retry has the same headers and body."""

    headers: dict[str, str]
    body: bytes


def signature(body: bytes, secrets: Iterable[str]) -> str:
    """PagerDuty: HMAC-SHA256 of the raw body, the secret taken as text; several while a secret is being changed."""
    return ",".join("v1=" + hmac.new(secret.encode(), body, sha256).hexdigest() for secret in secrets)


def deliveries(incidents: list[Incident], shown: HistoryRenderer, secrets: list[str]) -> Iterator[Delivery]:
    """A ping, then everything that happened, each delivery twice.

    PagerDuty keeps the order of one incident, not that of several, and delivers at least once.
    """
    chance = Random(f"webhooks:{len(incidents)}")
    yield _delivery(
        _event("pagey.ping", "pagey", "", None, {"message": "Hello", "type": "ping"}, chance), secrets, chance
    )
    events = [[_incident_event(incident, e, shown, chance) for e in incident.entries if e.kind in _TYPES]
              for incident in reversed(incidents)]  # fmt: skip
    for together in zip_longest(*events):
        for event in together:
            if event:
                delivery = _delivery(event, secrets, chance)
                yield delivery
                yield delivery


def _incident_event(incident: Incident, entry: Entry, shown: HistoryRenderer, chance: Random) -> Json:
    whole = shown.incident(incident)
    names = ("id", "type", "self", "html_url", "incident_key", "created_at", "title", "service", "escalation_policy",
             "teams", "priority", "urgency", "conference_bridge", "resolve_reason", "incident_type")  # fmt: skip
    person = entry.agent in shown.account.world.organisation.person
    agent = shown.account.person_reference(entry.agent) if entry.agent and person else None
    status = {"resolve": "resolved", "acknowledge": "acknowledged"}.get(entry.kind, "triggered")
    assignees = [] if status == "resolved" else [shown.account.person_reference(who) for who in entry.people]
    data = {name: whole[name] for name in names} | {"number": incident.number, "status": status, "assignees": assignees}
    occurred = entry.at.isoformat()[:19] + ".000Z"
    return _event(f"incident.{_TYPES[entry.kind]}", "incident", occurred, agent, data, chance)


def _event(kind: str, resource: str, occurred: str, agent: Json | None, data: Json, chance: Random) -> Json:
    return {
        "id": f"01{chance.getrandbits(120):030X}"[:26],
        "event_type": kind,
        "resource_type": resource,
        "occurred_at": occurred or "2026-01-01T00:00:00.000Z",
        "agent": agent,
        "client": None,
        "data": data,
    }


def _delivery(event: Json, secrets: list[str], chance: Random) -> Delivery:
    body = json.dumps({"event": event}).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Webhook-Id": str(UUID(int=chance.getrandbits(128), version=4)),
        "X-PagerDuty-Signature": signature(body, secrets),
    }
    return Delivery(headers, body)
