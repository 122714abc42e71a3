from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, model_validator

from channel_commission.dealings.rules import DealingKind, Refusal
from shared.http.bodies import Read
from shared.money import Money


class UnaccruedRead(Read):
    dealing_id: UUID
    kind: DealingKind
    confirmation_number: str
    channel_id: UUID | None
    product_id: UUID
    client_id: Annotated[UUID | None, Field(description="Null once the client's personal data was erased.")]
    amount: Money
    confirmed_on: date
    heard_at: datetime
    reason: Refusal
    reason_zh: Annotated[str, Field(description="The reason as a person reads it.")]

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, row: Any) -> Any:
        if isinstance(row, dict):
            return row
        return {
            **row.model_dump(),
            "dealing_id": row.id,
            "amount": Money.from_fen(row.amount_fen),
            "reason": row.refusal,
            "reason_zh": row.refusal.zh,
        }
