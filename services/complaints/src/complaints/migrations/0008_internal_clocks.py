"""Exchanges with complainants, the house's own clocks in working time, and what was told of them."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

_INSTANT = sa.DateTime(timezone=True)
_FROM = date(2020, 1, 1)
_CALENDAR = {
    "first": "2025-01-01",
    "last": "2026-12-31",
    "windows": [["09:00", "12:00"], ["13:30", "17:30"]],
    "weekdays": [1, 2, 3, 4, 5],
    "days_off": [
        ["2025-01-01", "2025-01-01"],
        ["2025-01-28", "2025-02-04"],
        ["2025-04-04", "2025-04-06"],
        ["2025-05-01", "2025-05-05"],
        ["2025-05-31", "2025-06-02"],
        ["2025-10-01", "2025-10-08"],
        ["2026-01-01", "2026-01-03"],
        ["2026-02-15", "2026-02-23"],
        ["2026-04-04", "2026-04-06"],
        ["2026-05-01", "2026-05-05"],
        ["2026-06-19", "2026-06-21"],
        ["2026-09-25", "2026-09-27"],
        ["2026-10-01", "2026-10-07"],
    ],
    "make_up_days": [
        *("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
        *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
    ],
}
_GOALS = {
    "minutes": {
        "acknowledge": {"A": 120, "B": 210, "C": 420},
        "first_response": {"A": 420, "B": 630, "C": 840},
        "next_response": {"A": 420, "B": 840, "C": 1260},
    },
    "class_of_unknown": "B",
    "levels": [
        {"percent": 50, "office": "complaint_handler"},
        {"percent": 75, "office": "complaint_handler"},
        {"percent": 90, "office": "complaint_supervisor"},
        {"percent": 100, "office": "executive"},
    ],
}
_POLICY = (
    (
        "calendar.working_time",
        _CALENDAR,
        "国务院办公厅关于2025年、2026年部分节假日安排的通知（国办发明电〔2024〕12号、国办发明电〔2025〕7号）；"
        "公司作息时间（内部规定）",
    ),
    ("complaint.internal_goals", _GOALS, "公司投诉处理内部时限（内部规定）"),
)


def upgrade() -> None:
    _create_exchange()
    _create_goal_clock()
    _create_escalation()
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [{"code": code, "valid_from": _FROM, "value": value, "source": source} for code, value, source in _POLICY],
    )


def _create_exchange() -> None:
    op.create_table(
        "exchange",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="exchange_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="exchange_pkey"),
    )
    op.create_index("exchange_complaint_id_at_idx", "exchange", ["complaint_id", "at", "id"])


def _create_goal_clock() -> None:
    op.create_table(
        "goal_clock",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("goal", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("target_minutes", sa.Integer(), nullable=True),
        sa.Column("due_at", _INSTANT, nullable=True),
        sa.Column("stopped_at", _INSTANT, nullable=True),
        sa.Column("is_met", sa.Boolean(), nullable=True),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("calendar_version", sa.String(), nullable=False),
        sa.Column("told_percent", sa.Integer(), nullable=False),
        sa.Column("next_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="goal_clock_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("complaint_id", "goal", "round", name="goal_clock_pkey"),
    )
    op.create_index(
        "goal_clock_next_at_idx", "goal_clock", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL")
    )


def _create_escalation() -> None:
    op.create_table(
        "escalation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("goal", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="escalation_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="escalation_pkey"),
        sa.UniqueConstraint(
            "complaint_id",
            "goal",
            "round",
            "percent",
            "due_at",
            name="escalation_complaint_id_goal_round_percent_due_at_key",
        ),
    )
    op.create_index("escalation_told_at_idx", "escalation", ["told_at", "id"])
