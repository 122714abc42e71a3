"""Extended terms and delayed payments of products."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("product", sa.Column("extended_to", sa.Date(), nullable=True))
    op.add_column("product", sa.Column("payment_delayed_since", sa.Date(), nullable=True))
