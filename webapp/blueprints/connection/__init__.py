"""The PagerDuty connection: its card, connecting by consent or by key, testing, disconnecting."""

from webapp.blueprints.connection.routes import blueprint

__all__ = ["blueprint"]
