"""The routes of a report's files: one for all that `services/deliveries.py` names."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import database, today
from webapp.blueprints.reports.delivery import page_of, refuse_stale, send
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.working import working_set
from webapp.services.deliveries import FORMATS, NoStatement, prepare

_PERSONAL, _WHOLE = (
    ", ".join(f"'{row.name}'" for row in FORMATS.values() if row.is_personal is personal) for personal in (True, False)
)


@blueprint.post(f"/<set_id>/<any({_WHOLE}):name>")
@blueprint.post(f"/<set_id>/<any({_PERSONAL}):name>/<person_id>")
def deliver(set_id: str, name: str, person_id: str = "") -> AnyResponse:
    """Send a file, once what its form asks for is agreed to."""
    with working_set(set_id) as draft:
        refuse_stale(draft)
        try:
            delivery = prepare(database(), draft, FORMATS[name], request.form, today(), person_id)
        except NoStatement:
            abort(404)
    return send(set_id, delivery)


@blueprint.get(f"/<set_id>/<any({_WHOLE}):name>")
def back_from_file(set_id: str, name: str) -> AnyResponse:
    """A refused file's page has the address of the file: its links and a reload lead to what it is about."""
    return redirect(url_for(page_of(FORMATS[name]), set_id=set_id, **request.args.to_dict(flat=False)), 303)  # type: ignore[arg-type]  # lists are fine
