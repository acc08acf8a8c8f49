"""The pay settings below a report: the form's fields or a policy's text, whichever the report is priced by."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

from flask import request

from webapp.blueprints.fields import options
from webapp.blueprints.reports.policy_form import PolicyForm, form_values
from webapp.blueprints.save_form import save_values
from webapp.blueprints.text_form import PolicyTextForm, text_values
from webapp.pricing.policy import Policy
from webapp.services.policies import PolicyText, Rules
from webapp.services.reporting import Draft

SettingsForm: TypeAlias = PolicyForm | PolicyTextForm


def settings_form(draft: Draft, *, typed: bool) -> SettingsForm:
    """As posted, or showing what prices the draft."""
    posted = request.form if typed else None
    if "text" in request.form if typed else isinstance(draft.policy, PolicyText):
        return PolicyTextForm(posted, data=text_values(draft.policy) | _save_values(draft))
    policy = draft.policy if isinstance(draft.policy, Policy) else None
    form = PolicyForm(posted, data=form_values(policy) | _save_values(draft))
    names = draft.schedules()
    left_out = policy.schedules_left_out if policy else frozenset()
    form.schedules_left_out.choices = options({**names, **{one: one for one in left_out if one not in names}}.items())
    return form


def rules_of(form: SettingsForm) -> Rules:
    """The policy as typed; only after `validate`."""
    return form.rules() if isinstance(form, PolicyTextForm) else form.policy()


def _save_values(draft: Draft) -> dict[str, Any]:
    """A version saved from a report begins with its period, or with the last change within it."""
    versions = draft.inputs.saved.versions
    begins = [saved.effective for saved in versions if saved.effective and saved.effective < draft.period.after]
    proposed: date = max([draft.period.first, *begins[-1:]])
    return save_values(versions, proposed)
