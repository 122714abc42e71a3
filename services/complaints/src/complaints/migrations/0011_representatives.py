"""Agents, heirs, representatives of many; which channel sold which product to a client."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

_INSTANT = sa.DateTime(timezone=True)
#: First day of the measures.
_IN_FORCE = date(2020, 3, 1)
_MEASURES = "银行业保险业消费投诉处理管理办法（中国银保监会令2020年第3号）"
_POLICY = (
    ("complaint.max_representatives", 5, f"{_MEASURES}第十二条：多人采取面谈方式提出共同投诉的，推选代表人不超过5名"),
    ("complaint.major_persons", 20, f"{_MEASURES}：20名以上投诉人采取面谈方式提出共同投诉的，为重大消费投诉"),
)


def upgrade() -> None:
    op.add_column("complaint", sa.Column("persons", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.create_check_constraint("complaint_persons_check", "complaint", "persons >= 1")
    op.create_table(
        "client_sale",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "product_id", "channel_id", name="client_sale_pkey"),
    )
    _create_case_party()
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [{"code": code, "valid_from": _IN_FORCE, "value": value, "source": source} for code, value, source in _POLICY],
    )


def _create_case_party() -> None:
    op.create_table(
        "case_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("masked_name", sa.String(), nullable=True),
        sa.Column("masked_phone", sa.String(), nullable=True),
        sa.Column("document", sa.String(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("client_id IS NULL OR sealed IS NULL", name="case_party_person_check"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="case_party_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="case_party_pkey"),
    )
    op.create_index("case_party_complaint_id_idx", "case_party", ["complaint_id", "added_at", "id"])
    op.create_index("case_party_client_id_idx", "case_party", ["client_id"])
