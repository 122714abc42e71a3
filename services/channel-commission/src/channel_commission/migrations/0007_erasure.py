"""Erased clients: the marker that outlives them, what became of their records, how long the books are kept."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.erasure.schema import ERASURE_V1

revision = "0007"
down_revision = "0006"

_YEARS = (
    (date(1999, 1, 1), date(2016, 1, 1), 15, "会计档案管理办法（财会字〔1998〕32号）附表：会计凭证保存15年"),
    (date(2016, 1, 1), None, 30, "会计档案管理办法（财政部、国家档案局令第79号）附表：会计凭证保存30年"),
)


def upgrade() -> None:
    op.execute(ERASURE_V1)
    columns = (
        ("code", sa.Text), ("valid_from", sa.Date), ("valid_to", sa.Date), ("value", postgresql.JSONB),
        ("source", sa.Text),
    )  # fmt: skip
    op.bulk_insert(
        sa.table("policy_row", *(sa.column(name, kind) for name, kind in columns)),
        [
            {
                "code": "retention.commission_years",
                "valid_from": since,
                "valid_to": until,
                "value": years,
                "source": source,
            }
            for since, until, years, source in _YEARS
        ],
    )
