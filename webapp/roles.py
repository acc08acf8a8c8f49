"""The roles, and which page each may use. What is not listed here is for managers and admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webapp.models import Account

EVERYBODY = frozenset(
    {
        "account.change_password",
        "account.close",
        "account.show",
        "auth.join",
        "auth.login",
        "auth.logout",
        "auth.setup",
        "calendars.index",
        "calendars.show",
        "compare.upload",
        "connection.confirm_disconnect",
        "connection.disconnect",
        "connection.page",
        "connection.test",
        "health.live",
        "pages.home",
        "policies.download",
        "policies.index",
        "policies.show",
        "reports.also_include",
        "reports.back",
        "reports.back_to_saved",
        "reports.back_from_file",
        "reports.back_to_review",
        "reports.comparison",
        "reports.deliver",
        "reports.do_without",
        "reports.find_engineers",
        "reports.forget",
        "reports.generator",
        "reports.make_link",
        "reports.payroll",
        "reports.read_again",
        "reports.read_seen",
        "reports.reprice",
        "reports.review",
        "reports.seen_report",
        "reports.show",
        "reports.why",
        "reports.update",
        "static",
        "verify.show",
    }
)
"""Endpoints that a viewer may use, too: making reports and downloading them, but deciding nothing about pay.

Ending a connection of one's own is for everybody: its owner may have had another role when it was made.
"""

ADMINS = frozenset({"connection.share", "connection.stop_sharing", "connection.take_over"})
"""Endpoints for admins only, besides all of the blueprint `admin`."""


@dataclass(frozen=True, slots=True)
class Role:
    """What accounts of a role may do: in a sentence for whoever gives it, and which endpoints."""

    sentence: str
    may_use: Callable[[str], bool]


ROLES: Mapping[str, Role] = {
    "admin": Role("An admin runs the instance and may do everything.", lambda _: True),
    "manager": Role(
        "A manager connects PagerDuty, sets the pay and decides about callouts.",
        lambda endpoint: endpoint not in ADMINS and not endpoint.startswith("admin."),
    ),
    "viewer": Role(
        "A viewer (HR) makes and downloads reports over the shared connection, and changes nothing.",
        lambda endpoint: endpoint in EVERYBODY,
    ),
}
"""By the name that is stored, in the order in which they are offered."""


def may_use(account: Account, endpoint: str) -> bool:
    """Whether the account's role lets it use an endpoint."""
    role = ROLES.get(account.role)
    return role is not None and role.may_use(endpoint)
