from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.disputes.rules import DisputeStatus
from channel_commission.settlements.schemas import Digest
from shared.http.bodies import Body, RowRead, Text
from shared.money import Money


class DisputedLine(Body):
    accrual_id: UUID
    reason: Annotated[Text, Field(description="What is wrong with it, and the evidence.")]


class Dispute(Body):
    """Lines that are not accepted; all others are confirmed with it."""

    digest: Digest
    lines: Annotated[list[DisputedLine], Field(min_length=1, max_length=500)]
    evidence: Annotated[Text | None, Field(description="For staff: where the channel's own words are kept.")] = None


class Answer(Body):
    """What the line should have been, or null if it stands as it is; somebody else decides on that."""

    corrected: Money | None = None
    answer: Text


class DisputeRead(RowRead):
    id: UUID
    statement_id: UUID
    accrual_id: UUID
    channel_id: UUID
    status: DisputeStatus
    status_zh: str
    reason: str
    held: Money
    due_on: date
    raised_by: str
    raised_at: datetime
    corrected: Annotated[Money | None, Field(description="What the line should have been; null if it stands.")]
    answer: str | None
    answered_by: UUID | None
    decided_by: UUID | None
    decided_at: datetime | None
