"""Ten months of time on call, added up here from /schedules/{id} alone: what we read is no hour more or less."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import requests

from tests.patience import PATIENCE_SECONDS
from webapp.pd.probe import connect
from webapp.pd.reader import Reading
from webapp.pd.records import OnCallRow
from webapp.pd.regions import Endpoints, Region
from webapp.pd.request import Mode, Organisation, ReadRequest
from webapp.pd.transport import Credential, CredentialKind
from webapp.sandbox import running
from webapp.sandbox.small import DATA_SUN, OFFICE

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONTHS = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 12)]
Held = Counter[tuple[str, str]]
"""Seconds by schedule and engineer."""


def add(held: Held, schedule_id: str, spans: list[tuple[str, datetime, datetime]]) -> None:
    """Each engineer's time once, however often it is told."""
    for user_id in {who for who, _, _ in spans}:
        reached = datetime.min.replace(tzinfo=UTC)
        for start, end in sorted((start, end) for who, start, end in spans if who == user_id):
            held[schedule_id, user_id] += max(timedelta(), end - max(start, reached)) // timedelta(seconds=1)
            reached = max(reached, end)


def of_month(url: str, key: str, schedule_id: str, since: datetime, until: datetime) -> Any:
    """What PagerDuty itself renders of one schedule and month."""
    shift_based = schedule_id == DATA_SUN
    query = {"since": since.isoformat(), "until": until.isoformat()} | (
        {"include[]": "final_schedule"} if shift_based else {"time_zone": "UTC"}
    )
    answer = requests.get(
        f"{url}{'/v3' if shift_based else ''}/schedules/{schedule_id}",
        params=query,
        headers={"Authorization": f"Token token={key}"},
        timeout=PATIENCE_SECONDS,
    )
    final = answer.json()["schedule"]["final_schedule"]
    if shift_based:
        found = [
            (one["member"].get("user_id"), one["start_time"], one["end_time"])
            for one in final["computed_shift_assignments"]
        ]
    else:
        found = [(one["user"]["id"], one["start"], one["end"]) for one in final["rendered_schedule_entries"]]
    return [(who, datetime.fromisoformat(start), datetime.fromisoformat(end)) for who, start, end in found if who]


def within(rows: list[OnCallRow], since: datetime, until: datetime) -> list[tuple[str, datetime, datetime]]:
    cut = [(row.user_id, max(row.start or since, since), min(row.end or until, until)) for row in rows]
    return [(who, start, end) for who, start, end in cut if start < end]


@pytest.mark.slow
def test_the_hours_of_ten_months_are_those_of_the_schedules_themselves() -> None:
    with running("small", now=lambda: NOW, rate_limit=None) as sandbox:
        key = sandbox.credentials.us.read_only
        endpoints = Endpoints(sandbox.us_url, sandbox.eu_url, sandbox.identity_url)
        client = connect(endpoints, Region.US, Credential(CredentialKind.KEY, key))
        asked = ReadRequest(MONTHS[0], MONTHS[-1], Organisation(), Mode.RESOLVED, also_pay=frozenset({"Office moves"}))
        reading = Reading(asked, client, NOW)
        while not reading.complete:
            reading.advance(lambda: False)
        records = reading.result
        ours, theirs = Held(), Held()
        for since, until in pairwise(MONTHS):
            for schedule_id in records.schedules:
                rows = [row for row in (*records.on_call, *records.also_on_call) if row.schedule_id == schedule_id]
                add(ours, schedule_id, within(rows, since, until))
                add(theirs, schedule_id, of_month(sandbox.us_url, key, schedule_id, since, until))
    assert theirs == ours
    length = Decimal((MONTHS[-1] - MONTHS[0]).days * 24)
    office = sum(seconds for (schedule_id, _), seconds in ours.items() if schedule_id == OFFICE)
    assert Decimal(office) / 3600 == length
    assert len({schedule_id for schedule_id, _ in ours}) == len(records.schedules) == 7
