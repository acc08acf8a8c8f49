"""The page that takes an earlier workbook, and the later ones that amend it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import FileField, Form, MultipleFileField

from webapp.blueprints.current import current_account, current_instance, database, pagerduty
from webapp.blueprints.reports.working import keep
from webapp.exports.package import Refused
from webapp.pd.errors import PagerDutyError
from webapp.services import amendments, comparisons
from webapp.services.amendments import AmendmentError, ChainGapError, MissingFile
from webapp.services.policies import NotInForce
from webapp.services.reporting import Draft

blueprint = Blueprint("compare", __name__, url_prefix="/compare")


class CompareForm(Form):
    """The files."""

    earlier = FileField("Workbook to compare", description="The XLSX file that was paid, as it was downloaded.")
    later = MultipleFileField(
        "Later workbooks that amend it",
        description="All that carry adjustments of the first one, if there are any. Their sheet Adjustments names it.",
    )


@blueprint.route("", methods=["GET", "POST"])
def upload() -> ResponseReturnValue:
    """Take the files; then PagerDuty is read for their period and scope."""
    form = CompareForm()
    if request.method == "GET":
        return _page(form)
    try:
        draft = _draft()
    except ChainGapError as gap:
        form.later.errors = [str(gap)]
        return _page(form, gap.missing), 422
    except (Refused, AmendmentError, NotInForce, PagerDutyError) as error:
        form.earlier.errors = [error.sentence if isinstance(error, PagerDutyError) else str(error)]
        return _page(form), 422
    return redirect(url_for("reports.show", set_id=keep(draft)), 303)


def _draft() -> Draft:
    """The question of the file that was sent, to be asked again."""
    sent = [file for file in request.files.getlist("earlier") if file.filename]
    if not sent:
        raise AmendmentError("Choose a file.")
    vault = current_instance().vault
    later = [file for file in request.files.getlist("later") if file.filename]
    first, *rest = (comparisons.read_workbook(file.filename or "", file.read(), vault) for file in (sent[0], *later))
    once = {record["id"]: record for record in rest if record["id"] != first["id"]}
    return comparisons.begin(pagerduty(), current_account().id, database(), first, list(once.values()))


@blueprint.post("/drop")
def drop() -> ResponseReturnValue:
    """Keep that a file was never paid, in one's own name: its adjustments do not count."""
    report_id = request.form.get("report", "")
    if amendments.drop(database(), report_id, current_account().email):
        flash(f"Kept: the file {report_id} was never paid. Its adjustments no longer count.", "good")
    else:
        flash(f"Nothing is known of a file {report_id[:40]}.", "bad")
    return redirect(url_for("compare.upload"), 303)


def _page(form: CompareForm, missing: Sequence[MissingFile] = ()) -> str:
    return render_template("compare/upload.html", form=form, missing=missing)
