"""What a head office gets of the fees its branches earn."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("dealing", sa.Column("override_rule_id", sa.Uuid(), nullable=True))
    op.create_index(
        "dealing_override_idx",
        "dealing",
        ["override_rule_id", "confirmed_on"],
        postgresql_where=sa.text("override_rule_id IS NOT NULL"),
    )
    op.create_foreign_key("dealing_override_rule_id_fkey", "dealing", "rate_rule", ["override_rule_id"], ["id"])
