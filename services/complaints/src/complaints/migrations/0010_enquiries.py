"""Enquiries, suggestions and reports of violation; cases that turn out to be no complaints."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

_INSTANT = sa.DateTime(timezone=True)
#: Working minutes; a working day has 420.
_GOALS = {
    "minutes": {"enquiry": 840, "suggestion": 4200, "violation_report": 6300},
    "levels": [
        {"percent": 75, "office": "complaint_supervisor"},
        {"percent": 100, "office": "consumer_protection"},
    ],
}


def upgrade() -> None:
    op.add_column("complaint", sa.Column("reclassified_on", sa.Date(), nullable=True))
    op.add_column("complaint", sa.Column("reclassified_to", sa.String(40), nullable=True))
    op.create_check_constraint(
        "complaint_reclassified_check",
        "complaint",
        "(status = 'reclassified') = (reclassified_on IS NOT NULL AND reclassified_to IS NOT NULL)",
    )
    op.create_table(
        "enquiry_sequence",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="enquiry_sequence_pkey"),
    )
    _create_enquiry()
    _create_enquiry_escalation()
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [
            {
                "code": "enquiry.goals",
                "valid_from": date(2020, 1, 1),
                "value": _GOALS,
                "source": "公司咨询、建议、举报办理内部时限（内部规定）",
            }
        ],
    )


def _create_enquiry() -> None:
    op.create_table(
        "enquiry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("forwarding_number", sa.String(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("masked_name", sa.String(), nullable=True),
        sa.Column("masked_phone", sa.String(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("named_staff_id", sa.Uuid(), nullable=True),
        sa.Column("content", sa.String(), nullable=True),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("from_complaint_id", sa.Uuid(), nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("is_adopted", sa.Boolean(), nullable=True),
        sa.Column("why_not", sa.String(), nullable=True),
        sa.Column("answered_at", _INSTANT, nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("target_minutes", sa.Integer(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=True),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("told_percent", sa.Integer(), nullable=False),
        sa.Column("next_at", _INSTANT, nullable=True),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("calendar_version", sa.String(), nullable=False),
        sa.CheckConstraint("kind <> 'complaint'", name="enquiry_kind_check"),
        sa.CheckConstraint("(status = 'reclassified') = (complaint_id IS NOT NULL)", name="enquiry_reclassified_check"),
        sa.CheckConstraint("answered_at IS NOT NULL OR status <> 'answered'", name="enquiry_answered_check"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="enquiry_complaint_id_fkey"),
        sa.ForeignKeyConstraint(["from_complaint_id"], ["complaint.id"], name="enquiry_from_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="enquiry_pkey"),
        sa.UniqueConstraint("number", name="enquiry_number_key"),
    )
    op.create_index("enquiry_received_at_id_idx", "enquiry", ["received_at", "id"])
    op.create_index("enquiry_client_id_idx", "enquiry", ["client_id", "received_at", "id"])
    op.create_index("enquiry_owner_id_idx", "enquiry", ["owner_id", "received_at", "id"])
    op.create_index("enquiry_from_complaint_id_idx", "enquiry", ["from_complaint_id"])
    op.create_index("enquiry_next_at_idx", "enquiry", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL"))


def _create_enquiry_escalation() -> None:
    op.create_table(
        "enquiry_escalation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enquiry_id", sa.Uuid(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name="enquiry_escalation_enquiry_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="enquiry_escalation_pkey"),
        sa.UniqueConstraint("enquiry_id", "percent", "due_at", name="enquiry_escalation_enquiry_id_percent_due_at_key"),
    )
    op.create_index("enquiry_escalation_office_idx", "enquiry_escalation", ["office", "enquiry_id"])
