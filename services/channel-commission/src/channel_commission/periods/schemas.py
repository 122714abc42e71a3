from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from channel_commission.periods.rules import PeriodStatus
from shared.http.bodies import RowRead
from shared.money import Money

PeriodText = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class PeriodRead(RowRead):
    id: UUID
    period: str
    status: PeriodStatus
    opened_at: datetime
    closed_at: datetime | None
    closed_by: UUID | None
    statements: Annotated[int | None, Field(description="How many statements came out of it.")]
    total: Annotated[Money | None, Field(description="Sum of its entries.")]
