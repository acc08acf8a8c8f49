"""PagerDuty's own client, pointed at the same sandbox, reads what we read. It is a witness, no part of the product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from pagerduty import RestApiV2Client

from webapp.pd.probe import connect
from webapp.pd.reader import Reading, Records
from webapp.pd.records import OnCallRow
from webapp.pd.regions import Endpoints, Region
from webapp.pd.request import Organisation, ReadRequest
from webapp.pd.transport import Credential, CredentialKind
from webapp.sandbox import Running, running

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = {"since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z", "time_zone": "UTC"}
Json = dict[str, Any]


class ToSandbox(httpx2.HTTPTransport):
    """Leads to the sandbox whatever was meant for PagerDuty: the official client insists on https."""

    def __init__(self, sandbox: Running) -> None:
        super().__init__()
        self._base = sandbox.us_url

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = httpx2.URL(self._base + request.url.raw_path.decode())
        return super().handle_request(request)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running("small", now=lambda: NOW, rate_limit=None) as served:
        yield served


@pytest.fixture(scope="module")
def ours(sandbox: Running) -> Records:
    endpoints = Endpoints(sandbox.us_url, sandbox.eu_url, sandbox.identity_url)
    client = connect(endpoints, Region.US, Credential(CredentialKind.KEY, sandbox.credentials.us.read_only))
    reading = Reading(ReadRequest(SINCE, UNTIL, Organisation()), client, NOW)
    while not reading.complete:
        reading.advance(lambda: False)
    return reading.result


@pytest.fixture(scope="module")
def witness(sandbox: Running) -> Iterator[RestApiV2Client]:
    with RestApiV2Client(sandbox.credentials.us.read_only, transport=ToSandbox(sandbox)) as client:
        yield client


def test_the_official_client_reads_the_same_users(witness: RestApiV2Client, ours: Records) -> None:
    theirs = {user["id"]: (user["name"], user["email"], user["time_zone"]) for user in witness.iter_all("users")}
    listed = {user.id: (user.name, user.email, user.time_zone) for user in ours.users.values() if not user.deleted}
    assert theirs == listed


def test_the_official_client_reads_the_same_schedules_of_both_kinds(witness: RestApiV2Client, ours: Records) -> None:
    layered = {schedule["id"]: schedule["name"] for schedule in witness.iter_all("schedules")}
    shift_based = {schedule["id"]: schedule["summary"] for schedule in witness.jget("/v3/schedules")["schedules"]}
    assert layered
    assert shift_based
    assert layered | shift_based == {schedule.id: schedule.name for schedule in ours.schedules.values()}


def test_the_official_client_reads_the_same_on_calls(witness: RestApiV2Client, ours: Records) -> None:
    theirs = {OnCallRow.read(row) for row in witness.iter_all("oncalls", params=WINDOW)}
    # We ask a second wider: shifts that only touch the window are among ours.
    assert theirs == {row for row in ours.on_call if (row.start or SINCE) < UNTIL and (row.end or UNTIL) > SINCE}


def test_the_official_client_reads_the_same_incidents(witness: RestApiV2Client, ours: Records) -> None:
    listed = witness.iter_all("incidents", params=WINDOW | {"statuses[]": ["triggered", "acknowledged", "resolved"]})
    theirs = {incident["id"]: when(incident) for incident in listed}
    within = {
        incident.id: (incident.created_at, incident.resolved_at)
        for incident in ours.incidents.values()
        if SINCE <= incident.created_at <= UNTIL
    }
    assert len(theirs) > 60
    assert theirs == within


def test_the_official_client_divided_into_small_windows_reads_the_same_incidents(
    witness: RestApiV2Client, ours: Records
) -> None:
    theirs = {
        incident["id"]
        for day in range(31)
        for incident in witness.iter_history("/incidents", SINCE + timedelta(day), SINCE + timedelta(day + 1))
    }
    assert theirs == {incident.id for incident in ours.incidents.values() if incident.created_at >= SINCE}


def when(incident: Json) -> tuple[datetime, datetime | None]:
    resolved = incident["resolved_at"]
    return datetime.fromisoformat(incident["created_at"]), datetime.fromisoformat(resolved) if resolved else None
