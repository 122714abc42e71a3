"""Bands of the age of open complaints."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [
            {
                "code": "complaint.ageing_bands",
                "valid_from": date(2020, 1, 1),
                "value": [5, 10, 15, 30, 60],
                "source": "公司投诉账龄分段规则（内部规定）：自受理之日起的自然日",
            }
        ],
    )
