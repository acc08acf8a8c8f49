"""A manager's decision on one callout: against the rule, its times, and what the policy asks a person to judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import Field, RadioField, SelectField, StringField
from wtforms.validators import Length, ValidationError

from webapp.blueprints.fields import options, printable
from webapp.blueprints.reports.times_form import TimesForm, times_data
from webapp.pricing.document import Document
from webapp.pricing.facts import Decision
from webapp.services.policy_asks import DECISION, Judgement, judgements

PAY, NO, RULE = "pay", "no", "rule"
CHOICES = ((PAY, "Pay it"), (NO, "Do not pay it"), (RULE, "As the policy says"))

_ATTESTED = "attested_"


class DecisionForm(TimesForm):
    """Pay or not, why, and corrected times where the evidence is wrong."""

    decision = RadioField("Decision", default=PAY)
    reason = StringField(
        "Reason",
        validators=[Length(max=500, message="At most 500 characters.")],
        description="Printed in the workbook beside the callout.",
        filters=[printable],
    )

    def validate_reason(self, field: Field) -> None:
        """Whatever is printed beside the callout needs one."""
        if not self.is_empty and not field.data:
            raise ValidationError("Write the reason: it is printed in the workbook.")

    @property
    def is_empty(self) -> bool:
        """Everything is as the policy and the evidence say."""
        return self.decision.data == RULE and not self.spans() and not self.attested()

    @property
    def pay(self) -> bool | None:
        """The decision; None: as the policy says."""
        return None if self.decision.data == RULE else self.decision.data == PAY

    def judged(self) -> Iterator[Field]:
        """The fields of what the policy asks to judge."""
        return (field for field in self if field.name.startswith(_ATTESTED))

    def attested(self) -> dict[str, str]:
        """What was judged other than by default, by its name in the policy."""
        return {field.description: field.data for field in self.judged() if field.data}


def decision_form(policy: Document, old: Decision | None, zone: str) -> DecisionForm:
    """The form for a callout: with a field for each judgement that the policy asks for, showing what stands."""
    asked = judgements(policy)
    fields = {f"{_ATTESTED}{number}": _judgement(one) for number, one in enumerate(asked)}
    made: Any = type("DecisionForm", (DecisionForm,), fields)
    form: DecisionForm = made(data=_values(policy, old, ZoneInfo(zone), asked))
    form.zone = ZoneInfo(zone)
    may_pay = all(DECISION in version.attested for version in (policy, *policy.later))
    form.decision.choices = options(choice for choice in CHOICES if may_pay or choice[0] != PAY)
    return form


def _judgement(one: Judgement) -> SelectField:
    """The name in the policy stands as the description, which no page shows."""
    plain = {"true": "yes", "false": "no"}
    default = f"as usual: {plain.get(one.default, one.default)}"
    others = [(choice, plain.get(choice, choice)) for choice in one.choices if choice != one.default]
    label = one.name.replace("_", " ").capitalize()
    return SelectField(label, choices=options([("", default), *others]), default="", description=one.name)


def _values(policy: Document, old: Decision | None, zone: ZoneInfo, asked: Iterable[Judgement]) -> dict[str, object]:
    """What a fresh form shows: the decision that stands, its times on the clock of the zone."""
    if old is None:
        return {} if DECISION in policy.attested else {"decision": RULE}
    attested = {f"{_ATTESTED}{number}": old.attested.get(one.name, "") for number, one in enumerate(asked)}
    return {
        "decision": RULE if old.pay is None else PAY if old.pay else NO,
        "reason": old.reason,
        "times": times_data(old.times, zone),
        **attested,
    }
