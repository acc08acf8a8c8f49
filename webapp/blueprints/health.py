"""Whether the instance works, for whatever watches it; no detail, because anybody may ask."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from webapp.blueprints.current import database

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def live() -> Response:
    """200 "ok" when the database answers, 503 otherwise."""
    try:
        database().execute(text("SELECT 1"))
    except SQLAlchemyError:
        return Response("not ok", status=503, mimetype="text/plain")
    return Response("ok", mimetype="text/plain")
