"""Cases, their legal clocks, complainants who are no clients; the tables of shared."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.schema import SHARED_V1

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)
_POLICY_ROW = sa.table(
    "policy_row",
    sa.column("code", sa.Text),
    sa.column("valid_from", sa.Date),
    sa.column("value", postgresql.JSONB),
    sa.column("source", sa.Text),
)
_IS_OPEN = sa.text("status IN ('assigned', 'decided', 'proposed', 'registered')")

#: First day of the measures; all three limits come from the same article.
_IN_FORCE = date(2020, 3, 1)
_MEASURES = "银行业保险业消费投诉处理管理办法（中国银保监会令2020年第3号）"
_POLICY = (
    ("complaint.decision_days", 15, f"{_MEASURES}：事实清楚、争议情况简单的，自收到投诉之日起15日内作出处理决定并告知"),
    ("complaint.extended_days", 30, f"{_MEASURES}：情况复杂的，可以延长至30日"),
    (
        "complaint.extended_twice_days",
        60,
        f"{_MEASURES}：情况特别复杂或者有其他特殊原因的，经上级机构或者总公司高级管理人员审批并告知投诉人，可以再延长30日",
    ),
)


def upgrade() -> None:
    op.execute(SHARED_V1)
    _create_complaint()
    _create_case_sequence()
    _create_clock_entry()
    _create_complainant()
    _create_cooperation()
    _insert_policy()


def _create_complaint() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("forwarding_number", sa.String(), nullable=True),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("product_class", sa.String(), nullable=True),
        sa.Column("reason_text", sa.String(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("named_staff_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=True),
        sa.Column("demand", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("overdue_told_for", sa.Date(), nullable=True),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("remedies", sa.String(), nullable=True),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("informed_on", sa.Date(), nullable=True),
        sa.Column("inform_method", sa.String(40), nullable=True),
        sa.Column("inform_proof", sa.String(), nullable=True),
        sa.Column("is_in_time", sa.Boolean(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("review_requested", sa.Boolean(), nullable=False),
        sa.Column("review_requested_on", sa.Date(), nullable=True),
        sa.Column("review_grounds", sa.String(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("root_cause", sa.String(40), nullable=True),
        sa.Column("measures", sa.String(), nullable=True),
        sa.Column("compensation", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(status = 'withdrawn') = (withdrawn_on IS NOT NULL)", name="complaint_withdrawn_check"),
        sa.CheckConstraint(
            "(status IN ('informed', 'closed', 'review_requested')) = (informed_on IS NOT NULL)",
            name="complaint_informed_check",
        ),
        sa.CheckConstraint("status <> 'closed' OR root_cause IS NOT NULL", name="complaint_closed_check"),
        sa.CheckConstraint("amount >= 0 AND compensation >= 0", name="complaint_amounts_check"),
        sa.CheckConstraint("due_on > received_on", name="complaint_due_after_receipt_check"),
        sa.PrimaryKeyConstraint("id", name="complaint_pkey"),
        sa.UniqueConstraint("number", name="complaint_number_key"),
        sa.UniqueConstraint("origin", "external_id", name="complaint_origin_external_id_key"),
    )
    op.create_index("complaint_channel_id_idx", "complaint", ["channel_id", "due_on", "id"])
    op.create_index("complaint_client_id_idx", "complaint", ["client_id", "due_on", "id"])
    op.create_index("complaint_due_on_id_idx", "complaint", ["due_on", "id"])
    op.create_index("complaint_open_due_on_idx", "complaint", ["due_on", "id"], postgresql_where=_IS_OPEN)
    op.create_index(
        "complaint_open_handler_id_idx", "complaint", ["handler_id", "due_on", "id"], postgresql_where=_IS_OPEN
    )


def _create_case_sequence() -> None:
    op.create_table(
        "case_sequence",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="case_sequence_pkey"),
    )


def _create_clock_entry() -> None:
    op.create_table(
        "clock_entry",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("event_version", sa.BigInteger(), nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("limit_days", sa.Integer(), nullable=True),
        sa.Column("rule_version", sa.String(), nullable=True),
        sa.Column("rule_source", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("complainant_told_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(limit_days IS NULL) = (kind IN ('informed', 'withdrawn'))", name="clock_entry_limit_check"
        ),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="clock_entry_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("complaint_id", "event_version", name="clock_entry_pkey"),
    )
    # What set a due date stays as it was written: nobody can move a deadline by editing its past.
    op.execute("""
        CREATE FUNCTION refuse_clock_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'clock entries are append-only';
        END $$;
        CREATE TRIGGER clock_entry_append_only BEFORE UPDATE OR DELETE ON clock_entry
            FOR EACH ROW EXECUTE FUNCTION refuse_clock_change();
    """)


def _create_complainant() -> None:
    op.create_table(
        "complainant",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("masked_name", sa.String(), nullable=False),
        sa.Column("masked_phone", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="complainant_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("complaint_id", name="complainant_pkey"),
    )


def _create_cooperation() -> None:
    op.create_table(
        "cooperation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("given_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="cooperation_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="cooperation_pkey"),
    )
    op.create_index("cooperation_complaint_id_idx", "cooperation", ["complaint_id"])


def _insert_policy() -> None:
    rows = [{"code": code, "valid_from": _IN_FORCE, "value": days, "source": source} for code, days, source in _POLICY]
    op.bulk_insert(_POLICY_ROW, rows)
