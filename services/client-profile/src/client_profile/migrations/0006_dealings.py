"""Dealings, and the service classes that follow from them."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

_CODE = sa.String(40)
_POLICY = sa.table(
    "policy_row",
    sa.column("code", sa.Text()),
    sa.column("valid_from", sa.Date()),
    sa.column("value", postgresql.JSONB()),
    sa.column("source", sa.Text()),
)


def upgrade() -> None:
    _create_dealing()
    _create_class_standing()
    op.bulk_insert(
        _POLICY,
        [
            {
                "code": "service_class.rule",
                "valid_from": date(2020, 1, 1),
                "value": {
                    "A": "10000000.00",
                    "B": "3000000.00",
                    "review_months": 1,
                    "reviews_before_downgrade": 2,
                    "override_most_days": 366,
                },
                "source": "公司规定:A类1,000万元起,B类300万元起;上调即时,连续两次月度检视不达标方下调;人工调整最长一年",
            }
        ],
    )


def _create_dealing() -> None:
    op.create_table(
        "dealing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", _CODE, nullable=False),
        sa.Column("status", _CODE, nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("share_class", sa.String(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.Numeric(20, 4), nullable=True),
        sa.Column("net_value", sa.Numeric(12, 4), nullable=True),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("confirmation_number", sa.String(), nullable=True),
        sa.Column("original_dealing_id", sa.Uuid(), nullable=True),
        sa.Column("sale_check_id", sa.Uuid(), nullable=True),
        sa.Column("channel_grade", _CODE, nullable=True),
        sa.Column("proof_reference", sa.String(), nullable=True),
        sa.Column("recording_number", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name="dealing_amount_check"),
        sa.CheckConstraint("units >= 0", name="dealing_units_check"),
        sa.CheckConstraint("net_value > 0", name="dealing_net_value_check"),
        sa.CheckConstraint("(kind = 'subscription') = (original_dealing_id IS NULL)", name="dealing_original_check"),
        sa.CheckConstraint(
            "(status IN ('confirmed', 'reversed')) = (confirmed_on IS NOT NULL AND confirmation_number IS NOT NULL)",
            name="dealing_confirmation_check",
        ),
        sa.CheckConstraint("confirmed_on >= applied_on", name="dealing_dates_check"),
        sa.PrimaryKeyConstraint("id", name="dealing_pkey"),
        sa.UniqueConstraint("number", name="dealing_number_key"),
        sa.UniqueConstraint("origin", "confirmation_number", name="dealing_origin_confirmation_number_key"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="dealing_client_id_fkey"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="dealing_product_id_fkey"),
        sa.ForeignKeyConstraint(["original_dealing_id"], ["dealing.id"], name="dealing_original_dealing_id_fkey"),
        sa.ForeignKeyConstraint(["sale_check_id"], ["sale_check.id"], name="dealing_sale_check_id_fkey"),
    )
    for column in ("product_id", "channel_id", "original_dealing_id"):
        op.create_index(f"dealing_{column}_idx", "dealing", [column])
    op.create_index("dealing_client_id_product_id_idx", "dealing", ["client_id", "product_id"])
    op.execute("CREATE SEQUENCE dealing_number_seq OWNED BY dealing.number")


def _create_class_standing() -> None:
    op.create_table(
        "class_standing",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("computed_class", _CODE, nullable=False),
        sa.Column("aum_fen", sa.BigInteger(), nullable=False),
        sa.Column("reviews_missed", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("review_due_on", sa.Date(), nullable=True),
        sa.Column("override_class", _CODE, nullable=True),
        sa.Column("override_reason", sa.String(), nullable=True),
        sa.Column("override_by", sa.Uuid(), nullable=True),
        sa.Column("override_until", sa.Date(), nullable=True),
        sa.CheckConstraint("aum_fen >= 0", name="class_standing_aum_check"),
        sa.CheckConstraint(
            "num_nulls(override_class, override_reason, override_by, override_until) IN (0, 4)",
            name="class_standing_override_check",
        ),
        sa.PrimaryKeyConstraint("client_id", name="class_standing_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="class_standing_client_id_fkey"),
    )
    op.create_index(
        "class_standing_review_due_on_idx",
        "class_standing",
        ["review_due_on"],
        postgresql_where=sa.text("review_due_on IS NOT NULL"),
    )
