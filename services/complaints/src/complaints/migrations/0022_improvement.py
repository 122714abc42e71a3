"""Actions against causes of complaints, every time they were done, and what came again."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

_INSTANT = sa.DateTime(timezone=True)
_POLICY = {
    "code": "improvement.effect",
    "valid_from": date(2020, 1, 1),
    "value": {"check_days": {"complaint": 30, "issue": 60, "finding": 0}, "recurrence_days": 90},
    "source": "公司投诉溯源整改管理规则（内部规定）：整改后由他人验证效果；同因由、产品、渠道90日内再次投诉为复发",
}


def upgrade() -> None:
    op.create_index(
        "complaint_root_cause_idx",
        "complaint",
        ["root_cause", "received_on"],
        postgresql_where=sa.text("root_cause IS NOT NULL"),
    )
    _create_improvement_action()
    _create_improvement_round()
    _create_recurrence()
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)), [_POLICY])


def _create_improvement_action() -> None:
    op.create_table(
        "improvement_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(40), nullable=False),
        sa.Column("origin_id", sa.Uuid(), nullable=False),
        sa.Column("root_cause", sa.String(40), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("what", sa.String(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("check_from", sa.Date(), nullable=True),
        sa.Column("recurrences", sa.Integer(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.CheckConstraint("round >= 1 AND recurrences >= 0", name="improvement_action_numbers_check"),
        sa.CheckConstraint("(status = 'done') = (check_from IS NOT NULL)", name="improvement_action_done_check"),
        sa.CheckConstraint("status = 'canceled' OR end_reason IS NULL", name="improvement_action_canceled_check"),
        sa.PrimaryKeyConstraint("id", name="improvement_action_pkey"),
    )
    op.create_index("improvement_action_due_on_id_idx", "improvement_action", ["due_on", "id"])
    op.create_index(
        "improvement_action_open_idx",
        "improvement_action",
        ["due_on", "id"],
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("improvement_action_owner_id_idx", "improvement_action", ["owner_id", "due_on", "id"])
    op.create_index("improvement_action_origin_idx", "improvement_action", ["origin", "origin_id"])


def _create_improvement_round() -> None:
    op.create_table(
        "improvement_round",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("reported_by", sa.Uuid(), nullable=False),
        sa.Column("reported_at", _INSTANT, nullable=False),
        sa.Column("check_from", sa.Date(), nullable=False),
        sa.Column("watched_until", sa.Date(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("is_effective", sa.Boolean(), nullable=True),
        sa.Column("findings", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(checked_on IS NULL) = (is_effective IS NULL) AND (checked_on IS NULL) = (checked_by IS NULL)",
            name="improvement_round_checked_check",
        ),
        sa.CheckConstraint("checked_by <> reported_by", name="improvement_round_second_person_check"),
        sa.CheckConstraint("check_from >= done_on AND watched_until >= done_on", name="improvement_round_watch_check"),
        sa.ForeignKeyConstraint(["action_id"], ["improvement_action.id"], name="improvement_round_action_id_fkey"),
        sa.PrimaryKeyConstraint("action_id", "round", name="improvement_round_pkey"),
    )


def _create_recurrence() -> None:
    op.create_table(
        "recurrence",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("found_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["improvement_action.id"], name="recurrence_action_id_fkey"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="recurrence_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("action_id", "complaint_id", name="recurrence_pkey"),
    )
    op.create_index("recurrence_complaint_id_idx", "recurrence", ["complaint_id"])
