"""Inspections of handled complaints: plan, inspectors, sample, findings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_inspection()
    op.create_table(
        "inspector",
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name="inspector_inspection_id_fkey"),
        sa.PrimaryKeyConstraint("inspection_id", "staff_id", name="inspector_pkey"),
    )
    _create_sampled_case()
    _create_finding()


def _create_inspection() -> None:
    op.create_table(
        "inspection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("received_from", sa.Date(), nullable=False),
        sa.Column("received_to", sa.Date(), nullable=False),
        sa.Column("level", sa.String(40), nullable=True),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("stratify_by", sa.String(40), nullable=True),
        sa.Column("sample_size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("planned_at", _INSTANT, nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=False),
        sa.Column("drawn_at", _INSTANT, nullable=True),
        sa.Column("strata", postgresql.JSONB(), nullable=False),
        sa.Column("completed_at", _INSTANT, nullable=True),
        sa.Column("conclusion", sa.String(), nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.CheckConstraint("received_from <= received_to AND sample_size > 0", name="inspection_plan_check"),
        sa.CheckConstraint("status IN ('planned', 'canceled') OR drawn_at IS NOT NULL", name="inspection_drawn_check"),
        sa.PrimaryKeyConstraint("id", name="inspection_pkey"),
    )
    op.create_index("inspection_planned_at_idx", "inspection", ["planned_at", "id"])


def _create_sampled_case() -> None:
    op.create_table(
        "sampled_case",
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("examined_at", _INSTANT, nullable=True),
        sa.Column("examined_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(examined_at IS NULL) = (examined_by IS NULL)", name="sampled_case_examined_check"),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name="sampled_case_inspection_id_fkey"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="sampled_case_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("inspection_id", "complaint_id", name="sampled_case_pkey"),
    )
    op.create_index("sampled_case_complaint_id_idx", "sampled_case", ["complaint_id"])


def _create_finding() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("severity", sa.String(40), nullable=False),
        sa.Column("what", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("found_at", _INSTANT, nullable=False),
        sa.Column("found_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name="finding_inspection_id_fkey"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="finding_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="finding_pkey"),
    )
    op.create_index("finding_inspection_id_idx", "finding", ["inspection_id", "id"])
    op.create_index("finding_complaint_id_idx", "finding", ["complaint_id"])
