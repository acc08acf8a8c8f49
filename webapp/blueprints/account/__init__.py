"""One's own account: e-mail, connection, password, closing it."""

from webapp.blueprints.account.routes import blueprint

__all__ = ["blueprint"]
