"""Policies as text with effective dates; values of engineers with dates; attested words of callouts."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "Standard policy"
WORDS = {"hourly_rate": "hourly rate", "holiday_region": "holiday region", "business_hours": "working hours"}
"""The columns of version 1 and what their values are called since."""

settings = sa.table(
    "engineer_settings",
    sa.column("id", sa.Integer),
    sa.column("hourly_rate", sa.String),
    sa.column("holiday_region", sa.String),
    sa.column("business_hours", sa.JSON),
)
facts = sa.table(
    "engineer_facts",
    sa.column("engineer_id", sa.Integer),
    sa.column("what", sa.String),
    sa.column("since", sa.Date),
    sa.column("value", sa.String),
    sa.column("saved_by", sa.String),
)
versions = sa.table("policy_versions", sa.column("text", sa.Text))
decisions = sa.table("callout_decisions", sa.column("pay", sa.Boolean))
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def written(hours: dict[str, Any]) -> str:
    """Working hours as one text, such as "Mon, Tue 08:30-16:00"."""
    return f"{', '.join(DAYS[day - 1] for day in hours['days']) or 'none'} {hours['start']}-{hours['end']}"


def read(text: str) -> dict[str, Any]:
    """The same way back."""
    days, _, clock = text.rpartition(" ")
    start, _, end = clock.partition("-")
    return {"start": start, "end": end, "days": [DAYS.index(day) + 1 for day in days.split(", ") if day in DAYS]}


def upgrade() -> None:
    with op.batch_alter_table("policy_versions") as table:
        table.add_column(sa.Column("name", sa.String(length=200), nullable=False, server_default=NAME))
        table.add_column(sa.Column("text", sa.Text(), nullable=True))
        table.add_column(sa.Column("effective", sa.Date(), nullable=True))
        table.add_column(sa.Column("note", sa.String(length=500), nullable=False, server_default=""))
    with op.batch_alter_table("policy_versions") as table:
        table.alter_column("name", existing_type=sa.String(length=200), server_default=None)
        table.alter_column("note", existing_type=sa.String(length=500), server_default=None)
    with op.batch_alter_table("callout_decisions") as table:
        table.add_column(sa.Column("attested", sa.JSON(), nullable=False, server_default="{}"))
        table.alter_column("pay", existing_type=sa.Boolean(), nullable=True)
    with op.batch_alter_table("callout_decisions") as table:
        table.alter_column("attested", existing_type=sa.JSON(), server_default=None)
    op.create_table(
        "engineer_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engineer_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["engineer_id"],
            ["engineer_settings.id"],
            name=op.f("fk_engineer_facts_engineer_id_engineer_settings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engineer_facts")),
        sa.UniqueConstraint("engineer_id", "what", "since", name=op.f("uq_engineer_facts_engineer_id")),
    )
    database = op.get_bind()
    for row in database.execute(sa.select(settings)).mappings():
        for column, what in WORDS.items():
            if row[column] is not None:
                value = written(row[column]) if column == "business_hours" else row[column]
                made = {"engineer_id": row["id"], "what": what, "since": date.min, "value": value, "saved_by": ""}
                database.execute(sa.insert(facts).values(made))
    with op.batch_alter_table("engineer_settings") as table:
        for column in WORDS:
            table.drop_column(column)


def downgrade() -> None:
    """The values in force last stay; policies that are texts are lost, since version 1 has no words for them."""
    with op.batch_alter_table("engineer_settings") as table:
        table.add_column(sa.Column("hourly_rate", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("holiday_region", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("business_hours", sa.JSON(), nullable=True))
    database = op.get_bind()
    columns = {what: column for column, what in WORDS.items()}
    last: dict[tuple[int, str], Any] = {}
    for row in database.execute(sa.select(facts).order_by(facts.c.since)).mappings():
        if row["what"] in columns:
            last[row["engineer_id"], columns[row["what"]]] = row["value"] or None
    for (engineer_id, column), value in last.items():
        stored = read(value) if column == "business_hours" and value else value
        database.execute(sa.update(settings).where(settings.c.id == engineer_id).values({column: stored}))
    op.drop_table("engineer_facts")
    database.execute(sa.delete(decisions).where(decisions.c.pay.is_(None)))
    with op.batch_alter_table("callout_decisions") as table:
        table.alter_column("pay", existing_type=sa.Boolean(), nullable=False)
        table.drop_column("attested")
    database.execute(sa.delete(versions).where(versions.c.text.is_not(None)))
    with op.batch_alter_table("policy_versions") as table:
        for column in ("name", "text", "effective", "note"):
            table.drop_column(column)
