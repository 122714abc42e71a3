"""Evidence of a case with its files."""

import sqlalchemy as sa
from alembic import op

from shared.files.schema import FILES_V1

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.execute(FILES_V1)
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_by", sa.String(), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "num_nulls(file_id, sha256, size, media_type, filed_at, filed_by) IN (0, 6)"
            " AND (file_id IS NULL OR file_name IS NOT NULL)",
            name="evidence_filed_check",
        ),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="evidence_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="evidence_pkey"),
        sa.UniqueConstraint("file_id", name="evidence_file_id_key"),
    )
    op.create_index("evidence_complaint_id_added_at_idx", "evidence", ["complaint_id", "added_at", "id"])
    op.create_index(
        "evidence_undated_idx",
        "evidence",
        ["complaint_id"],
        postgresql_where=sa.text("file_id IS NOT NULL AND kept_until IS NULL"),
    )
