"""Mergers of clients: which client stands for a merged one, and what went over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("client", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.add_column("client", sa.Column("lineage_step", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_foreign_key("client_merged_into_fkey", "client", "client", ["merged_into"], ["id"])
    op.create_index("client_merged_into_idx", "client", ["merged_into"])
    op.create_table(
        "merge_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merged_client_id", sa.Uuid(), nullable=False),
        sa.Column("surviving_client_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("proof_reference", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("prior_status", sa.String(40), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=False),
        sa.Column("merged_at", _INSTANT, nullable=False),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", _INSTANT, nullable=True),
        sa.Column("undo_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="merge_record_pkey"),
        sa.ForeignKeyConstraint(["merged_client_id"], ["client.id"], name="merge_record_merged_client_id_fkey"),
        sa.ForeignKeyConstraint(["surviving_client_id"], ["client.id"], name="merge_record_surviving_client_id_fkey"),
    )
    op.create_index("merge_record_merged_client_id_idx", "merge_record", ["merged_client_id"])
    op.create_index("merge_record_surviving_client_id_idx", "merge_record", ["surviving_client_id"])
