"""What only admins do: the PagerDuty app of the instance, who belongs to it, its time zone."""

from webapp.blueprints.admin import accounts, app, organisation
from webapp.blueprints.admin.blueprint import blueprint

__all__ = ["accounts", "app", "blueprint", "organisation"]
