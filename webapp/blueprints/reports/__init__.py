"""The report generator: ask, read PagerDuty in slices, preview while adjusting the pay settings, download."""

from webapp.blueprints.reports import payroll
from webapp.blueprints.reports.routes import blueprint

__all__ = ["blueprint", "payroll"]  # the routes of the latter are the blueprint's, too
