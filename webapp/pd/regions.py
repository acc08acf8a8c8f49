"""Where PagerDuty lives: two regions with their own REST hosts, one identity host for both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Region(StrEnum):
    """PagerDuty's service regions; an account lives in exactly one."""

    US = "us"
    EU = "eu"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base URLs without a trailing slash. Only settings may replace the defaults, never what a user typed."""

    us: str = "https://api.pagerduty.com"
    eu: str = "https://api.eu.pagerduty.com"
    identity: str = "https://identity.pagerduty.com"

    def rest(self, region: Region) -> str:
        """Base URL of the region's REST API."""
        return {Region.US: self.us, Region.EU: self.eu}[region]


def region_of(url: str | None) -> Region | None:
    """Region that a link to PagerDuty's web app or API tells, such as https://acme.eu.pagerduty.com/users/P1."""
    host = _host(url)
    if host.endswith(".eu.pagerduty.com"):
        return Region.EU
    return Region.US if host.endswith(".pagerduty.com") else None


def subdomain_of(html_url: str | None) -> str | None:
    """Subdomain of the account in a link to its web app."""
    label, _, domain = _host(html_url).partition(".")
    return label if domain in {"pagerduty.com", "eu.pagerduty.com"} else None


def _host(url: str | None) -> str:
    """The host of a link; empty where it is none."""
    try:
        return urlsplit(url or "").hostname or ""
    except ValueError:
        return ""
