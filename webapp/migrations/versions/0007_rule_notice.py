"""Which changes of the rules were read here: those of a newer program are shown above every report until then."""

import sqlalchemy as sa
from alembic import op

from webapp.rule_changes import NEWEST, OLDEST

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    notice = op.create_table(
        "rule_notice",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("read_by", sa.String(length=254), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_notice")),
    )
    # Who has worked with it before knows the rules of then; a new instance knows none but those of its first program.
    accounts = op.get_bind().execute(sa.text("SELECT count(*) FROM accounts")).scalar_one()
    op.bulk_insert(notice, [{"id": 1, "version": OLDEST if accounts else NEWEST, "read_by": "", "read_at": None}])


def downgrade() -> None:
    op.drop_table("rule_notice")
