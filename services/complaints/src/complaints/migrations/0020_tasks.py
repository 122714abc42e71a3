"""What is to be done for a case, by whom and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "case_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.CheckConstraint("num_nulls(ended_on, ended_by, outcome, result) IN (0, 4)", name="case_task_ended_check"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name="case_task_complaint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="case_task_pkey"),
    )
    op.create_index("case_task_complaint_id_idx", "case_task", ["complaint_id", "due_on", "id"])
    op.create_index("case_task_open_idx", "case_task", ["due_on", "id"], postgresql_where=sa.text("ended_on IS NULL"))
    op.add_column("complaint", sa.Column("next_task_due_on", sa.Date(), nullable=True))
    op.create_check_constraint(
        "complaint_no_open_task_check", "complaint", "status <> 'closed' OR next_task_due_on IS NULL"
    )
    op.create_index(
        "complaint_task_due_idx",
        "complaint",
        ["next_task_due_on", "id"],
        postgresql_where=sa.text("next_task_due_on IS NOT NULL"),
    )
