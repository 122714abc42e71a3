"""Totals per event type, so that minutes can be forgotten; indexes for what the boards and the feed ask."""

from alembic import op

revision = "0002"
down_revision = "0001"

TOTALS = """
CREATE TABLE event_total (type varchar PRIMARY KEY, count bigint NOT NULL);
INSERT INTO event_total (type, count) SELECT type, sum(count) FROM minute_count GROUP BY type;
"""

# What is done stays on the boards' tables for good; only what is open is ever listed.
INDEXES = """
CREATE INDEX complaint_on_board_running_idx ON complaint_on_board (due_on, complaint_id)
    WHERE status IN ('open', 'decided');
CREATE INDEX follow_up_on_board_open_idx ON follow_up_on_board (due_on, follow_up_id) WHERE status = 'scheduled';
CREATE INDEX client_at_risk_flagged_idx ON client_at_risk (score, client_id) WHERE flagged_at IS NOT NULL;
CREATE INDEX feed_entry_type_seq_idx ON feed_entry (type, seq);
DROP INDEX complaint_on_board_due_on_idx;
DROP INDEX follow_up_on_board_due_on_idx;
DROP INDEX client_at_risk_level_idx;
"""


def upgrade() -> None:
    op.execute(TOTALS)
    op.execute(INDEXES)
