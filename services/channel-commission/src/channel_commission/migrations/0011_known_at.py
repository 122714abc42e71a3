"""When an entry was written, by the clock of the database; fees withheld while something is looked into."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Entries from before have the instant of their event, the best that is known.
    op.add_column("accrual_entry", sa.Column("known_at", _INSTANT, nullable=True))
    op.execute("ALTER TABLE accrual_entry DISABLE TRIGGER accrual_entry_append_only")
    op.execute("UPDATE accrual_entry SET known_at = recorded_at")
    op.execute("ALTER TABLE accrual_entry ENABLE TRIGGER accrual_entry_append_only")
    op.alter_column("accrual_entry", "known_at", nullable=False, server_default=sa.text("clock_timestamp()"))
    op.create_index("accrual_entry_earned_period_idx", "accrual_entry", ["earned_period", "known_at"])
    op.create_table(
        "fee_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dealing_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("held_by", sa.Uuid(), nullable=False),
        sa.Column("held_at", _INSTANT, nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", _INSTANT, nullable=True),
        sa.Column("release_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="fee_hold_pkey"),
        sa.ForeignKeyConstraint(["dealing_id"], ["dealing.id"], name="fee_hold_dealing_id_fkey"),
        sa.CheckConstraint("released_by <> held_by", name="fee_hold_two_people_check"),
        sa.CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="fee_hold_release_check"),
    )
    op.create_index(
        "fee_hold_dealing_id_key",
        "fee_hold",
        ["dealing_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
