"""The page that takes a workbook back."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import FileField, Form

from webapp.blueprints.current import current_instance
from webapp.blueprints.uploads import uploaded
from webapp.exports import Outcome, Verification
from webapp.exports.package import Refused
from webapp.services import files

blueprint = Blueprint("verify", __name__, url_prefix="/verify")

KINDS = {Outcome.UNALTERED: "good", Outcome.SAVED_AGAIN: "info", Outcome.ALTERED: "bad", Outcome.FOREIGN: "bad"}


class VerifyForm(Form):
    """One file."""

    file = FileField("Workbook", description="An XLSX file of at most 32 MB. It is read in memory and not kept.")


@blueprint.route("", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Ask for a workbook; say of the one sent what can be said."""
    form = VerifyForm()
    if request.method == "GET":
        return _page(form)
    given = uploaded("file")
    if given is None:
        form.file.errors = ["Choose a file."]
        return _page(form), 422
    name, content = given
    try:
        return _page(form, name, files.verify(content, current_instance().vault))
    except Refused as error:
        form.file.errors = [f"{name}: {error}"]
        return _page(form), 422


def _page(form: VerifyForm, name: str = "", found: Verification | None = None) -> str:
    kind = KINDS[found.outcome] if found else ""
    if found and kind != "bad" and not found.is_to_pay_by:
        kind = "warn"
    return render_template("verify/page.html", form=form, name=name, found=found, kind=kind)
