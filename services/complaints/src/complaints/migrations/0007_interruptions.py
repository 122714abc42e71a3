"""Legal clocks that stand still for an appraisal, start anew on new facts, and keep every breach."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_OPEN = "status IN ('assigned', 'decided', 'proposed', 'registered', 'suspended')"


def upgrade() -> None:
    op.add_column("complaint", sa.Column("restarted_on", sa.Date(), nullable=True))
    op.add_column(
        "complaint",
        sa.Column("late_spans", postgresql.ARRAY(sa.DATE()), nullable=False, server_default=sa.text("'{}'")),
    )
    # Wider than before, so that running code writes on; indexes of open cases know the new state.
    op.execute("ALTER TABLE clock_entry DROP CONSTRAINT clock_entry_limit_check")
    op.create_check_constraint(
        "clock_entry_limit_check",
        "clock_entry",
        "(limit_days IS NOT NULL) = (kind IN ('extended', 'extended_again', 'restarted', 'started'))",
    )
    for name, columns in (
        ("complaint_open_due_on_idx", ["due_on", "id"]),
        ("complaint_open_handler_id_idx", ["handler_id", "due_on", "id"]),
    ):
        op.drop_index(name, "complaint")
        op.create_index(name, "complaint", columns, postgresql_where=sa.text(_OPEN))
