"""Routes of engineers' own pay settings. They belong to the PagerDuty account that the connection reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, database, pagerduty, today
from webapp.blueprints.downloads import download
from webapp.blueprints.people.directory import (
    account_read,
    asked_attributes,
    find_person,
    found_in_reports,
    named_so,
    offered,
)
from webapp.blueprints.people.forms import FactForm, NumberForm, begin_values, fact_form
from webapp.exports.engineers import engineers_csv, engineers_xlsx
from webapp.exports.payroll_numbers import typed_number
from webapp.exports.xlsx import XLSX
from webapp.pd.errors import PagerDutyError
from webapp.services import people
from webapp.services.calendars.corrections import CalendarScope, Correction
from webapp.services.calendars.national import region_note
from webapp.services.calendars.regions import NO_HOLIDAYS, REFUSED, is_usable, parts, refused_country
from webapp.services.calendars.store import calendar_changes
from webapp.services.earlier_reports import EarlierChange, earlier_changes, months_since
from webapp.services.engineer_directory import near_number_words, shared_number_words, without_settings
from webapp.services.engineer_facts import FACT_KINDS, HOLIDAY_REGION, Change, day_words, known_first
from webapp.services.people import NumberTaken, PaySettings
from webapp.services.people_files import engineers_table
from webapp.services.people_table import PAYROLL_NUMBER

blueprint = Blueprint("people", __name__, url_prefix="/people")

FOUND_AT_MOST = 20


blueprint.add_app_template_filter(day_words, "since")
blueprint.add_app_template_global(parts, "parts_of")


@blueprint.get("")
def index() -> str:
    """Everybody with settings of their own, as in force today; and a way to somebody who has none yet."""
    subdomain, problem = account_read()
    kept = people.pay_settings(database(), subdomain)
    wanted, found = request.args.get("q", "").strip(), dict[str, PaySettings]()
    if wanted and subdomain:
        try:
            users = pagerduty().ask(current_account().id, lambda client: client.find_users(wanted))[:FOUND_AT_MOST]
            found = {user.id: without_settings(user) for user in users}
        except PagerDutyError as error:
            problem = error.sentence
    if wanted:
        found |= {one.user_id: one for one in found_in_reports(subdomain, wanted)[:FOUND_AT_MOST]}
    title, new = offered(subdomain)
    return render_template(
        "people/index.html",
        report_title=title,
        offered=new,
        shared=shared_number_words(kept.values()),
        people=[one for one in kept.values() if _fits(one, wanted)],
        names=known_first({what for one in kept.values() for what in one.facts}),
        today=today(),
        wanted=wanted,
        found=[one for user_id, one in found.items() if user_id not in kept],
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
    subdomain = account_read()[0]
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
    person = find_person(user_id)
    if request.method == "GET":
        return _page(person, _fresh_form(person))
    form = fact_form(asked_attributes(), _correction(person))
    if not form.validate():
        return _page(person, form), 422
    earlier = _earlier(person, form) if request.form.get("earlier") != "yes" else []
    in_force = person.on(form.what.data, form.since())
    removed = "" if form.value_read or request.form.get("removed") == "yes" else in_force or ""
    replaced = "" if request.form.get("replaced") == "yes" else _replaced(person, form)
    if earlier or removed or replaced:
        return _page(person, form, earlier=earlier, removed=removed, replaced=replaced), 422
    return _save(person, form)


@blueprint.post("/<user_id>/number")
def number(user_id: str) -> AnyResponse | tuple[str, int]:
    """Keep the payroll number; an empty one in place of one that is there is asked about first."""
    person, subdomain = find_person(user_id), account_read()[0]
    form = NumberForm()
    if not form.validate():
        return _page(person, _fresh_form(person), form), 422
    made = replace(person, payroll_number=typed_number(form.payroll_number.data or "", person.payroll_number))
    if person.payroll_number and not made.payroll_number:
        return redirect(url_for("people.confirm_remove", user_id=user_id, what=PAYROLL_NUMBER), 303)
    try:
        if made.number_is_typed:
            people.refuse_taken([*named_so(subdomain, made.payroll_number), made], [user_id])
        people.save_pay_settings(database(), subdomain, [made], current_account().email)
    except NumberTaken as error:
        form.payroll_number.errors = [str(error)]
        return _page(person, _fresh_form(person), form), 422
    flash("The payroll number is saved.", "good")
    for words in near_number_words(people.pay_settings(database(), subdomain).values(), [user_id]):
        flash(f"Please check: {words}", "warn")
    return redirect(url_for("people.show", user_id=user_id), 303)


@blueprint.get("/<user_id>/remove")
def confirm_remove(user_id: str) -> str:
    """Ask before a value is removed, with what would change."""
    person, since = find_person(user_id), _day(request.args.get("since", ""))
    what = request.args.get("what", "")
    value = _value(person, what, since)
    if value is None:
        abort(404)
    months = months_since(database(), account_read()[0], user_id, since, today()) if since else ()
    return render_template("people/remove.html", person=person, what=what, since=since, value=value, months=months)


@blueprint.post("/<user_id>/remove")
def remove(user_id: str) -> AnyResponse:
    """Take a value out of the history, as if it had never been typed in; or the payroll number, whose history stays."""
    person, since = find_person(user_id), _day(request.form.get("since", ""))
    what, subdomain = request.form.get("what", ""), account_read()[0]
    account = current_account()
    if _value(person, what, since) is None:
        abort(404)
    if since is None:
        people.save_pay_settings(database(), subdomain, [replace(person, payroll_number="")], account.email)
        flash(f"Removed: payroll number {person.payroll_number}.", "good")
    else:
        months = months_since(database(), subdomain, user_id, since, today())
        people.correct_value(database(), subdomain, user_id, what, since, change=None, saved_by=account.email)
        flash(f"Removed: {what} from {day_words(since)}.", "good")
        if months:
            flash(f"That may change reports of months that are over: {', '.join(months)}.", "warn")
    return redirect(url_for("people.show", user_id=user_id), 303)


@blueprint.post("/<user_id>/forget")
def forget(user_id: str) -> AnyResponse:
    """Delete name and history of somebody who has no value left, and no day of their own in the calendars."""
    subdomain = account_read()[0]
    if _own_days(user_id):
        flash("Not forgotten: days of their own stand in the calendars. Remove those first.", "bad")
        return redirect(url_for("people.show", user_id=user_id), 303)
    if not people.forget_engineer(database(), subdomain, user_id):
        abort(404)
    flash(
        "Forgotten: the name, the e-mail and the history of the payroll number are deleted. Removed days of their own "
        "stay in the history of the calendars with the PagerDuty id alone.",
        "good",
    )
    return redirect(url_for("people.index"), 303)


@blueprint.get("/engineers.<any(csv, xlsx):kind>")
def export(kind: str) -> AnyResponse:
    """Everybody's values, as the import takes them."""
    table = engineers_table(people.pay_settings(database(), account_read()[0]).values(), asked_attributes())
    name = f"engineers_{today()}.{kind}"
    if kind == "csv":
        return download(name, engineers_csv(table), "text/csv")
    return download(name, engineers_xlsx(table), XLSX)


