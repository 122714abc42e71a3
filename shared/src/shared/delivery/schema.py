"""The tables of delivery, as versioned steps that every service's migrations call.

A step never changes once released; a change is a new step.
"""

DELIVERY_V1 = """
CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    aggregate_id uuid NOT NULL,
    aggregate_version bigint NOT NULL,
    headers jsonb NOT NULL,
    payload bytea NOT NULL CONSTRAINT outbox_payload_check CHECK (octet_length(payload) <= 262144),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE witness (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
);

CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (consumer, event_id)
);

CREATE TABLE parked_key (
    consumer text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    reason text NOT NULL,
    PRIMARY KEY (consumer, topic, key)
);

CREATE TABLE parked_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    partition int NOT NULL,
    "offset" bigint NOT NULL,
    event_id uuid,
    headers jsonb NOT NULL,
    payload bytea,
    error text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (consumer, topic, partition, "offset")
);
CREATE INDEX parked_event_key_idx ON parked_event (consumer, topic, key, id);
"""

#: The last event taken from a partition: whoever finds another one in its place reads another topic of that name.
DELIVERY_V2 = """
ALTER TABLE witness ADD COLUMN seen_offset bigint, ADD COLUMN seen_event uuid;
"""
