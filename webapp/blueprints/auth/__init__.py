"""Logging in and out, and the first account of an empty instance."""

from webapp.blueprints.auth.routes import blueprint

__all__ = ["blueprint"]
