"""Real reads over HTTP from the simulated PagerDuty."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from tests.patience import PATIENCE_SECONDS
from tests.pd.conftest import usual_rules
from webapp.pd import oauth
from webapp.pd.client import Client
from webapp.pd.errors import Forbidden, NotFound, OAuthError, RateLimited, Refused
from webapp.pd.evidence import find_evidence
from webapp.pd.probe import AccountKind, connect, describe, find_region
from webapp.pd.reader import Reading, Records
from webapp.pd.regions import Endpoints, Region
from webapp.pd.request import Individual, Mode, Organisation, ReadRequest, Scope, Team
from webapp.pd.shifts import Duty
from webapp.pd.timing import Timing
from webapp.pd.transport import Credential, CredentialKind
from webapp.sandbox.faults import Fault
from webapp.sandbox.server import Running, running

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 9, 28, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
ADMIN = "PUZKPGH"
REDIRECT = "http://127.0.0.1:5000/connection/callback"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(org="small", port=0, now=lambda: NOW, rate_limit=None) as served:
        yield served


@pytest.fixture
def endpoints(sandbox: Running) -> Iterator[Endpoints]:
    yield Endpoints(sandbox.us_url, sandbox.eu_url, sandbox.identity_url)
    requests.post(f"{sandbox.url}/control/reset", timeout=PATIENCE_SECONDS).raise_for_status()


@pytest.fixture
def client(sandbox: Running, endpoints: Endpoints) -> Client:
    key = Credential(CredentialKind.KEY, sandbox.credentials.eu.read_only)
    return connect(endpoints, Region.EU, key, Timing(scale=0.001))


def read(client: Client, scope: Scope, mode: Mode = Mode.ACKNOWLEDGED) -> Records:
    reading = Reading(ReadRequest(SINCE, UNTIL, scope, mode), client, NOW)
    while not reading.complete:
        reading.advance(lambda: False)
    return reading.result


def test_keys_of_both_regions_are_placed(sandbox: Running, endpoints: Endpoints) -> None:
    for region in Region:
        keys = sandbox.credentials.of(region)
        found, account = find_region(endpoints, keys.read_only)
        assert (found, account.kind) == (region, AccountKind.ACCOUNT)
        found, account = find_region(endpoints, keys.user)
        assert (found, account.kind) == (region, AccountKind.USER)
        assert account.user_name
    with pytest.raises(Refused):
        find_region(endpoints, "y_unknown")


def test_four_requests_at_once_read_what_one_after_another_does(sandbox: Running, endpoints: Endpoints) -> None:
    key = Credential(CredentialKind.KEY, sandbox.credentials.us.read_only)
    one, four = (read(connect(endpoints, Region.US, key, Timing(), parallel), Organisation()) for parallel in (1, 4))
    assert one == four
    assert one.differences == ()
    assert any(schedule.shift_based for schedule in one.schedules.values())


def test_an_organisation_is_read_whole(client: Client) -> None:
    records = read(client, Organisation())
    evidence = find_evidence(records, usual_rules(Mode.ACKNOWLEDGED))
    found, silent = evidence.responses, evidence.unanswered
    named = {one.incident_id for one in found} | {one.incident_id for one in silent}
    assert named == set(records.incidents)
    assert any(one.deleted for one in records.users.values())
    assert any(len(one.spells) > 1 for one in found)
    assert any(not one.on_call for one in found)
    assert any(one.reason.startswith("merged into #") for one in silent)
    assert any(not schedule.policy_ids for schedule in records.schedules.values())
    assert Duty(records.on_call, UNTIL).always
    assert records.unseen_incident_ids == frozenset()
    for one in found:
        for spell in one.spells:
            assert spell.end is None or spell.start <= spell.end <= NOW


@pytest.mark.parametrize("mode", Mode)
def test_an_engineers_responses_are_the_same_in_every_scope(client: Client, mode: Mode) -> None:
    team = client.teams()[0]
    rules = usual_rules(mode)
    whole = find_evidence(read(client, Organisation(), mode), rules).responses
    members = set(client.member_ids(team.id))
    of_team = find_evidence(read(client, Team(team.id), mode), rules)
    assert of_team.responses == tuple(one for one in whole if one.user_id in members)
    assert of_team.responses
    engineer = of_team.responses[0].user_id
    of_one = find_evidence(read(client, Individual(engineer), mode), rules)
    assert of_one.responses == tuple(one for one in whole if one.user_id == engineer)
    assert of_one.unanswered == ()
    assert len(of_team.unanswered) <= len(whole)


def test_a_deleted_engineer_can_be_read_alone(client: Client) -> None:
    gone = next(one for one in read(client, Organisation()).users.values() if one.deleted)
    assert read(client, Individual(gone.id)).users == {gone.id: gone}


def test_an_unknown_team_is_not_found(client: Client) -> None:
    with pytest.raises(NotFound):
        read(client, Team("PNOTEAM"))


@pytest.mark.parametrize(("status", "error"), [(401, Refused), (403, Forbidden), (429, RateLimited)])
def test_a_reading_survives_a_failure(sandbox: Running, client: Client, status: int, error: type[Exception]) -> None:
    expected = read(client, Organisation())
    fault = {"status": status, "times": 1, "path": "/incidents"}
    requests.post(f"{sandbox.url}/control/faults", json=fault, timeout=PATIENCE_SECONDS).raise_for_status()
    reading = Reading(ReadRequest(SINCE, UNTIL, Organisation()), client, NOW)
    with pytest.raises(error):
        reading.advance(lambda: False)
    client.timing.wait(reading.progress.wait_seconds)
    reading.advance(lambda: False)
    assert (reading.result.incidents, reading.result.log_entries) == (expected.incidents, expected.log_entries)


def test_the_proof_counts_the_requests_that_pagerduty_got(sandbox: Running, client: Client) -> None:
    for path in ("/schedules/*", "/incidents", "/log_entries", "/incidents/*"):
        sandbox.state.faults.add(Fault(status=503, path=path, times=2))
    sandbox.state.faults.add(Fault(status=408, path="/oncalls", times=1))
    sandbox.state.requests.clear()
    tallies = read(client, Organisation()).tallies
    assert sum(tally.calls for tally in tallies) == len(sandbox.state.requests)
    assert sum(tally.retries for tally in tallies) == 9


def consent(app: oauth.App, verifier: str, region: Region) -> dict[str, list[str]]:
    """Press Authorize as a browser does, and return what PagerDuty sends back."""
    url = oauth.authorization_url(app, REDIRECT, "state-1", verifier)
    requests.get(url, timeout=PATIENCE_SECONDS).raise_for_status()
    form = dict(parse_qsl(urlsplit(url).query)) | {"account": region.value, "person": ADMIN, "decision": "authorize"}
    back = requests.post(url, data=form, allow_redirects=False, timeout=PATIENCE_SECONDS)
    return parse_qs(urlsplit(back.headers["Location"]).query)


def test_connecting_by_consent_refreshing_and_revoking(sandbox: Running, endpoints: Endpoints) -> None:
    app = oauth.App(sandbox.credentials.client_id, sandbox.credentials.client_secret, endpoints)
    verifier = secrets.token_urlsafe(48)
    back = consent(app, verifier, Region.EU)
    assert back["state"] == ["state-1"]
    tokens, identity = oauth.exchange(app, REDIRECT, back["code"][0], verifier, NOW)
    assert (identity.region, identity.user_id, identity.subdomain) == (Region.EU, ADMIN, "lanternworks-eu")
    assert tokens.expires_at > NOW

    def reader(held: oauth.TokenSet) -> Client:
        return connect(endpoints, identity.region, Credential(CredentialKind.OAUTH, held.access_token))

    account = describe(reader(tokens))
    assert (account.kind, account.user_id, account.subdomain) == (AccountKind.USER, ADMIN, "lanternworks-eu")
    assert tokens.refresh_token
    renewed = oauth.refresh(app, tokens.refresh_token, NOW)
    assert describe(reader(renewed)) == account
    with pytest.raises(OAuthError, match="no longer accepts"):
        oauth.refresh(app, tokens.refresh_token, NOW)
    assert oauth.revoke(app, renewed)
    with pytest.raises(Refused):
        describe(reader(renewed))


def test_a_code_serves_once_and_only_with_its_verifier(sandbox: Running, endpoints: Endpoints) -> None:
    app = oauth.App(sandbox.credentials.client_id, sandbox.credentials.client_secret, endpoints)
    verifier = secrets.token_urlsafe(48)
    code = consent(app, verifier, Region.US)["code"][0]
    with pytest.raises(OAuthError):
        oauth.exchange(app, REDIRECT, code, "another" * 8, NOW)
    with pytest.raises(OAuthError):
        oauth.exchange(app, REDIRECT, code, verifier, NOW)
