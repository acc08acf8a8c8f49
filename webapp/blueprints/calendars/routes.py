"""Routes of the calendars. What is for a region or for everybody is the instance's; engineers are of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.calendars.forms import CategoryForm, DayForm, category_form, day_form
from webapp.blueprints.current import current_account, current_instance, database, pagerduty, today
from webapp.services import people, policies
from webapp.services.calendars import store
from webapp.services.calendars.checks import (
    FIRST_YEAR,
    LAST_YEAR,
    Surroundings,
    named,
    refusals,
    switch_refusal,
)
from webapp.services.calendars.corrections import (
    CalendarChanges,
    CalendarScope,
    CategorySwitch,
    Correction,
)
from webapp.services.calendars.effective import hours_words
from webapp.services.calendars.holidays import categories, needs_hour, public_holidays
from webapp.services.calendars.horizon import year_notes
from webapp.services.calendars.page import corrected_ids, history, region_on, regions_in_use, year_rows
from webapp.services.calendars.regions import NO_HOLIDAYS, RegionError, check_region, countries
from webapp.services.calendars.store import CalendarConflict
from webapp.services.connections import NotConnected
from webapp.services.earlier_reports import months_with
from webapp.services.inputs import Own
from webapp.services.policies import PolicyText, SavedPolicy
from webapp.services.reading_needs import LOOK_BACK
from webapp.services.working_sets import OpenReport

MOST_REPORTS = 3
"""To which a page offers the way back."""
MOST_ENTRIES = 100
"""Of the history, on one page."""
blueprint = Blueprint("calendars", __name__, url_prefix="/calendars")


@dataclass(frozen=True)
class Book:
    """What every page of the calendars needs, as it is at this request."""

    subdomain: str
    problem: str
    """Why there is no PagerDuty account; "" where there is one."""
    changes: CalendarChanges
    versions: tuple[SavedPolicy, ...]
    own: Own
    reports: tuple[OpenReport, ...]
    """Open in this login session."""

    @cached_property
    def regions(self) -> list[str]:
        """In use by policies and engineers, as far as they have a calendar."""
        return [region for region in self.named_regions if _is_known(region)]

    @cached_property
    def named_regions(self) -> list[str]:
        """In use, with those that have no calendar (any more)."""
        return regions_in_use(self.versions, self.own)

    @cached_property
    def engineers(self) -> dict[str, str]:
        """Names by PagerDuty user id of everybody with settings, and of those in the session's reports; by name."""
        known = {
            key: name for one in self.reports if one.subdomain == self.subdomain for key, name in one.engineers.items()
        }
        known |= {key: one.name for key, one in self.own.items()}
        return dict(sorted(known.items(), key=lambda item: (item[1].casefold(), item[0])))

    def open_reports(self, region: str) -> list[OpenReport]:
        """The latest that a change here may concern, each title once; "" or "none": in whatever region."""
        shown: dict[str, OpenReport] = {}
        for one in self.reports:
            if not one.compares and (region in {"", NO_HOLIDAYS} or region in one.regions):
                shown.setdefault(one.title, one)
        return list(shown.values())[:MOST_REPORTS]

    def entry(self, entry_id: int | None) -> Correction | None:
        """A correction that counts, by its number."""
        return next((one for one in self.changes.days if one.id == entry_id), None)

    @property
    def margin(self) -> timedelta:
        """How far beyond a month a day may still pay it otherwise: rules written as text can look at a whole duty."""
        texts = any(isinstance(saved.rules, PolicyText) for saved in self.versions)
        return LOOK_BACK if texts else timedelta(days=1)

    def around(self, region: str, days: Sequence[Correction]) -> Surroundings:
        """What corrections are checked against; somebody without a known region is checked against the page's."""
        found = {one.whom: region_on(self.versions, self.own, one.whom, one.since) or region for one in days}
        return Surroundings(self.changes, tuple(dict.fromkeys([*self.regions, region])), found)


def _book() -> Book:
    try:
        subdomain, problem = pagerduty().working_card(current_account().id).subdomain, ""
    except NotConnected as error:
        subdomain, problem = "", error.sentence
    return Book(
        subdomain,
        problem,
        store.calendar_changes(database(), subdomain),
        tuple(policies.saved_policies(database())),
        people.pay_settings(database(), subdomain),
        tuple(current_instance().working_sets.open_reports(session["sid"])),
    )


