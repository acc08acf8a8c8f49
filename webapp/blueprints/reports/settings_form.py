"""The pay settings below a report: the form's fields or a policy's text, whichever the report is priced by."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

from flask import request

from webapp.blueprints.fields import options
from webapp.blueprints.reports.delivery import EDITION, StalePage
from webapp.blueprints.reports.policy_form import PolicyForm, form_values
from webapp.blueprints.save_form import SaveForm, save_values
from webapp.blueprints.text_form import PolicyTextForm, text_values
from webapp.pricing.policy.form import Policy
from webapp.services.policies import PolicyText, Rules, in_force_between
from webapp.services.reading_needs import ReportError
from webapp.services.reporting import Draft
from webapp.services.schedule_names import ScheduleNameError

SettingsForm: TypeAlias = PolicyForm | PolicyTextForm

BASE = "base"
"""The hidden field of the settings form that no preview renews."""


def settings_form(draft: Draft, *, typed: bool) -> SettingsForm:
    """As posted, or showing what prices the draft."""
    posted = request.form if typed else None
    if "text" in request.form if typed else isinstance(draft.policy, PolicyText):
        return PolicyTextForm(posted, data=text_values(draft.policy) | _save_values(draft))
    policy = draft.policy if isinstance(draft.policy, Policy) else None
    form = PolicyForm(posted, data=form_values(policy) | _save_values(draft))
    for field, chosen in (
        (form.schedules_left_out, policy.schedules_left_out if policy else frozenset()),
        (form.also_pay, policy.also_pay if policy else frozenset()),
    ):
        field.choices = options(_schedule_choices(draft, chosen, lonely=field is form.also_pay).items())
    return form


def _schedule_choices(draft: Draft, chosen: frozenset[str], *, lonely: bool) -> dict[str, str]:
    """The schedules to tick: each by its id, or by the word that the policy chooses it by; what is none comes last."""
    words = {schedule_id: word for word, schedule_id in draft.inputs.schedules.ids(chosen).items()}
    records = draft.records.schedules if draft.records else {}
    offered = {
        words.get(key, key): name
        for key, name in draft.schedules().items()
        if not lonely or key in words or (key in records and not records[key].policy_ids)
    }
    return offered | {word: word for word in sorted(chosen) if word not in offered}


def refuse_schedules(form: SettingsForm, error: ScheduleNameError) -> None:
    """Say at the field which schedule PagerDuty does not have."""
    if isinstance(form, PolicyTextForm):
        form.text.errors = [*form.text.errors, str(error)]
    elif error.words & set(form.also_pay.data or ()):
        form.also_pay.errors = [str(error)]
    else:
        form.schedules_left_out.errors = [str(error)]


def refuse_unread(form: SettingsForm, error: ReportError) -> None:
    """Say at the field that asks for it what must be read first."""
    field: Any
    if isinstance(form, PolicyTextForm):
        field = form.text if error.about else form.evidence
    else:
        fee = form.callout_fee if form.callout_fee.data else form.hourly_rate
        fields = {"also_pay": form.also_pay, "callouts": fee, "schedules": form.schedules_left_out}
        field = fields.get(error.about, form.evidence)
    field.errors = [*field.errors, str(error)]


def rules_of(form: SettingsForm) -> Rules:
    """The policy as typed; only after `validate`."""
    return form.rules() if isinstance(form, PolicyTextForm) else form.policy()


def base_of(draft: Draft) -> str:
    """Which saved versions the fields of a page start from: the numbers of those in force in the period."""
    found = in_force_between(draft.inputs.saved.versions, draft.period.first, draft.period.after)
    return " ".join(str(saved.version) for saved in found)


def refuse_stale_settings(draft: Draft, form: SettingsForm) -> None:
    """What this login saved or took in on another page is not overwritten by fields that do not show it.

    Raises:
        StalePage: the fields start from other versions.
    """
    base = base_of(draft)
    if request.form.get(BASE, base) != base:
        raise StalePage(_changed(draft, form), form)


def refuse_stale_save(draft: Draft, form: SettingsForm) -> None:
    """Nor is anything saved from a page that shows another state of the report.

    Raises:
        StalePage: it does; a preview of just these settings that is still on its way is none.
    """
    refuse_stale_settings(draft, form)
    shown = request.form.get(EDITION, draft.edition)
    on_its_way = rules_of(form) == draft.policy and shown.rpartition(".")[0] == draft.edition.rpartition(".")[0]
    if shown != draft.edition and not on_its_way:
        raise StalePage(_changed(draft, form), form)


def _changed(draft: Draft, form: SettingsForm) -> str:
    now, unsaid = settings_form(draft, typed=False), SaveForm()
    other = [
        field.label.text
        for field in form
        if field.name in now and field.name not in unsaid and field.data != now[field.name].data
    ]
    differing = f" What you typed is still below, and differs from it in: {', '.join(other)}." if other else ""
    return (
        "Nothing was saved. These settings were changed in another tab: the report is by "
        f"{draft.inputs.label} now.{differing} Look at them, then save again."
    )


def _save_values(draft: Draft) -> dict[str, Any]:
    """A version saved from a report begins with its period, or with the last change within it."""
    versions = draft.inputs.saved.versions
    begins = [saved.effective for saved in versions if saved.effective and saved.effective < draft.period.after]
    proposed: date = max([draft.period.first, *begins[-1:]])
    return save_values(versions, proposed)
