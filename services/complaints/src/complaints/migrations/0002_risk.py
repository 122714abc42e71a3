"""Clients and staff as heard of in events, and clients at risk."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_INSTANT = sa.DateTime(timezone=True)
_POLICY_ROW = sa.table(
    "policy_row",
    sa.column("code", sa.Text),
    sa.column("valid_from", sa.Date),
    sa.column("value", postgresql.JSONB),
    sa.column("source", sa.Text),
)
_FROM = date(2020, 1, 1)
#: All numbers of the at-risk rule in one row, so that one version says which rule decided.
_AT_RISK = {
    "points": {
        "major_complaint_open": 40,
        "complicated_complaint_open": 20,
        "ordinary_complaint_open": 10,
        "complaint_overdue": 20,
        "many_complaints": 25,
        "several_complaints": 15,
        "cause_repeated": 15,
        "contact_long_overdue": 20,
        "contact_overdue": 10,
        "large_outflow": 35,
        "outflow": 20,
        "manager_changed": 5,
    },
    "hard_high": ["major_complaint_open", "complaint_overdue"],
    "medium_from": 30,
    "high_from": 60,
    "clear_after_days": 14,
    "complaints_days": 180,
    "several_complaints": 2,
    "many_complaints": 3,
    "repeat_days": 90,
    "outflow_days": 90,
    "outflow_percent": 30,
    "large_outflow_percent": 60,
    "manager_changed_days": 30,
    "cadence_days": {"A": 30, "B": 90, "C": 180},
    "cadence_of_unknown": "C",
}


def upgrade() -> None:
    _create_client_stub()
    _create_client_channel()
    _create_staff_stub()
    _create_contact()
    _create_flow()
    _create_manager_change()
    _create_changed_client()
    _create_client_risk()
    _insert_policy()


def _create_client_stub() -> None:
    op.create_table(
        "client_stub",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("heard_at", _INSTANT, nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("manager_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("assigned_at", _INSTANT, nullable=True),
        sa.Column("assigned_version", sa.BigInteger(), nullable=False),
        sa.Column("service_class", sa.String(), nullable=True),
        sa.Column("classified_at", _INSTANT, nullable=True),
        sa.Column("classified_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="client_stub_pkey"),
    )
    op.create_index("client_stub_manager_id_idx", "client_stub", ["manager_id"])
    op.create_index("client_stub_unit_id_idx", "client_stub", ["unit_id"])


def _create_client_channel() -> None:
    op.create_table(
        "client_channel",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "channel_id", name="client_channel_pkey"),
    )


def _create_staff_stub() -> None:
    op.create_table(
        "staff_stub",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("placed_at", _INSTANT, nullable=True),
        sa.Column("placed_version", sa.BigInteger(), nullable=False),
        sa.Column("left_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="staff_stub_pkey"),
    )


def _create_contact() -> None:
    op.create_table(
        "contact",
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("is_reached", sa.Boolean(), nullable=False),
        sa.Column("told_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("interaction_id", name="contact_pkey"),
    )
    op.create_index(
        "contact_client_id_reached_idx", "contact", ["client_id", "began_on"], postgresql_where=sa.text("is_reached")
    )


def _create_flow() -> None:
    op.create_table(
        "flow",
        sa.Column("dealing_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_reversed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("dealing_id", name="flow_pkey"),
    )
    op.create_index("flow_client_id_idx", "flow", ["client_id"])


def _create_manager_change() -> None:
    op.create_table(
        "manager_change",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "changed_at", name="manager_change_pkey"),
    )


def _create_changed_client() -> None:
    op.create_table(
        "changed_client",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("cause", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="changed_client_pkey"),
    )
    op.create_index("changed_client_client_id_idx", "changed_client", ["client_id"])


def _create_client_risk() -> None:
    op.create_table(
        "client_risk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("flagged_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="client_risk_pkey"),
    )
    op.create_index("client_risk_assessed_on_idx", "client_risk", ["assessed_on"])


def _insert_policy() -> None:
    op.bulk_insert(
        _POLICY_ROW,
        [
            {
                "code": "risk.at_risk",
                "valid_from": _FROM,
                "value": _AT_RISK,
                "source": "公司客户流失预警规则（内部规定）",
            },
            {
                "code": "client.confirm_within_minutes",
                "valid_from": _FROM,
                "value": 60,
                "source": "公司数据核对要求（内部规定）：一小时内未经客户系统确认的客户须列出核对",
            },
        ],
    )
