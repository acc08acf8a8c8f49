"""Changed rules that an upgrade brought: named above a report until a manager or an admin has read of them."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, database
from webapp.blueprints.reports.routes import blueprint
from webapp.services import rule_notices


@blueprint.post("/<set_id>/rules")
def read_rules(set_id: str) -> AnyResponse:
    """Name these changes no more, to anybody."""
    rule_notices.mark_as_read(database(), current_account().email, request.form.get("version", ""))
    flash("The changed rules are no longer shown. The changelog names them, and so does the sheet Policy.", "good")
    return redirect(url_for("reports.show", set_id=set_id), 303)
