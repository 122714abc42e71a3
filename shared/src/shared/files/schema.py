"""The table of files, as a released step for the migrations of services that keep some; a step never changes."""

FILES_V1 = """
CREATE TABLE stored_file (
    id uuid PRIMARY KEY,
    sha256 bytea NOT NULL,
    size bigint NOT NULL,
    media_type text NOT NULL,
    begun_at timestamptz NOT NULL,
    kept_at timestamptz,
    content bytea,
    kept_until date,
    discarded_at timestamptz,
    destroyed_at timestamptz,
    CHECK (size > 0 AND octet_length(sha256) = 32),
    CHECK (content IS NULL OR octet_length(content) = size),
    CHECK (destroyed_at IS NULL OR discarded_at IS NOT NULL)
);
CREATE INDEX stored_file_unsettled_idx ON stored_file (begun_at)
    WHERE destroyed_at IS NULL AND (kept_at IS NULL OR content IS NOT NULL OR discarded_at IS NOT NULL);
CREATE INDEX stored_file_kept_until_idx ON stored_file (kept_until) WHERE discarded_at IS NULL;
"""
