"""The PagerDuty app on a page, shared connections, accounts that are invited and disabled."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CONNECTIONS = sa.table("connections", sa.column("kind", sa.String), sa.column("problem", sa.String))
SENTENCES = {
    "oauth": "PagerDuty no longer accepts this connection: it was revoked, it expired, or its owner left.",
    "api_key": "PagerDuty no longer accepts this API key: it was deleted or replaced in PagerDuty.",
}


def upgrade() -> None:
    op.create_table(
        "pagerduty_app",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("client_secret", sa.String(length=2000), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pagerduty_app")),
    )
    op.add_column("accounts", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("link_hash", sa.String(length=64), nullable=True))
    op.add_column("accounts", sa.Column("link_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connections", sa.Column("app", sa.String(length=220), nullable=True))
    op.add_column("connections", sa.Column("scopes", sa.String(length=500), nullable=True))
    op.add_column("connections", sa.Column("delegation_id", sa.String(length=100), nullable=True))
    op.add_column("connections", sa.Column("shared", sa.Boolean(), nullable=True))
    op.create_index(op.f("ix_connections_shared"), "connections", ["shared"], unique=True)
    for kind, problem in (("oauth", "revoked"), ("api_key", "refused")):
        told = CONNECTIONS.c.problem.is_not(None) & (CONNECTIONS.c.kind == kind)
        op.execute(CONNECTIONS.update().where(told).values(problem=problem))


def downgrade() -> None:
    for kind, sentence in SENTENCES.items():
        told = CONNECTIONS.c.problem.is_not(None) & (CONNECTIONS.c.kind == kind)
        op.execute(CONNECTIONS.update().where(told).values(problem=sentence))
    op.drop_index(op.f("ix_connections_shared"), "connections")
    # Not in a batch: that makes a table anew and drops the old one, with which SQLite deletes what refers to it.
    for column in ("shared", "delegation_id", "scopes", "app"):
        op.drop_column("connections", column)
    for column in ("link_until", "link_hash", "disabled_at"):
        op.drop_column("accounts", column)
    op.drop_table("pagerduty_app")
