"""The form of a policy that is a text: the document, and how PagerDuty is read for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import Field, StringField, TextAreaField
from wtforms.validators import ValidationError

from webapp.blueprints.fields import given
from webapp.blueprints.pay_fields import add_fields, refuse_evidence
from webapp.blueprints.save_form import SaveForm
from webapp.pricing.policy.form import EVIDENCE_FIELDS
from webapp.services.locate import Located
from webapp.services.policies import PolicyText, Rules, read_text, text_of

LONGEST = 200_000
"""Characters of a text; the longest published agreement that we know of needs 6,000."""


class PolicyTextForm(SaveForm):
    """A text to be checked, tried out and saved; `mistakes` after `validate`."""

    text = TextAreaField(
        "Policy",
        render_kw={
            "class": "source", "rows": 28, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off",
            "wrap": "off",
        },
    )  # fmt: skip
    started_from = StringField("Started from")

    mistakes: tuple[Located, ...] = ()

    def validate_text(self, field: Field) -> None:
        """A policy without a mistake."""
        field.data = (field.data or "").replace("\r\n", "\n").replace("\r", "\n")
        if not field.data.strip():
            raise ValidationError("Write a policy, or start from a template.")
        if len(field.data) > LONGEST:
            raise ValidationError(f"At most {LONGEST:,} characters.")
        _, mistakes = read_text(field.data)
        self.refuse(mistakes)

    def validate(self, extra_validators: Mapping[str, Iterable[object]] | None = None) -> bool:
        """The way of finding the payee can follow its settings."""
        super().validate(extra_validators)
        refuse_evidence(self)
        return not self.errors

    def refuse(self, mistakes: list[Located] | tuple[Located, ...]) -> None:
        """Say what is wrong with the text."""
        self.mistakes = tuple(mistakes)
        if mistakes:
            count = "One mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
            self.text.errors = [*self.text.errors, f"{count}, listed with their lines."]

    def quoted(self) -> list[tuple[Located, str]]:
        """Each mistake with the line of the text that it stands on."""
        lines = (self.text.data or "").split("\n")
        return [(found, lines[min(found.line, len(lines)) - 1].strip()) for found in self.mistakes]

    def evidence_fields(self) -> list[Field]:
        """How PagerDuty is read, of which documents say nothing."""
        return [self[row.name] for row in EVIDENCE_FIELDS]

    def rules(self) -> PolicyText:
        """The policy as typed; only after `validate`."""
        return PolicyText(given(self.text), **{row.name: row.read(self[row.name].data) for row in EVIDENCE_FIELDS})


add_fields(PolicyTextForm, EVIDENCE_FIELDS)


def text_values(rules: Rules) -> dict[str, Any]:
    """What a fresh form shows: the text, or the form's fields written as one."""
    return {"text": text_of(rules)} | {row.name: getattr(rules, row.name) for row in EVIDENCE_FIELDS}
