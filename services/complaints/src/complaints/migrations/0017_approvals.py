"""Up to which amounts who decides and pays, and what a proposed decision pays."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

#: Level of the case → who → up to which amount in yuan; what is not named here is for a senior executive.
_LIMITS = {
    "ordinary": {"handler": "1000.00", "second_person": "50000.00"},
    "complicated": {"second_person": "50000.00"},
    "major": {},
}


def upgrade() -> None:
    op.add_column("complaint", sa.Column("proposed_compensation", sa.BigInteger(), nullable=True))
    op.execute("ALTER TABLE complaint DROP CONSTRAINT complaint_amounts_check")
    op.create_check_constraint(
        "complaint_amounts_check", "complaint", "amount >= 0 AND compensation >= 0 AND proposed_compensation > 0"
    )
    for name, kind in (
        ("needs", sa.String(40)),
        ("rule_version", sa.String()),
        ("approved_by", sa.Uuid()),
        ("approved_on", sa.Date()),
    ):
        op.add_column("compensation", sa.Column(name, kind, nullable=True))
    op.create_check_constraint(
        "compensation_approved_check", "compensation", "(approved_on IS NULL) = (approved_by IS NULL)"
    )
    op.create_index(
        "compensation_unpaid_idx",
        "compensation",
        ["agreed_on", "complaint_id"],
        postgresql_where=sa.text("paid_on IS NULL"),
    )
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [
            {
                "code": "complaint.approval_limits",
                "valid_from": date(2020, 3, 1),
                "value": _LIMITS,
                "source": "公司投诉处理决定及补偿审批权限（内部规定）",
            }
        ],
    )
