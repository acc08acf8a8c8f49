"""The blueprint that the admin pages share; `webapp.roles` closes all of it to everybody else."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
