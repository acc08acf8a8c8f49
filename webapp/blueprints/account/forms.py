"""What the account page asks for. The two forms share a page, so the ids of their fields differ."""

from __future__ import annotations

from wtforms import EmailField, Form, PasswordField, SelectField
from wtforms.validators import InputRequired

from webapp.blueprints.auth.forms import NEW_PASSWORD_HINT
from webapp.blueprints.fields import options
from webapp.models import Account


class PasswordForm(Form):
    """The current password and a new one."""

    current = PasswordField("Current password", [InputRequired("Type your current password.")])
    password = PasswordField("New password", [InputRequired("Choose a new password.")], description=NEW_PASSWORD_HINT)


class LeaveForm(Form):
    """What becomes of a shared connection when its account leaves: it goes to another admin, or to nobody."""

    heir = SelectField("The shared connection goes to")

    def offer(self, admins: list[Account]) -> None:
        """The choices; the first is chosen unless something was posted."""
        kept = [(str(admin.id), admin.email) for admin in admins]
        self.heir.choices = options([*kept, ("0", "nobody: end it for everybody")])
        if self.heir.data is None:
            self.heir.data = kept[0][0] if kept else "0"

    @property
    def heir_id(self) -> int | None:
        """Who takes the connection over, if anybody."""
        return int(self.heir.data or 0) or None


class CloseForm(LeaveForm):
    """The account's e-mail, typed to confirm."""

    email = EmailField("Your e-mail, to confirm", [InputRequired("Type your e-mail to confirm.")], id="close-email")
