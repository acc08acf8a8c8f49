"""Which date or instant of an engineer is to be explained."""

from __future__ import annotations

from wtforms import DateField, DateTimeLocalField, Form
from wtforms.validators import Optional

from webapp.pricing.report.lines import Statement
from webapp.services import explanations
from webapp.services.explanations import Reason
from webapp.services.reporting import Draft

FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]  # as browsers send them, and want them


class WhyForm(Form):
    """A date, or an instant on the engineer's clock; it asks, and changes nothing."""

    day = DateField("Date", validators=[Optional()])
    at = DateTimeLocalField("Date and time", format=FORMATS, validators=[Optional()])


def explained(form: WhyForm, draft: Draft, statement: Statement) -> list[Reason] | None:
    """The reasons; None where nothing was asked yet."""
    if form.at.data is not None:
        instant = explanations.local_instant(form.at.data, statement.person.zone or "UTC")
        return explanations.why_at(draft, statement.person.id, instant)
    return explanations.why_on(draft, statement, form.day.data) if form.day.data else None
