"""Which client stands for a merged one."""

from alembic import op

from shared.lineage.schema import LINEAGE_V1

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(LINEAGE_V1)
