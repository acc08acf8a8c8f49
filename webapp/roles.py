"""Which role may use which page. What is not listed here is for managers and admins."""

from __future__ import annotations

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


def may_use(account: Account, endpoint: str) -> bool:
    """Whether the account's role lets it use an endpoint."""
    if account.role == "admin":
        return True
    if endpoint in ADMINS or endpoint.startswith("admin."):
        return False
    return account.role == "manager" or endpoint in EVERYBODY
