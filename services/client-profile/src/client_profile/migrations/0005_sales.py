"""The sale gate: what is known of channels, kept checks, and the gate's rules."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

_CODE = sa.String(40)
_INSTANT = sa.DateTime(timezone=True)
_POLICY = sa.table(
    "policy_row",
    sa.column("code", sa.Text()),
    sa.column("valid_from", sa.Date()),
    sa.column("value", postgresql.JSONB()),
    sa.column("source", sa.Text()),
)
_ROWS: list[tuple[str, Any, str]] = [
    (
        "sale.gate",
        {"minimum_age": 18, "recording_needed": True},
        "公司规定:客户、产品、渠道状态及双录要求;民法典第十七条(未满十八周岁为未成年人)",
    ),
    (
        "sale.matching",
        {"C1": "R1", "C2": "R2", "C3": "R3", "C4": "R4", "C5": "R5"},
        "金融机构产品适当性管理办法(国家金融监督管理总局令2025年第7号),自2026-02-01施行,此前为公司规定",
    ),
    (
        "sale.qualified_kinds",
        ["fixed_income", "equity", "commodity_derivative", "mixed"],
        "银发〔2018〕106号第五条;银保监规〔2023〕1号(资产服务信托、公益慈善信托不适用)",
    ),
]


def upgrade() -> None:
    # No foreign keys on channels: other services tell them in any order.
    op.create_table(
        "channel_standing",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("status", _CODE, nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("event_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name="channel_standing_pkey"),
    )
    op.create_table(
        "channel_product",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("event_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "product_id", "valid_from", name="channel_product_pkey"),
    )
    op.create_table(
        "sale_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("channel_grade", _CODE, nullable=True),
        sa.Column("recording_number", sa.String(), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.Column("checked_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="sale_check_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="sale_check_client_id_fkey"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="sale_check_product_id_fkey"),
    )
    for column in ("client_id", "product_id", "channel_id"):
        op.create_index(f"sale_check_{column}_idx", "sale_check", [column])
    op.bulk_insert(
        _POLICY,
        [
            {"code": code, "valid_from": date(2020, 1, 1), "value": value, "source": source}
            for code, value, source in _ROWS
        ],
    )
