"""Systemic issues: the same cause over one product and channel, too often, and the cases of each."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"

_INSTANT = sa.DateTime(timezone=True)
_POLICY = {
    "code": "systemic.detector",
    "valid_from": date(2020, 1, 1),
    "value": {
        "days": 90,
        "complaints": 3,
        "persons": 3,
        "days_before": 180,
        "times_percent": 200,
        "always": 10,
    },
    "source": "公司投诉共性问题识别规则（内部规定）：同因由、产品、渠道90日内3件3人以上，日均达前180日两倍或满10件",
}


def upgrade() -> None:
    _create_systemic_issue()
    op.create_table(
        "issue_case",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("linked_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="issue_case_complaint_id_fkey"),
        sa.ForeignKeyConstraint(["issue_id"], ["systemic_issue.id"], name="issue_case_issue_id_fkey"),
        sa.PrimaryKeyConstraint("complaint_id", name="issue_case_pkey"),
    )
    op.create_index("issue_case_issue_id_idx", "issue_case", ["issue_id", "complaint_id"])
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)), [_POLICY])


def _create_systemic_issue() -> None:
    op.create_table(
        "systemic_issue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("root_cause", sa.String(40), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("window_from", sa.Date(), nullable=False),
        sa.Column("window_to", sa.Date(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("before_from", sa.Date(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("further", sa.Integer(), nullable=False),
        sa.Column("thresholds", postgresql.JSONB(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("detected_at", _INSTANT, nullable=False),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("resolved_at", _INSTANT, nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.CheckConstraint(
            "before_from <= window_from AND window_from <= window_to", name="systemic_issue_window_check"
        ),
        sa.CheckConstraint(
            "complaints > 0 AND persons > 0 AND before >= 0 AND further >= 0", name="systemic_issue_numbers_check"
        ),
        sa.CheckConstraint("(status = 'detected') = (decided_at IS NULL)", name="systemic_issue_decided_check"),
        sa.CheckConstraint("(status = 'resolved') = (resolved_at IS NOT NULL)", name="systemic_issue_resolved_check"),
        sa.PrimaryKeyConstraint("id", name="systemic_issue_pkey"),
    )
    op.create_index(
        "systemic_issue_standing_key",
        "systemic_issue",
        ["root_cause", "product_id", "channel_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("status IN ('confirmed', 'detected')"),
    )
    op.create_index("systemic_issue_detected_at_idx", "systemic_issue", ["detected_at", "id"])
