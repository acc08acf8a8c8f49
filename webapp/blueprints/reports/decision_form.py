"""A manager's decision on one callout: against the rule, its times, and what the policy asks a person to judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import Field, RadioField, SelectField, StringField
from wtforms.validators import Length, ValidationError

from webapp.blueprints.fields import options, printable
from webapp.blueprints.filters import when
from webapp.blueprints.reports.times_form import TimesForm, times_data
from webapp.pricing.facts import Callout, Decision, Facts, Incident, Person
from webapp.pricing.policy import Document
from webapp.pricing.spans import instant_of
from webapp.services.policy_asks import DECISION, Judgement, judgements

PAY, NO, RULE = "pay", "no", "rule"
CHOICES = ((PAY, "Pay it"), (NO, "Do not pay it"), (RULE, "As the policy says"))

_ATTESTED = "attested_"
_PLAIN = {"true": "yes", "false": "no"}
FARTHEST = timedelta(days=1)
"""How far from an incident's life corrected times may lie."""


class DecisionForm(TimesForm):
    """Pay or not, why, and corrected times where the evidence is wrong."""

    button = "Decide"
    callout: Callout
    incident: Incident
    read_at: datetime
    decision = RadioField("Decision")
    reason = StringField(
        "Reason",
        validators=[Length(max=500, message="At most 500 characters.")],
        description="Printed in the workbook beside the callout.",
        filters=[printable],
    )

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """Something is decided, and about this incident."""
        super().validate(extra_validators)
        if not self.decision.raw_data:  # nothing is chosen
            self.decision.data = None
            typed = self.spans() or self.times.errors or self.attested()
            self.decision.errors = [] if typed else ["Choose one, or type corrected times below."]
        if not self.times.errors and self._lies_far():
            incident, zone = self.incident, self.zone.key
            ended = f"was resolved {when(incident.resolved, zone)}" if incident.resolved else "is still open"
            triggered = when(incident.triggered, zone)
            self.times.errors = [f"More than 24 hours away from the incident: it triggered {triggered} and {ended}."]
        return not self.errors

    def _lies_far(self) -> bool:
        """More than a day before the incident's life, or after it; what the evidence says is of it, too."""
        incident, spells = self.incident, self.callout.evidence
        begins = min([incident.triggered, *(instant_of(spell.start) for spell in spells)])
        ends = max([incident.resolved or self.read_at, *(instant_of(spell.end) for spell in spells if spell.end)])
        return any(span.start < begins - FARTHEST or span.end > ends + FARTHEST for span in self.spans())

    def validate_reason(self, field: Field) -> None:
        """Whatever is printed beside the callout needs one."""
        if not self.is_empty and not field.data:
            raise ValidationError("Write the reason: it is printed in the workbook.")

    @property
    def is_empty(self) -> bool:
        """Everything is as the policy and the evidence say."""
        return self.pay is None and not self.spans() and not self.attested()

    @property
    def pay(self) -> bool | None:
        """The decision; None: as the policy says."""
        return {PAY: True, NO: False}.get(self.decision.data)

    @property
    def summary(self) -> str:
        """What is decided, in words: "pay it, with corrected times, woken: yes"."""
        words = [label.lower() for choice, label in CHOICES if choice == self.decision.data] or ["as the policy says"]
        words += ["with corrected times"] if self.spans() else []
        words += [
            f"{field.label.text.lower()}: {_PLAIN.get(field.data, field.data)}" for field in self.judged() if field.data
        ]
        return ", ".join(words)

    def judged(self) -> Iterator[Field]:
        """The fields of what the policy asks to judge."""
        return (field for field in self if field.name.startswith(_ATTESTED))

    def attested(self) -> dict[str, str]:
        """What was judged other than by default, by its name in the policy."""
        return {field.description: field.data for field in self.judged() if field.data}


def decision_form(policy: Document, facts: Facts, callout: Callout, person: Person) -> DecisionForm:
    """The form for a callout: with a field for each judgement that the policy asks for, showing what stands."""
    zone = person.zone or "UTC"
    asked = judgements(policy)
    fields = {f"{_ATTESTED}{number}": _judgement(one) for number, one in enumerate(asked)}
    made: Any = type("DecisionForm", (DecisionForm,), fields)
    form: DecisionForm = made(data=_values(callout.decision, ZoneInfo(zone), asked))
    form.set_clock(zone, person.name)
    form.callout, form.incident, form.read_at = callout, facts.incidents[callout.id], instant_of(facts.read_at)
    may_pay = all(DECISION in version.attested for version in (policy, *policy.later))
    form.decision.choices = options(choice for choice in CHOICES if may_pay or choice[0] != PAY)
    return form


def _judgement(one: Judgement) -> SelectField:
    """The name in the policy stands as the description, which no page shows."""
    default = f"as usual: {_PLAIN.get(one.default, one.default)}"
    others = [(choice, _PLAIN.get(choice, choice)) for choice in one.choices if choice != one.default]
    label = one.name.replace("_", " ").capitalize()
    return SelectField(label, choices=options([("", default), *others]), default="", description=one.name)


def _values(old: Decision | None, zone: ZoneInfo, asked: Iterable[Judgement]) -> dict[str, object]:
    """What a fresh form shows: the decision that stands, its times on the clock of the zone."""
    if old is None:
        return {}
    attested = {f"{_ATTESTED}{number}": old.attested.get(one.name, "") for number, one in enumerate(asked)}
    return {
        "decision": RULE if old.pay is None else PAY if old.pay else NO,
        "reason": old.reason,
        "times": times_data(old.times, zone),
        **attested,
    }
