from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from channel_commission.visits.rules import VisitKind
from shared.http.bodies import Body, Read, ShortText, Text


class VisitCreate(Body):
    kind: VisitKind
    held_on: BusinessDate
    topic: ShortText
    summary: Text
    attendees: Annotated[int, Field(ge=0, le=10_000, description="People of the partner who took part.")]
    evidence: Annotated[Text | None, Field(description="Sign-in sheet, material: where they are kept.")] = None


class VisitRead(Read):
    id: UUID
    channel_id: UUID
    kind: VisitKind
    held_on: date
    topic: str
    summary: str
    attendees: int
    evidence: str | None
    recorded_by: UUID
    recorded_at: datetime
