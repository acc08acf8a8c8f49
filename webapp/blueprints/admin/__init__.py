"""What only admins do: the PagerDuty app of the instance, and who belongs to it."""

from webapp.blueprints.admin import accounts, app
from webapp.blueprints.admin.blueprint import blueprint

__all__ = ["accounts", "app", "blueprint"]
