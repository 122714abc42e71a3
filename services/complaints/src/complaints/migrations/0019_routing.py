"""To whom cases go: dated routing rules, who got a case from what, and what an open case weighs."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "routing_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("conditions", postgresql.JSONB(), nullable=False),
        sa.Column("target", postgresql.JSONB(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="routing_rule_days_check"),
        sa.PrimaryKeyConstraint("id", name="routing_rule_pkey"),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", _INSTANT, nullable=False),
        sa.Column("assigned_by", sa.Uuid(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("rule_name", sa.String(), nullable=True),
        sa.Column("weights_version", sa.String(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="assignment_complaint_id_fkey"),
        sa.ForeignKeyConstraint(["rule_id"], ["routing_rule.id"], name="assignment_rule_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="assignment_pkey"),
    )
    op.create_index("assignment_complaint_id_idx", "assignment", ["complaint_id", "assigned_at", "id"])
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [
            {
                "code": "complaint.workload_weights",
                "valid_from": date(2020, 3, 1),
                "value": {"i": 3, "ii": 2, "iii": 1},
                "source": "公司投诉分派规则（内部规定）：按紧急程度加权的在办案件数",
            }
        ],
    )
