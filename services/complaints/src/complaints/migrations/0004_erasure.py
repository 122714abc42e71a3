"""Erased clients: the marker that outlives them, what became of their records, how long files are kept."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.erasure.schema import ERASURE_V1

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(ERASURE_V1)
    columns = ("code", sa.Text), ("valid_from", sa.Date), ("value", postgresql.JSONB), ("source", sa.Text)
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [
            {
                "code": "retention.complaint_file_years",
                "valid_from": date(2007, 1, 1),
                "value": 10,
                "source": "银行业保险业消费投诉处理管理办法（投诉档案留存备查）；内部制度：自办结之日起不少于十年",
            }
        ],
    )
