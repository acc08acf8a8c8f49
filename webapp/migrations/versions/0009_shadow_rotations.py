"""Rotations of shift-based schedules that are unpaid shadows: PagerDuty does not mark them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shadow_rotations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subdomain", sa.String(length=100), nullable=False),
        sa.Column("schedule_id", sa.String(length=40), nullable=False),
        sa.Column("rotation_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.String(length=254), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_rotations")),
        sa.UniqueConstraint("subdomain", "schedule_id", "rotation_id", name=op.f("uq_shadow_rotations_subdomain")),
    )


def downgrade() -> None:
    op.drop_table("shadow_rotations")
