"""What the account page asks for. The two forms share a page, so the ids of their fields differ."""

from __future__ import annotations

from wtforms import EmailField, Form, PasswordField
from wtforms.validators import InputRequired

from webapp.blueprints.auth.forms import NEW_PASSWORD_HINT


class PasswordForm(Form):
    """The current password and a new one."""

    current = PasswordField("Current password", [InputRequired("Type your current password.")])
    password = PasswordField("New password", [InputRequired("Choose a new password.")], description=NEW_PASSWORD_HINT)


class CloseForm(Form):
    """The account's e-mail, typed to confirm."""

    email = EmailField("Your e-mail, to confirm", [InputRequired("Type your e-mail to confirm.")], id="close-email")
