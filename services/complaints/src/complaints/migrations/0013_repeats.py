"""The same complaint again, many over one product or channel, marks of grey agents."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

_INSTANT = sa.DateTime(timezone=True)
_POLICY = (
    ("complaint.repeat_days", 180, "公司重复投诉认定规则（内部规定）：同一投诉人、同一产品、同一原因180日内"),
    (
        "complaint.mass_watch",
        {"days": 7, "complaints": 5},
        "公司群体性投诉预警规则（内部规定）：同一产品或渠道",
    ),
)


def upgrade() -> None:
    for table in ("complainant", "case_party", "enquiry"):
        op.add_column(table, sa.Column("phone_hash", sa.LargeBinary(), nullable=True))
    op.create_index("complainant_phone_hash_idx", "complainant", ["phone_hash"])
    op.create_index("case_party_phone_hash_idx", "case_party", ["phone_hash"])
    op.add_column("complaint", sa.Column("repeat_of", sa.Uuid(), nullable=True))
    op.create_foreign_key("complaint_repeat_of_fkey", "complaint", "complaint", ["repeat_of"], ["id"])
    op.create_index("complaint_repeat_of_idx", "complaint", ["repeat_of"])
    op.create_index("complaint_received_on_idx", "complaint", ["received_on"])
    op.create_index("complaint_facts_idx", "complaint", [sa.text("md5(facts)")])
    _create_repeat_filing()
    _create_mass_alert()
    _create_grey_mark()
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [
            {"code": code, "valid_from": date(2020, 1, 1), "value": value, "source": source}
            for code, value, source in _POLICY
        ],
    )


def _create_repeat_filing() -> None:
    op.create_table(
        "repeat_filing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("facts", sa.String(), nullable=True),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="repeat_filing_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="repeat_filing_pkey"),
    )
    op.create_index("repeat_filing_complaint_id_idx", "repeat_filing", ["complaint_id", "received_at", "id"])


def _create_mass_alert() -> None:
    op.create_table(
        "mass_alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("raised_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint("first_on <= last_on AND complaints > 0", name="mass_alert_window_check"),
        sa.PrimaryKeyConstraint("id", name="mass_alert_pkey"),
    )
    op.create_index(
        "mass_alert_open_key",
        "mass_alert",
        ["subject", "subject_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("mass_alert_raised_at_idx", "mass_alert", ["raised_at", "id"])


def _create_grey_mark() -> None:
    op.create_table(
        "grey_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("marked_at", _INSTANT, nullable=False),
        sa.Column("marked_by", sa.String(), nullable=False),
        sa.Column("lifted_at", _INSTANT, nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lift_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="grey_mark_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="grey_mark_pkey"),
    )
    op.create_index(
        "grey_mark_standing_key",
        "grey_mark",
        ["complaint_id", "mark"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index("grey_mark_complaint_id_idx", "grey_mark", ["complaint_id", "marked_at", "id"])
