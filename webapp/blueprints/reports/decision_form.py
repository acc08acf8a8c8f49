"""A manager's decision on one callout, against the rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, Field, RadioField, StringField
from wtforms.validators import Length, Optional, ValidationError

from webapp.blueprints.fields import options
from webapp.pricing.facts import Decision

CHOICES = options([("pay", "Pay it"), ("no", "Do not pay it"), ("rule", "As the policy says")])

LONGEST = timedelta(days=1)
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]  # as browsers send them, and want them


class DecisionForm(FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """Pay or not, why, and corrected times where the evidence is wrong."""

    decision = RadioField("Decision", choices=CHOICES, default="pay")
    reason = StringField(
        "Reason",
        validators=[Length(max=500, message="At most 500 characters.")],
        description="Printed in the workbook beside the callout.",
    )
    start = DateTimeLocalField(
        "Corrected start", format=FORMATS, validators=[Optional()], description="Empty: as the evidence says."
    )
    end = DateTimeLocalField("Corrected end", format=FORMATS, validators=[Optional()])

    def validate_reason(self, field: Field) -> None:
        """A decision against the rule needs one."""
        if self.decision.data != "rule" and not (field.data or "").strip():
            raise ValidationError("Write the reason: it is printed in the workbook.")

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """Both times or neither, in order, at most a day apart."""
        super().validate(extra_validators)
        start, end = self.start.data, self.end.data
        # Not in a validator of the field: `Optional` ends those where nothing was typed.
        if not self.start.errors and not self.end.errors:
            if (start is None) != (end is None):
                self.end.errors = ["Write both times, or neither."]
            elif start and end and end <= start:
                self.end.errors = ["The end must be after the start."]
            elif start and end and end - start > LONGEST:
                self.end.errors = ["At most a day apart."]
        return not self.errors

    def corrected(self, zone: str) -> tuple[datetime, datetime] | None:
        """The corrected times as instants; None where none were typed."""
        if self.start.data is None or self.end.data is None:
            return None
        local = ZoneInfo(zone)
        return (
            self.start.data.replace(tzinfo=local).astimezone(UTC),
            self.end.data.replace(tzinfo=local).astimezone(UTC),
        )


def decision_values(old: Decision | None, zone: str) -> dict[str, object]:
    """What a fresh form shows: the decision that stands, its times on the clock of the zone."""
    if old is None:
        return {}
    local = ZoneInfo(zone)
    return {
        "decision": "pay" if old.pay else "no",
        "reason": old.reason,
        "start": old.start and old.start.astimezone(local),
        "end": old.end and old.end.astimezone(local),
    }
