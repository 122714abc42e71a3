"""Disputed lines: held back from a statement, brought forward into the month in which they are looked into."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("statement", sa.Column("held_fen", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("statement", "held_fen", server_default=None)
    op.drop_constraint("statement_balance_check", "statement")
    # What was held of a statement before is brought forward, so an opening balance may be above zero.
    op.create_check_constraint("statement_balance_check", "statement", "opening_fen + entries_fen = closing_fen")
    op.add_column("statement", sa.Column("held_into", sa.CHAR(7), nullable=True))
    op.create_check_constraint("statement_held_check", "statement", "held_fen BETWEEN 0 AND greatest(closing_fen, 0)")
    op.create_index(
        "statement_held_into_idx", "statement", ["held_into"], postgresql_where=sa.text("held_into IS NOT NULL")
    )
    op.create_table(
        "line_dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("accrual_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("held_fen", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("raised_by", sa.String(), nullable=False),
        sa.Column("raised_at", _INSTANT, nullable=False),
        sa.Column("corrected_fen", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="line_dispute_pkey"),
        sa.UniqueConstraint("accrual_id", name="line_dispute_accrual_id_key"),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name="line_dispute_statement_id_fkey"),
        sa.ForeignKeyConstraint(["accrual_id"], ["accrual_entry.id"], name="line_dispute_accrual_id_fkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="line_dispute_channel_id_fkey"),
        sa.CheckConstraint("decided_by <> answered_by", name="line_dispute_two_people_check"),
        sa.CheckConstraint("held_fen >= 0", name="line_dispute_amounts_check"),
    )
    op.create_index("line_dispute_statement_id_idx", "line_dispute", ["statement_id"])
    op.execute(
        "INSERT INTO policy_row (code, valid_from, value, source) VALUES"
        " ('settlement.dispute_days', '2000-01-01', '14',"
        "  'House rule: a disputed line is answered within 14 days (10 working days)')"
    )
