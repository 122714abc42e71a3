from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.accruals.rules import EntryKind
from channel_commission.cycles.rules import Run
from channel_commission.products.rules import Bearer
from channel_commission.rates.rules import Component
from shared.http.bodies import RowRead
from shared.money import Money


class AccrualRead(RowRead):
    id: UUID
    channel_id: UUID
    client_id: Annotated[
        UUID | None, Field(description="Null once the client's personal data was erased, and for a guarantee.")
    ]
    product_id: UUID
    dealing_id: Annotated[UUID | None, Field(description="Null for a guarantee.")]
    bearer: Bearer
    component: Component
    kind: EntryKind
    base: Annotated[Money, Field(description="What the entry is measured on; negative where volume is taken back.")]
    exact: Annotated[str, Field(description="What was due by then in yuan, before rounding.")]
    amount: Money
    earned_period: Annotated[str, Field(description="Month of the business date.")]
    booked_period: Annotated[str, Field(description="Month into which it was booked.")]
    run: Annotated[Run, Field(description="Whether statements of a month, a quarter or an establishment take it.")]
    business_date: date
    rate_rule_id: UUID
    corrects_entry_id: UUID | None
    event_id: UUID
    recorded_at: Annotated[datetime, Field(description="Business instant of what caused it.")]
    known_at: Annotated[datetime | None, Field(description="When this service wrote it.")]
