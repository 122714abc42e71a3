"""Reviews by the superior office with their clock, other ways a matter takes, compensation with proof, follow-ups."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

#: First day of the measures.
_IN_FORCE = date(2020, 3, 1)
_MEASURES = "银行业保险业消费投诉处理管理办法（中国银保监会令2020年第3号）"
_POLICY: tuple[tuple[str, Any, str], ...] = (
    ("review.request_days", 30, f"{_MEASURES}：对分支机构处理结果有异议的，可以自收到处理决定之日起30日内申请核查"),
    ("review.decision_days", 30, f"{_MEASURES}：核查机构自收到核查申请之日起30日内作出核查决定并告知投诉人"),
    ("review.branches", {}, "公司分支机构及其上级机构名录（内部规定）：未设分支机构"),
)
_INFORMED = "(status IN ('informed', 'closed', 'review_requested', 'review_decided')) = (informed_on IS NOT NULL)"


def upgrade() -> None:
    _widen_complaint()
    op.add_column("staff_stub", sa.Column("unit_path", postgresql.ARRAY(sa.Uuid()), nullable=True))
    _create_review()
    _create_track()
    _create_compensation()
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [{"code": code, "valid_from": _IN_FORCE, "value": value, "source": source} for code, value, source in _POLICY],
    )
    # Reviews that were asked for before have the clock of the law too.
    op.execute(
        "INSERT INTO review (complaint_id, requested_on, due_on, rule_version)"
        " SELECT id, review_requested_on, review_requested_on + 30, 'review.decision_days@2020-03-01'"
        " FROM complaint WHERE status = 'review_requested' AND review_requested_on IS NOT NULL"
    )


def _widen_complaint() -> None:
    for name, kind in (
        ("follows_id", sa.Uuid()),
        ("follows_for", sa.String(40)),
        ("withdraw_reason", sa.String()),
        ("withdraw_proof", sa.String()),
    ):
        op.add_column("complaint", sa.Column(name, kind, nullable=True))
    op.create_foreign_key("complaint_follows_id_fkey", "complaint", "complaint", ["follows_id"], ["id"])
    op.create_index("complaint_follows_id_idx", "complaint", ["follows_id"])
    op.create_check_constraint("complaint_follows_check", "complaint", "(follows_id IS NULL) = (follows_for IS NULL)")
    op.execute("ALTER TABLE complaint DROP CONSTRAINT complaint_informed_check")
    op.create_check_constraint("complaint_informed_check", "complaint", _INFORMED)


def _create_review() -> None:
    op.create_table(
        "review",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("rule_version", sa.String(), nullable=True),
        sa.Column("branch_id", sa.Uuid(), nullable=True),
        sa.Column("superior_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("findings", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("remedies", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("follow_up_id", sa.Uuid(), nullable=True),
        sa.Column("informed_on", sa.Date(), nullable=True),
        sa.Column("inform_method", sa.String(40), nullable=True),
        sa.Column("inform_proof", sa.String(), nullable=True),
        sa.Column("is_in_time", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (decided_on IS NULL)", name="review_decided_check"),
        sa.CheckConstraint("informed_on IS NULL OR decided_on IS NOT NULL", name="review_informed_check"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="review_complaint_id_fkey"),
        sa.ForeignKeyConstraint(["follow_up_id"], ["complaint.id"], name="review_follow_up_id_fkey"),
        sa.PrimaryKeyConstraint("complaint_id", name="review_pkey"),
    )
    op.create_index(
        "review_waiting_idx", "review", ["due_on", "complaint_id"], postgresql_where=sa.text("informed_on IS NULL")
    )


def _create_track() -> None:
    op.create_table(
        "track",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(ended_on IS NULL) = (outcome IS NULL)", name="track_ended_check"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="track_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="track_pkey"),
    )
    op.create_index("track_complaint_id_idx", "track", ["complaint_id"])


def _create_compensation() -> None:
    op.create_table(
        "compensation",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=True),
        sa.Column("agreed_by", sa.Uuid(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("payment_proof", sa.String(), nullable=True),
        sa.Column("paid_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount > 0", name="compensation_amount_check"),
        sa.CheckConstraint("(paid_on IS NULL) = (paid_by IS NULL)", name="compensation_paid_check"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="compensation_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("complaint_id", name="compensation_pkey"),
    )
