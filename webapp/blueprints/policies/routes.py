"""Routes of the pay policy. A version that is saved is never changed; what is edited becomes the next version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, current_instance, database, today
from webapp.blueprints.rendering import is_htmx, render_block
from webapp.blueprints.save_form import save_values
from webapp.blueprints.text_form import PolicyTextForm, text_values
from webapp.pricing.policy import parse
from webapp.services import policies, policy_regions, policy_templates
from webapp.services.calendars.national import notes_of
from webapp.services.policies import PolicyText, SavedPolicy, TextError
from webapp.services.policy_changes import Sentence, changes
from webapp.services.policy_regions import unusable_policies

blueprint = Blueprint("policies", __name__, url_prefix="/policies")

LARGEST_FILE = 200_000


@blueprint.get("")
def index() -> str:
    """What is in force when, and every version ever saved."""
    versions = policies.saved_policies(database())
    return render_template(
        "policies/index.html",
        stretches=policies.stretches(versions),
        now=policies.in_force(versions, today()),
        versions=versions[::-1],
        unusable=unusable_policies(versions),
    )


@blueprint.get("/<int:number>")
def show(number: int, problem: str = "") -> str:
    """One version in words, what it changed against another, and its text."""
    saved = _version(number)
    versions = policies.saved_policies(database())
    others = [one for one in versions if one.version != number]
    asked = request.args.get("against", number - 1, int)
    other = next((one for one in others if one.version == asked), None)
    return render_template(
        "policies/show.html",
        saved=saved,
        other=other,
        others=others[::-1],
        sentences=changes(*policies.comparable_words(other, saved.rules)) if other else [],
        words=policies.words_of(saved.rules),
        in_force=policies.in_force_words(versions, number),
        unusable=[one for one in unusable_policies(versions) if one.saved.version == number],
        notes=[] if saved.is_refused else notes_of(saved.document),
        problem=problem,
    )


@blueprint.post("/<int:number>/region")
def mend_region(number: int) -> AnyResponse | tuple[str, int]:
    """Save a version anew with a part in place of each country that is nobody's calendar."""
    chosen = {region: part for region, part in request.form.items() if part and region != "csrf_token"}
    try:
        saved = policy_regions.mend(database(), number, chosen, current_account().email)
    except policy_regions.RepairError as error:
        return show(number, str(error)), 422
    told = policies.in_force_words(policies.saved_policies(database()), saved.version)
    flash(f"{saved.label} is saved: {saved.note}. {told}", "good")
    return redirect(url_for("policies.show", number=saved.version), 303)


@blueprint.get("/<int:number>.toml")
def download(number: int) -> Response:
    """A version's text as a file."""
    saved = _version(number)
    answer = Response(saved.text, mimetype="application/toml")
    answer.headers.set("Content-Disposition", "attachment", filename=f"policy-version-{number}.toml")
    return answer


@blueprint.get("/new")
def new() -> str:
    """Where a policy can start from: the version in force, a template, a file."""
    return _new_page()


@blueprint.get("/edit")
def edit() -> str:
    """The text editor, started from a version or a template."""
    rules, told = _start()
    form = PolicyTextForm(data=text_values(rules) | save_values(policies.saved_policies(database())))
    form.started_from.data = told
    form.validate_text(form.text)
    return _editor(form)


@blueprint.post("/upload")
def upload() -> str | tuple[str, int]:
    """The text editor, started from a file."""
    file = request.files.get("file")
    content = file.read(LARGEST_FILE + 1) if file else b""
    problem = ""
    if not content.strip():
        problem = "Choose a file that is not empty."
    elif len(content) > LARGEST_FILE:
        problem = "A policy is at most 200 kB. Is this the right file?"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = problem or "The file is no text in UTF-8. Save it as plain text, in UTF-8."
    if problem:
        return _new_page(problem), 422
    values = text_values(PolicyText(text)) | save_values(policies.saved_policies(database()))
    form = PolicyTextForm(None, data=values)
    form.started_from.data = f"the file {file.filename[:100]}" if file and file.filename else "a file"
    form.validate_text(form.text)
    return _editor(form)


@blueprint.post("/check")
def check() -> str | tuple[str, int]:
    """What is wrong with the text, or what it says in words; saves nothing."""
    form = PolicyTextForm()
    form.validate()
    status = 422 if form.errors else 200
    if is_htmx():
        return render_block("policies/edit.html", "checked", **_checked(form)), status
    return _editor(form), status


@blueprint.post("/save")
def save() -> AnyResponse | tuple[str, int]:
    """Save the text as the next version."""
    form = PolicyTextForm()
    if not form.validate() or not form.begin_is_said():
        return _editor(form), 422
    try:
        saved = policies.save_policy(
            database(),
            form.rules(),
            current_account().email,
            effective=form.first_day(),
            note=(form.note.data or "").strip(),
        )
    except TextError as error:
        form.refuse(error.mistakes)
        return _editor(form), 422
    told = policies.in_force_words(policies.saved_policies(database()), saved.version)
    flash(f"{saved.label} is saved. {told}", "good")
    return redirect(url_for("policies.show", number=saved.version), 303)


def _new_page(problem: str = "") -> str:
    now = policies.current_policy(database(), today())
    return render_template("policies/new.html", templates=policy_templates.offered(), now=now, problem=problem)


def _version(number: int) -> SavedPolicy:
    saved = policies.saved_policy(database(), number)
    return saved if saved is not None else abort(404)


def _start() -> tuple[Any, str]:
    """What the editor starts from, and how it is called."""
    if "template" in request.args:
        try:
            name = request.args["template"]
            return PolicyText(policy_templates.text(name)), f"the template “{policy_templates.title(name)}”"
        except LookupError:
            abort(404)
    number = request.args.get("version", 0, int)
    saved = _version(number) if number else policies.current_policy(database(), today())
    if saved is None:
        abort(404)
    if saved.form is None:
        return saved.rules, saved.label
    return saved.rules, f"{saved.label}, the fields of its form written as text"


def _editor(form: PolicyTextForm) -> str:
    """The editor; a report that is open in this login session is offered to try the text on."""
    report = current_instance().working_sets.title_of_session(session.get("sid", ""))
    return render_template("policies/edit.html", report=report, **_checked(form))


def _checked(form: PolicyTextForm) -> dict[str, Any]:
    """What the editor shows beside the text: mistakes, or the words with what changes against the version in force."""
    day = (form.effective.data if form.begins.data == "date" else None) or today()
    before = policies.current_policy(database(), day)
    sentences, notes = list[Sentence](), list[str]()
    if not form.text.errors:
        typed = PolicyText(form.text.data or "")
        sentences, notes = changes(*policies.comparable_words(before, typed)), notes_of(parse(typed.text))
    return {"form": form, "before": before, "sentences": sentences, "notes": notes}
