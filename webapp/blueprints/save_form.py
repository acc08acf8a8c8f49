"""From when a version that is saved is in force, and why: the same fields wherever a policy is saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import StringField
from wtforms.validators import Length

from webapp.blueprints.begin_form import EVER, FROM, BeginForm
from webapp.blueprints.fields import printable
from webapp.services.policies import SavedPolicy


class SaveForm(BeginForm):
    """When, and why."""

    note = StringField(
        "Note",
        validators=[Length(max=500, message="At most 500 characters.")],
        description="Why it changes, for those who read the list of versions.",
        render_kw={"autocomplete": "off"},
        filters=[printable],
    )


def save_values(versions: Sequence[SavedPolicy], proposed: date | None = None) -> dict[str, Any]:
    """What a fresh form shows: the first version of all is in force from the first day, a later one from a day on."""
    return {"begins": FROM, "effective": proposed} if versions else {"begins": EVER}
