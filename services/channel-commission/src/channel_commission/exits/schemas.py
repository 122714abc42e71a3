from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.exits.rules import ExitReason, ExitStatus
from shared.http.bodies import Body, Read, Text


class ExitCreate(Body):
    note: Annotated[Text, Field(description="Why the channel should leave, and where the evidence is kept.")]


class ExitDecision(Body):
    is_accepted: Annotated[bool, Field(description="True ends the cooperation; fees earned are still settled.")]
    note: Text


class ExitRead(Read):
    id: UUID
    channel_id: UUID
    reason: ExitReason
    status: ExitStatus
    evaluation_id: UUID | None
    note: str | None
    #: Null if a rule proposed it.
    proposed_by: UUID | None
    proposed_at: datetime
    decision_note: str | None
    decided_by: UUID | None
    decided_at: datetime | None
