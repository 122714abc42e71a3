"""Organization units and staff; the tables of shared."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.schema import SHARED_V1

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(SHARED_V1)
    op.create_table(
        "organization_unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="organization_unit_pkey"),
        sa.ForeignKeyConstraint(["parent_id"], ["organization_unit.id"], name="organization_unit_parent_id_fkey"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="staff_pkey"),
        sa.UniqueConstraint("number", name="staff_number_key"),
        sa.ForeignKeyConstraint(["unit_id"], ["organization_unit.id"], name="staff_unit_id_fkey"),
    )
    op.create_index("staff_unit_id_idx", "staff", ["unit_id"])
