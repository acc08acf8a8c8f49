"""What a report is asked for: whose pay, which period, which pay settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import Optional

from webapp.blueprints.fields import options
from webapp.blueprints.reports.policy_form import PolicyForm
from webapp.exports import ScopeKind
from webapp.pricing.report.lines import Period
from webapp.services.periods import PeriodError, between, last_month, month_of, named_month
from webapp.services.reporting import Scope

SCOPES = options([("organisation", "The organisation"), ("team", "A team"), ("engineer", "One engineer")])
PERIODS = options(
    [("last_month", "Last month"), ("this_month", "This month"), ("month", "A month"), ("dates", "Two dates")]
)
_PICKED = re.compile(r"\(([A-Z0-9]+)\)\s*$")


def question_of(scope: Scope, period: Period) -> dict[str, str]:
    """Scope and period as the query of the generator's address, which fills in the form by it."""
    asked: dict[str, str] = {"scope": scope.kind.value}
    if scope.kind is not ScopeKind.ORGANISATION:
        asked[scope.kind.value] = scope.id
    if period == month_of(period.first):
        return asked | {"period": "month", "month": f"{period.first:%Y-%m}"}
    last = period.after - timedelta(days=1)
    return asked | {"period": "dates", "first": period.first.isoformat(), "last": last.isoformat()}


def prefilled(query: Mapping[str, str]) -> dict[str, str | date]:
    """What the query of an address says about the form's own fields; what cannot be read is left out."""
    said: dict[str, str | date] = {name: query[name] for name in ("engineer", "team", "month") if name in query}
    for name, choices in (("scope", SCOPES), ("period", PERIODS)):
        if query.get(name) in {choice.value for choice in choices}:
            said[name] = query[name]
    for name in ("first", "last"):
        try:
            said[name] = date.fromisoformat(query[name])
        except (KeyError, ValueError):
            continue
    return said


class Question:
    """The fields of whose pay is asked, for which period."""

    scope = RadioField("Whose pay", choices=SCOPES, default="organisation")
    engineer = StringField(
        "Engineer",
        description="Name, e-mail or PagerDuty id.",
        render_kw={"autocomplete": "off", "list": "found-engineers"},
    )
    team = SelectField("Team", choices=[], validate_choice=False)
    period = RadioField("Period", choices=PERIODS, default="last_month")
    month = StringField("Month", render_kw={"type": "month"}, description="Like 2026-10.")
    first = DateField("First day", validators=[Optional()])
    last = DateField("Last day", validators=[Optional()])

    def picked_engineer(self) -> str | None:
        """The id in a picked search result, such as "Ada Example (PUSER01)"."""
        found = _PICKED.search(self.engineer.data or "")
        return found[1] if found else None

    def chosen_period(self, today: date) -> Period | None:
        """The period as typed; None, with errors at the fields, where there is none."""
        field = {"month": self.month, "dates": self.last}.get(self.period.data, self.period)
        try:
            match self.period.data:
                case "last_month":
                    return last_month(today)
                case "this_month":
                    return month_of(today)
                case "month":
                    return named_month(self.month.data or "")
                case _:
                    for end in (self.first, self.last):
                        if end.data is None and not end.errors:
                            end.errors = ["Write a date."]
                    if self.first.data is None or self.last.data is None:
                        return None
                    return between(self.first.data, self.last.data)
        except PeriodError as error:
            field.errors = [*field.errors, str(error)]
            return None


class RequestForm(Question, PolicyForm):
    """The report generator's form, with the pay settings."""


class TextRequestForm(Question, FlaskForm):  # type: ignore[misc]  # flask-wtf publishes no types
    """The report generator's form where the policy is a text, which has pages of its own."""