def _value(person: PaySettings, what: str, since: date | None) -> str | None:
    """A value of the history, or the payroll number, which has no date; None where there is none."""
    if since is None:
        return (person.payroll_number or None) if what == PAYROLL_NUMBER else None
    return next((one.value for one in person.facts.get(what, ()) if one.since == since), None)


def _fits(person: PaySettings, wanted: str) -> bool:
    return wanted.casefold() in f"{person.name} {person.email} {person.user_id} {person.payroll_number}".casefold()


def _save(person: PaySettings, form: FactForm) -> AnyResponse:
    """A new value, or one in place of the one that is corrected."""
    subdomain, account = account_read()[0], current_account()
    what, since = form.what.data, form.since()
    corrected, before = _corrected(), _value(person, what, since)
    if corrected and corrected[0] == what:
        change = Change(since, form.value_read)
        people.correct_value(
            database(), subdomain, person.user_id, what, corrected[1], change=change, saved_by=account.email
        )
    else:
        people.save_pay_settings(database(), subdomain, [person.changed(what, form.value_read, since)], account.email)
    instead = "" if before in {None, form.value_read} else f", in place of {before or 'as the policy says'}"
    flash(f"Saved: {what} from {day_words(since)}: {form.value_read or 'as the policy says'}{instead}.", "good")
    if what == HOLIDAY_REGION and (note := region_note(form.value_read)):
        flash(note, "info")
    return redirect(url_for("people.show", user_id=person.user_id), 303)


def _fresh_form(person: PaySettings) -> FactForm:
    """What is to be corrected, or a value from the first day of this month on."""
    asked = {"what": request.args["what"]} if "what" in request.args else {}
    return fact_form(asked_attributes(), {"effective": today().replace(day=1)} | asked | _correction(person))


def _replaced(person: PaySettings, form: FactForm) -> str:
    """What another value of the same day says in words, whose place the corrected one would take; "" for none."""
    corrected, what, since = _corrected(), form.what.data, form.since()
    if corrected is None or corrected == (what, since):
        return ""
    value = _value(person, what, since)
    same = value is None or value == form.value_read
    return "" if same else f"{what.capitalize()} from {day_words(since)} is {value or 'as the policy says'}"


def _earlier(person: PaySettings, form: FactForm) -> list[EarlierChange]:
    """Which months that are over the value would change, in its place or in that of the one that is corrected."""
    corrected = _corrected()
    since = min(form.since(), corrected[1]) if corrected else form.since()
    changed = person.changed(form.what.data, form.value_read, since)
    return list(earlier_changes(database(), account_read()[0], [changed], today().replace(day=1), today()))


def _page(
    person: PaySettings,
    form: FactForm,
    number_form: NumberForm | None = None,
    earlier: Sequence[EarlierChange] = (),
    removed: str = "",
    replaced: str = "",
) -> str:
    kept = people.pay_settings(database(), account_read()[0])
    return render_template(
        "people/show.html",
        person=person,
        form=form,
        number_form=number_form or NumberForm(None, data={"payroll_number": person.payroll_number}),
        names=known_first(person.facts),
        today=today(),
        corrected=_corrected(),
        hints={kind.name: kind.hint for kind in FACT_KINDS},
        refused=people.refused_regions({person.user_id: person}),
        is_kept=person.user_id in kept,
        own_days=_own_days(person.user_id),
        calendar_region=_calendar_region(person),
        shared=[words for words in shared_number_words(kept.values()) if person.name in words],
        earlier=earlier,
        removed=removed,
        replaced=replaced,
    )


def _own_days(user_id: str) -> list[Correction]:
    """Their own entries in the calendars, by date."""
    whose = (CalendarScope.ENGINEER, user_id)
    changes = calendar_changes(database(), account_read()[0])
    return sorted((one for one in changes.days if one.whose == whose), key=lambda one: one.since)


def _calendar_region(person: PaySettings) -> str:
    """On whose page their own days are shown: their region's of today, or everybody's."""
    region = person.region_on(today()) or NO_HOLIDAYS
    return region if is_usable(region) else NO_HOLIDAYS


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
