"""Who may be meant on the pages of engineers, for the PagerDuty account that the connection reads."""

from __future__ import annotations

from contextlib import suppress

from flask import abort, session

from webapp.blueprints.current import current_account, current_instance, database, pagerduty, today
from webapp.pd.client import Client
from webapp.pd.errors import PagerDutyError
from webapp.pd.result import Records
from webapp.services import people, policies
from webapp.services.connections import NotConnected
from webapp.services.engineer_directory import (
    engineers_of_reports,
    engineers_of_seen_reports,
    engineers_without_values,
    without_settings,
)
from webapp.services.people import PaySettings
from webapp.services.people_lookup import USER_ID
from webapp.services.policy_asks import attributes


def account_read() -> tuple[str, str]:
    """The subdomain of the PagerDuty account that the connection reads; "" and why where there is none."""
    try:
        return pagerduty().working_card(current_account().id).subdomain, ""
    except NotConnected as error:
        return "", error.sentence


def asked_attributes() -> tuple[str, ...]:
    """What the policy in force asks of engineers beyond what every policy knows."""
    saved = policies.current_policy(database(), today())
    return attributes(saved.document) if saved and not saved.is_refused else ()


def find_person(user_id: str) -> PaySettings:
    """Somebody with values, in a report, or in PagerDuty; 404 for anybody else."""
    subdomain, _ = account_read()
    if not subdomain:
        abort(404)
    known = people.pay_settings(database(), subdomain)
    person = known.get(user_id) or engineers_of_reports(_read(subdomain)).get(user_id)
    if person is not None:
        return person
    found = pagerduty().ask(current_account().id, lambda client: client.find_users(user_id))
    user = next((one for one in found if one.id == user_id), None)
    if user is not None:
        return without_settings(user)
    return engineers_of_seen_reports(database(), subdomain).get(user_id) or abort(404)


def everybody(subdomain: str) -> tuple[dict[str, PaySettings], str]:
    """Everybody whom a line may mean, and what went wrong if PagerDuty could not be asked who else there is."""
    kept = people.pay_settings(database(), subdomain)
    of_reports = {**engineers_of_seen_reports(database(), subdomain), **engineers_of_reports(_read(subdomain))}
    try:
        users = pagerduty().ask(current_account().id, Client.users)
    except PagerDutyError as error:
        told = "Only engineers whom a report or a value names are known now."
        return {**of_reports, **kept}, f"{error.sentence} {told}"
    return {**of_reports, **{user.id: without_settings(user) for user in users}, **kept}, ""


def offered(subdomain: str) -> tuple[str, list[PaySettings]]:
    """The title of the newest report in memory, and who in it has no values yet."""
    own = current_instance().working_sets.inputs_of_session(session.get("sid", ""), subdomain)
    if not own:
        return "", []
    title, inputs = own[0]
    return title, engineers_without_values(inputs, people.pay_settings(database(), subdomain))


def found_in_reports(subdomain: str, wanted: str) -> list[PaySettings]:
    """Those of reports in memory whose name, e-mail or id has these words."""
    words = wanted.casefold()
    known = engineers_of_reports(_read(subdomain)).values()
    return [one for one in known if words in f"{one.name} {one.email} {one.user_id}".casefold()]


def named_so(subdomain: str, word: str) -> list[PaySettings]:
    """Those without values here whose PagerDuty id or e-mail a word is, as far as PagerDuty can be asked."""
    known = engineers_of_seen_reports(database(), subdomain) | engineers_of_reports(_read(subdomain))
    is_id = USER_ID.fullmatch(word.upper())
    if is_id or "@" in word:
        asked = word.upper() if is_id else word
        with suppress(PagerDutyError):
            users = pagerduty().ask(current_account().id, lambda client: client.find_users(asked))
            known |= {user.id: without_settings(user) for user in users}
    return [one for one in known.values() if word.casefold() in {one.user_id.casefold(), (one.email or "").casefold()}]


def _read(subdomain: str) -> list[Records]:
    """What this login session has read, the newest first."""
    own = current_instance().working_sets.inputs_of_session(session.get("sid", ""), subdomain)
    return [inputs.records for _, inputs in own if inputs.records]
