"""OAuth clients of channels and the assertions they used; Idempotency-Key records of shared."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.http.idempotency import IDEMPOTENCY_V1

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(IDEMPOTENCY_V1)
    op.create_table(
        "oauth_client",
        sa.Column("client_id", sa.Uuid(), primary_key=True),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("jwks", postgresql.JSONB(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("oauth_client_channel_id_idx", "oauth_client", ["channel_id"])
    op.create_table(
        "used_assertion",
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("oauth_client.client_id"), primary_key=True),
        sa.Column("jti", sa.String(), primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("used_assertion_expires_at_idx", "used_assertion", ["expires_at"])
