"""Indexes for lists that a large house reads often: clients at risk, clients still unconfirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index(
        "client_risk_flagged_score_idx",
        "client_risk",
        ["score", "id"],
        postgresql_where=sa.text("level IN ('high', 'medium')"),
    )
    op.create_index(
        "client_stub_unconfirmed_idx",
        "client_stub",
        ["heard_at", "id"],
        postgresql_where=sa.text("registered_at IS NULL"),
    )
