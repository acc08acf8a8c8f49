"""Asking for a report: whose pay, which period, by which settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from webapp.blueprints.current import current_account, database, organisation_zone, pagerduty, today
from webapp.blueprints.fields import options
from webapp.blueprints.reports.policy_form import form_values
from webapp.blueprints.reports.request_form import Question, RequestForm, TextRequestForm, prefilled
from webapp.blueprints.reports.routes import blueprint
from webapp.blueprints.reports.working import start
from webapp.exports import ScopeKind
from webapp.pd.client import Client
from webapp.pd.errors import PagerDutyError
from webapp.pd.records import UserRecord
from webapp.pricing.report.lines import Period
from webapp.services import people, periods, policies, reporting
from webapp.services.engineer_facts import HOLIDAY_REGION, HOURLY_RATE
from webapp.services.policies import Rules, SavedPolicy
from webapp.services.policy_regions import unusable_policies
from webapp.services.reporting import Scope

FOUND_AT_MOST = 20


@blueprint.route("", methods=["GET", "POST"])
def generator() -> AnyResponse | str | tuple[str, int]:
    """The form; posting it starts a report."""
    versions = policies.saved_policies(database())
    date_now = today()
    saved = policies.in_force(versions, date_now)
    form = _question_form(saved)
    teams, problem = _offer_teams(form)
    if request.method == "GET":
        return _generator_page(form, saved, problem)
    valid = form.validate()
    period = form.chosen_period(date_now)
    try:
        pagerduty().working_card(current_account().id)  # without a connection nothing about the scope can be said
        scope, found = _chosen_scope(form, teams, problem)
    except PagerDutyError as error:
        return _generator_page(form, saved, error.sentence), 422
    if not valid or period is None or scope is None:
        return _generator_page(form, saved, problem, found), 422
    try:
        rules = _rules_asked(form, versions, saved, period)
        missing = () if request.form.get("anyway") == "yes" else _forgotten(form, versions, rules, scope, period)
        if missing:
            return _generator_page(form, saved, problem, missing=missing), 422
        return redirect(url_for("reports.show", set_id=start(scope, period, rules)), 303)
    except (PagerDutyError, policies.NotInForce) as error:
        return _generator_page(form, saved, getattr(error, "sentence", str(error))), 422


@blueprint.get("/engineers")
def find_engineers() -> str:
    """Engineers that fit what was typed, as options for the field."""
    text = request.args.get("engineer", "").strip()
    try:
        found = _search(text)[:FOUND_AT_MOST] if len(text) > 1 and "(" not in text else []
    except PagerDutyError:
        found = []  # only a hint while typing: what is wrong is said when the form is sent
    return Markup().join(
        Markup('<option value="{} ({})">{}</option>').format(user.name, user.id, user.email or "") for user in found
    )


def _question_form(saved: SavedPolicy | None) -> RequestForm | TextRequestForm:
    """As posted, or with what the address and the policy in force today say; a text has pages of its own."""
    asked: dict[str, Any] = prefilled(request.args)
    if saved is not None and saved.form is None:
        return TextRequestForm(data=asked)
    form = RequestForm(data=form_values(saved.form if saved else None) | asked)
    for field in (form.schedules_left_out, form.also_pay):
        field.choices = list(field.data or ())
    return form


def _rules_asked(
    form: RequestForm | TextRequestForm, versions: list[SavedPolicy], saved: SavedPolicy | None, period: Period
) -> Rules:
    """What is tried out; where that is no more than what is in force today, what was in force at the period's end."""
    typed = form.policy() if isinstance(form, RequestForm) else None
    if typed is None or (saved is not None and saved.rules == typed):
        saved = policies.in_force(versions, period.after - timedelta(days=1)) or saved
        return saved.rules if saved else abort(400)
    return typed


def _forgotten(
    form: RequestForm | TextRequestForm, versions: list[SavedPolicy], rules: Rules, scope: Scope, period: Period
) -> tuple[str, ...]:
    """What the period's policies need and nobody has, told at its field where there is one."""
    own = people.pay_settings(database(), pagerduty().working_card(current_account().id).subdomain)
    basis = policies.basis_of(versions, rules, period.first, period.after)
    missing = reporting.forgotten_values(scope, basis, own, period)
    if isinstance(form, RequestForm):
        for field, what, nothing in (
            (form.holiday_region, HOLIDAY_REGION, "“none” if no day is a bank holiday"),
            (form.hourly_rate, HOURLY_RATE, "0 if hours are not paid"),
        ):
            if what in missing:
                field.errors = [f"No engineer in question has their own {what}. Write it here, or {nothing}."]
    return missing


def _generator_page(
    form: RequestForm | TextRequestForm,
    saved: SavedPolicy | None,
    problem: str = "",
    found: list[UserRecord] | None = None,
    missing: tuple[str, ...] = (),
) -> str:
    return render_template(
        "reports/generator.html",
        form=form,
        saved=saved,
        problem=problem,
        found_engineers=found or [],
        missing=missing,
        unusable=unusable_policies(policies.saved_policies(database())),
        last_month=periods.label(periods.last_month(today())),
        zone=organisation_zone(),
    )


def _offer_teams(form: Question) -> tuple[dict[str, str], str]:
    """Fill in the list of teams: names by id, and in words what went wrong if it cannot be read."""
    connections, account = pagerduty(), current_account()
    teams: dict[str, str] = {}
    problem = ""
    card = connections.card(account.id)
    if card is not None and not card.problem:
        try:
            found = connections.ask(account.id, Client.teams)
            teams = {team.id: team.name for team in sorted(found, key=lambda team: team.name.casefold())}
        except PagerDutyError as error:
            problem = error.sentence
    chosen = form.team.data
    unknown = [(chosen, chosen)] if problem and chosen else []  # so that it stays chosen until the list is back
    form.team.choices = options([("", "choose a team"), *teams.items(), *unknown])
    return teams, problem


def _chosen_scope(form: Question, teams: Mapping[str, str], problem: str) -> tuple[Scope | None, list[UserRecord]]:
    """Whose pay is asked; None with an error at the field (or with a problem of the list of teams), and who fits."""
    match form.scope.data:
        case "organisation":
            return Scope(ScopeKind.ORGANISATION, "", "Organisation"), []
        case "team":
            team = form.team.data or ""
            if team not in teams:
                form.team.errors = [] if problem else ["Choose a team."]
                return None, []
            return Scope(ScopeKind.TEAM, team, teams[team]), []
    text = form.picked_engineer() or (form.engineer.data or "").strip()
    if not text:
        form.engineer.errors = ["Write a name, an e-mail or a PagerDuty id."]
        return None, []
    found = _search(text)
    exact = [
        user
        for user in found
        if text.casefold() in {user.id.casefold(), user.name.casefold(), (user.email or "").casefold()}
    ]
    if len(found) == 1 or len(exact) == 1:
        one = (exact or found)[0]
        return Scope(ScopeKind.ENGINEER, one.id, one.name), []
    form.engineer.errors = [
        f"{len(found)} engineers fit “{text}”. Write more, or the id in brackets."
        if found
        else f"PagerDuty knows no engineer “{text}”. Try a part of the name, the e-mail, or the id."
    ]
    return None, found[:FOUND_AT_MOST]


def _search(text: str) -> list[UserRecord]:
    return pagerduty().ask(current_account().id, lambda client: client.find_users(text))
