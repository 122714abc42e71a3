"""Accountability: who is held to account for what, every step, and who took it."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"

_INSTANT = sa.DateTime(timezone=True)
_TABLE = "accountability_case"
_POLICY = {
    "code": "accountability.appeal_days",
    "valid_from": date(2020, 1, 1),
    "value": 15,
    "source": "公司问责管理规则（内部规定）：自问责决定作出之日起15日内可以申诉，申诉期间不停止执行",
}


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(40), nullable=False),
        sa.Column("origin_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("severity", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("facts", sa.String(), nullable=True),
        sa.Column("found_at", _INSTANT, nullable=False),
        sa.Column("found_by", sa.Uuid(), nullable=False),
        sa.Column("found_unit_id", sa.Uuid(), nullable=True),
        sa.Column("opinion", sa.String(), nullable=True),
        sa.Column("proposed_measure", sa.String(40), nullable=True),
        sa.Column("opined_at", _INSTANT, nullable=True),
        sa.Column("opined_by", sa.Uuid(), nullable=True),
        sa.Column("opined_unit_id", sa.Uuid(), nullable=True),
        sa.Column("decider_id", sa.Uuid(), nullable=True),
        *_decision(),
        *_checks(),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=f"{_TABLE}_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name=f"{_TABLE}_pkey"),
    )
    op.create_index(
        f"{_TABLE}_subject_key",
        _TABLE,
        ["origin", "origin_id", "staff_id", "channel_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(f"{_TABLE}_found_at_idx", _TABLE, ["found_at", "id"])
    for name in ("complaint_id", "staff_id", "channel_id"):
        op.create_index(f"{_TABLE}_{name}_idx", _TABLE, [name])
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)), [_POLICY])


def _decision() -> list[sa.Column[object]]:
    return [
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("measure", sa.String(40), nullable=True),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_unit_id", sa.Uuid(), nullable=True),
        sa.Column("appeal_until", sa.Date(), nullable=True),
        sa.Column("rule_version", sa.String(), nullable=True),
        sa.Column("appealed_on", sa.Date(), nullable=True),
        sa.Column("appeal_grounds", sa.String(), nullable=True),
        sa.Column("appeal_outcome", sa.String(40), nullable=True),
        sa.Column("appeal_decision", sa.String(), nullable=True),
        sa.Column("appeal_decided_on", sa.Date(), nullable=True),
        sa.Column("appeal_decided_by", sa.Uuid(), nullable=True),
    ]


def _checks() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint("num_nonnulls(staff_id, channel_id) = 1", name=f"{_TABLE}_subject_check"),
        sa.CheckConstraint("decided_by NOT IN (found_by, opined_by)", name=f"{_TABLE}_second_person_check"),
        sa.CheckConstraint(
            "decided_unit_id NOT IN (found_unit_id, opined_unit_id)", name=f"{_TABLE}_another_department_check"
        ),
        sa.CheckConstraint(
            "(status IN ('decided', 'appealed', 'concluded')) = (decided_on IS NOT NULL AND appeal_until IS NOT NULL)",
            name=f"{_TABLE}_decided_check",
        ),
        sa.CheckConstraint("(status = 'concluded') = (appeal_outcome IS NOT NULL)", name=f"{_TABLE}_concluded_check"),
    ]
