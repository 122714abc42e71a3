"""Complaints whose filer has no authority."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("complaint", sa.Column("rejected_on", sa.Date(), nullable=True))
    op.add_column("complaint", sa.Column("reject_reason", sa.String(), nullable=True))
    op.create_check_constraint(
        "complaint_rejected_check", "complaint", "(status = 'rejected') = (rejected_on IS NOT NULL)"
    )
