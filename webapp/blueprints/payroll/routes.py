"""The page of the payroll file."""

from __future__ import annotations

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
from webapp.services.working_sets import WorkingSet

blueprint = Blueprint("payroll", __name__, url_prefix="/payroll")


@blueprint.route("", methods=["GET", "POST"])
def settings() -> ResponseReturnValue:
    """Columns, their writing and the codes; with `report`, the rules of that report are offered, too."""
    kept = _report()
    layout = payroll.layout(database())
    policy = payroll.policy_name(database(), kept.draft if kept else None, today())
    if request.method == "GET":
        known = payroll.codes(database(), policy)
        return _page(LayoutForm(obj=layout), column_rows(layout), code_rows(known, _rules(kept)), kept, policy)
    form, columns, codes = LayoutForm(), typed_columns(request.form), typed_codes(request.form)
    valid = form.validate()
    wanted = layout_of(form, columns)
    problems = [wanted.problem(), *(row.problem for row in columns), *(row.problem for row in codes)]
    if not valid or any(problems):
        return _page(form, columns, codes, kept, policy, wanted.problem()), 422
    payroll.save_layout(database(), wanted, current_account().email)
    payroll.save_codes(database(), policy, *codes_of(codes))
    flash("Saved. Every payroll file is written so from now on.", "good")
    if kept:
        return redirect(url_for("reports.payroll", set_id=kept.id), 303)
    return redirect(url_for("payroll.settings"), 303)


def _page(
    form: LayoutForm, columns: list[ColumnRow], codes: list[CodeRow], kept: WorkingSet | None, policy: str,
    problem: str = "",
) -> str:  # fmt: skip
    return render_template(
        "payroll/settings.html",
        form=form,
        columns=columns,
        numbers={name: number for number, name in enumerate(COLUMNS)},
        codes=codes,
        kept=kept,
        policy=policy,
        problem=problem,
    )


def _report() -> WorkingSet | None:
    """The report that the reader came from, if it is still in memory."""
    set_id = request.args.get("report", "")
    found = current_instance().working_sets.get(set_id, session.get("sid", "")) if set_id else None
    return found if found and found.draft.records is not None and not found.draft.undecided_parts else None


def _rules(kept: WorkingSet | None) -> list[str]:
    if kept is None:
        return []
    with kept.lock:
        return rules_of(kept.draft.report)
