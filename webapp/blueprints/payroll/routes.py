"""The page of the payroll file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.current import current_account, current_instance, database, today
from webapp.blueprints.payroll.forms import (
    CodeRow,
    ColumnRow,
    LayoutForm,
    code_rows,
    codes_of,
    column_rows,
    layout_of,
    typed_codes,
    typed_columns,
)
from webapp.exports.payroll import rules_of
from webapp.exports.payroll_csv import COLUMNS
from webapp.services import payroll
from webapp.services.working_sets import Busy, Ended

blueprint = Blueprint("payroll", __name__, url_prefix="/payroll")


@blueprint.route("", methods=["GET", "POST"])
def settings() -> ResponseReturnValue:
    """Columns, their writing and the codes; with `report`, the rules of that report are offered, too."""
    origin = _origin()
    layout = payroll.layout(database())
    if request.method == "GET":
        known = payroll.codes(database(), origin.policy)
        return _page(LayoutForm(obj=layout), column_rows(layout), code_rows(known, origin.rules), origin)
    form, columns, codes = LayoutForm(), typed_columns(request.form), typed_codes(request.form)
    valid = form.validate()
    wanted = layout_of(form, columns)
    problems = [wanted.problem(), *(row.problem for row in columns), *(row.problem for row in codes)]
    if not valid or any(problems):
        return _page(form, columns, codes, origin, wanted.problem()), 422
    payroll.save_layout(database(), wanted, current_account().email)
    payroll.save_codes(database(), origin.policy, *codes_of(codes))
    flash("Saved. Every payroll file is written so from now on.", "good")
    if origin.set_id:
        return redirect(url_for("reports.payroll", set_id=origin.set_id), 303)
    return redirect(url_for("payroll.settings"), 303)


@dataclass(frozen=True, slots=True)
class _Origin:
    """The report that the reader came from; none of any, if there is none in memory."""

    policy: str
    set_id: str = ""
    title: str = ""
    rules: tuple[str, ...] = ()


def _page(form: LayoutForm, columns: list[ColumnRow], codes: list[CodeRow], origin: _Origin, problem: str = "") -> str:
    return render_template(
        "payroll/settings.html",
        form=form,
        columns=columns,
        numbers={name: number for number, name in enumerate(COLUMNS)},
        codes=codes,
        origin=origin,
        policy=origin.policy,
        problem=problem,
    )


def _origin() -> _Origin:
    set_id = request.args.get("report", "")
    with suppress(Ended, Busy), current_instance().working_sets.use(set_id, session.get("sid", "")) as draft:
        if draft.records is not None and not draft.undecided_parts:
            policy = payroll.policy_name(database(), draft, today())
            return _Origin(policy, set_id, draft.title, tuple(rules_of(draft.report)))
    return _Origin(payroll.policy_name(database(), None, today()))
