from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from channel_commission.dealings.rules import DealingKind, Refusal
from shared.http.bodies import RowRead
from shared.money import Money


class UnaccruedRead(RowRead):
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

    @classmethod
    def _beside(cls, row: Any) -> dict[str, Any]:
        return {"dealing_id": row.id, "reason": row.refusal, "reason_zh": row.refusal.zh}
