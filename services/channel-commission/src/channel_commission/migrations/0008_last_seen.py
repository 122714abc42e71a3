"""The last event taken from each partition, beside the position."""

from alembic import op

from shared.schema import SHARED_V2

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(SHARED_V2)
