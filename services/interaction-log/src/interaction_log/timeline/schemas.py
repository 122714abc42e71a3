from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from interaction_log.timeline.rules import TimelineKind, TimelineService
from shared.http.bodies import Read


class TimelineEntryRead(Read):
    event_id: UUID
    occurred_at: datetime
    service: TimelineService
    kind: TimelineKind
    type: str = Field(description="The event's type.")
    title: str = Field(description="What happened, in Chinese.")
    data: dict[str, Any] = Field(description="Codes, ids, days and amounts of the event; which ones depends on `type`.")
