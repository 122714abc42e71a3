"""Indexes for lists that would read whole tables: follow-ups of the house by day, clients not yet told of."""

from alembic import op

revision = "0002"
down_revision = "0001"

INDEXES = """
CREATE INDEX follow_up_due_on_id_idx ON follow_up (due_on, id);
CREATE INDEX client_stub_unconfirmed_idx ON client_stub (heard_at, id) WHERE registered_at IS NULL;
"""


def upgrade() -> None:
    op.execute(INDEXES)
