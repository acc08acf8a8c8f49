"""How payroll wants its file: columns, writing, codes. The files themselves are a report's."""

from webapp.blueprints.payroll.routes import blueprint

__all__ = ["blueprint"]
