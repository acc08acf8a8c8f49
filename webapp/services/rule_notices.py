"""Changed rules that nobody here has read yet: named above every report until somebody who decides about pay has."""

from __future__ import annotations

from sqlalchemy.orm import Session

from webapp import clock
from webapp.models import RuleNotice
from webapp.rule_changes import RuleChange, changes_since


def unread_changes(session: Session) -> tuple[RuleChange, ...]:
    """The rules that have changed since the version whose rules were read here."""
    notice = session.get(RuleNotice, 1)
    return changes_since(notice.version) if notice else ()


def mark_as_read(session: Session, account_email: str, version: str) -> None:
    """Keep that an account has read of the changes up to a version: the one that its page named."""
    notice = session.get(RuleNotice, 1)
    if notice and any(change.version == version for change in changes_since(notice.version)):
        notice.version, notice.read_by, notice.read_at = version, account_email, clock.now()
    session.commit()
