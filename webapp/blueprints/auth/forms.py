"""What the pages of logging in ask for."""

from __future__ import annotations

from wtforms import EmailField, Form, PasswordField, StringField
from wtforms.validators import InputRequired

from webapp.services.accounts import SHORTEST_PASSWORD, AccountError

NEW_PASSWORD_HINT = f"At least {SHORTEST_PASSWORD} characters. A few words make a good password."


class LoginForm(Form):
    """E-mail and password."""

    email = EmailField("E-mail", [InputRequired("Type your e-mail address.")])
    password = PasswordField("Password", [InputRequired("Type your password.")])


class SetupForm(Form):
    """The first account: whoever started the server knows the code."""

    code = StringField(
        "One-time code",
        [InputRequired("Type the code that the server printed when it started.")],
        description="The server printed it when it started, like ABCD-EFGH-JKLM.",
    )
    email = EmailField("E-mail", [InputRequired("Type your e-mail address.")])
    password = PasswordField("Password", [InputRequired("Choose a password.")], description=NEW_PASSWORD_HINT)


class JoinForm(Form):
    """Choosing a password by a one-time link."""

    password = PasswordField("Password", [InputRequired("Choose a password.")], description=NEW_PASSWORD_HINT)


def put_error(form: Form, error: AccountError) -> None:
    """Show a service's error by the field it is about."""
    form[error.field].errors = [error.sentence]
