"""What is kept of reports: who saw them, which amend which, and how payroll wants its file."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seen_reports",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("region", sa.String(length=10), nullable=False),
        sa.Column("subdomain", sa.String(length=100), nullable=False),
        sa.Column("scope_kind", sa.String(length=20), nullable=False),
        sa.Column("scope_id", sa.String(length=40), nullable=False),
        sa.Column("also", sa.JSON(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("policy_label", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("engineers", sa.JSON(), nullable=False),
        sa.Column("seen_by", sa.String(length=254), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seen_reports")),
    )
    op.create_table(
        "report_amendments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.String(length=19), nullable=False),
        sa.Column("amended_by", sa.String(length=19), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(length=19), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_by", sa.String(length=254), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_amendments")),
        sa.UniqueConstraint("report_id", "amended_by", name=op.f("uq_report_amendments_report_id")),
    )
    op.create_index(op.f("ix_report_amendments_report_id"), "report_amendments", ["report_id"])
    op.create_table(
        "payroll_layouts",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.String(length=254), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payroll_layouts")),
    )
    op.create_table(
        "payroll_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=200), nullable=False),
        sa.Column("is_rule", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payroll_codes")),
        sa.UniqueConstraint("policy", "is_rule", "name", name=op.f("uq_payroll_codes_policy")),
    )


def downgrade() -> None:
    op.drop_table("payroll_codes")
    op.drop_table("payroll_layouts")
    op.drop_index(op.f("ix_report_amendments_report_id"), table_name="report_amendments")
    op.drop_table("report_amendments")
    op.drop_table("seen_reports")
