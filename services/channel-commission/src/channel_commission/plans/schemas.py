from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from shared.http.bodies import Body, Read, Text
from shared.money import Money, PositiveMoney


class QuotaCreate(Body):
    """A product's quota on half-open days, with the cooperation plan behind it (合作计划)."""

    product_id: UUID
    amount: PositiveMoney
    valid_from: BusinessDate
    valid_until: Annotated[BusinessDate, Field(description="First day after it.")]
    plan: Annotated[Text, Field(description="What both sides do for it: trainings, events, staff.")]


class QuotaRead(Read):
    id: UUID
    channel_id: UUID
    product_id: UUID
    amount: Money
    valid_from: date
    valid_until: date
    plan: str
    recorded_by: UUID
    recorded_at: datetime
    #: Confirmed on its days so far, reversed sales left out.
    sold: Money
    is_exceeded: bool
    #: The highest share in percent whose alarm was raised; null for none.
    alarm_given: int | None

    @classmethod
    def of(cls, row: Any, sold_fen: int) -> "QuotaRead":
        """Return a quota with what was sold of it."""
        amount, sold = Money.from_fen(row.amount_fen), Money.from_fen(sold_fen)
        values = row.model_dump(exclude={"amount_fen"})
        return cls(**values, amount=amount, sold=sold, is_exceeded=sold_fen > row.amount_fen)
