"""Which client stands for a merged one."""

from alembic import op

from shared.lineage.schema import LINEAGE_V1

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(LINEAGE_V1)
