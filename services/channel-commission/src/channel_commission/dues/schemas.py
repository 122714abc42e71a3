from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.dues.rules import Why
from shared.http.bodies import Read
from shared.money import Money


class DueReason(Read):
    code: Why
    code_zh: str
    detail: Annotated[
        str | None, Field(description="A refusal's code, or the month at whose close the statement comes.")
    ]
    sales: Annotated[int | None, Field(description="How many sales it concerns.")]
    amount: Money | None


class Due(Read):
    """What a channel is paid for the sales of a month, and why not more; never without a reason where it is nothing."""

    channel_id: UUID
    period: str
    payable: Annotated[Money, Field(description="By the statements that take the month, void ones aside.")]
    settlement_ids: list[UUID]
    reasons: list[DueReason]
