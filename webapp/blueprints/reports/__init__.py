"""The report generator: ask, read PagerDuty in slices, preview while adjusting the pay settings, download."""

from webapp.blueprints.reports.routes import blueprint

__all__ = ["blueprint"]
