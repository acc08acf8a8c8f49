"""The report generator: ask, read PagerDuty in slices, preview while adjusting the pay settings, download."""

from webapp.blueprints.reports import payroll, seen
from webapp.blueprints.reports.routes import blueprint

__all__ = ["blueprint", "payroll", "seen"]  # the routes of the latter two are the blueprint's, too
