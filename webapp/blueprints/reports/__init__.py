"""The report generator: ask, read PagerDuty in slices, preview while adjusting the pay settings, download."""

from webapp.blueprints.reports import comparison, payroll, seen
from webapp.blueprints.reports.routes import blueprint

__all__ = ["blueprint", "comparison", "payroll", "seen"]  # the routes of the latter three are the blueprint's, too