@blueprint.get("")
def index() -> AnyResponse | str | tuple[str, int]:
    """The regions in use, a way to every other one, and every correction there is."""
    book, wanted, problem = _book(), request.args.get("region", "").strip(), ""
    year = request.args.get("year", today().year, int)
    if wanted:
        try:
            region = check_region(wanted)
        except RegionError as error:
            problem = str(error)
        else:
            if FIRST_YEAR <= year <= LAST_YEAR:
                return redirect(url_for("calendars.show", region=region, year=year), 303)
            problem = f"Write a year from {FIRST_YEAR} to {LAST_YEAR}."
    page = render_template(
        "calendars/index.html",
        book=book,
        wanted=wanted,
        year=year,
        problem=problem,
        countries=countries,
        today=today(),
        **_history(book, history(book.changes)),
    )
    return page, 422 if problem else 200


@blueprint.get("/<region>/<int:year>")
def show(region: str, year: int) -> str:
    """One region's year: every day, who says so, and the forms to correct it."""
    _refuse_unknown(region, year)
    book = _book()
    corrected = book.entry(request.args.get("entry", type=int))
    return _page(book, region, year, _fresh_day_form(book, region, year, corrected))


@blueprint.post("/<region>/<int:year>")
def save(region: str, year: int) -> AnyResponse | tuple[str, int]:
    """Add a day or take one out, or put an entry in place of another."""
    _refuse_unknown(region, year)
    book, entry_id = _book(), request.args.get("entry", type=int)
    corrected = book.entry(entry_id)
    form = _fresh_day_form(book, region, year, corrected)
    if entry_id is not None and corrected is None:
        form.day.errors = ["Somebody corrected or removed this entry meanwhile. Look at the calendar as it is now."]
        return _page(book, region, year, form), 409
    if not form.validate():
        return _page(book, region, year, form), 422
    days = form.corrections(corrected.whom if corrected else region)
    around = book.around(region, days).without(entry_id or 0)
    if problems := list(refusals(days, around)):
        form.day.errors = problems
        return _page(book, region, year, form), 422
    days = named(days, around)
    months = _months(book, [*days, *([corrected] if corrected else [])])
    if months and request.form.get("earlier") != "yes":
        return _page(book, region, year, form, months=months), 422
    try:
        store.add_days(database(), book.subdomain, days, current_account().email, entry_id)
    except CalendarConflict as error:
        form.day.errors = [str(error)]
        return _page(_book(), region, year, form), 409
    first = days[0]
    whom = ", ".join(one.where for one in days)
    often = ", every year from then on" if first.every_year else ""
    flash(f"Saved for {whom}: {first.since:%-d %B %Y}{often}, {first.name} {first.what}.", "good")
    return redirect(url_for("calendars.show", region=region, year=first.since.year), 303)


@blueprint.post("/<region>/<int:year>/category")
def switch(region: str, year: int) -> AnyResponse | tuple[str, int]:
    """Let a category of the package count from a date on, or no longer."""
    _refuse_unknown(region, year)
    book = _book()
    form = category_form(_hourless(region, year), {})
    shown = day_form(region, book.engineers, None, {"day": _first_day(year)}, typed=False)
    if not form.validate():
        return _page(book, region, year, shown, form), 422
    made = form.switch(region)
    if problem := switch_refusal(made, book.changes):
        form.since.errors = [problem]
        return _page(book, region, year, shown, form), 422
    months = _switch_months(book, made)
    if months and request.form.get("earlier") != "yes":
        return _page(book, region, year, shown, form, months=months), 422
    try:
        store.add_switch(database(), made, current_account().email)
    except CalendarConflict as error:
        form.since.errors = [str(error)]
        return _page(_book(), region, year, shown, form), 409
    counts = "are holidays" if made.counts else "are no longer holidays"
    flash(
        f"Saved for {region}: days of the category “{made.category}” {counts} from {made.since:%-d %B %Y} on.", "good"
    )
    return redirect(url_for("calendars.show", region=region, year=year), 303)


@blueprint.route("/days/<int:entry_id>/remove", methods=["GET", "POST"])
def remove(entry_id: int) -> AnyResponse | str:
    """Ask, then let a correction count no longer."""
    book, back = _book(), _back()
    one = book.entry(entry_id)
    if one is None:
        flash("Somebody corrected or removed this entry already.", "warn")
        return redirect(back, 303)
    if request.method == "GET":
        return render_template("calendars/remove.html", day=one, switch=None, months=_months(book, [one]), back=back)
    try:
        store.remove_day(database(), book.subdomain, entry_id, current_account().email)
    except CalendarConflict as error:
        flash(str(error), "warn")
    else:
        flash(f"Removed for {one.where}: {one.since:%-d %B %Y} {one.name} {one.what}. It stays in the history.", "good")
    return redirect(back, 303)


