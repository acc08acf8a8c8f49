"""Days that somebody added to a calendar or took out of it, and categories of holidays that count in a region."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subdomain", sa.String(length=100), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("whom", sa.String(length=40), nullable=False),
        sa.Column("whom_name", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("every_year", sa.Boolean(), nullable=False),
        sa.Column("adds", sa.Boolean(), nullable=False),
        sa.Column("start", sa.Time(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        *_signed(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_days")),
        sa.UniqueConstraint("subdomain", "scope", "whom", "since", "live", name=op.f("uq_calendar_days_subdomain")),
    )
    op.create_table(
        "calendar_categories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("start", sa.Time(), nullable=True),
        *_signed(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_categories")),
        sa.UniqueConstraint("region", "category", "since", "live", name=op.f("uq_calendar_categories_region")),
    )


def _signed() -> list[sa.Column[object]]:
    """Why, by whom and when, saved and removed."""
    return [
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("saved_by", sa.String(length=254), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.String(length=254), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=True),
    ]


def downgrade() -> None:
    """Corrections are lost: reports go by the package alone again."""
    op.drop_table("calendar_categories")
    op.drop_table("calendar_days")
