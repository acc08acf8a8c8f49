"""How payroll wants its file: columns and their writing for the instance, codes for each policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp import clock
from webapp.exports.payroll import Codes
from webapp.exports.payroll_csv import COLUMNS, Layout
from webapp.models import PayrollCode, PayrollLayout
from webapp.services import policies
from webapp.services.reporting import Draft

_ONLY = 1


def layout(session: Session) -> Layout:
    """How the file is written; as usual, while nobody has said otherwise."""
    row = session.get(PayrollLayout, _ONLY)
    return Layout() if row is None else _layout(row.settings)


def save_layout(session: Session, wanted: Layout, saved_by: str) -> None:
    """Write every later file so."""
    row = session.get(PayrollLayout, _ONLY)
    if row is None:
        row = PayrollLayout(id=_ONLY)
        session.add(row)
    row.settings = {**asdict(wanted), "columns": list(wanted.columns), "headings": dict(wanted.headings)}
    row.saved_by, row.saved_at = saved_by, clock.now()
    session.commit()


def policy_name(session: Session, draft: Draft | None, today: date) -> str:
    """The policy whose codes a report's file uses, or that is in force today; versions of one name share them."""
    stretches = draft.inputs.basis.stretches if draft else ()
    saved = stretches[-1] if stretches else policies.current_policy(session, today)
    return saved.name if saved else policies.NAME


def codes(session: Session, policy: str) -> Codes:
    """Payroll's codes of the policy of that name."""
    rows = session.scalars(select(PayrollCode).where(PayrollCode.policy == policy).order_by(PayrollCode.name)).all()
    return Codes(
        components={row.name: row.code for row in rows if not row.is_rule},
        rules={row.name: row.code for row in rows if row.is_rule},
    )


def save_codes(session: Session, policy: str, components: Mapping[str, str], rules: Mapping[str, str]) -> None:
    """Keep these codes in place of all of the policy's; an empty one is none."""
    session.execute(delete(PayrollCode).where(PayrollCode.policy == policy))
    for is_rule, given in ((False, components), (True, rules)):
        for name, code in given.items():
            if code:
                session.add(PayrollCode(policy=policy, is_rule=is_rule, name=name, code=code))
    session.commit()


def _layout(stored: Mapping[str, Any]) -> Layout:
    """From what is stored; a column that a later version dropped is left out."""
    columns = tuple(name for name in stored["columns"] if name in COLUMNS)
    return Layout(**{**stored, "columns": columns})
