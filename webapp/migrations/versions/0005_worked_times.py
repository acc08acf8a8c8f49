"""Corrected times of a callout as a list; who an unnamed acknowledgement was; work that managers recorded."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

decisions = sa.table(
    "callout_decisions",
    sa.column("id", sa.Integer),
    sa.column("start", sa.DateTime(timezone=True)),
    sa.column("end", sa.DateTime(timezone=True)),
    sa.column("times", sa.JSON),
)


def upgrade() -> None:
    with op.batch_alter_table("callout_decisions") as table:
        table.add_column(sa.Column("times", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("callout_decisions") as table:
        table.alter_column("times", existing_type=sa.JSON(), server_default=None)
    database = op.get_bind()
    for row in database.execute(sa.select(decisions).where(decisions.c.start.is_not(None))).mappings():
        times = [[_text(row["start"]), _text(row["end"])]]
        database.execute(sa.update(decisions).where(decisions.c.id == row["id"]).values(times=times))
    with op.batch_alter_table("callout_decisions") as table:
        table.drop_column("start")
        table.drop_column("end")
    _create_named_acts()
    _create_engineer_work()


def _create_named_acts() -> None:
    op.create_table(
        "named_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subdomain", sa.String(length=100), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.String(length=254), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_acts")),
        sa.UniqueConstraint("subdomain", "entry_id", name=op.f("uq_named_acts_subdomain")),
    )


def _create_engineer_work() -> None:
    op.create_table(
        "engineer_work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subdomain", sa.String(length=100), nullable=False),
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.String(length=254), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engineer_work")),
        sa.UniqueConstraint("subdomain", "incident_id", "user_id", name=op.f("uq_engineer_work_subdomain")),
    )


def downgrade() -> None:
    """What has no place in the older tables is lost: several corrected times, named acts, recorded work."""
    op.drop_table("engineer_work")
    op.drop_table("named_acts")
    with op.batch_alter_table("callout_decisions") as table:
        table.add_column(sa.Column("start", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("end", sa.DateTime(timezone=True), nullable=True))
    database = op.get_bind()
    for row in database.execute(sa.select(decisions)).mappings():
        this = decisions.c.id == row["id"]
        if len(row["times"]) > 1:  # as one they would be paid with the gaps
            database.execute(sa.delete(decisions).where(this))
        elif row["times"]:
            start, end = map(datetime.fromisoformat, row["times"][0])
            database.execute(sa.update(decisions).where(this).values(start=start, end=end))
    with op.batch_alter_table("callout_decisions") as table:
        table.drop_column("times")


def _text(instant: datetime) -> str:
    """SQLite gives instants without their zone, which is UTC."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat()
