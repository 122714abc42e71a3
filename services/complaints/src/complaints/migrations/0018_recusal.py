"""Who was in a sale: managers by day, who spoke with the client, when the client applied; handlers excluded by now."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("contact", sa.Column("staff_id", sa.Uuid(), nullable=True))
    op.add_column("flow", sa.Column("applied_on", sa.Date(), nullable=True))
    # The default lets running code of the release before write on.
    op.add_column(
        "complaint",
        sa.Column("handler_exclusions", postgresql.ARRAY(sa.TEXT()), nullable=False, server_default=sa.text("'{}'")),
    )
    op.create_index(
        "complaint_recusal_idx",
        "complaint",
        ["due_on", "id"],
        postgresql_where=sa.text("handler_exclusions <> '{}'"),
    )
    op.create_table(
        "manager_term",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("manager_id", sa.Uuid(), nullable=False),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("client_id", "since", "manager_id", name="manager_term_pkey"),
    )
    # Of the time before only the present managers are known; a replay of the events tells the rest.
    op.execute(
        "INSERT INTO manager_term (client_id, since, manager_id)"
        " SELECT id, assigned_at, manager_id FROM client_stub WHERE manager_id IS NOT NULL AND assigned_at IS NOT NULL"
    )
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [
            {
                "code": "complaint.sale_window",
                "valid_from": date(2020, 3, 1),
                "value": {"days_before": 30, "days_after": 15},
                "source": "公司投诉处理回避规则（内部规定）：申请前30日至确认后15日与客户沟通的人员视为参与销售",
            }
        ],
    )
