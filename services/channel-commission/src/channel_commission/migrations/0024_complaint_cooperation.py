"""How channels cooperate in complaints and what they are held to account for, and a line of the scorecard for it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

#: A channel knows beforehand what it is measured by.
_FROM = "2027-01-01"
_SCORECARD = """{
 "weights": {"sales": "25", "retention": "15", "complaints": "15", "cooperation": "10", "compliance": "20",
  "data_quality": "10"},
 "points_per_complaint_percent": "20",
 "compliance_deductions": {"low": "5", "medium": "15", "high": "40", "severe": "100"},
 "measure_deductions": {"minor": "10", "serious": "30", "grave": "60"},
 "grades": {"A": "85", "B": "70", "C": "60"}
}"""


def upgrade() -> None:
    op.create_table(
        "channel_outcome",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="channel_outcome_pkey"),
    )
    op.create_index("channel_outcome_channel_id_ended_on_idx", "channel_outcome", ["channel_id", "ended_on"])
    op.create_table(
        "channel_measure",
        sa.Column("accountability_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=True),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("accountability_id", name="channel_measure_pkey"),
    )
    op.create_index("channel_measure_channel_id_in_force_from_idx", "channel_measure", ["channel_id", "in_force_from"])
    op.execute(
        f"UPDATE policy_row SET valid_to = '{_FROM}' WHERE code = 'channel.scorecard' AND valid_from = '2000-01-01'"
        f" AND (valid_to IS NULL OR valid_to > '{_FROM}')"
    )
    op.execute(
        "INSERT INTO policy_row (code, valid_from, value, source) VALUES"
        f" ('channel.scorecard', '{_FROM}', '{_SCORECARD}',"
        "  'House rule: cooperation in complaints counts (银行业保险业消费投诉处理管理办法 art. 10)')"
        " ON CONFLICT DO NOTHING"
    )
