"""Payroll numbers have a history, and belong to one engineer of a PagerDuty account."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

settings = sa.table(
    "engineer_settings",
    sa.column("id", sa.Integer),
    sa.column("subdomain", sa.String),
    sa.column("payroll_number", sa.String),
    sa.column("payroll_key", sa.String),
)


_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_NEVER_SEEN = {"Cc", "Cf", "Cs"}
_LONGEST_KEY = 120


def key_of(number: str) -> str:
    """As numbers were compared when this was written: by what can be seen of them, without capitals."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", " ".join(number.split())))
    text = "".join(one for one in text if unicodedata.category(one) not in _NEVER_SEEN)
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(text.casefold().split())


def upgrade() -> None:
    changes = op.create_table(
        "payroll_number_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engineer_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["engineer_id"],
            ["engineer_settings.id"],
            name=op.f("fk_payroll_number_changes_engineer_id_engineer_settings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payroll_number_changes")),
    )
    op.create_index(op.f("ix_payroll_number_changes_engineer_id"), "payroll_number_changes", ["engineer_id"])
    with op.batch_alter_table("engineer_settings") as table:
        table.add_column(sa.Column("payroll_key", sa.String(length=120), nullable=True))
        table.create_unique_constraint(op.f("uq_engineer_settings_payroll_key"), ["payroll_key", "subdomain"])
    database = op.get_bind()
    rows = [row for row in database.execute(sa.select(settings)).mappings() if row["payroll_number"]]
    held = Counter((row["subdomain"], key_of(row["payroll_number"])) for row in rows)
    for row in rows:
        key = key_of(row["payroll_number"])
        made = {"engineer_id": row["id"], "value": row["payroll_number"], "saved_at": None, "saved_by": ""}
        database.execute(sa.insert(changes).values(made))
        # A number that two have stays with both: only a person knows whose it is, and the page asks.
        if key and held[row["subdomain"], key] == 1 and len(key) <= _LONGEST_KEY:
            database.execute(sa.update(settings).where(settings.c.id == row["id"]).values(payroll_key=key))


def downgrade() -> None:
    with op.batch_alter_table("engineer_settings") as table:
        table.drop_constraint(op.f("uq_engineer_settings_payroll_key"), type_="unique")
        table.drop_column("payroll_key")
    op.drop_table("payroll_number_changes")
