from __future__ import annotations

from typing import Any

import pytest
from requests_mock import Mocker

from webapp.pd.client import Client
from webapp.pd.errors import Incomplete, NotFound
from webapp.pd.pace import Pace
from webapp.pd.timing import Timing
from webapp.pd.transport import Credential, CredentialKind, Transport

BASE = "https://api.pagerduty.com"
ADA = {"id": "PADA001", "type": "user", "name": "Ada Example", "email": "ada@example.com", "time_zone": "Europe/London"}


@pytest.fixture
def client() -> Client:
    timing = Timing(sleep=lambda _: None)
    return Client(Transport(BASE, Credential(CredentialKind.KEY, "y_key"), Pace(timing=timing), timing=timing))


def users(count: int, *, more: bool) -> dict[str, Any]:
    return {
        "json": {"users": [{"id": f"P{number}", "name": "N"} for number in range(count)], "more": more, "total": None}
    }


def offsets(requests_mock: Mocker) -> list[str]:
    return [request.qs["offset"][0] for request in requests_mock.request_history]


def test_paging_advances_by_what_was_received(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/users", [users(100, more=True), users(40, more=True), users(3, more=False)])
    assert len(client.users()) == 143
    assert offsets(requests_mock) == ["0", "100", "140"]
    assert requests_mock.last_request.qs["limit"] == ["100"]


def test_an_empty_page_ends_a_list(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/users", [users(100, more=True), users(0, more=True)])
    assert len(client.users()) == 100


def test_the_cap_of_ten_thousand_is_reached_exactly_and_not_passed(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/users", json={"users": [], "more": False})
    client.page("/users", "users", offset=9_950)
    assert requests_mock.last_request.qs["limit"] == ["50"]
    with pytest.raises(Incomplete, match="at most 10,000"):
        client.page("/users", "users", offset=10_000)


@pytest.mark.parametrize(
    "body",
    [{}, {"users": None, "more": False}, {"users": ["x"], "more": False}, {"users": []}, {"users": [], "more": None}],
)
def test_a_list_that_cannot_be_read_is_refused(requests_mock: Mocker, client: Client, body: dict[str, Any]) -> None:
    requests_mock.get(f"{BASE}/users", json=body)
    with pytest.raises(Incomplete):
        client.page("/users", "users")


def test_a_total_that_was_asked_for_must_come(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/users", json={"users": [], "more": False, "total": None})
    with pytest.raises(Incomplete):
        client.page("/users", "users", total=True)
    assert requests_mock.last_request.qs["total"] == ["true"]


def test_an_account_key_is_nobody(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/users/me", status_code=400, json={"error": "Because this request was made using..."})
    assert client.me() is None


def test_a_user_key_is_its_user(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/users/me", json={"user": ADA})
    me = client.me()
    assert me is not None
    assert me.name == "Ada Example"


def test_an_engineer_is_found_by_id(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/users/PADA001", json={"user": ADA})
    assert [user.id for user in client.find_users(" PADA001 ")] == ["PADA001"]


def test_an_engineer_is_found_by_name_even_in_capitals(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/users/EXAMPLE", status_code=404)
    requests_mock.get(f"{BASE}/users?query=EXAMPLE", json={"users": [ADA], "more": False})
    assert [user.email for user in client.find_users("EXAMPLE")] == ["ada@example.com"]


def test_an_empty_search_asks_nothing(requests_mock: Mocker, client: Client) -> None:
    assert client.find_users("  ") == []
    assert requests_mock.call_count == 0


def test_an_id_cannot_reach_another_path(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/users/..%2Fincidents", status_code=404)
    with pytest.raises(NotFound):
        client.user("../incidents")


def test_teams_and_their_members(requests_mock: Mocker, client: Client) -> None:
    requests_mock.get(f"{BASE}/teams", json={"teams": [{"id": "PT1", "name": "Payments"}], "more": False})
    requests_mock.get(f"{BASE}/teams/PT1", json={"team": {"id": "PT1", "name": "Payments"}})
    requests_mock.get(
        f"{BASE}/teams/PT1/members", json={"members": [{"user": {"id": "P1"}, "role": "manager"}], "more": False}
    )
    assert [team.name for team in client.teams("pay")] == ["Payments"]
    assert client.team("PT1").name == "Payments"
    assert client.member_ids("PT1") == ["P1"]
