"""Calendars by region and year: what is a holiday, who says so, and corrections of it."""

from webapp.blueprints.calendars.routes import blueprint

__all__ = ["blueprint"]