@blueprint.route("/categories/<int:entry_id>/remove", methods=["GET", "POST"])
def remove_switch(entry_id: int) -> AnyResponse | str:
    """Ask, then let a switch of a category count no longer."""
    book, back = _book(), _back()
    one = next((one for one in book.changes.categories if one.id == entry_id), None)
    if one is None:
        flash("Somebody removed this entry already.", "warn")
        return redirect(back, 303)
    if request.method == "GET":
        months = _switch_months(book, one)
        return render_template("calendars/remove.html", day=None, switch=one, months=months, back=back)
    try:
        store.remove_switch(database(), entry_id, current_account().email)
    except CalendarConflict as error:
        flash(str(error), "warn")
    else:
        flash(f"Removed for {one.region}: what began for “{one.category}” on {one.since:%-d %B %Y}.", "good")
    return redirect(back, 303)


def _page(
    book: Book,
    region: str,
    year: int,
    form: DayForm,
    switch_form: CategoryForm | None = None,
    months: Sequence[str] = (),
) -> str:
    names = categories(region)[1:]
    if switch_form is None:
        switch_form = CategoryForm(None, data={"since": _first_day(year)})
        switch_form.category.choices = category_form(dict.fromkeys(names, ()), {}).category.choices
        asks = form
    else:
        asks = switch_form
    return render_template(
        "calendars/show.html",
        book=book,
        region=region,
        year=year,
        years=(FIRST_YEAR, LAST_YEAR),
        rows=year_rows(region, year, book.changes),
        notes=list(year_notes(region, year, book.changes)),
        categories={name: public_holidays(region, year, year, (name,)) for name in names},
        hours_words=hours_words,
        needs_hour=needs_hour,
        switches=[one for one in book.changes.categories if one.region == region],
        form=form,
        switch_form=switch_form,
        day_months=months if asks is form else (),
        switch_months=months if asks is switch_form else (),
        corrected=book.entry(request.args.get("entry", type=int)),
        **_history(book, history(book.changes, region, year)),
    )


def _history(book: Book, entries: Sequence[Correction | CategorySwitch]) -> dict[str, Any]:
    """One page of it."""
    begin = max(request.args.get("entries", 0, int), 0)
    return {
        "history": entries[begin : begin + MOST_ENTRIES],
        "history_begin": begin,
        "history_size": len(entries),
        "history_step": MOST_ENTRIES,
        "corrected_ids": corrected_ids(book.changes),
    }


def _fresh_day_form(book: Book, region: str, year: int, corrected: Correction | None) -> DayForm:
    return day_form(region, book.engineers, corrected, {"day": _first_day(year)})


def _hourless(region: str, year: int) -> dict[str, list[str]]:
    """The categories beyond "public", each with its half days around a year of which nobody says from when."""
    found = {}
    for name in categories(region)[1:]:
        days = public_holidays(region, year - 1, year + 2, (name,)).values()
        found[name] = list(dict.fromkeys(one.name for one in days if needs_hour(name, one)))
    return found


def _first_day(year: int) -> date:
    """What a fresh form proposes: today, or the first day of another year."""
    return today() if today().year == year else date(year, 1, 1)


def _refuse_unknown(region: str, year: int) -> None:
    """404 for what no link leads to: another spelling, a region that has no calendar, a year far away."""
    if not _is_known(region) or not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)


def _is_known(region: str) -> bool:
    """Whether a region has a calendar, and is spelt so."""
    try:
        return check_region(region) == region
    except RegionError:
        return False


def _months(book: Book, days: Sequence[Correction]) -> tuple[str, ...]:
    """The months that are over, were reviewed, shared or amended, and would change."""
    own = {one.whom for one in days if one.scope is CalendarScope.ENGINEER}
    dates = [day for one in days for day in one.dates(one.since, today())]
    return months_with(database(), book.subdomain, dates, today(), own, margin=book.margin)


def _switch_months(book: Book, one: CategorySwitch) -> tuple[str, ...]:
    """The same of a category: those of its days since then."""
    if one.since >= today():
        return ()
    days = public_holidays(one.region, one.since.year, today().year, (one.category,))
    return months_with(
        database(), book.subdomain, [day for day in days if day >= one.since], today(), margin=book.margin
    )


def _back() -> str:
    """The calendar that somebody came from, or the list of them."""
    region, year = request.args.get("region", ""), request.args.get("year", 0, int)
    if _is_known(region) and FIRST_YEAR <= year <= LAST_YEAR:
        return url_for("calendars.show", region=region, year=year)
    return url_for("calendars.index")
