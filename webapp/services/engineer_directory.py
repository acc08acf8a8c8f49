"""Who is an engineer here: whoever ever had a value, is in PagerDuty, or is in a report that was read or seen."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from io import StringIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.exports.amendments import Payee
from webapp.exports.payroll_numbers import differ_in_zeros_only, number_key, shared_numbers, shared_sentence
from webapp.models import SeenReport
from webapp.pd.records import UserRecord
from webapp.pd.result import Records
from webapp.services.at_work import engineers_at_work
from webapp.services.engineer_facts import HOURLY_RATE
from webapp.services.inputs import ReportInputs
from webapp.services.people import PaySettings
from webapp.services.people_table import DAY, NAME, PAYROLL_NUMBER


def without_settings(user: UserRecord) -> PaySettings:
    """A PagerDuty user of whom nothing is kept yet."""
    return PaySettings(user_id=user.id, name=user.name, email=user.email)


def engineers_of_reports(read: Iterable[Records]) -> dict[str, PaySettings]:
    """Everybody in reports that are in memory, the newest first: those whom PagerDuty has deleted, too."""
    found: dict[str, PaySettings] = {}
    for records in read:
        for user in records.users.values():
            found.setdefault(user.id, without_settings(user))
    return found


def engineers_of_seen_reports(session: Session, subdomain: str) -> dict[str, PaySettings]:
    """Everybody in reports that were reviewed or shared here. Of those only ids are kept, which stand for the names."""
    kept = session.scalars(select(SeenReport.engineers).where(SeenReport.subdomain == subdomain))
    ids = {user_id for engineers in kept for user_id in engineers}
    return {user_id: PaySettings(user_id=user_id, name=user_id, email=None) for user_id in sorted(ids)}


def engineers_without_values(inputs: ReportInputs, kept: Mapping[str, PaySettings]) -> list[PaySettings]:
    """Who was on call or at work in a report's period, on any clock, and has no values of their own; by name."""
    if inputs.records is None:
        return []
    at_work = engineers_at_work(inputs.records, inputs.period)
    found = [
        without_settings(user)
        for user in inputs.records.users.values()
        if user.id in at_work and (user.id not in kept or kept[user.id].is_empty)
    ]
    return sorted(found, key=lambda one: (one.name.casefold(), one.user_id))


def table_to_fill_in(people: Iterable[PaySettings]) -> str:
    """A table for the import, with a line for each of these."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("engineer", NAME, PAYROLL_NUMBER, HOURLY_RATE, DAY))
    writer.writerows((one.user_id, one.name, "", "", "") for one in people)
    return text.getvalue()


def near_number_words(people: Collection[PaySettings], changed: Collection[str]) -> list[str]:
    """A sentence for each new payroll number of these that a program which drops zeros takes for another one's."""
    by_digits: dict[str, list[PaySettings]] = defaultdict(list)
    for one in people:
        by_digits[number_key(one.payroll_number).lstrip("0")].append(one)
    pairs = {
        frozenset((one.user_id, other.user_id)): (one, other)
        for one in people
        if one.user_id in changed
        for other in by_digits[number_key(one.payroll_number).lstrip("0")]
        if differ_in_zeros_only(one.payroll_number, other.payroll_number)
    }
    return [
        f"{one.name}'s payroll number {one.payroll_number} differs from {other.name}'s {other.payroll_number} in "
        "leading zeros only."
        for one, other in pairs.values()
    ]


def shared_number_words(people: Iterable[PaySettings]) -> list[str]:
    """A sentence for each payroll number that several engineers have had since before numbers were unique."""
    payees = (Payee(one.user_id, one.name, one.email or "", one.payroll_number) for one in people)
    return [shared_sentence(held) for held in shared_numbers(payees)]
