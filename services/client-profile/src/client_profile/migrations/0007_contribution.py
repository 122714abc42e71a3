"""Fee entries of channel-commission, and the rule of contribution."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_POLICY = sa.table(
    "policy_row",
    sa.column("code", sa.Text()),
    sa.column("valid_from", sa.Date()),
    sa.column("value", postgresql.JSONB()),
    sa.column("source", sa.Text()),
)


def upgrade() -> None:
    # No foreign keys: an entry may be heard of before its client or dealing.
    op.create_table(
        "rebate_entry",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("accrual_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("dealing_id", sa.Uuid(), nullable=False),
        sa.Column("bearer", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("earned_month", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="rebate_entry_pkey"),
    )
    op.create_index("rebate_entry_client_id_idx", "rebate_entry", ["client_id"])
    op.bulk_insert(
        _POLICY,
        [
            {
                "code": "contribution.rule",
                "valid_from": date(2020, 1, 1),
                "value": {
                    "year_days": 365,
                    "fee_rates": {
                        "fixed_income": "0.005",
                        "mixed": "0.008",
                        "equity": "0.012",
                        "commodity_derivative": "0.010",
                        "family_trust": "0.004",
                        "household_trust": "0.004",
                        "wealth_service": "0.003",
                        "administrative_service": "0.001",
                        "securitization_service": "0.0005",
                        "risk_disposal_service": "0.001",
                        "charitable": "0.002",
                    },
                    "service_costs": {"A": "24000.00", "B": "6000.00", "C": "1200.00"},
                    "top_share": "0.60",
                },
                "source": "公司规定:客户贡献=日均存量×净信托报酬率×天数/365-渠道费用-服务成本;贡献结构按60%/40%划分",
            }
        ],
    )
