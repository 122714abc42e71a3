"""Erased clients: the marker that outlives them, and what became of their records."""

from alembic import op

from shared.erasure.schema import ERASURE_V1

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(ERASURE_V1)
