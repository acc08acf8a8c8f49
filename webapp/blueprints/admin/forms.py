"""What the admin pages ask for."""

from __future__ import annotations

from wtforms import EmailField, Field, Form, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from webapp.blueprints.fields import options
from webapp.pd.oauth import KIND_WORDS
from webapp.roles import ROLES
from webapp.services.engineer_facts import FactError, read_zone

ROLE_HINT = " ".join(role.sentence for role in ROLES.values())
ONE_WORD = Regexp(r"\s*[!-~]+\s*\Z", message="This must be one word without spaces. Copy it again.")


class AppForm(Form):
    """The PagerDuty app."""

    kind = RadioField("Kind", choices=options((kind.value, words) for kind, words in KIND_WORDS.items()))
    client_id = StringField(
        "Client ID",
        [InputRequired("Copy the Client ID from PagerDuty."), Length(max=200, message="That is too long."), ONE_WORD],
    )
    client_secret = PasswordField("Client Secret", [Length(max=500, message="That is too long.")])


class OrganisationForm(Form):
    """What holds for the organisation as a whole."""

    time_zone = StringField(
        "Time zone",
        [InputRequired("Write a time zone, such as Europe/Berlin.")],
        description="Where payroll is made, such as Europe/Berlin.",
        render_kw={"list": "zones", "autocomplete": "off"},
    )

    def validate_time_zone(self, field: Field) -> None:
        """A known one, in its standard spelling."""
        try:
            field.data = read_zone(field.data.strip())
        except FactError as error:
            raise ValidationError(str(error)) from error


class RoleForm(Form):
    """Another role."""

    role = SelectField("Role", choices=options((role, role) for role in ROLES), description=ROLE_HINT)


class InviteForm(RoleForm):
    """A new account."""

    email = EmailField("E-mail", [InputRequired("Type the e-mail address.")])
