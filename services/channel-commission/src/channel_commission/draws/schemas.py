from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from channel_commission.channels.schemas import BusinessDate
from channel_commission.draws.rules import DrawStatus
from channel_commission.products.rules import Bearer
from shared.http.bodies import Body, Read, Text
from shared.money import Money, PositiveMoney


class DrawCreate(Body):
    amount: PositiveMoney
    plan_id: Annotated[
        UUID | None, Field(description="The trust plan that pays it and whose fees cover it; none for the company.")
    ] = None
    reason: Text


class DrawRefusal(Body):
    reason: Text


class DrawPayment(Body):
    paid_on: BusinessDate
    reference: Annotated[
        str,
        StringConstraints(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z-]+$"),
        Field(description="The bank's reference of the payment."),
    ]


class DrawRead(Read):
    id: UUID
    channel_id: UUID
    bearer: Bearer
    plan_id: UUID | None
    amount: Money
    recovered: Annotated[Money, Field(description="What payments of fees kept back so far.")]
    open: Annotated[Money, Field(description="What is left of it, once it is paid.")]
    reason: str
    status: DrawStatus
    status_zh: str
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    refusal: str | None
    paid_on: date | None
    payment_reference: str | None
    paid_by: UUID | None

    @classmethod
    def of(cls, draw: Any, recovered_fen: int) -> "DrawRead":
        """Return a draw with what payments kept back of it."""
        open_fen = draw.amount_fen - recovered_fen if draw.status is DrawStatus.PAID else 0
        return cls(
            **draw.model_dump(exclude={"amount_fen"}),
            status_zh=draw.status.zh,
            amount=Money.from_fen(draw.amount_fen),
            recovered=Money.from_fen(recovered_fen),
            open=Money.from_fen(open_fen),
        )
