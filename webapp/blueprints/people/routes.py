"""Routes of engineers' own pay settings. They belong to the PagerDuty account that the connection reads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, database, pagerduty, today
from webapp.blueprints.people.forms import FactForm, ImportForm, NumberForm, begin_values, fact_form
from webapp.pd.client import Client
from webapp.pd.errors import PagerDutyError
from webapp.pd.records import UserRecord
from webapp.services import people, policies
from webapp.services.calendars.national import region_note
from webapp.services.calendars.regions import REFUSED, parts, refused_country
from webapp.services.connections import NotConnected
from webapp.services.earlier_reports import EarlierChange, earlier_changes, months_since
from webapp.services.engineer_facts import HINTS, HOLIDAY_REGION, Change, day_words, known_first
from webapp.services.people import PaySettings
from webapp.services.people_import import read_table
from webapp.services.policy_asks import attributes

blueprint = Blueprint("people", __name__, url_prefix="/people")

LARGEST_FILE = 500_000
FOUND_AT_MOST = 20


blueprint.add_app_template_filter(day_words, "since")
blueprint.add_app_template_global(parts, "parts_of")


@blueprint.get("")
def index() -> str:
    """Everybody with settings of their own, as in force today; and a way to somebody who has none yet."""
    subdomain, problem = _subdomain()
    kept = people.pay_settings(database(), subdomain)
    wanted, found = request.args.get("q", "").strip(), list[UserRecord]()
    if wanted and subdomain:
        try:
            found = pagerduty().ask(current_account().id, lambda client: client.find_users(wanted))[:FOUND_AT_MOST]
        except PagerDutyError as error:
            problem = error.sentence
    return render_template(
        "people/index.html",
        people=[one for one in kept.values() if _fits(one, wanted)],
        names=known_first({what for one in kept.values() for what in one.facts}),
        today=today(),
        wanted=wanted,
        found=[user for user in found if user.id not in kept],
        problem=problem,
        refused=people.refused_regions(kept),
    )


@blueprint.post("/region")
def mend_region() -> AnyResponse:
    """Put a part in place of a country that is nobody's calendar, for the engineers ticked."""
    country, part, back = (request.form.get(name, "") for name in ("country", "part", "back"))
    chosen = request.form.getlist("engineer")
    target = url_for("people.show", user_id=back) if back else url_for("people.index")
    if country not in REFUSED or part not in parts(country) or not chosen:
        flash("Nothing was changed. Choose a part, and tick the engineers whose public holidays it has.", "bad")
        return redirect(target, 303)
    subdomain = _subdomain()[0]
    changed = people.mend_region(database(), subdomain, chosen, country, part, current_account().email)
    names = ", ".join(one.name for one in changed) or "nobody, because somebody has changed it meanwhile"
    flash(f"Saved: holiday region {part} in place of {country} for {names}.", "good")
    months = {
        month: None
        for one in changed
        for change in one.facts[HOLIDAY_REGION]
        if refused_country(change.value) == country
        for month in months_since(database(), subdomain, one.user_id, change.since, today())
    }
    if months:
        flash(f"That may change reports of months that are over: {', '.join(months)}.", "warn")
    return redirect(target, 303)


@blueprint.route("/<user_id>", methods=["GET", "POST"])
def show(user_id: str) -> AnyResponse | str | tuple[str, int]:
    """One engineer: what is in force, the history of every value, and a form for the next change."""
    person = _person(user_id)
    if request.method == "GET":
        return _page(person, _fresh_form(person))
    form = fact_form(_attributes(), _correction(person))
    if not form.validate():
        return _page(person, form), 422
    earlier = _earlier(person, form)
    if earlier and request.form.get("earlier") != "yes":
        return _page(person, form, earlier=earlier), 422
    return _save(person, form)


@blueprint.post("/<user_id>/number")
def number(user_id: str) -> AnyResponse | tuple[str, int]:
    """Keep the payroll number."""
    person = _person(user_id)
    form = NumberForm()
    if not form.validate():
        return _page(person, _fresh_form(person), form), 422
    made = replace(person, payroll_number=(form.payroll_number.data or "").strip())
    people.save_pay_settings(database(), _subdomain()[0], [made], current_account().email)
    flash("The payroll number is saved.", "good")
    return redirect(url_for("people.show", user_id=user_id), 303)


@blueprint.post("/<user_id>/remove")
def remove(user_id: str) -> AnyResponse:
    """Take a value out of the history, as if it had never been typed in."""
    what, since = request.form.get("what", ""), _day(request.form.get("since", ""))
    months = months_since(database(), _subdomain()[0], user_id, since, today()) if since else ()
    if since is None or not people.correct_value(
        database(), _subdomain()[0], user_id, what, since, change=None, saved_by=current_account().email
    ):
        abort(404)
    flash(f"Removed: {what} from {day_words(since)}.", "good")
    if months:
        flash(f"That may change reports of months that are over: {', '.join(months)}.", "warn")
    return redirect(url_for("people.show", user_id=user_id), 303)


