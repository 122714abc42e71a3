"""Partners in full: the dated hierarchy, the blacklist, findings of due diligence, risk events, restrictions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_channel_edge()
    _create_blacklist_entry()
    _create_due_diligence_finding()
    _create_risk_event()
    _create_channel_restriction()
    op.create_index("channel_uscc_idx", "channel", ["uscc"])
    op.execute(
        "INSERT INTO policy_row (code, valid_from, value, source) VALUES"
        " ('channel.due_diligence_topics', '2000-01-01', '[]',"
        "  'House rule: topics that due diligence must have looked into before a partner is admitted; none named yet')"
    )


def _create_channel_edge() -> None:
    op.create_table(
        "channel_edge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("known_from", _INSTANT, nullable=False),
        sa.Column("known_until", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="channel_edge_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="channel_edge_channel_id_fkey"),
        sa.ForeignKeyConstraint(["parent_id"], ["channel.id"], name="channel_edge_parent_id_fkey"),
        sa.CheckConstraint("valid_until > valid_from AND known_until >= known_from", name="channel_edge_period_check"),
        sa.CheckConstraint("parent_id <> channel_id", name="channel_edge_cycle_check"),
    )
    op.execute(
        "ALTER TABLE channel_edge ADD CONSTRAINT channel_edge_no_overlap EXCLUDE USING gist (channel_id WITH =,"
        " daterange(valid_from, valid_until) WITH &&, tstzrange(known_from, known_until) WITH &&)"
    )
    op.create_index("channel_edge_parent_id_idx", "channel_edge", ["parent_id"])
    op.execute(
        "INSERT INTO channel_edge (id, channel_id, parent_id, valid_from, known_from)"
        " SELECT gen_random_uuid(), id, parent_id, '2000-01-01', registered_at FROM channel"
        " WHERE parent_id IS NOT NULL"
    )


def _create_blacklist_entry() -> None:
    op.create_table(
        "blacklist_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("uscc", sa.String(), nullable=True),
        sa.Column("person_hash", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", _INSTANT, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", _INSTANT, nullable=True),
        sa.Column("lift_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="blacklist_entry_pkey"),
        sa.CheckConstraint(
            "decided_by <> proposed_by AND lifted_by <> decided_by", name="blacklist_entry_two_people_check"
        ),
        sa.CheckConstraint("(uscc IS NULL) <> (person_hash IS NULL)", name="blacklist_entry_subject_check"),
    )
    for column in ("uscc", "person_hash"):
        op.create_index(
            f"blacklist_entry_{column}_key",
            "blacklist_entry",
            [column],
            unique=True,
            postgresql_where=sa.text("status IN ('proposed', 'listed')"),
        )


def _create_due_diligence_finding() -> None:
    op.create_table(
        "due_diligence_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("found_by", sa.Uuid(), nullable=False),
        sa.Column("found_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="due_diligence_finding_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="due_diligence_finding_channel_id_fkey"),
    )
    op.create_index("due_diligence_finding_channel_id_idx", "due_diligence_finding", ["channel_id"])


def _create_risk_event() -> None:
    op.create_table(
        "risk_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("severity", sa.String(40), nullable=False),
        sa.Column("red_line", sa.String(40), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=False),
        sa.Column("reported_at", _INSTANT, nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("measured_by", sa.Uuid(), nullable=True),
        sa.Column("measured_at", _INSTANT, nullable=True),
        sa.Column("check_note", sa.String(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="risk_event_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="risk_event_channel_id_fkey"),
        sa.CheckConstraint("checked_by <> owner_id AND checked_by <> measured_by", name="risk_event_two_people_check"),
        sa.CheckConstraint("status <> 'closed' OR checked_by IS NOT NULL", name="risk_event_closed_check"),
    )
    op.create_index("risk_event_channel_id_occurred_on_idx", "risk_event", ["channel_id", "occurred_on"])
    op.create_index(
        "risk_event_open_due_on_idx", "risk_event", ["due_on"], postgresql_where=sa.text("status <> 'closed'")
    )


def _create_channel_restriction() -> None:
    op.create_table(
        "channel_restriction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("effect", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("lifted_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="channel_restriction_pkey"),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name="channel_restriction_channel_id_fkey"),
    )
    op.create_index("channel_restriction_channel_id_idx", "channel_restriction", ["channel_id"])
    op.create_index(
        "channel_restriction_source_key",
        "channel_restriction",
        ["source_id", "effect"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
