from __future__ import annotations

from typing import Any

import pytest
from requests_mock import Mocker

from webapp.pd.errors import Refused, RegionUnclear, Unavailable
from webapp.pd.probe import Account, AccountKind, find_region
from webapp.pd.regions import Endpoints, Region
from webapp.pd.timing import Timing

ENDPOINTS = Endpoints()


def answer(requests_mock: Mocker, base: str, link: str, *, user: bool = False) -> None:
    ada = {"id": "P1", "name": "Ada Example", "role": "admin", "html_url": link}
    me: dict[str, Any] = {"json": {"user": ada}} if user else {"status_code": 400, "json": {"error": "Because ..."}}
    requests_mock.get(f"{base}/users/me", **me)
    requests_mock.get(f"{base}/users", json={"users": [ada], "more": False})


def find(key: str = "y_key") -> tuple[Region, Account]:
    return find_region(ENDPOINTS, key, Timing(sleep=lambda _: None))


def test_an_account_key_of_the_us(requests_mock: Mocker) -> None:
    answer(requests_mock, ENDPOINTS.us, "https://acme.pagerduty.com/users/P1")
    assert find(" y_key\n") == (Region.US, Account(AccountKind.ACCOUNT, "acme"))


def test_a_user_key_of_the_eu(requests_mock: Mocker) -> None:
    requests_mock.get(f"{ENDPOINTS.us}/users/me", status_code=401)
    answer(requests_mock, ENDPOINTS.eu, "https://acme.eu.pagerduty.com/users/P1", user=True)
    assert find() == (Region.EU, Account(AccountKind.USER, "acme", "P1", "Ada Example", "admin"))


def test_a_host_that_answers_for_the_other_region_is_found_out_by_its_links(requests_mock: Mocker) -> None:
    answer(requests_mock, ENDPOINTS.us, "https://acme.eu.pagerduty.com/users/P1")
    answer(requests_mock, ENDPOINTS.eu, "https://acme.eu.pagerduty.com/users/P1")
    assert find()[0] is Region.EU


def test_a_key_that_nobody_takes_is_refused(requests_mock: Mocker) -> None:
    requests_mock.get(f"{ENDPOINTS.us}/users/me", status_code=401)
    requests_mock.get(f"{ENDPOINTS.eu}/users/me", status_code=401, text="<html>")
    with pytest.raises(Refused, match="neither the US nor the EU"):
        find()


def test_a_key_is_not_called_wrong_while_a_region_is_down(requests_mock: Mocker) -> None:
    requests_mock.get(f"{ENDPOINTS.us}/users/me", status_code=401)
    requests_mock.get(f"{ENDPOINTS.eu}/users/me", status_code=503)
    with pytest.raises(Unavailable):
        find()


def test_a_key_that_both_hosts_take_and_nothing_places_is_not_guessed(requests_mock: Mocker) -> None:
    for base in (ENDPOINTS.us, ENDPOINTS.eu):
        answer(requests_mock, base, "")
    with pytest.raises(RegionUnclear, match="Choose the region"):
        find()
    assert find_region(ENDPOINTS, "y_key", Timing(), Region.EU) == (Region.EU, Account(AccountKind.ACCOUNT, None))


def test_a_key_is_not_placed_by_one_host_while_the_other_is_down(requests_mock: Mocker) -> None:
    answer(requests_mock, ENDPOINTS.us, "")
    requests_mock.get(f"{ENDPOINTS.eu}/users/me", status_code=503)
    with pytest.raises(RegionUnclear):
        find()


def test_a_key_that_only_one_host_takes_lives_there(requests_mock: Mocker) -> None:
    answer(requests_mock, ENDPOINTS.us, "")
    requests_mock.get(f"{ENDPOINTS.eu}/users/me", status_code=401)
    assert find() == (Region.US, Account(AccountKind.ACCOUNT, None))


def test_a_chosen_region_is_asked_alone(requests_mock: Mocker) -> None:
    requests_mock.get(f"{ENDPOINTS.eu}/users/me", status_code=401)
    with pytest.raises(Refused, match="no such key in the EU region"):
        find_region(ENDPOINTS, "y_key", Timing(), Region.EU)
    assert {request.hostname for request in requests_mock.request_history} == {"api.eu.pagerduty.com"}
