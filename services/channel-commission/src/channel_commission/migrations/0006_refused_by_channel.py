"""The dealings of a channel that earned nothing are found without reading its others."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(
        "dealing_channel_id_refused_idx",
        "dealing",
        ["channel_id", "id"],
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )
