"""Feed, flow and boards; the tables of shared."""

from alembic import op

from shared.schema import SHARED_V1

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE feed_entry (
    seq bigint PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    type varchar NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    aggregate_id uuid NOT NULL,
    client_id uuid,
    data jsonb NOT NULL
);
CREATE INDEX feed_entry_received_at_idx ON feed_entry (received_at);

CREATE TABLE feed_counter (id integer PRIMARY KEY, last bigint NOT NULL);
INSERT INTO feed_counter (id, last) VALUES (1, 0);

CREATE TABLE minute_count (
    minute timestamptz NOT NULL,
    type varchar NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (minute, type)
);

CREATE TABLE consumer_lag (
    service varchar NOT NULL,
    topic varchar NOT NULL,
    waiting bigint NOT NULL,
    looked_at timestamptz NOT NULL,
    PRIMARY KEY (service, topic)
);

CREATE TABLE complaint_on_board (
    complaint_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    client_id uuid,
    channel_id uuid,
    handler_id uuid,
    level varchar NOT NULL,
    reason varchar NOT NULL,
    received_on date NOT NULL,
    due_on date NOT NULL,
    status varchar(40) NOT NULL,
    is_overdue boolean NOT NULL
);
CREATE INDEX complaint_on_board_due_on_idx ON complaint_on_board (due_on);

CREATE TABLE follow_up_on_board (
    follow_up_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    client_id uuid NOT NULL,
    assignee_id uuid,
    due_on date NOT NULL,
    reason varchar NOT NULL,
    status varchar(40) NOT NULL
);
CREATE INDEX follow_up_on_board_due_on_idx ON follow_up_on_board (due_on);

CREATE TABLE client_at_risk (
    client_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    level varchar NOT NULL,
    score integer NOT NULL,
    reasons text[] NOT NULL,
    flagged_at timestamptz
);
CREATE INDEX client_at_risk_level_idx ON client_at_risk (level);

CREATE TABLE statement_on_board (
    statement_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    channel_id uuid NOT NULL,
    period varchar NOT NULL,
    bearer varchar NOT NULL,
    product_id uuid,
    amount_fen bigint NOT NULL,
    status varchar NOT NULL
);
CREATE INDEX statement_on_board_period_idx ON statement_on_board (period);

CREATE TABLE period_on_board (
    period varchar PRIMARY KEY,
    version bigint NOT NULL,
    status varchar NOT NULL,
    statements integer NOT NULL,
    total_fen bigint NOT NULL
);
"""


def upgrade() -> None:
    op.execute(SHARED_V1)
    op.execute(TABLES)
