"""Reports as submitted to the regulator, never changed; and what events told of clients' rights."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

_APPEND_ONLY = """
CREATE FUNCTION refuse_report_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a submitted report is never changed';
END $$;
CREATE TRIGGER regulator_report_append_only BEFORE UPDATE OR DELETE ON regulator_report
    FOR EACH ROW EXECUTE FUNCTION refuse_report_change();
"""


def upgrade() -> None:
    op.create_table(
        "regulator_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("period_from <= period_to", name="regulator_report_period_check"),
        sa.CheckConstraint("(version = 1) = (reason IS NULL)", name="regulator_report_reason_check"),
        sa.PrimaryKeyConstraint("id", name="regulator_report_pkey"),
        sa.UniqueConstraint(
            "period_from", "period_to", "version", name="regulator_report_period_from_period_to_version_key"
        ),
    )
    op.create_index("regulator_report_submitted_at_idx", "regulator_report", ["submitted_at", "id"])
    op.execute(_APPEND_ONLY)
    op.create_table(
        "rights_event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="rights_event_pkey"),
    )
    op.create_index("rights_event_kind_happened_on_idx", "rights_event", ["kind", "happened_on"])
