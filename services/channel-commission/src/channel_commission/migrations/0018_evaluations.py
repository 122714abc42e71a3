"""Evaluation of channels: complaints heard of, scorecards, evaluations, exit proposals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

_INSTANT = sa.DateTime(timezone=True)
_SCORECARD = """{
 "weights": {"sales": "25", "retention": "15", "complaints": "15", "compliance": "20", "data_quality": "10"},
 "points_per_complaint_percent": "20",
 "compliance_deductions": {"low": "5", "medium": "15", "high": "40", "severe": "100"},
 "grades": {"A": "85", "B": "70", "C": "60"}
}"""
_EVALUATION = """{
 "months": 12, "notice_days": 30, "suspend_days": 30, "trigger_days": 30, "trigger_severities": ["high", "severe"]
}"""


def upgrade() -> None:
    op.create_table(
        "channel_complaint",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="channel_complaint_pkey"),
    )
    op.create_index("channel_complaint_channel_id_received_on_idx", "channel_complaint", ["channel_id", "received_on"])
    _create_channel_scorecard()
    _create_evaluation()
    _create_exit_proposal()
    op.execute(
        "INSERT INTO policy_row (code, valid_from, value, source) VALUES"
        f" ('channel.scorecard', '2000-01-01', '{_SCORECARD}',"
        "  'House rule: weights, deductions and grades of the channel scorecard'),"
        f" ('channel.evaluation', '2000-01-01', '{_EVALUATION}',"
        "  'House rule on 营销管理制度 art. 7: every 12 months, and within 30 days of a grave risk event')"
    )


def _create_channel_scorecard() -> None:
    op.create_table(
        "channel_scorecard",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("policy", postgresql.JSONB(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("score", sa.Numeric(5, 2), nullable=True),
        sa.Column("grade", sa.String(40), nullable=True),
        sa.Column("computed_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="channel_scorecard_pkey"),
        sa.UniqueConstraint(
            "channel_id",
            "valid_from",
            "valid_until",
            "revision",
            name="channel_scorecard_revision_key",
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="channel_scorecard_channel_id_fkey"),
        sa.CheckConstraint("valid_until > valid_from", name="channel_scorecard_period_check"),
    )


def _create_evaluation() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("trigger_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("scorecard_id", sa.Uuid(), nullable=True),
        sa.Column("grade", sa.String(40), nullable=True),
        sa.Column("stability", sa.String(40), nullable=True),
        sa.Column("stability_findings", sa.String(), nullable=True),
        sa.Column("conformity", sa.String(40), nullable=True),
        sa.Column("conformity_findings", sa.String(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("evaluated_by", sa.Uuid(), nullable=True),
        sa.Column("evaluated_at", _INSTANT, nullable=True),
        sa.Column("against", postgresql.JSONB(), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="evaluation_pkey"),
        sa.UniqueConstraint("trigger_id", name="evaluation_trigger_id_key"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="evaluation_channel_id_fkey"),
        sa.ForeignKeyConstraint(["scorecard_id"], ["channel_scorecard.id"], name="evaluation_scorecard_id_fkey"),
        sa.CheckConstraint("decided_by <> evaluated_by", name="evaluation_two_people_check"),
        sa.CheckConstraint(
            "status NOT IN ('passed', 'failed') OR decided_by IS NOT NULL", name="evaluation_decided_check"
        ),
    )
    op.create_index(
        "evaluation_one_to_do_key",
        "evaluation",
        ["channel_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status IN ('due', 'submitted') AND kind <> 'risk_event'"),
    )
    op.create_index(
        "evaluation_unsettled_idx", "evaluation", ["due_on"], postgresql_where=sa.text("settled_at IS NULL")
    )
    op.create_index("evaluation_channel_id_decided_on_idx", "evaluation", ["channel_id", "decided_on"])


def _create_exit_proposal() -> None:
    op.create_table(
        "exit_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", _INSTANT, nullable=False),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="exit_proposal_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="exit_proposal_channel_id_fkey"),
        sa.CheckConstraint("decided_by <> proposed_by", name="exit_proposal_two_people_check"),
    )
    op.create_index("exit_proposal_channel_id_idx", "exit_proposal", ["channel_id"])
    op.create_index(
        "exit_proposal_one_open_key",
        "exit_proposal",
        ["channel_id"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
