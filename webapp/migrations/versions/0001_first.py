"""The first schema: accounts, connections, policy versions, engineers' settings, decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_key", sa.String(length=43), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "callout_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subdomain", sa.String(length=100), nullable=False),
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("pay", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=254), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callout_decisions")),
        sa.UniqueConstraint("subdomain", "incident_id", "user_id", name=op.f("uq_callout_decisions_subdomain")),
    )
    op.create_table(
        "engineer_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subdomain", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("payroll_number", sa.String(length=40), nullable=False),
        sa.Column("hourly_rate", sa.String(length=20), nullable=True),
        sa.Column("holiday_region", sa.String(length=20), nullable=True),
        sa.Column("business_hours", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engineer_settings")),
        sa.UniqueConstraint("subdomain", "user_id", name=op.f("uq_engineer_settings_subdomain")),
    )
    op.create_table(
        "policy_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_versions")),
    )
    op.create_table(
        "connections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("region", sa.String(length=10), nullable=False),
        sa.Column("subdomain", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=True),
        sa.Column("user_name", sa.String(length=200), nullable=True),
        sa.Column("user_role", sa.String(length=40), nullable=True),
        sa.Column("secret", sa.String(length=8000), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.Column("lease_key", sa.String(length=43), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_connections_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
        sa.UniqueConstraint("account_id", name=op.f("uq_connections_account_id")),
    )


def downgrade() -> None:
    op.drop_table("connections")
    op.drop_table("policy_versions")
    op.drop_table("engineer_settings")
    op.drop_table("callout_decisions")
    op.drop_table("accounts")
