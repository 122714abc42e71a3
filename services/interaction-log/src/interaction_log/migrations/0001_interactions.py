"""Clients and staff as heard of, interactions, follow-ups, the timeline; the tables of shared; the policy rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.schema import SHARED_V1

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)

_POLICY = """
INSERT INTO policy_row (code, valid_from, value, source) VALUES
    ('follow_up.rhythm_days', '2000-01-01', '{"A": 30, "B": 90, "C": 180}',
     'House rule on client service (客户分级服务制度): reached contact by service class'),
    ('follow_up.catch_up_days', '2000-01-01', '14',
     'House rule on client service (客户分级服务制度): a lapsed rhythm is made up for in two weeks'),
    ('follow_up.at_risk_days', '2000-01-01', '3',
     'House rule on clients at risk (流失预警跟进): the team lead acts within three days'),
    ('follow_up.complaint_closed_days', '2000-01-01', '7',
     'House rule on complaints (投诉办结回访): satisfaction call within seven days'),
    ('follow_up.horizon_days', '2000-01-01', '730',
     'House rule on client service (客户分级服务制度): plans reach two years ahead'),
    ('client.confirm_within_minutes', '2000-01-01', '60',
     'House rule on operations: a client heard of is confirmed within an hour');
"""

_APPEND_ONLY = """
CREATE FUNCTION refuse_interaction_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'earlier versions of interactions are never changed';
END $$;
CREATE TRIGGER interaction_version_append_only BEFORE UPDATE OR DELETE ON interaction_version
    FOR EACH ROW EXECUTE FUNCTION refuse_interaction_version_change();
"""


def upgrade() -> None:
    op.execute(SHARED_V1)
    _create_parties()
    _create_interaction()
    _create_follow_up()
    _create_timeline()
    op.execute(_POLICY)


def _create_parties() -> None:
    op.create_table(
        "client_stub",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("heard_at", _INSTANT, nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("status_version", sa.BigInteger(), nullable=False),
        sa.Column("activated_at", _INSTANT, nullable=True),
        sa.Column("manager_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("assigned_version", sa.BigInteger(), nullable=False),
        sa.Column("service_class", sa.String(), nullable=True),
        sa.Column("classified_version", sa.BigInteger(), nullable=False),
        sa.Column("last_interaction_id", sa.Uuid(), nullable=True),
        sa.Column("last_reached_at", _INSTANT, nullable=True),
        sa.Column("complaint_closed_on", sa.Date(), nullable=True),
        sa.Column("complaint_closed_event_id", sa.Uuid(), nullable=True),
        sa.Column("is_unplanned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="client_stub_pkey"),
    )
    op.create_index("client_stub_manager_id_idx", "client_stub", ["manager_id"])
    op.create_index("client_stub_unit_id_idx", "client_stub", ["unit_id"])
    op.create_index("client_stub_unplanned_idx", "client_stub", ["id"], postgresql_where=sa.text("is_unplanned"))
    op.create_table(
        "staff_stub",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("placed_version", sa.BigInteger(), nullable=False),
        sa.Column("left_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="staff_stub_pkey"),
    )


def _create_interaction() -> None:
    op.create_table(
        "interaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("direction", sa.String(40), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("is_reached", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("purpose", sa.String(40), nullable=True),
        sa.Column("product_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("consent_basis", sa.String(40), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="interaction_pkey"),
        sa.UniqueConstraint("origin", "external_id", name="interaction_origin_external_id_key"),
        sa.ForeignKeyConstraint(["client_id"], ["client_stub.id"], name="interaction_client_id_fkey"),
        sa.CheckConstraint(
            "(origin IS NULL) = (external_id IS NULL)", name=op.f("interaction_external_id_has_origin_check")
        ),
        sa.CheckConstraint("duration_seconds >= 0", name=op.f("interaction_duration_seconds_check")),
    )
    latest = ["client_id", "started_at", "id"]
    op.create_index("interaction_client_id_started_at_id_idx", "interaction", latest)
    op.create_index("interaction_reached_idx", "interaction", latest, postgresql_where=sa.text("is_reached"))
    op.create_table(
        "interaction_version",
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("replaced_at", _INSTANT, nullable=False),
        sa.Column("replaced_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("interaction_id", "version", name="interaction_version_pkey"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="interaction_version_interaction_id_fkey"),
    )
    op.execute(_APPEND_ONLY)


def _create_follow_up() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("scheduled_on", sa.Date(), nullable=False),
        sa.Column("basis_on", sa.Date(), nullable=True),
        sa.Column("basis_days", sa.Integer(), nullable=True),
        sa.Column("basis_interaction_id", sa.Uuid(), nullable=True),
        sa.Column("service_class", sa.String(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("rule_version", sa.String(), nullable=True),
        sa.Column("is_rescheduled", sa.Boolean(), nullable=False),
        sa.Column("caused_by", sa.Uuid(), nullable=True),
        sa.Column("interaction_id", sa.Uuid(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="follow_up_pkey"),
        sa.UniqueConstraint("caused_by", name="follow_up_caused_by_key"),
        sa.ForeignKeyConstraint(["client_id"], ["client_stub.id"], name="follow_up_client_id_fkey"),
        sa.CheckConstraint("(status = 'scheduled') = (ended_at IS NULL)", name=op.f("follow_up_ended_at_check")),
    )
    op.create_index(
        "follow_up_open_rhythm_key",
        "follow_up",
        ["client_id"],
        unique=True,
        postgresql_where=sa.text("reason = 'rhythm' AND status = 'scheduled'"),
    )
    op.create_index(
        "follow_up_due_on_open_idx", "follow_up", ["due_on", "id"], postgresql_where=sa.text("status = 'scheduled'")
    )
    op.create_index("follow_up_assignee_id_due_on_id_idx", "follow_up", ["assignee_id", "due_on", "id"])
    op.create_index("follow_up_client_id_idx", "follow_up", ["client_id"])


def _create_timeline() -> None:
    op.create_table(
        "timeline_entry",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", _INSTANT, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="timeline_entry_pkey"),
    )
    op.create_index(
        "timeline_entry_client_idx",
        "timeline_entry",
        ["client_id", "occurred_at", "event_id"],
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    op.create_index(
        "timeline_entry_complaint_idx",
        "timeline_entry",
        ["complaint_id"],
        postgresql_where=sa.text("complaint_id IS NOT NULL"),
    )
    op.create_table(
        "case_client",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "complaint_id", name="case_client_pkey"),
    )
