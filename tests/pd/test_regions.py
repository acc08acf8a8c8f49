from __future__ import annotations

import pytest

from webapp.pd.regions import Endpoints, Region, region_of, subdomain_of


def test_each_region_has_its_own_rest_host() -> None:
    endpoints = Endpoints()
    assert endpoints.rest(Region.US) == "https://api.pagerduty.com"
    assert endpoints.rest(Region.EU) == "https://api.eu.pagerduty.com"


@pytest.mark.parametrize(
    ("url", "region", "subdomain"),
    [
        ("https://acme.pagerduty.com/users/P1", Region.US, "acme"),
        ("https://acme.eu.pagerduty.com/users/P1", Region.EU, "acme"),
        ("https://pagerduty.com.evil.example/users/P1", None, None),
        ("https://evilpagerduty.com/", None, None),
        ("https://[acme.pagerduty.com", None, None),
        (None, None, None),
    ],
)
def test_links_tell_region_and_account(url: str | None, region: Region | None, subdomain: str | None) -> None:
    assert region_of(url) == region
    assert subdomain_of(url) == subdomain
