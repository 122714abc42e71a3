"""Trouble of plans that clients hold, judgements in place of the at-risk rule's."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

_FROM = date(2020, 1, 1)
#: A row of its own: running code that does not know these reasons reads the other one as before.
_PRODUCTS = {
    "points": {"product_payment_delayed": 40, "product_extended": 25, "product_grade_rose": 15},
    "product_days": 180,
}
_POLICY = (
    ("risk.products", _PRODUCTS, "公司客户流失预警规则（内部规定）：持有产品延期兑付、展期、风险等级上调"),
    ("risk.override_days", 90, "公司客户流失预警规则（内部规定）：人工认定最长有效天数"),
)


def upgrade() -> None:
    op.add_column("flow", sa.Column("product_id", sa.Uuid(), nullable=True))
    op.add_column("flow", sa.Column("original_dealing_id", sa.Uuid(), nullable=True))
    op.add_column("flow", sa.Column("is_full", sa.Boolean(), nullable=True))
    op.create_index("flow_product_id_idx", "flow", ["product_id"])
    op.create_index(
        "flow_full_redemption_idx",
        "flow",
        ["original_dealing_id"],
        postgresql_where=sa.text("is_full AND NOT is_reversed"),
    )
    op.create_table(
        "product_trouble",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("trouble", sa.String(40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", "trouble", "happened_on", name="product_trouble_pkey"),
    )
    op.create_table(
        "wound_up",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("wound_up_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name="wound_up_pkey"),
    )
    _create_risk_override()
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [{"code": code, "valid_from": _FROM, "value": value, "source": source} for code, value, source in _POLICY],
    )


def _create_risk_override() -> None:
    op.create_table(
        "risk_override",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("given_on <= until", name="risk_override_ends_check"),
        sa.PrimaryKeyConstraint("id", name="risk_override_pkey"),
    )
    op.create_index("risk_override_client_id_idx", "risk_override", ["client_id"])
    op.create_index("risk_override_until_idx", "risk_override", ["until"])
