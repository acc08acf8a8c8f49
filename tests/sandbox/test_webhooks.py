"""Webhooks: signed with two secrets, given twice, out of order across incidents; a ping first."""

from __future__ import annotations

import hmac
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from webapp.sandbox.render_account import AccountRenderer
from webapp.sandbox.render_history import HistoryRenderer
from webapp.sandbox.small import small
from webapp.sandbox.webhooks import Delivery, deliveries, signature
from webapp.sandbox.world import World

SECRETS = ["an-old-secret", "a-new-secret"]


@pytest.fixture(scope="module")
def given() -> list[Delivery]:
    world = World(small(), lambda: datetime(2026, 11, 21, tzinfo=UTC))
    incidents = world.incidents(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 8, tzinfo=UTC))
    return list(deliveries(incidents, HistoryRenderer(AccountRenderer(world, "us", "http://127.0.0.1:1/us")), SECRETS))


def test_the_signature_is_the_one_of_a_published_vector() -> None:
    body = (
        b'{"event":{"id":"01EXAMPLE","event_type":"pagey.ping","resource_type":"pagey",'
        b'"occurred_at":"2026-08-03T09:00:00.000Z","agent":{"id":"PUSER01","type":"user_reference"},"client":null,'
        b'"data":{"message":"hi","type":"ping"}}}'
    )
    expected = "v1=f14d3a77b45e1958d14f20067b0b1665ffb4098138d93593f98dfa2daf96dd34"
    assert signature(body, ["test-secret-not-real"]) == expected


def test_webhooks_are_signed_with_both_secrets_while_one_is_changed(given: list[Delivery]) -> None:
    for delivery in given:
        wanted = ["v1=" + hmac.new(secret.encode(), delivery.body, sha256).hexdigest() for secret in SECRETS]
        assert delivery.headers["X-PagerDuty-Signature"].split(",") == wanted


def test_webhooks_begin_with_a_ping_and_come_twice_under_one_id(given: list[Delivery]) -> None:
    ping, *others = (json.loads(delivery.body)["event"]["event_type"] for delivery in given)
    assert ping == "pagey.ping"
    assert set(others) >= {"incident.triggered", "incident.acknowledged", "incident.resolved"}
    assert set(Counter(delivery.headers["X-Webhook-Id"] for delivery in given[1:]).values()) == {2}


def test_webhooks_are_in_order_within_an_incident_and_out_of_order_across_them(given: list[Delivery]) -> None:
    events = [json.loads(delivery.body)["event"] for delivery in given[1:]]
    times = defaultdict(list)
    for event in events:
        times[event["data"]["number"]].append(event["occurred_at"])
    assert all(own == sorted(own) for own in times.values())
    occurred = [event["occurred_at"] for event in events]
    assert occurred != sorted(occurred)
