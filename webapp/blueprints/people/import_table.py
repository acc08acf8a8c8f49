"""Values of several engineers from a pasted or uploaded table: shown before anything is saved, line by line."""

from __future__ import annotations

import hashlib

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, database, today
from webapp.blueprints.people.directory import account_read, asked_attributes, everybody, offered
from webapp.blueprints.people.forms import ImportForm
from webapp.blueprints.people.routes import blueprint
from webapp.blueprints.uploads import uploaded
from webapp.services import people
from webapp.services.earlier_reports import earlier_changes
from webapp.services.engineer_directory import table_to_fill_in
from webapp.services.people import NumberTaken
from webapp.services.people_changes import Imported
from webapp.services.people_files import FileError, check_size, table_of_file
from webapp.services.people_import import read_table


@blueprint.route("/import", methods=["GET", "POST"])
def import_table() -> AnyResponse | str | tuple[str, int]:
    """Check a table, show what changes, and save the lines that are right once somebody has seen it."""
    form, (subdomain, problem) = ImportForm(), account_read()
    if request.method == "GET" and "offered" in request.args:
        form.table.data = table_to_fill_in(offered(subdomain)[1])
    if request.method == "GET" or not form.validate():
        return _page(form, subdomain, problem=problem)
    try:
        file = uploaded("file")
        if file:
            form.table.data = table_of_file(file[1])
        check_size(form.table.data or "")
    except FileError as error:
        return _page(form, subdomain, problem=str(error)), 422
    if not subdomain:
        return _page(form, subdomain, problem=problem), 422
    found, problem = _read(form, subdomain)
    if "save" in request.form and request.form.get("checked") == _digest(form, found) and found.people:
        if not found.newcomers or request.form.get("newcomers") == "yes":
            try:
                return _save(form, subdomain, found)
            except NumberTaken as error:  # since the table was read
                problem = f"Nothing was saved. {error}"
        else:
            problem = "Nothing was saved. Tick that those whom PagerDuty does not know are added, or remove the lines."
    return _page(form, subdomain, found, problem), 422 if problem or found.problems else 200


def _read(form: ImportForm, subdomain: str) -> tuple[Imported, str]:
    """What the table says; and what went wrong if PagerDuty could not be asked who there is."""
    known, problem = everybody(subdomain)
    return read_table(form.table.data or "", known, asked_attributes(), may_add=not problem), problem


def _save(form: ImportForm, subdomain: str, found: Imported) -> AnyResponse | str:
    """Save what is right. Lines that are left out stay on the page, to be corrected."""
    people.save_pay_settings(database(), subdomain, found.people.values(), current_account().email)
    saved = f"Saved: {counted(len(found.rows), 'value')} of {counted(len(found.people), 'engineer')}."
    if not found.left_out:
        flash(saved, "good")
        return redirect(url_for("people.index"), 303)
    flash(f"{saved} {counted(found.lines_left_out, 'line')} left out: correct below what was not saved.", "good")
    form.table.data = found.left_out
    return _page(form, subdomain, *_read(form, subdomain))


def counted(count: int, noun: str) -> str:
    """Such as "1 value" or "1,200 values"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _page(form: ImportForm, subdomain: str, found: Imported | None = None, problem: str = "") -> str:
    changes = found.people.values() if found else ()
    return render_template(
        "people/import.html",
        earlier=list(earlier_changes(database(), subdomain, changes, today().replace(day=1), today())),
        form=form,
        found=found,
        problem=problem,
        attributes=asked_attributes(),
        digest=_digest(form, found) if found else "",
        counted=counted,
    )


def _digest(form: ImportForm, found: Imported) -> str:
    """Tells the table whose changes were shown from one that was edited since, or that says something else by now."""
    shown = ["\n".join((form.table.data or "").splitlines()), repr(found.rows), repr(found.problems)]
    return hashlib.sha256("\0".join(shown).encode()).hexdigest()
