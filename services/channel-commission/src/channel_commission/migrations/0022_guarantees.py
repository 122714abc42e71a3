"""The least that a product's sales earn in a month or year; such entries belong to no dealing."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("rate_rule", sa.Column("window_floor_fen", sa.BigInteger(), nullable=True))
    op.add_column("rate_rule", sa.Column("floor_window", sa.String(40), nullable=True))
    op.add_column("rate_rule", sa.Column("floor_is_taken_back", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_check_constraint(
        "rate_rule_window_floor_check", "rate_rule", "(floor_window IS NULL) = (window_floor_fen IS NULL)"
    )
    op.create_check_constraint(
        "rate_rule_floor_scope_check", "rate_rule", "window_floor_fen IS NULL OR product_id IS NOT NULL"
    )
    op.alter_column("accrual_entry", "dealing_id", nullable=True)
    op.alter_column("accrual_entry", "client_id", nullable=True)
    op.create_check_constraint(
        "accrual_entry_dealing_check",
        "accrual_entry",
        "(component = 'guarantee') = (dealing_id IS NULL) AND (dealing_id IS NULL) = (client_id IS NULL)",
    )
