"""The table of mergers, as a released step for the migrations of services; a step never changes."""

LINEAGE_V1 = """
CREATE TABLE client_lineage (
    client_id uuid PRIMARY KEY,
    merged_into uuid CHECK (merged_into <> client_id),
    step bigint NOT NULL
);
CREATE INDEX client_lineage_merged_into_idx ON client_lineage (merged_into) WHERE merged_into IS NOT NULL;
"""
