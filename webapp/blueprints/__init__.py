"""The pages: each blueprint turns a request into values, asks a service, and shows what it says."""

from __future__ import annotations

from flask import Flask

from webapp import clock
from webapp.blueprints import (
    account,
    admin,
    auth,
    calendars,
    compare,
    connection,
    filters,
    health,
    pages,
    payroll,
    people,
    policies,
    reports,
    verify,
)
from webapp.blueprints.current import close_database

NAVIGATION = (
    ("reports.generator", "Reports"),
    ("policies.index", "Policy"),
    ("people.index", "Engineers"),
    ("calendars.index", "Calendars"),
    ("verify.show", "Verify"),
    ("compare.upload", "Compare"),
    ("payroll.settings", "Payroll"),
    ("account.show", "Account"),
    ("admin.accounts", "Admin"),
)
"""Endpoint and words; whoever may not use an endpoint is not shown it."""

# Own styles (the CSP allows no inline ones), nothing evaluated, our own server only; every answer with a body is shown.
HTMX_CONFIG = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "selfRequestsOnly": True,
    "responseHandling": [{"code": "204", "swap": False}, {"code": "...", "swap": True}],
}


def init_app(app: Flask) -> None:
    """Register every blueprint, and what all of their templates know."""
    for part in (
        pages, auth, account, admin, connection, policies, people, calendars, reports, verify, compare, payroll, health,
    ):  # fmt: skip
        app.register_blueprint(part.blueprint)
    filters.init_app(app)
    pages.init_app(app)
    app.teardown_appcontext(close_database)
    app.jinja_env.globals.update(navigation=NAVIGATION, htmx_config=HTMX_CONFIG, clock=clock)