@blueprint.route("/import", methods=["GET", "POST"])
def import_table() -> AnyResponse | str | tuple[str, int]:
    """Values of several engineers from a pasted or uploaded table: checked first, saved whole or not at all."""
    form, subdomain, problem, found = ImportForm(), _subdomain()[0], "", None
    if request.method == "POST" and form.validate():
        file = request.files.get("file")
        if file and file.filename:
            content = file.read(LARGEST_FILE + 1)
            form.table.data = content.decode("utf-8-sig", errors="replace")
            if len(content) > LARGEST_FILE or "\ufffd" in form.table.data:
                form.table.data, problem = "", "The file is no CSV in UTF-8 of at most 500 kB."
        if not problem:
            known, problem = _everybody(subdomain)
            found = read_table(form.table.data or "", known, _attributes())
            seen = request.form.get("checked") == _digest(form)
            if "save" in request.form and seen and not found.problems:
                people.save_pay_settings(database(), subdomain, found.people.values(), current_account().email)
                flash(f"Saved: all that the table says of {len(found.people)} engineers.", "good")
                return redirect(url_for("people.index"), 303)
    changes = found.people.values() if found and not found.problems else ()
    page = render_template(
        "people/import.html",
        earlier=list(earlier_changes(database(), subdomain, changes, today().replace(day=1), today())),
        form=form,
        found=found,
        problem=problem,
        attributes=_attributes(),
        digest=_digest(form),
    )
    return page, 422 if problem or (found and found.problems) else 200


def _digest(form: ImportForm) -> str:
    """Tells the table whose changes were shown from one that was edited since."""
    return hashlib.sha256("\n".join((form.table.data or "").splitlines()).encode()).hexdigest()


def _fits(person: PaySettings, wanted: str) -> bool:
    return wanted.casefold() in f"{person.name} {person.email} {person.user_id} {person.payroll_number}".casefold()


def _save(person: PaySettings, form: FactForm) -> AnyResponse:
    """A new value, or one in place of the one that is corrected."""
    subdomain, account = _subdomain()[0], current_account()
    what, since = form.what.data, form.since()
    corrected = _corrected()
    if corrected and corrected[0] == what:
        change = Change(since, form.value_read)
        people.correct_value(
            database(), subdomain, person.user_id, what, corrected[1], change=change, saved_by=account.email
        )
    else:
        people.save_pay_settings(database(), subdomain, [person.changed(what, form.value_read, since)], account.email)
    flash(f"Saved: {what} from {day_words(since)}: {form.value_read or 'as the policy says'}.", "good")
    if what == HOLIDAY_REGION and (note := region_note(form.value_read)):
        flash(note, "info")
    return redirect(url_for("people.show", user_id=person.user_id), 303)


def _fresh_form(person: PaySettings) -> FactForm:
    """What is to be corrected, or a value from the first day of this month on."""
    asked = {"what": request.args["what"]} if "what" in request.args else {}
    return fact_form(_attributes(), {"effective": today().replace(day=1)} | asked | _correction(person))


def _earlier(person: PaySettings, form: FactForm) -> list[EarlierChange]:
    """Which months that are over the value would change, in its place or in that of the one that is corrected."""
    corrected = _corrected()
    since = min(form.since(), corrected[1]) if corrected else form.since()
    changed = person.changed(form.what.data, form.value_read, since)
    return list(earlier_changes(database(), _subdomain()[0], [changed], today().replace(day=1), today()))


def _page(
    person: PaySettings,
    form: FactForm,
    number_form: NumberForm | None = None,
    earlier: Sequence[EarlierChange] = (),
) -> str:
    return render_template(
        "people/show.html",
        person=person,
        form=form,
        number_form=number_form or NumberForm(None, data={"payroll_number": person.payroll_number}),
        names=known_first(person.facts),
        today=today(),
        corrected=_corrected(),
        hints=HINTS,
        refused=people.refused_regions({person.user_id: person}),
        earlier=earlier,
    )


def _correction(person: PaySettings) -> dict[str, object]:
    """What the form shows where a value is to be corrected."""
    corrected = _corrected()
    if corrected is None:
        return {}
    what, since = corrected
    value = next((one.value for one in person.facts.get(what, ()) if one.since == since), None)
    return abort(404) if value is None else {"what": what, "value": value, **begin_values(since)}


def _corrected() -> tuple[str, date] | None:
    """Which value the address asks to correct."""
    since = _day(request.args.get("since", ""))
    return (request.args["what"], since) if "what" in request.args and since else None


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _attributes() -> tuple[str, ...]:
    """What the policy in force asks of engineers beyond what every policy knows."""
    saved = policies.current_policy(database(), today())
    return attributes(saved.document) if saved else ()


def _subdomain() -> tuple[str, str]:
    """The PagerDuty account that the connection reads; "" and why where there is none."""
    try:
        return pagerduty().working_card(current_account().id).subdomain, ""
    except NotConnected as error:
        return "", error.sentence


def _person(user_id: str) -> PaySettings:
    """Somebody with settings, or a PagerDuty user who has none yet; 404 for anybody else."""
    subdomain, _ = _subdomain()
    kept = people.pay_settings(database(), subdomain).get(user_id)
    if kept is not None:
        return kept
    if not subdomain:
        abort(404)
    found = pagerduty().ask(current_account().id, lambda client: client.find_users(user_id))
    user = next((one for one in found if one.id == user_id), None)
    return _without_settings(user) if user else abort(404)


def _everybody(subdomain: str) -> tuple[dict[str, PaySettings], str]:
    """Everybody whom a line may mean, and what went wrong if PagerDuty could not be asked who else there is."""
    known, problem = dict(people.pay_settings(database(), subdomain)), ""
    try:
        users = pagerduty().ask(current_account().id, Client.users)
    except PagerDutyError as error:
        users, problem = [], f"{error.sentence} Only engineers who have settings already are known now."
    return {user.id: _without_settings(user) for user in users} | known, problem


def _without_settings(user: UserRecord) -> PaySettings:
    return PaySettings(user_id=user.id, name=user.name, email=user.email)
