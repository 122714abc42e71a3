"""Erased clients: the marker that outlives them, what the law keeps and how long, and the services' receipts."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.erasure.schema import ERASURE_V1

revision = "0008"
down_revision = "0007"

_INSTANT = sa.DateTime(timezone=True)
_START = date(2007, 1, 1)
_AML = "反洗钱法（2024年修订）第三十四条：客户身份资料自业务关系结束、交易信息自交易结束之日起至少保存十年"
_AML_2007 = "反洗钱法（2006年）第十九条：客户身份资料自业务关系结束、交易信息自交易结束之日起至少保存五年"
_NEW_AML = date(2025, 1, 1)
_POLICIES = (
    ("retention.identity_years", _START, _NEW_AML, 5, _AML_2007),
    ("retention.identity_years", _NEW_AML, None, 10, _AML),
    ("retention.transaction_years", _START, _NEW_AML, 5, _AML_2007),
    ("retention.transaction_years", _NEW_AML, None, 10, _AML),
    (
        "retention.suitability_years",
        _START,
        None,
        20,
        "内部制度：参照证券期货投资者适当性管理办法，适当性资料保存二十年",
    ),
    ("retention.audit_years", _START, None, 10, "内部制度：审计记录保存十年"),
    ("erasure.answer_within_minutes", _START, None, 60, "内部制度：各系统一小时内完成个人信息删除并回执"),
)


def upgrade() -> None:
    op.execute(ERASURE_V1)
    op.add_column("client", sa.Column("suspension_reason", sa.String(), nullable=True))
    # Closed clients too: a legal freeze outlives the closing.
    op.execute(
        "UPDATE client SET suspension_reason = (SELECT facts ->> 'reason' FROM audit_entry"
        " WHERE subject_id = client.id AND action = 'client.suspended' ORDER BY audit_entry.id DESC LIMIT 1)"
        " WHERE (SELECT action FROM audit_entry WHERE subject_id = client.id"
        " AND action IN ('client.suspended', 'client.activated') ORDER BY audit_entry.id DESC LIMIT 1)"
        " = 'client.suspended'"
    )
    _create_tables()
    names = ("code", sa.Text()), ("valid_from", sa.Date()), ("valid_to", sa.Date()), ("value", postgresql.JSONB())
    table = sa.table("policy_row", *(sa.column(name, kind) for name, kind in (*names, ("source", sa.Text()))))
    op.bulk_insert(
        table,
        [
            {"code": code, "valid_from": since, "valid_to": until, "value": value, "source": source}
            for code, since, until, value, source in _POLICIES
        ],
    )


def _create_tables() -> None:
    op.create_table(
        "restricted_identity",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="restricted_identity_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="restricted_identity_client_id_fkey"),
    )
    op.create_table(
        "erasure",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", _INSTANT, nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("request_number", sa.String(), nullable=False),
        sa.Column("erased_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="erasure_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="erasure_client_id_fkey"),
    )
    op.create_index("erasure_erased_at_client_id_idx", "erasure", ["erased_at", "client_id"])
    op.create_table(
        "erasure_answer",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("legal_basis", sa.String(), nullable=True),
        sa.Column("answered_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "service", "record_kind", name="erasure_answer_pkey"),
    )
    op.create_table(
        "known_case",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("told_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="known_case_pkey"),
    )
    op.create_index("known_case_running_idx", "known_case", ["client_id"], postgresql_where=sa.text("is_open"))
