"""Comparing an earlier workbook with PagerDuty of today: the files are taken here, the answer is a report's page."""

from webapp.blueprints.compare.routes import blueprint

__all__ = ["blueprint"]
