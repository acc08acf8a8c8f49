"""What the admin pages ask for."""

from __future__ import annotations

from wtforms import EmailField, Form, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from webapp.blueprints.fields import options
from webapp.pd.oauth import KIND_WORDS
from webapp.services.accounts import ROLES

ROLE_HINT = (
    "An admin runs the instance and may do everything. A manager connects PagerDuty, sets the pay and decides about "
    "callouts. A viewer (HR) makes and downloads reports over the shared connection, and changes nothing."
)
ONE_WORD = Regexp(r"\s*[!-~]+\s*\Z", message="This must be one word without spaces. Copy it again.")


class AppForm(Form):
    """The PagerDuty app."""

    kind = RadioField("Kind", choices=options((kind.value, words) for kind, words in KIND_WORDS.items()))
    client_id = StringField(
        "Client ID",
        [InputRequired("Copy the Client ID from PagerDuty."), Length(max=200, message="That is too long."), ONE_WORD],
    )
    client_secret = PasswordField("Client Secret", [Length(max=500, message="That is too long.")])


class RoleForm(Form):
    """Another role."""

    role = SelectField("Role", choices=options((role, role) for role in ROLES), description=ROLE_HINT)


class InviteForm(RoleForm):
    """A new account."""

    email = EmailField("E-mail", [InputRequired("Type the e-mail address.")])
