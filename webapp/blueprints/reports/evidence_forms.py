"""What a manager says of evidence: who it was that PagerDuty does not name, and when an engineer worked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField
from wtforms.validators import InputRequired, ValidationError

from webapp.blueprints.fields import options, reason_field
from webapp.blueprints.filters import when
from webapp.blueprints.reports.times_form import TimesForm, times_data
from webapp.pd.records import IncidentRecord
from webapp.pd.result import Records
from webapp.pricing.facts import Person
from webapp.services.callout_decisions import ActDecision, WorkDecision
from webapp.services.doubt_warnings import alternative_words
from webapp.services.doubts import MOST_CANDIDATES_ALONE, Question

MACHINE, OTHER = "machine", "other"
"""No ids of PagerDuty, which are upper case."""
FORGET = "forget"
"""The name of the button that takes an answer back."""
AROUND = timedelta(hours=24)
"""So long before an incident triggers, and after it is resolved, somebody may have worked on it."""


_HOW = "How you know. It is printed in the workbook beside the callout."


class NameActForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """Who was it?"""

    who = RadioField("It was", validators=[InputRequired("Choose one.")])
    other = SelectField("Another engineer")
    reason = reason_field(_HOW)

    def validate_other(self, field: Field) -> None:
        """Named where the choice is another one."""
        if self.who.data == OTHER and not field.data:
            raise ValidationError("Choose the engineer.")

    @property
    def user_id(self) -> str | None:
        """The answer; None: a machine."""
        if self.who.data == MACHINE:
            return None
        return str(self.other.data if self.who.data == OTHER else self.who.data)


def name_act_form(
    question: Question, engineers: Iterable[Person], currency: str, old: ActDecision | None
) -> NameActForm:
    """The form for a question: the likeliest first, with what each answer is worth."""
    shown = question.alternatives[:MOST_CANDIDATES_ALONE]
    candidates = [(one.user_id, f"{one.name}: {alternative_words(one, currency)}") for one in shown]
    known = {user_id for user_id, _ in candidates}
    answer = {}
    if old is not None:
        who = MACHINE if old.user_id is None else old.user_id if old.user_id in known else OTHER
        answer = {"who": who, "other": old.user_id if who == OTHER else "", "reason": old.reason}
    form = NameActForm(data=answer)
    form.who.choices = options(
        [*candidates, (OTHER, "Another engineer"), (MACHINE, "A machine or somebody who is not paid")]
    )
    form.other.choices = _engineers(engineers)
    return form


class RecordWorkForm(TimesForm):
    """This engineer worked on this incident from, to."""

    engineer = SelectField("Engineer", validators=[InputRequired("Choose the engineer.")])
    reason = reason_field(_HOW)
    button = "Record"
    people: Mapping[str, Person] = {}
    records: Records
    incidents: Sequence[IncidentRecord]

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """The times lie around the incident, where it is known who was on call."""
        person = self.people.get(self.engineer.data or "")
        super().validate(extra_validators)
        if person and not person.zone:
            self.engineer.errors = ["Their time zone is not known. Type it in under Rates and regions first."]
        problem = "" if self.times.errors else self._problem_of_reading()
        if problem:
            self.times.errors = [problem]
        return not self.errors

    def _problem_of_reading(self) -> str:
        spans = self.spans()
        if not spans:
            return "Write from when to when."
        since, until = self.records.request.since, min(self.records.request.until, self.records.read_at)
        if spans[0].start < since or spans[-1].end > until:
            begins, ends = (when(moment, self.zone.key) for moment in (since, until.astimezone(UTC)))
            return f"This report knows who was on call from {begins} to {ends} only."
        since = min(one.created_at for one in self.incidents) - AROUND
        until = min(max(one.resolved_at or until for one in self.incidents) + AROUND, until)
        if spans[0].start < since or spans[-1].end > until:
            begins, ends = (when(moment, self.zone.key) for moment in (since, until.astimezone(UTC)))
            return f"Work on this incident lies within 24 h of it: from {begins} to {ends}."
        return ""


def record_work_form(
    records: Records,
    incidents: Sequence[IncidentRecord],
    people: Iterable[Person],
    old: WorkDecision | None,
    engineer_id: str,
) -> RecordWorkForm:
    """The form for one incident, with all that was merged into it, and with what is recorded of the engineer."""
    by_id = {person.id: person for person in people}
    person = by_id.get(engineer_id)
    zone = (person.zone if person else _shared_zone(by_id.values())) or "UTC"
    values: dict[str, object] = {"engineer": engineer_id}
    if old is not None:
        values |= {"times": times_data(old.times, ZoneInfo(zone)), "reason": old.reason}
    form = RecordWorkForm(data=values)
    form.engineer.choices = _engineers(by_id.values())
    form.people, form.records, form.incidents = by_id, records, incidents
    form.set_clock(zone, person.name if person and person.zone else "")
    return form


def _shared_zone(people: Iterable[Person]) -> str | None:
    """The zone of all of them, where they have one and the same."""
    zones = {person.zone for person in people}
    return zones.pop() if len(zones) == 1 else None


def _engineers(people: Iterable[Person]) -> list[Any]:
    """By name; those of one name are told apart by their e-mails."""
    found = sorted(people, key=lambda person: (person.name.casefold(), person.id))
    return options([("", "Choose"), *((one.id, f"{one.name} ({one.email or one.id})") for one in found)])
