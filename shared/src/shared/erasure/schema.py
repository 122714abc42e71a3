"""The tables of erasure, as released steps for the migrations of services; a step never changes."""

ERASURE_V1 = """
CREATE TABLE erased_client (
    client_id uuid PRIMARY KEY,
    erased_on date NOT NULL
);

CREATE TABLE erasure_receipt (
    client_id uuid NOT NULL REFERENCES erased_client,
    record_kind text NOT NULL,
    outcome text NOT NULL,
    kept_until date,
    legal_basis text,
    PRIMARY KEY (client_id, record_kind),
    CHECK ((outcome = 'restricted') = (kept_until IS NOT NULL)),
    CHECK ((outcome = 'restricted') = (legal_basis IS NOT NULL))
);
CREATE INDEX erasure_receipt_kept_until_idx ON erasure_receipt (kept_until) WHERE kept_until IS NOT NULL;
"""
