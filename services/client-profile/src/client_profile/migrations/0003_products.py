"""Products, and the smallest subscription by kind."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_CODE = sa.String(40)
_POLICY = sa.table(
    "policy_row",
    sa.column("code", sa.Text()),
    sa.column("valid_from", sa.Date()),
    sa.column("value", postgresql.JSONB()),
    sa.column("source", sa.Text()),
)


def upgrade() -> None:
    op.create_table(
        "product",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", _CODE, nullable=False),
        sa.Column("grade", _CODE, nullable=False),
        sa.Column("status", _CODE, nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=True),
        sa.Column("share_classes", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("fee_rate", sa.Numeric(12, 8), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("established_on", sa.Date(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.CheckConstraint("term_months > 0", name="product_term_months_check"),
        sa.CheckConstraint("fee_rate >= 0 AND fee_rate < 1", name="product_fee_rate_check"),
        sa.PrimaryKeyConstraint("id", name="product_pkey"),
        sa.UniqueConstraint("number", name="product_number_key"),
        sa.UniqueConstraint("origin", "external_id", name="product_origin_external_id_key"),
    )
    op.create_index("product_status_idx", "product", ["status"])
    op.bulk_insert(
        _POLICY,
        [
            {
                "code": "product.minimum_amount",
                "valid_from": date(2020, 1, 1),
                "value": {
                    "fixed_income": "300000.00",
                    "mixed": "400000.00",
                    "equity": "1000000.00",
                    "commodity_derivative": "1000000.00",
                    "family_trust": "10000000.00",
                    "household_trust": "1000000.00",
                },
                "source": "银发〔2018〕106号第五条;银保监规〔2023〕1号(家族信托、家庭服务信托)",
            }
        ],
    )
