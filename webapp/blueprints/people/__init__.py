"""Engineers' own pay settings outside a report: values with dates and history, corrections, import of several."""

from webapp.blueprints.people import import_table as import_table  # its route
from webapp.blueprints.people.routes import blueprint

__all__ = ["blueprint"]
